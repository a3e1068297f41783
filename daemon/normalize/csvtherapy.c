/* A row of therapy → what it says of each drug: that it began, was given, ended. */
#include "base/sb.h"
#include "normalize/csvrows.h"

enum { KEY_MAX = 200 };

struct taken {
    const struct term_drug *drug[TERMS_DRUGS_MAX];
    size_t count;
    struct str regimen;
    struct str text; /* the cell */
    bool blinded;    /* a study drug that nobody may know */
    enum therapy_rung rung;
    struct stamp start;
    struct stamp stop;
    struct stamp given;
    bool ongoing;
};

static void
add_drug(struct taken *t, const struct term_drug *d)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->drug[i] == d)
            return;
    }
    if (t->count < TERMS_DRUGS_MAX)
        t->drug[t->count++] = d;
}

static void
add_regimen(struct taken *t, const struct term_regimen *r)
{
    for (size_t i = 0; i < r->count; i++)
        add_drug(t, r->drugs[i]);
    t->regimen = r->name;
}

static bool
is_number(struct str s)
{
    uint64_t n;

    return str_to_u64(s, &n);
}

/* One drug or regimen by code, name or brand. */
static bool
find_one(struct csvwalk *w, struct taken *t, struct str s)
{
    const struct terms *terms = w->use->terms;
    const struct term_drug *coded[TERMS_DRUGS_MAX];
    size_t n = map_drug_find(w->use->map, w->arena, STR("L"), s, coded);
    const struct term_drug *d;
    const struct term_regimen *r;

    if (n == 0 && is_number(s))
        n = terms_drug_code(terms, w->arena, "rxnorm", s, coded);
    for (size_t i = 0; i < n; i++)
        add_drug(t, coded[i]);
    if (n > 0 || is_number(s))
        return n > 0;
    d = terms_drug(terms, w->arena, s);
    r = terms_regimen(terms, w->arena, s);
    if (r != NULL)
        add_regimen(t, r);
    if (d != NULL)
        add_drug(t, d);
    return d != NULL || r != NULL;
}

/* The next of "carboplatin + paclitaxel"; false at the end. */
static bool
next_part(struct str *rest, struct str *part)
{
    size_t at = str_find_any(*rest, "+/&");

    if (rest->n == 0)
        return false;
    *part = str_trim(str_sub(*rest, 0, at));
    *rest = str_sub(*rest, at + 1, rest->n);
    return true;
}

static bool
is_blinded(const struct csvwalk *w, struct str s)
{
    for (size_t i = 0; i < w->use->map->blinded.count; i++) {
        if (str_eq_nocase(s, w->use->map->blinded.item[i]))
            return true;
    }
    return false;
}

static void
find_drugs(struct csvwalk *w, struct taken *t, enum csvcol c)
{
    struct str rest = csvwalk_text(w, c);
    int32_t exact = termindex_find_nocase(&w->use->terms->by_drug, w->arena, rest);
    struct str part;

    t->text = rest;
    t->blinded = is_blinded(w, rest);
    if (t->blinded)
        return;
    if (exact >= 0) { /* a name may hold a + or / of its own */
        add_drug(t, &w->use->terms->drugs[exact]);
        return;
    }
    while (next_part(&rest, &part)) {
        if (part.n > 0 && !find_one(w, t, part)) {
            csvwalk_fail(w, c, "no drug, regimen or RxNorm number that a table or the map knows");
            return;
        }
    }
}

static void
read_drugs(struct csvwalk *w, struct taken *t)
{
    struct str regimen = csvwalk_text(w, CSVCOL_REGIMEN);

    if (!str_is_absent(csvwalk_text(w, CSVCOL_DRUG)))
        find_drugs(w, t, CSVCOL_DRUG);
    else if (!str_is_absent(regimen))
        find_drugs(w, t, CSVCOL_REGIMEN);
    else
        csvwalk_fail(w, w->use->table->at[CSVCOL_DRUG] < 0 ? CSVCOL_REGIMEN : CSVCOL_DRUG,
                     "a row without a drug");
    if (!str_is_absent(regimen))
        t->regimen = regimen;
}

/* A file states, and may say how it knows; "given on" does. Only a person's own entry outranks what
 * was given. */
static void
read_evidence(struct csvwalk *w, struct taken *t)
{
    static const struct {
        const char *word;
        enum therapy_rung rung;
    } words[] = {
        {"stated", THERAPY_STATED},       {"reported", THERAPY_STATED},
        {"given", THERAPY_GIVEN},         {"administered", THERAPY_GIVEN},
        {"dispensed", THERAPY_DISPENSED}, {"billed", THERAPY_BILLED},
        {"ordered", THERAPY_ORDERED},     {"prescribed", THERAPY_ORDERED},
    };
    struct str s = csvwalk_text(w, CSVCOL_EVIDENCE);

    t->rung = stamp_is_absent(t->start) ? THERAPY_GIVEN : THERAPY_STATED;
    if (str_is_absent(s))
        return;
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(s, str_from_c(words[i].word))) {
            t->rung = words[i].rung;
            return;
        }
    }
    csvwalk_fail(w, CSVCOL_EVIDENCE,
                 "stated, given, dispensed, billed or ordered: what a person enters himself is no "
                 "matter of a file");
}

