/* Runs of values: rising, plateau, n of the last m. */
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/words.h"

/* The value lies above what it says: ">10000". */
static bool
is_floor(const struct point *p)
{
    return p->cmp == CMP_GT || p->cmp == CMP_GE;
}

/* Nothing to be level with: zero, or no more than a limit of detection. Four times "<1" is no
 * plateau. */
static bool
is_trace(const struct point *p)
{
    return p->cmp == CMP_LT || p->cmp == CMP_LE || dec_sign(p->value.v) <= 0;
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

/* Does value i rise over the one before as asked? What is only known as a limit ("<0.1", ">10000")
 * counts as far as it is sure. */
static enum kleene
rises(const struct test *t, const struct scope *s, size_t i)
{
    const struct point *p = &s->series.point[i];
    const struct point *before = &s->series.point[i - 1];
    struct fraction f = fraction_one_percent(t->percent);
    int over = rat_cmp(p->value, before->value);
    int enough = rat_cmp_times(p->value, before->value, f.num, f.den);

    if (measure_sign_day(p->day, before->day, t->bound[0].span) < 0)
        return K_FALSE;
    return k_and(measure_holds_over(BOUND_GT, p->cmp, over, before->cmp),
                 measure_holds_over(BOUND_GE, p->cmp, enough, before->cmp));
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
    enum kleene run = K_TRUE; /* do all values from there on rise? */
    enum kleene k = K_FALSE;
    size_t sure = s->at;

    for (size_t from = s->at; run != K_FALSE; from--) {
        if (spans(t, s, from))
            k = k_or(k, run);
        sure = run == K_TRUE ? from : sure;
        if (from == s->series.first)
            break;
        run = k_and(run, rises(t, s, from));
    }
    if (n == NULL)
        return k;
    if (s->at > sure)
        note_run(s, sure, "that rise one after the other", n);
    if (k == K_UNKNOWN)
        n->missing = STR("exact values: one of the run is only known as a limit");
    note_asked(t, s, true, n);
    return k;
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

/* Is a value within the percentage of the first one? Above a measuring limit nobody knows. */
static enum kleene
is_near(const struct test *t, const struct point *first, const struct point *p)
{
    struct fraction f = fraction_percent(t->percent);
    bool inside = rat_cmp_spread(p->value, first->value, f.num, f.den) <= 0;
    int sign = rat_cmp(p->value, first->value);

    if (is_trace(first) || is_trace(p))
        return K_FALSE;
    if (!is_floor(first) && !is_floor(p))
        return inside ? K_TRUE : K_FALSE;
    if (is_floor(first) ? is_floor(p) || sign >= 0 : sign <= 0)
        return K_UNKNOWN;
    return inside ? K_UNKNOWN : K_FALSE;
}

static enum kleene
is_flat(const struct test *t, const struct scope *s, size_t from)
{
    enum kleene k = K_TRUE;

    for (size_t i = from; i <= s->at && k != K_FALSE; i++)
        k = k_and(k, is_near(t, &s->series.point[from], &s->series.point[i]));
    return k;
}

static enum kleene
eval_plateau(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = K_FALSE;

    for (size_t from = s->at + 1; from-- > s->series.first && k != K_TRUE;) {
        enum kleene flat = spans(t, s, from) ? is_flat(t, s, from) : K_FALSE;

        if (flat == K_TRUE && n != NULL)
            note_run(s, from, "on a plateau", n);
        k = k_or(k, flat);
    }
    if (n == NULL)
        return k;
    if (k == K_UNKNOWN)
        n->missing = STR("exact values: one of the run is only known as a limit");
    note_asked(t, s, false, n);
    return k;
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
        if (test_eval(t->child, s, NULL) != K_TRUE)
            n->line_count = 0; /* others of the last values have passed theirs */
    }
    if (yes >= t->count)
        return K_TRUE;
    return yes + maybe >= t->count ? K_UNKNOWN : K_FALSE;
}

static const struct primitive table[] = {
    {"rising", PRIMITIVE_LEAF, compile_rising, eval_rising, tell_rising},
    {"plateau", PRIMITIVE_LEAF, compile_plateau, eval_plateau, tell_plateau},
    {"at_least", PRIMITIVE_LEAF, compile_at_least, eval_at_least, tell_at_least},
};

const struct primitive *
trend_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
