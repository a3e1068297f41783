#include "normalize/csvrows.h"

#include "base/sb.h"

enum { RECORD_MAX = 300, PLACE_MAX = 24, CELL_MAX = 300 };

static bool
is_nothing(struct str s)
{
    static const struct str words[] = {{"NA", 2}, {"N/A", 3}, {"NULL", 4}, {"-", 1}};

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(s, words[i]))
            return true;
    }
    return s.n == 0;
}

struct str
csvwalk_text(const struct csvwalk *w, enum csvcol c)
{
    int16_t at = w->use->table->at[c];
    struct str s = at < 0 ? STR_NONE : str_trim(w->field[at].text);

    return is_nothing(s) ? STR_NONE : s;
}

static const struct csv_field *
cell(const struct csvwalk *w, enum csvcol c)
{
    int16_t at = w->use->table->at[c];

    return &w->field[at < 0 ? 0 : at];
}

void
csvwalk_fail(struct csvwalk *w, enum csvcol c, const char *text)
{
    w->bad = true;
    diag_error(w->diags, w->use->table->file, cell(w, c)->line, cell(w, c)->col, "%s: %s",
               csvrows_column_name(c), text);
}

void
csvwalk_warn(struct csvwalk *w, enum csvcol c, const char *text)
{
    diag_warn(w->diags, w->use->table->file, cell(w, c)->line, cell(w, c)->col, "%s: %s",
              csvrows_column_name(c), text);
}

static const char *
date_fault(enum csvdate_result r, enum csvdate_form form)
{
    if (r == CSVDATE_UNSAID)
        return "is that day or month? Say the form of dates in the header, as in start "
               "(DD.MM.YYYY), or with --date-format or date_format";
    if (r == CSVDATE_NO_ZONE)
        return "a time of day without an offset, and the map names no zone";
    switch (form) {
    case CSVDATE_DMY: return "no date such as 31.12.2025, 12.2025, 2025 or 2025-12-31";
    case CSVDATE_MDY: return "no date such as 12/31/2025, 12/2025, 2025 or 2025-12-31";
    case CSVDATE_ISO:
    case CSVDATE_FORM_COUNT: break;
    }
    return "no date such as 2025-12-31, 2025-12 or 2025";
}

struct stamp
csvwalk_date(struct csvwalk *w, enum csvcol c)
{
    struct str s = csvwalk_text(w, c);
    enum csvdate_form form = w->use->table->form[c];
    struct stamp at = STAMP_NONE;
    enum csvdate_result r;

    if (str_is_absent(s))
        return STAMP_NONE;
    r = csvdate_parse(s, form, &w->use->map->zone, &at);
    if (r == CSVDATE_OK)
        return at;
    csvwalk_fail(w, c, date_fault(r, form));
    return STAMP_NONE;
}

static struct str
place_of(struct csvwalk *w)
{
    struct sb b;

    sb_init_arena(&b, w->arena, PLACE_MAX);
    sb_addf(&b, "line %d", w->field[0].line);
    return sb_str(&b);
}

struct fact *
csvwalk_fact(struct csvwalk *w, enum fact_kind kind, struct stamp at)
{
    struct fact *f = &w->facts[w->out->count++];

    rfd_assert(w->out->count <= CSVROW_FACTS_MAX);
    *f = (struct fact){.kind = kind,
                       .status = w->status,
                       .flags = FACT_IMPORTED,
                       .patient = w->patient,
                       .collected = at,
                       .status_time = w->stated,
                       .map_hash = w->use->map->hash,
                       .source = {.place = place_of(w)}};
    if (!stamp_is_absent(at) && at.precision < PRECISION_DAY)
        f->flags |= FACT_TIME_PARTIAL;
    return f;
}

struct str
csvwalk_record(const struct csvwalk *w, struct str rest)
{
    struct str record = csvwalk_text(w, CSVCOL_RECORD);
    struct sb b;

    if (str_is_absent(record) && str_is_absent(rest))
        return STR_NONE;
    sb_init_arena(&b, w->arena, CSV_ROW_BYTES_MAX + RECORD_MAX);
    sb_add_c(&b, str_is_absent(record) ? "import:" : "import:record:");
    sb_add(&b, str_is_absent(record) ? rest : record);
    return sb_str(&b);
}

static void
read_patient(struct csvwalk *w)
{
    w->patient.id = csvwalk_text(w, CSVCOL_PATIENT_ID);
    w->patient.authority = csvwalk_text(w, CSVCOL_AUTHORITY);
    if (str_is_absent(w->patient.id))
        csvwalk_fail(w, CSVCOL_PATIENT_ID, "a row without a patient");
    if (str_is_absent(w->patient.authority))
        w->patient.authority = w->use->map->authority;
    if (str_is_absent(w->patient.authority))
        csvwalk_fail(w, CSVCOL_AUTHORITY,
                     "who has given the number? Neither a column nor the map says");
}

