/* The header of a table: which column is which, by the names that registries give them. */
#include "normalize/csvrows.h"
#include "wire/tree.h"

#include <string.h>

enum { NAMES_MAX = 6, HINTS_MAX = CSVCOL_COUNT * NAMES_MAX, NAME_TEXT_MAX = 64 };

#define DIAGNOSES (1u << CSVROWS_DIAGNOSES)
#define THERAPY   (1u << CSVROWS_THERAPY)
#define RESPONSES (1u << CSVROWS_RESPONSES)
#define ANY_KIND  (DIAGNOSES | THERAPY | RESPONSES)

/* The first name is ours. In small letters, words joined by _. */
static const struct {
    unsigned kinds;
    bool date;
    const char *name[NAMES_MAX];
} columns[CSVCOL_COUNT] = {
    [CSVCOL_PATIENT_ID] = {ANY_KIND, false, {"patient_id", "patient", "mrn", "pid", "patientid"}},
    [CSVCOL_AUTHORITY] = {ANY_KIND, false, {"authority", "assigning_authority", "facility"}},
    [CSVCOL_BIRTH_DATE] = {ANY_KIND, true, {"birth_date", "date_of_birth", "dob", "born_on"}},
    [CSVCOL_SEX] = {ANY_KIND, false, {"sex", "gender"}},
    [CSVCOL_STATED_ON] = {ANY_KIND,
                          true,
                          {"stated_on", "updated_on", "last_updated", "recorded_on"}},
    [CSVCOL_RECORD] = {ANY_KIND, false, {"record", "record_id", "row_id"}},
    [CSVCOL_STATUS] = {ANY_KIND, false, {"status"}},
    [CSVCOL_CODE_SYSTEM] = {DIAGNOSES, false, {"code_system", "coding_system", "system"}},
    [CSVCOL_CODE] = {DIAGNOSES, false, {"code", "diagnosis_code", "diagnosis"}},
    [CSVCOL_MORPHOLOGY] = {DIAGNOSES, false, {"morphology", "histology"}},
    [CSVCOL_TOPOGRAPHY] = {DIAGNOSES, false, {"topography", "primary_site"}},
    [CSVCOL_TEXT] = {DIAGNOSES, false, {"text", "description", "diagnosis_text"}},
    [CSVCOL_DIAGNOSED_ON] = {DIAGNOSES,
                             true,
                             {"diagnosed_on", "diagnosis_date", "date_of_diagnosis"}},
    [CSVCOL_DRUG] = {THERAPY, false, {"drug", "medication", "agent", "substance", "rxnorm"}},
    [CSVCOL_REGIMEN] = {THERAPY, false, {"regimen", "protocol"}},
    [CSVCOL_START] = {THERAPY, true, {"start", "started_on", "start_date"}},
    [CSVCOL_STOP] = {THERAPY, true, {"stop", "stopped_on", "stop_date", "end", "end_date"}},
    [CSVCOL_GIVEN_ON] = {THERAPY, true, {"given_on", "administered_on", "administration_date"}},
    [CSVCOL_REASON] = {THERAPY, false, {"reason", "stop_reason", "reason_stopped"}},
    [CSVCOL_INTENT] = {THERAPY, false, {"intent"}},
    [CSVCOL_EVIDENCE] = {THERAPY, false, {"evidence"}},
    [CSVCOL_LINE] = {THERAPY, false, {"line", "line_of_therapy"}},
    [CSVCOL_DATE] = {RESPONSES, true, {"date", "assessed_on", "assessment_date", "response_date"}},
    [CSVCOL_RESPONSE] = {RESPONSES, false, {"response", "overall_response", "best_response"}},
    [CSVCOL_CRITERIA] = {RESPONSES, false, {"criteria", "response_criteria"}},
    [CSVCOL_SITE] = {RESPONSES, false, {"site", "site_of_progression"}},
};

static const char *const kind_names[CSVROWS_KIND_COUNT] = {
    [CSVROWS_DIAGNOSES] = "diagnoses",
    [CSVROWS_THERAPY] = "therapy",
    [CSVROWS_RESPONSES] = "responses",
};

