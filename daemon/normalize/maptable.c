#include "normalize/maptable.h"

#include "normalize/termindex.h"
#include "wire/csv.h"
#include "wire/tree.h"

/* RELMA's columns of a local term, and three of ours. Those that say nothing to us are named so
 * that their names are no typing errors. */
enum column {
    COL_CODE,
    COL_DISPLAY,
    COL_SYSTEM,
    COL_UNITS,
    COL_LOINC,
    COL_ANALYTE,
    COL_SPECIMEN,
    COL_METHOD,
    COL_READ, /* how many are read */
    COL_BATTERY_CODE = COL_READ,
    COL_BATTERY_DISPLAY,
    COL_BATTERY_SYSTEM,
    COL_SECTION,
    COL_TAG,
    COL_COMMENTS,
    COL_COUNT,
};

static const char *const names[COL_COUNT] = {
    [COL_CODE] = "test code",
    [COL_DISPLAY] = "test description",
    [COL_SYSTEM] = "test code system",
    [COL_UNITS] = "units",
    [COL_LOINC] = "loinc code",
    [COL_ANALYTE] = "analyte",
    [COL_SPECIMEN] = "specimen",
    [COL_METHOD] = "method",
    [COL_BATTERY_CODE] = "battery code",
    [COL_BATTERY_DISPLAY] = "battery description",
    [COL_BATTERY_SYSTEM] = "battery code system",
    [COL_SECTION] = "lab section",
    [COL_TAG] = "tag with",
    [COL_COMMENTS] = "comments",
};

enum { NONE = -1, LOINC_DIGITS_MAX = 10 };

struct reader {
    struct arena *arena;
    const struct map_table *table;
    const struct terms *terms;
    struct diags *diags;
    struct maptable_rows *rows;
    struct csv_dec dec;
    struct csv_field *field;
    size_t field_count;
    int at[COL_COUNT]; /* place in a row; NONE: no such column */
    bool headed;
    bool usable; /* the header names what is needed */
};

static void
header_cell(struct reader *r, const struct csv_field *f, int place)
{
    struct str name = str_lower(r->arena, str_trim(f->text));
    const char *near;

    for (int c = 0; c < COL_COUNT; c++) {
        if (!str_eq_c(name, names[c]))
            continue;
        if (r->at[c] != NONE)
            diag_error(r->diags, r->table->origin, f->line, f->col, "\"%s\" stands in two columns",
                       names[c]);
        r->at[c] = place;
        return;
    }
    near = tree_nearest(name, names, COL_COUNT); /* a site's own columns say nothing to us */
    if (near != NULL)
        diag_error(r->diags, r->table->origin, f->line, f->col,
                   "no column is called so; is \"%s\" meant?", near);
}

static void
read_header(struct reader *r)
{
    for (int c = 0; c < COL_COUNT; c++)
        r->at[c] = NONE;
    for (size_t i = 0; i < r->field_count; i++)
        header_cell(r, &r->field[i], (int)i);
    r->headed = true;
    r->usable = r->at[COL_CODE] != NONE && (r->at[COL_LOINC] != NONE || r->at[COL_ANALYTE] != NONE);
    if (!r->usable) {
        diag_error(r->diags, r->table->origin, r->field[0].line, 1,
                   "the first row must name the columns: \"Test Code\", and \"LOINC Code\" or "
                   "\"Analyte\"");
    }
}

static struct str
cell(const struct reader *r, enum column c)
{
    if (r->at[c] == NONE || (size_t)r->at[c] >= r->field_count)
        return STR("");
    return str_trim(r->field[r->at[c]].text);
}

/* Where a diag of that column stands; of one that is not there, the row. */
static const struct csv_field *
place(const struct reader *r, enum column c)
{
    if (r->at[c] == NONE || (size_t)r->at[c] >= r->field_count)
        return &r->field[0];
    return &r->field[r->at[c]];
}

#define COL_ERROR(r, c, ...) \
    diag_error((r)->diags, (r)->table->origin, place(r, c)->line, place(r, c)->col, __VA_ARGS__)
#define COL_WARN(r, c, ...) \
    diag_warn((r)->diags, (r)->table->origin, place(r, c)->line, place(r, c)->col, __VA_ARGS__)

/* Digits, a hyphen, and a check digit by Luhn's formula (LOINC users' guide, appendix C). */
static bool
is_loinc(struct str s)
{
    int sum = 0;
    struct str digits = str_sub(s, 0, s.n < 2 ? 0 : s.n - 2);

    if (digits.n == 0 || digits.n > LOINC_DIGITS_MAX || s.p[s.n - 2] != '-')
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        int v = digits.p[digits.n - 1 - i] - '0';

        if (v < 0 || v > 9)
            return false;
        if (i % 2 == 0)
            v = 2 * v > 9 ? 2 * v - 9 : 2 * v;
        sum += v;
    }
    return s.p[s.n - 1] - '0' == (10 - sum % 10) % 10;
}

