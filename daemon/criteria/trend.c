/* Runs of values: rising, plateau, n of the last m. */
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/words.h"

/* Values that a run may use: exact, and above nothing. Four times "<1" is no plateau. */
static bool
is_exact(const struct point *p)
{
    return p->cmp == CMP_EQ && dec_sign(p->value.v) > 0;
}

static void
note_run(const struct scope *s, size_t from, const char *what, struct note *n)
{
    struct sb b = words_begin(s);

    sb_addf(&b, "%zu values %s: ", s->at - from + 1, what);
    for (size_t i = from; i <= s->at; i++) {
        if (i > from)
            sb_add_c(&b, ", ");
        words_value(&b, s, &s->series.point[i]);
        sb_add_c(&b, " (");
        words_day(&b, s->series.point[i].day);
        sb_add_c(&b, ")");
    }
    n->says = sb_str(&b);
    n->fact = s->series.point[from].fact;
    n->part = EVIDENCE_REFERENCE;
}

/* "4 values within 10 % of the first over at least 21 days" */
static void
note_asked(const struct test *t, const struct scope *s, bool rise, struct note *n)
{
    struct sb b = words_begin(s);

    sb_addf(&b, "%ld %svalues", (long)t->count, rise ? "rising " : "");
    if (t->percent.coef != 0) {
        sb_add_c(&b, rise ? ", each at least " : " within ");
        words_dec(&b, t->percent);
        sb_add_c(&b, rise ? " % over the one before," : " % of the first");
    }
    if (t->bound[0].span.n != 0) {
        sb_add_c(&b, " at least ");
        words_span(&b, t->bound[0].span);
        sb_add_c(&b, " apart");
    }
    if (t->span.n != 0) {
        sb_add_c(&b, " over at least ");
        words_span(&b, t->span);
    }
    n->asks = sb_str(&b);
}

static bool
compile_run(struct compiler *c, const struct tree *from, struct test *out)
{
    return tree_need(from, "count", c->diags) != NULL &&
           compile_count(c, from, "count", &out->count);
}

/* rising: {count, spacing?, min_pct?, span?}. spacing lies in the bound's span. */
static bool
compile_rising(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"count", "spacing", "min_pct", "span"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && compile_run(c, from, out) &&
           compile_span(c, from, "spacing", &out->bound[0].span) &&
           compile_number(c, from, "min_pct", &out->percent) &&
           compile_span(c, from, "span", &out->span);
}

/* Does value i rise over the one before as asked? */
static bool
rises(const struct test *t, const struct scope *s, size_t i)
{
    const struct point *p = &s->series.point[i];
    const struct point *before = &s->series.point[i - 1];
    struct fraction f = fraction_one_percent(t->percent);

    if (!is_exact(p) || rat_cmp(p->value, before->value) <= 0)
        return false;
    if (rat_cmp_times(p->value, before->value, f.num, f.den) < 0)
        return false;
    return measure_sign_day(p->day, before->day, t->bound[0].span) >= 0;
}

static bool
spans(const struct test *t, const struct scope *s, size_t from)
{
    return s->at - from + 1 >= (size_t)t->count &&
           measure_sign_day(scope_point(s)->day, s->series.point[from].day, t->span) >= 0;
}

static enum kleene
eval_rising(const struct test *t, const struct scope *s, struct note *n)
{
    size_t from = s->at;
    bool holds;

    while (from > s->series.first && rises(t, s, from))
        from--;
    holds = spans(t, s, from);
    if (n != NULL && s->at > from)
        note_run(s, from, "that rise one after the other", n);
    if (n != NULL)
        note_asked(t, s, true, n);
    return holds ? K_TRUE : K_FALSE;
}

static bool
compile_plateau(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"count", "within_pct", "span"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && compile_run(c, from, out) &&
           tree_need(from, "within_pct", c->diags) != NULL &&
           compile_number(c, from, "within_pct", &out->percent) &&
           compile_span(c, from, "span", &out->span);
}