const char *
csvrows_kind_name(enum csvrows_kind k)
{
    rfd_assert((unsigned)k < CSVROWS_KIND_COUNT);
    return kind_names[k];
}

bool
csvrows_kind_parse(struct str s, enum csvrows_kind *out)
{
    for (unsigned k = 0; k < CSVROWS_KIND_COUNT; k++) {
        if (str_eq_c(s, kind_names[k])) {
            *out = (enum csvrows_kind)k;
            return true;
        }
    }
    return false;
}

const char *
csvrows_column_name(enum csvcol c)
{
    rfd_assert((unsigned)c < CSVCOL_COUNT);
    return columns[c].name[0];
}

/* "Date of birth (DD.MM.YYYY)" is date_of_birth and its form. */
static struct str
plain_name(struct str cell, char buf[NAME_TEXT_MAX], struct str *form_out)
{
    size_t open = str_find_any(cell, "([");
    struct str name = str_trim(str_sub(cell, 0, open));
    size_t n = name.n < NAME_TEXT_MAX ? name.n : NAME_TEXT_MAX;

    *form_out = STR_NONE;
    if (open < cell.n) {
        struct str inside = str_sub(cell, open + 1, cell.n);

        *form_out = str_sub(inside, 0, str_find_any(inside, ")]"));
    }
    for (size_t i = 0; i < n; i++) {
        char c = name.p[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c == ' ' || c == '-' || c == '.')
            c = '_';
        buf[i] = c;
    }
    return (struct str){buf, n};
}

static bool
is_named(enum csvcol c, struct str name)
{
    for (size_t i = 0; i < NAMES_MAX && columns[c].name[i] != NULL; i++) {
        if (str_eq_c(name, columns[c].name[i]))
            return true;
    }
    return false;
}

static enum csvcol
column_of(struct str name, unsigned kinds)
{
    for (unsigned c = 0; c < CSVCOL_COUNT; c++) {
        if ((columns[c].kinds & kinds) != 0 && is_named((enum csvcol)c, name))
            return (enum csvcol)c;
    }
    return CSVCOL_COUNT;
}

static const char *
nearest(struct str name, unsigned kinds)
{
    const char *all[HINTS_MAX];
    size_t n = 0;

    for (size_t c = 0; c < CSVCOL_COUNT; c++) {
        for (size_t i = 0; i < NAMES_MAX && columns[c].name[i] != NULL; i++) {
            if ((columns[c].kinds & kinds) != 0)
                all[n++] = columns[c].name[i];
        }
    }
    return tree_nearest(name, all, n);
}

/* A header being read. */
struct head {
    const struct csv_field *field;
    size_t count;
    enum csvdate_form dates;
    struct diags *diags;
    struct csvrows *out;
};

/* A header line that is missing leaves data in its place: names are not repeated, only ours. */
static void
unknown_column(struct head *h, const struct csv_field *f, struct str name, unsigned kinds)
{
    const char *near = nearest(name, kinds);

    if (near == NULL) {
        diag_warn(h->diags, h->out->file, f->line, f->col, "nobody reads this column");
        return;
    }
    diag_warn(h->diags, h->out->file, f->line, f->col, "nobody reads this column; is \"%s\" meant?",
              near);
}

static void
read_form(struct head *h, const struct csv_field *f, enum csvcol c, struct str said)
{
    const char *ours = columns[c].name[0];

    h->out->form[c] = h->dates;
    if (str_is_absent(said))
        return;
    if (!columns[c].date) {
        diag_error(h->diags, h->out->file, f->line, f->col, "the column \"%s\" holds no date",
                   ours);
        return;
    }
    if (csvdate_form_parse(said, &h->out->form[c]))
        return;
    diag_error(h->diags, h->out->file, f->line, f->col,
               "in brackets a form of date is expected, as in %s (DD.MM.YYYY)", ours);
}