static void
read_loinc(struct reader *r, struct maptable_row *row)
{
    const struct term_loinc *known;
    struct str code = cell(r, COL_LOINC);

    if (code.n == 0)
        return;
    if (!is_loinc(code)) {
        COL_ERROR(r, COL_LOINC,
                  "this is no LOINC code (12345-6; the last digit checks the others)");
        return;
    }
    row->loinc = code;
    known = terms_loinc(r->terms, code);
    row->analyte = known == NULL ? NULL : known->analyte;
}

static void
read_analyte(struct reader *r, struct maptable_row *row)
{
    struct str name = cell(r, COL_ANALYTE);
    const struct term_analyte *an;

    if (name.n == 0)
        return;
    an = terms_analyte(r->terms, str_lower(r->arena, name));
    if (an == NULL) {
        COL_ERROR(r, COL_ANALYTE, "no analyte %.*s", STR_FMT(name));
        return;
    }
    if (!str_is_absent(row->loinc) && row->analyte != an)
        COL_ERROR(r, COL_ANALYTE, "the LOINC code is not of the analyte %.*s", STR_FMT(an->name));
    row->analyte = an;
}

static void
read_specimen(struct reader *r, struct maptable_row *row)
{
    struct str word = cell(r, COL_SPECIMEN);

    if (word.n == 0)
        return;
    row->matrix = terms_specimen(r->terms, r->arena, word);
    if (str_is_absent(row->matrix))
        COL_ERROR(r, COL_SPECIMEN, "no specimen is called so in the terminology");
}

static void
read_row(struct reader *r)
{
    struct maptable_row row = {.loinc = STR_NONE, .method = STR_NONE, .matrix = STR_NONE};
    size_t errors = r->diags->errors;

    row.code = cell(r, COL_CODE);
    row.system = cell(r, COL_SYSTEM);
    row.unit = cell(r, COL_UNITS);
    if (cell(r, COL_METHOD).n > 0)
        row.method = cell(r, COL_METHOD);
    row.file = r->table->origin;
    row.line = place(r, COL_CODE)->line;
    row.col = place(r, COL_CODE)->col;
    row.unit_col = place(r, COL_UNITS)->col;
    if (cell(r, COL_LOINC).n == 0 && cell(r, COL_ANALYTE).n == 0)
        return; /* not mapped yet */
    if (row.code.n == 0)
        COL_ERROR(r, COL_CODE, "a LOINC code without a test code");
    read_loinc(r, &row);
    read_analyte(r, &row);
    read_specimen(r, &row);
    if (r->diags->errors > errors)
        return;
    if (row.analyte != NULL &&
        terms_display_conflict(r->terms, r->arena, row.analyte, cell(r, COL_DISPLAY)))
        COL_WARN(r, COL_DISPLAY, "mapped to %.*s, but the description speaks of another analyte",
                 STR_FMT(row.analyte->name));
    r->rows->item = term_grow(r->arena, r->rows->item, r->rows->count, sizeof *r->rows->item);
    r->rows->item[r->rows->count++] = row;
}

static bool
on_row(void *arg, const struct csv_row *raw)
{
    struct reader *r = arg;
    struct csv_row row = *raw;
    enum csv_error e;

    row.raw = str_dup(r->arena, raw->raw); /* the decoder's buffer is used again */
    e = csv_split(r->arena, &row, r->dec.delimiter, r->field, &r->field_count);
    if (e != CSV_OK) {
        diag_error(r->diags, r->table->origin, row.error_line, row.error_col, "%s",
                   csv_error_text(e));
    } else if (!r->headed) {
        read_header(r);
    } else if (r->usable && !csv_is_blank(r->field, r->field_count)) {
        read_row(r);
    }
    return true;
}

bool
maptable_read(struct arena *a, const struct map_table *t, const struct terms *terms,
              struct diags *d, struct maptable_rows *rows)
{
    size_t errors = d->errors;
    struct reader r = {.arena = a, .table = t, .terms = terms, .diags = d, .rows = rows};

    r.field = ARENA_ARRAY(a, CSV_FIELDS_MAX, struct csv_field);
    csv_init(&r.dec, arena_alloc(a, CSV_ROW_BYTES_MAX), CSV_ROW_BYTES_MAX, '\0');
    if (csv_feed(&r.dec, t->bytes.p, t->bytes.n, on_row, &r) == t->bytes.n)
        csv_end(&r.dec, on_row, &r);
    if (!r.headed && d->errors == errors)
        diag_error(d, t->origin, 1, 1, "an empty table: the first row must name the columns");
    return d->errors == errors;
}