/* What is read becomes part of several facts; a remark is clipped, anything else is a mistake. */
static void
check_lengths(struct csvwalk *w)
{
    for (unsigned c = 0; c < CSVCOL_COUNT; c++) {
        if (c != CSVCOL_TEXT && csvwalk_text(w, (enum csvcol)c).n > CELL_MAX)
            csvwalk_fail(w, (enum csvcol)c, "longer than any such text");
    }
}

static enum sex
read_sex(struct csvwalk *w)
{
    static const struct {
        const char *word;
        enum sex sex;
    } words[] = {
        {"f", SEX_FEMALE},  {"female", SEX_FEMALE},   {"w", SEX_FEMALE},      {"m", SEX_MALE},
        {"male", SEX_MALE}, {"unknown", SEX_UNKNOWN}, {"u", SEX_UNKNOWN},     {"other", SEX_OTHER},
        {"o", SEX_OTHER},   {"d", SEX_OTHER},         {"diverse", SEX_OTHER},
    };
    struct str s = csvwalk_text(w, CSVCOL_SEX);

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(s, str_from_c(words[i].word)))
            return words[i].sex;
    }
    if (!str_is_absent(s))
        csvwalk_fail(w, CSVCOL_SEX, "female, male, other or unknown");
    return SEX_UNKNOWN;
}

/* Of the row, not of the tumour or drug: a diagnosis that is over is still one. */
static enum fact_status
read_status(struct csvwalk *w)
{
    static const struct {
        const char *word;
        enum fact_status status;
    } words[] = {
        {"final", FACT_FINAL},         {"preliminary", FACT_PRELIMINARY},
        {"corrected", FACT_CORRECTED}, {"withdrawn", FACT_WITHDRAWN},
        {"deleted", FACT_WITHDRAWN},   {"entered in error", FACT_WITHDRAWN},
    };
    struct str s = csvwalk_text(w, CSVCOL_STATUS);

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(s, str_from_c(words[i].word)))
            return words[i].status;
    }
    if (!str_is_absent(s) && w->use->table->kind != CSVROWS_DIAGNOSES)
        csvwalk_fail(w, CSVCOL_STATUS, "final, preliminary, corrected or withdrawn");
    return FACT_FINAL;
}

/* Status time absent: whatever a register's message has said or will say counts more. */
static void
add_demographics(struct csvwalk *w)
{
    const struct demographics *d = &w->out->identity.stated;
    struct fact *f;

    if (stamp_is_absent(d->birth) && d->sex == SEX_UNKNOWN)
        return;
    f = csvwalk_fact(w, FACT_DEMOGRAPHICS, STAMP_NONE);
    f->status = FACT_FINAL;
    f->status_time = STAMP_NONE;
    f->u.demographics = *d;
}

static void
read_common(struct csvwalk *w)
{
    struct stamp stated = csvwalk_date(w, CSVCOL_STATED_ON);

    w->stated = stamp_is_absent(stated) ? w->use->stated : stated;
    w->status = read_status(w);
    read_patient(w);
    w->out->identity = (struct identity){
        .patient = w->patient,
        .stated = {.birth = csvwalk_date(w, CSVCOL_BIRTH_DATE), .sex = read_sex(w)}};
}

static bool
fields_fit(struct csvwalk *w, size_t n)
{
    size_t want = w->use->table->fields;

    if (n == want || (n > want && csv_is_blank(w->field + want, n - want)))
        return true;
    diag_error(w->diags, w->use->table->file, w->field[0].line, 1,
               "the row has %zu fields, the header %zu", n, want);
    return false;
}

enum csvrow_result
csvrows_row(const struct csvrows_use *use, const struct csv_field *f, size_t n, struct arena *a,
            struct diags *d, struct csvrow *out)
{
    struct csvwalk w = {.use = use, .field = f, .arena = a, .diags = d, .out = out};

    *out = (struct csvrow){.count = 0};
    if (!fields_fit(&w, n))
        return CSVROW_BAD;
    w.facts = ARENA_ARRAY(a, CSVROW_FACTS_MAX, struct fact);
    out->fact = w.facts;
    read_common(&w);
    switch (use->table->kind) {
    case CSVROWS_DIAGNOSES: csvwalk_diagnosis(&w); break;
    case CSVROWS_THERAPY: csvwalk_therapy(&w); break;
    case CSVROWS_RESPONSES: csvwalk_response(&w); break;
    case CSVROWS_KIND_COUNT: rfd_assert(false); break;
    }
    check_lengths(&w);
    if (w.bad || w.not_ours) {
        out->count = 0;
        return w.bad ? CSVROW_BAD : CSVROW_IGNORED;
    }
    add_demographics(&w);
    return CSVROW_OK;
}