static void
read_column(struct head *h, size_t i, unsigned kinds)
{
    const struct csv_field *f = &h->field[i];
    char buf[NAME_TEXT_MAX];
    struct str form;
    struct str name = plain_name(f->text, buf, &form);
    enum csvcol c = column_of(name, kinds);

    if (c == CSVCOL_COUNT) {
        if (name.n > 0)
            unknown_column(h, f, name, kinds);
        return;
    }
    if (h->out->at[c] >= 0) {
        diag_error(h->diags, h->out->file, f->line, f->col, "\"%s\" stands in two columns",
                   columns[c].name[0]);
        return;
    }
    if (c == CSVCOL_LINE)
        diag_warn(h->diags, h->out->file, f->line, f->col,
                  "\"line\" is not read: lines of therapy are worked out from drugs and dates");
    h->out->at[c] = (int16_t)i;
    read_form(h, f, c, form);
}

static bool
has(const struct head *h, enum csvcol c)
{
    return h->out->at[c] >= 0;
}

static void
need(struct head *h, bool there, const char *what)
{
    if (!there)
        diag_error(h->diags, h->out->file, h->field[0].line, 1, "a table of %s needs a column %s",
                   kind_names[h->out->kind], what);
}

static void
check_needs(struct head *h)
{
    need(h, has(h, CSVCOL_PATIENT_ID), "\"patient_id\"");
    switch (h->out->kind) {
    case CSVROWS_DIAGNOSES:
        need(h, has(h, CSVCOL_CODE) || has(h, CSVCOL_MORPHOLOGY), "\"code\" or \"morphology\"");
        need(h, !has(h, CSVCOL_CODE) || has(h, CSVCOL_CODE_SYSTEM) || has(h, CSVCOL_MORPHOLOGY),
             "\"code_system\"");
        need(h, has(h, CSVCOL_DIAGNOSED_ON), "\"diagnosed_on\"");
        break;
    case CSVROWS_THERAPY:
        need(h, has(h, CSVCOL_DRUG) || has(h, CSVCOL_REGIMEN), "\"drug\" or \"regimen\"");
        need(h, has(h, CSVCOL_START) || has(h, CSVCOL_GIVEN_ON), "\"start\" or \"given_on\"");
        break;
    case CSVROWS_RESPONSES:
        need(h, has(h, CSVCOL_RESPONSE), "\"response\"");
        need(h, has(h, CSVCOL_DATE), "\"date\"");
        break;
    case CSVROWS_KIND_COUNT: break;
    }
}

/* By what only that kind has. */
static enum csvrows_kind
kind_of(const struct csv_field *f, size_t n)
{
    char buf[NAME_TEXT_MAX];
    struct str form;
    unsigned seen = 0;

    for (size_t i = 0; i < n; i++) {
        enum csvcol c = column_of(plain_name(f[i].text, buf, &form), ANY_KIND);

        if (c == CSVCOL_DRUG || c == CSVCOL_REGIMEN)
            seen |= THERAPY;
        else if (c == CSVCOL_RESPONSE)
            seen |= RESPONSES;
        else if (c == CSVCOL_DIAGNOSED_ON || c == CSVCOL_MORPHOLOGY)
            seen |= DIAGNOSES;
    }
    for (unsigned k = 0; k < CSVROWS_KIND_COUNT; k++) {
        if (seen == 1u << k)
            return (enum csvrows_kind)k;
    }
    return CSVROWS_KIND_COUNT;
}

bool
csvrows_header(const struct csv_field *f, size_t n, enum csvdate_form dates, struct diags *d,
               struct csvrows *t)
{
    struct head h = {f, n, dates, d, t};
    size_t before = d->errors;

    t->fields = n;
    for (size_t c = 0; c < CSVCOL_COUNT; c++)
        t->at[c] = -1;
    if (t->kind == CSVROWS_KIND_COUNT)
        t->kind = kind_of(f, n);
    if (t->kind == CSVROWS_KIND_COUNT) {
        diag_error(d, t->file, n == 0 ? 1 : f[0].line, 1,
                   "the header is of no table that is known: it names the columns of diagnoses, "
                   "therapy or responses");
        return false;
    }
    for (size_t i = 0; i < n; i++)
        read_column(&h, i, 1u << t->kind);
    check_needs(&h);
    return d->errors == before;
}
