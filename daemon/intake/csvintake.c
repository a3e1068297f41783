#include "intake/csvintake.h"

#include "base/sb.h"

enum {
    PLACE_MAX = DIAG_TEXT_MAX + 40,
    RAW_MAX = 2 * CSV_ROW_BYTES_MAX + 2,
    WARNINGS_MAX = 20,
    SENDER_MAX = 200,
};

bool
csvintake_header(const struct csvintake *in, struct csv_row *row, struct arena *a, struct diags *d,
                 struct csvtable *t)
{
    struct csv_field *f = ARENA_ARRAY(a, CSV_FIELDS_MAX, struct csv_field);
    size_t n;

    if (csv_split(a, row, t->delimiter, f, &n) != CSV_OK) {
        diag_error(d, t->rows.file, row->error_line, row->error_col, "%s",
                   csv_error_text(row->error));
        return false;
    }
    t->header = str_dup(a, row->raw);
    return csvrows_header(f, n, in->dates, d, &t->rows);
}

/* "1:14: stop: before the start": the place of the first fault, without the file's name. */
static struct str
first_fault(struct arena *a, const struct diags *d)
{
    const struct diag *x = d->first;
    struct sb b;

    while (x != NULL && x->level != DIAG_ERROR)
        x = x->next;
    if (x == NULL)
        return STR("");
    sb_init_arena(&b, a, PLACE_MAX);
    sb_addf(&b, "%d:%d: %s", x->line, x->col, x->text);
    return sb_str(&b);
}

static void
take_warnings(struct arena *a, const struct diags *d, struct result_message *m)
{
    struct str *w = ARENA_ARRAY(a, WARNINGS_MAX, struct str);

    for (const struct diag *x = d->first; x != NULL && m->warning_count < WARNINGS_MAX;
         x = x->next) {
        if (x->level == DIAG_WARNING)
            w[m->warning_count++] = str_from_c(x->text);
    }
    m->warning = w;
}

/* A row being read. */
struct reading {
    const struct csvintake *in;
    const struct csvtable *table;
    const struct csv_field *field;
    size_t fields;
    struct arena *arena;
    struct diags own; /* faults of this row alone */
};

static void
understand(struct reading *r, struct result_message *m)
{
    struct csvrows_use use = {&r->table->rows, r->in->map, r->in->terms, r->table->stated};
    struct csvrow row;

    switch (csvrows_row(&use, r->field, r->fields, r->arena, &r->own, &row)) {
    case CSVROW_OK:
        m->fact = row.fact;
        m->fact_count = row.count;
        m->identity = row.identity;
        break;
    case CSVROW_IGNORED: m->ignore_reason = STR("nothing_of_ours"); break;
    case CSVROW_BAD:
    case CSVROW_RESULT_COUNT: m->quarantine_reason = STR("bad_row"); break;
    }
}

static struct str
raw_of(struct arena *a, const struct csvtable *t, const struct csv_row *row)
{
    struct sb b;

    sb_init_arena(&b, a, RAW_MAX + 1);
    sb_add(&b, t->header);
    sb_add_char(&b, '\n');
    sb_add(&b, row->raw);
    sb_add_char(&b, '\n');
    return sb_str(&b);
}

static struct str
type_of(struct arena *a, enum csvrows_kind k)
{
    return str_cat(a, STR("csv^"), str_from_c(csvrows_kind_name(k)));
}

/* Faults of this row alone, then added to those of the file. */
static void
hand_over(struct diags *to, const struct diags *from)
{
    for (const struct diag *x = from->first; x != NULL; x = x->next) {
        if (x->level == DIAG_ERROR)
            diag_error(to, x->file, x->line, x->col, "%s", x->text);
        else
            diag_warn(to, x->file, x->line, x->col, "%s", x->text);
    }
}