/* Are all values from there to the candidate within the percentage of the first one? */
static bool
is_flat(const struct test *t, const struct scope *s, size_t from)
{
    const struct point *first = &s->series.point[from];
    struct fraction f = fraction_percent(t->percent);

    for (size_t i = from; i <= s->at; i++) {
        const struct point *p = &s->series.point[i];

        if (!is_exact(p) || rat_cmp_spread(p->value, first->value, f.num, f.den) > 0)
            return false;
    }
    return true;
}

static enum kleene
eval_plateau(const struct test *t, const struct scope *s, struct note *n)
{
    for (size_t from = s->at + 1; from-- > s->series.first;) {
        if (!spans(t, s, from) || !is_flat(t, s, from))
            continue;
        if (n != NULL) {
            note_run(s, from, "on a plateau", n);
            note_asked(t, s, false, n);
        }
        return K_TRUE;
    }
    if (n != NULL)
        note_asked(t, s, false, n);
    return K_FALSE;
}

/* at_least: {n, of_last, <one test>} */
static bool
compile_at_least(struct compiler *c, const struct tree *from, struct test *out)
{
    struct test *child = ARENA_NEW(c->arena, struct test);
    struct tree inner;
    bool found = false;

    if (!tree_is(from, TREE_MAP, c->diags) || tree_need(from, "n", c->diags) == NULL ||
        tree_need(from, "of_last", c->diags) == NULL)
        return false;
    for (size_t i = 0; i < tree_len(from); i++) {
        struct str key = tree_key_at(from, i)->text;

        if (str_eq_c(key, "n") || str_eq_c(key, "of_last"))
            continue;
        inner = *from;
        inner.count = 1;
        inner.keys = from->keys + i;
        inner.items = from->items + i;
        if (found || !c->test(c, &inner, child)) {
            if (found)
                tree_error(tree_key_at(from, i), c->diags, "at_least counts one test");
            return false;
        }
        found = true;
    }
    out->child = child;
    out->child_count = 1;
    if (!found)
        tree_error(from, c->diags, "at_least needs a test to count, such as ratio");
    return found && compile_count(c, from, "n", &out->count) &&
           compile_count(c, from, "of_last", &out->last);
}

/* Each of the last values against the candidate's own references: a nadir stays what it is. */
static enum kleene
holds_for(const struct test *t, const struct scope *s, size_t i)
{
    struct scope there = *s;
    struct point p = s->series.point[i];

    p.day = scope_point(s)->day;
    there.instead = &p;
    return test_eval(t->child, &there, NULL);
}

static enum kleene
eval_at_least(const struct test *t, const struct scope *s, struct note *n)
{
    size_t seen = s->at + 1 - s->series.first;
    size_t from = seen < (size_t)t->last ? s->series.first : s->at + 1 - (size_t)t->last;
    int32_t yes = 0;
    int32_t maybe = 0;

    for (size_t i = from; i <= s->at; i++) {
        enum kleene k = holds_for(t, s, i);

        yes += k == K_TRUE;
        maybe += k == K_UNKNOWN;
    }
    if (n != NULL) {
        struct sb b = words_begin(s);

        (void)test_eval(t->child, s, n);
        sb_addf(&b, "%ld of the last %ld values ", (long)t->count, (long)t->last);
        sb_add(&b, n->asks);
        n->asks = sb_str(&b);
    }
    if (yes >= t->count)
        return K_TRUE;
    return yes + maybe >= t->count ? K_UNKNOWN : K_FALSE;
}

static const struct primitive table[] = {
    {"rising", PRIMITIVE_LEAF, compile_rising, eval_rising},
    {"plateau", PRIMITIVE_LEAF, compile_plateau, eval_plateau},
    {"at_least", PRIMITIVE_LEAF, compile_at_least, eval_at_least},
};

const struct primitive *
trend_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