static bool
is_word(struct str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(s, str_from_c(words[i])))
            return true;
    }
    return false;
}

static void
check_dates(struct csvwalk *w, const struct taken *t)
{
    bool ends = t->ongoing || !stamp_is_absent(t->stop);

    if (stamp_is_absent(t->start) && stamp_is_absent(t->given)) {
        csvwalk_fail(w, w->use->table->at[CSVCOL_START] < 0 ? CSVCOL_GIVEN_ON : CSVCOL_START,
                     "a row without a date; 2024 alone will do");
        return;
    }
    if (stamp_is_absent(t->start) && ends)
        csvwalk_fail(w, CSVCOL_STOP, "an end without a start");
    else if (!stamp_is_absent(t->stop) && csvdate_last_day(t->stop) < stamp_day(t->start))
        csvwalk_fail(w, CSVCOL_STOP, "before the start");
}

static void
read_dates(struct csvwalk *w, struct taken *t)
{
    static const char *const ongoing[] = {"ongoing", "continuing", "current"};

    t->start = csvwalk_date(w, CSVCOL_START);
    t->given = csvwalk_date(w, CSVCOL_GIVEN_ON);
    t->ongoing = is_word(csvwalk_text(w, CSVCOL_STOP), ongoing, RFD_COUNT(ongoing));
    if (!t->ongoing)
        t->stop = csvwalk_date(w, CSVCOL_STOP);
    if (!w->bad)
        check_dates(w, t);
}

/* A row with start and end speaks for the time between, one that goes on for the time until it was
 * stated; else for what one piece of evidence of that drug speaks for. */
static int32_t
cover_of(const struct csvwalk *w, const struct taken *t, const struct term_drug *d)
{
    int32_t own = d == NULL ? 0 : d->cover_days;
    day_t start = stamp_day(t->start);
    day_t until = DAY_NONE;

    if (!stamp_is_absent(t->stop))
        until = csvdate_last_day(t->stop);
    else if (t->ongoing && !stamp_is_absent(w->stated))
        until = stamp_day(w->stated) + own;
    return until != DAY_NONE && until - start > own ? until - start : own;
}

static struct fact *
put(struct csvwalk *w, const struct taken *t, const struct term_drug *d, struct stamp at)
{
    static const struct str blinded[] = {{"blinded_study_drug", 18}};
    struct str intent = csvwalk_text(w, CSVCOL_INTENT);
    struct fact *f = csvwalk_fact(w, FACT_THERAPY, at);

    f->u.therapy =
        (struct therapy){.rung = t->rung,
                         .drug = d == NULL ? STR_NONE : d->name,
                         .classes = d == NULL ? blinded : d->classes,
                         .class_count = d == NULL ? 1 : d->class_count,
                         .cover_days = d == NULL ? 0 : d->cover_days,
                         .intent = str_is_absent(intent) ? STR_NONE : str_lower(w->arena, intent),
                         .regimen = t->regimen,
                         .code = {.display = t->text}};
    return f;
}

/* What names the row when the table has no record numbers: drugs and start. */
static struct str
row_key(struct csvwalk *w, const struct taken *t)
{
    char day[STAMP_TEXT_MAX];
    struct sb b;

    sb_init_arena(&b, w->arena, KEY_MAX + CSV_ROW_BYTES_MAX);
    sb_add(&b, stamp_format(t->start, day));
    for (size_t i = 0; i < t->count; i++) {
        sb_add_char(&b, ':');
        sb_add(&b, t->drug[i]->name);
    }
    return csvwalk_record(w, sb_str(&b));
}

static void
put_course(struct csvwalk *w, const struct taken *t, const struct term_drug *d)
{
    struct fact *f = put(w, t, d, t->start);

    f->order = row_key(w, t);
    f->u.therapy.order = f->order;
    f->u.therapy.action = THERAPY_START;
    f->u.therapy.cover_days = cover_of(w, t, d);
    /* ended in the month that it began in: when is not known, and no day is made up */
    if (stamp_is_absent(t->stop) || stamp_day(t->stop) < stamp_day(t->start))
        return;
    f = put(w, t, d, t->stop);
    f->order = row_key(w, t);
    f->u.therapy.order = f->order;
    f->u.therapy.action = THERAPY_STOP;
    f->u.therapy.reason = csvwalk_text(w, CSVCOL_REASON);
}

static void
put_one(struct csvwalk *w, const struct taken *t, const struct term_drug *d)
{
    if (!stamp_is_absent(t->start))
        put_course(w, t, d);
    else
        put(w, t, d, t->given)->u.therapy.action = THERAPY_DOSE;
}

void
csvwalk_therapy(struct csvwalk *w)
{
    struct taken t = {.count = 0};

    read_drugs(w, &t);
    read_dates(w, &t);
    read_evidence(w, &t);
    if (w->bad)
        return;
    if (t.blinded)
        put_one(w, &t, NULL);
    for (size_t i = 0; i < t.count; i++)
        put_one(w, &t, t.drug[i]);
}
