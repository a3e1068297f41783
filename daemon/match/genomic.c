#include "match/genomic.h"

#include "match/genomic_row.h"
#include "model/unread.h"

static bool
is_plasma(struct str source)
{
    return str_eq(source, STR("plasma")) || str_eq_nocase(source, STR("ctdna")) ||
           str_eq_nocase(source, STR("cfdna"));
}

/* Tumour DNA in the plasma of that day: another variant was found in it. Without one a plasma
 * test that finds nothing may only mean that the tumour sheds none; FDA's companion label (cobas
 * EGFR v2, P150044) sends it to tissue. */
static bool
plasma_sheds(const struct match_case *c, day_t day)
{
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        if (f[i]->u.variant.present && is_plasma(f[i]->u.variant.source) &&
            (f[i]->flags & FACT_PLASMA_CHIP) == 0 && fact_day(f[i]) == day) {
            return true;
        }
    }
    return false;
}

/* Worst first: the best kind of negative that is known. */
static enum leaf_note
negative_note(const struct leaf_genomic *g, const struct match_case *c, const struct fact *f,
              struct str source)
{
    day_t since = g->acquired ? case_since(c) : DAY_NONE;
    day_t day = fact_day(f);

    if (f->status == FACT_PRELIMINARY) {
        return NOTE_PRELIMINARY;
    }
    if (since != DAY_NONE && (day == DAY_NONE || day < since)) {
        return NOTE_BEFORE_COURSE;
    }
    return is_plasma(source) && !plasma_sheds(c, day) ? NOTE_PLASMA_NEGATIVE : NOTE_NO;
}

static int
negative_rank(enum leaf_note n)
{
    static const enum leaf_note order[] = {NOTE_NOTHING_KNOWN, NOTE_BEFORE_COURSE, NOTE_PRELIMINARY,
                                           NOTE_PLASMA_NEGATIVE, NOTE_NO};

    for (size_t i = 0; i < RFD_COUNT(order); i++) {
        if (order[i] == n) {
            return (int)i;
        }
    }
    return 0;
}

static void
keep_better(struct leaf_result *r, const struct fact *f, enum leaf_note note)
{
    if (negative_rank(note) >= negative_rank(r->note)) {
        r->note = note;
        r->fact = f;
    }
}

/* What tests say that found nothing. */
static struct leaf_result
search_negative(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result r = {.k = K_UNKNOWN, .note = NOTE_NOTHING_KNOWN, .due = DAY_NONE};
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_NEGATIVE, &count);

    for (size_t i = 0; i < count; i++) {
        const struct negative *n = &f[i]->u.negative;

        if ((f[i]->flags & FACT_TEST_MESSAGE) == 0 && genomic_row_covered(g, n)) {
            keep_better(&r, f[i], negative_note(g, c, f[i], n->source));
        }
    }
    f = timeline_kind(c->timeline, FACT_VARIANT, &count);
    for (size_t i = 0; i < count; i++) {
        const struct variant *v = &f[i]->u.variant;

        if ((f[i]->flags & FACT_TEST_MESSAGE) == 0 && !v->present && genomic_row_excludes(g, v)) {
            keep_better(&r, f[i], negative_note(g, c, f[i], v->source));
        }
    }
    if (r.note == NOTE_NO) {
        r.k = K_FALSE;
    }
    return r;
}

static enum leaf_note
row_note(const struct leaf_genomic *g, const struct fact *f, enum kleene row)
{
    if (row == K_UNKNOWN) {
        return NOTE_NOT_SPECIFIC;
    }
    if (f->status == FACT_PRELIMINARY) {
        return NOTE_PRELIMINARY;
    }
    if ((f->flags & FACT_PLASMA_CHIP) != 0 || (g->tissue && is_plasma(f->u.variant.source))) {
        return NOTE_PLASMA_ONLY;
    }
    return NOTE_YES;
}

/* The latest row that holds; else the latest that might. */
static struct leaf_result
search_rows(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result r = {.k = K_FALSE, .note = NOTE_NOTHING_KNOWN, .due = DAY_NONE};
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        enum kleene row;
        enum leaf_note note;

        if (!f[i]->u.variant.present || (f[i]->flags & FACT_TEST_MESSAGE) != 0) {
            continue;
        }
        row = genomic_row_holds(g, &f[i]->u.variant);
        if (row == K_FALSE) {
            continue;
        }
        note = row_note(g, f[i], row);
        row = note == NOTE_YES ? K_TRUE : K_UNKNOWN;
        if (row >= r.k) {
            r = (struct leaf_result){.k = row, .note = note, .fact = f[i], .due = DAY_NONE};
        }
    }
    return r;
}

static void
look_for_report(const struct match_case *c, struct leaf_result *r)
{
    const struct fact *f =
        r->note == NOTE_NOTHING_KNOWN ? unread_report(c->timeline, "molecular", DAY_NONE) : NULL;

    if (f != NULL) {
        r->note = NOTE_UNREAD;
        r->fact = f;
    }
}

struct leaf_result
genomic_evaluate(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result row = search_rows(g, c);
    struct leaf_result none;

    if (row.k == K_TRUE) {
        return row;
    }
    none = search_negative(g, c);
    /* A plasma finding is settled by tissue that does not have it; other half-known rows are
     * not. */
    if (row.k == K_UNKNOWN && !(row.note == NOTE_PLASMA_ONLY && none.k == K_FALSE &&
                                !is_plasma(genomic_row_source(none.fact)))) {
        return row;
    }
    look_for_report(c, &none);
    return none;
}

struct leaf_result
genomic_tested(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result r = search_negative(g, c);
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        if (f[i]->u.variant.present && f[i]->status != FACT_PRELIMINARY &&
            genomic_row_holds(g, &f[i]->u.variant) == K_TRUE) {
            r.note = NOTE_YES;
            r.fact = f[i];
        }
    }
    if (r.note == NOTE_YES || r.note == NOTE_NO || r.note == NOTE_PLASMA_NEGATIVE) {
        r.k = K_TRUE;
        r.note = NOTE_YES;
        return r;
    }
    r.k = K_UNKNOWN; /* never "not tested": another laboratory may have done it */
    look_for_report(c, &r);
    return r;
}