static void
read_row(struct reading *r, const struct csv_row *row, struct diags *d, struct result_message *m)
{
    diags_init(&r->own, r->arena);
    if (row->error != CSV_OK) {
        diag_error(&r->own, r->table->rows.file, row->error_line, row->error_col, "%s",
                   csv_error_text(row->error));
        m->quarantine_reason = STR("bad_row");
    } else {
        understand(r, m);
    }
    if (!str_is_absent(m->quarantine_reason))
        m->quarantine_place = first_fault(r->arena, &r->own);
    take_warnings(r->arena, &r->own, m);
    hand_over(d, &r->own);
}

bool
csvintake_row(const struct csvintake *in, const struct csvtable *t, struct csv_row *row,
              struct arena *a, struct diags *d, struct result_message *out)
{
    struct csv_field *f = ARENA_ARRAY(a, CSV_FIELDS_MAX, struct csv_field);
    struct str raw = raw_of(a, t, row);
    struct sha256 sha = sha256_of(raw.p, raw.n);
    struct reading r = {.in = in, .table = t, .field = f, .arena = a};

    /* the decoder's buffer is soon the next row's, and facts point into this one */
    row->raw = str_sub(raw, t->header.n + 1, row->raw.n);
    if (csv_split(a, row, t->delimiter, f, &r.fields) == CSV_OK && csv_is_blank(f, r.fields))
        return false;
    *out = (struct result_message){.feed = str_from_c(in->feed),
                                   .sender = str_sub(t->sender, 0, SENDER_MAX),
                                   .sent = t->stated,
                                   .type = type_of(a, t->rows.kind),
                                   .raw = raw,
                                   .history = !in->live,
                                   .map_hash = in->map->hash};
    /* The same row in the same table is the same message, whichever file it comes in. */
    out->control_id = sha256_short(a, &sha);
    if (poison_is_listed(in->poison, &sha)) {
        out->quarantine_reason = STR("killed_a_process");
        out->quarantine_place = STR("");
        return true;
    }
    poison_begin(in->poison, &sha);
    read_row(&r, row, d, out);
    poison_end(in->poison);
    return true;
}

bool
csvintake_is_row(struct str raw)
{
    static const struct str heads[] = {{"MSH", 3}, {"FHS", 3}, {"BHS", 3}};

    for (size_t i = 0; i < RFD_COUNT(heads); i++) {
        if (str_starts(raw, heads[i]))
            return false;
    }
    return str_find_any(raw, "\n") < raw.n;
}

/* The two rows of a stored one. */
struct again {
    struct arena *arena;
    struct csv_row row[2];
    size_t count;
};

static bool
on_row(void *arg, const struct csv_row *row)
{
    struct again *g = arg;

    if (g->count < 2) {
        g->row[g->count] = *row;
        g->row[g->count].raw = str_dup(g->arena, row->raw);
    }
    g->count++;
    return true;
}

void
csvintake_reread(const struct csvintake *in, struct str raw, struct stamp received, struct arena *a,
                 struct result_message *out)
{
    struct again g = {.arena = a};
    struct csvtable t = {.rows = {.file = "row", .kind = CSVROWS_KIND_COUNT}, .stated = received};
    struct csv_dec dec;
    struct diags d;

    diags_init(&d, a);
    csv_init(&dec, arena_alloc(a, CSV_ROW_BYTES_MAX), CSV_ROW_BYTES_MAX, '\0');
    RFD_IGNORE(csv_feed(&dec, raw.p, raw.n, on_row, &g));
    csv_end(&dec, on_row, &g);
    *out = (struct result_message){.feed = str_from_c(in->feed),
                                   .raw = raw,
                                   .quarantine_reason = STR("bad_row"),
                                   .quarantine_place = STR("1:1: not a header and a row"),
                                   .map_hash = in->map->hash};
    if (g.count != 2)
        return;
    t.delimiter = dec.delimiter;
    if (!csvintake_header(in, &g.row[0], a, &d, &t)) {
        out->quarantine_place = first_fault(a, &d);
        return;
    }
    if (!csvintake_row(in, &t, &g.row[1], a, &d, out))
        out->quarantine_place = STR("2:1: an empty row");
}
