/* Tests on values: rises over a reference, levels, earlier values. */
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/threshold.h"
#include "criteria/words.h"

enum { DISPLAY_DIGITS = 3 };

static bool
compile_over(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"over"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), true) &&
           compile_ref(c, from, "over", &out->ref) && compile_bounds(c, from, BOUND_NUMBER, 1, out);
}

static bool
ref_known(const struct test *t, const struct scope *s, struct measure_ref *ref, struct note *n)
{
    if (measure_ref(s, t->ref, scope_point(s), ref))
        return true;
    if (n != NULL)
        n->missing = words_no_ref(s, t->ref);
    return false;
}

/* "over the nadir of 4 ng/mL (2025-03-10)", and that value as evidence. */
static void
note_ref(const struct scope *s, const struct measure_ref *ref, const char *before, struct note *n)
{
    struct sb b = words_begin(s);

    sb_add_c(&b, before);
    words_ref(&b, s, ref);
    n->over = sb_str(&b);
    if (ref->point == NULL || ref->first)
        return;
    n->fact = ref->point->fact;
    n->part = ref->kind == REF_BASELINE ? EVIDENCE_BASELINE : EVIDENCE_NADIR;
}

static void
words_limits(struct sb *b, const struct test *t, struct str unit)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        if (i > 0)
            sb_add_c(b, " and ");
        sb_addf(b, "%s ", words_op(t->bound[i].op));
        words_dec(b, t->bound[i].number);
        if (!str_is_empty(unit))
            sb_add_c(b, " ");
        sb_add(b, unit);
    }
}

static void
note_limits(const struct scope *s, const struct test *t, struct str unit, struct note *n)
{
    struct sb b = words_begin(s);

    words_limits(&b, t, unit);
    n->asks = sb_str(&b);
}

/* What came in a way that the comparison cannot settle: "<5" against 3. */
static void
note_censored(const struct scope *s, enum kleene k, struct note *n)
{
    struct sb b = words_begin(s);

    if (k != K_UNKNOWN || !str_is_absent(n->missing))
        return;
    sb_add_c(&b, "an exact value: ");
    words_point(&b, s, scope_point(s));
    sb_add_c(&b, " is only a limit");
    n->missing = sb_str(&b);
}

/* A rise over nothing exceeds every percentage; no rise is none. */
static int
percent_sign(struct rat v, struct rat over, struct fraction f)
{
    if (dec_sign(over.v) <= 0)
        return dec_sign(v.v) > 0 ? 1 : -1;
    return rat_cmp_times(v, over, f.num, f.den);
}

static void
note_percent(const struct scope *s, const struct measure_ref *ref, struct note *n)
{
    struct sb b = words_begin(s);
    int64_t tenths;

    if (!rat_rise_permille(scope_point(s)->value, ref->value, &tenths)) {
        n->is = STR("a rise");
        return;
    }
    sb_addf(&b, "%s%lld.%lld %%", tenths < 0 ? "-" : "+",
            (long long)((tenths < 0 ? -tenths : tenths) / 10),
            (long long)((tenths < 0 ? -tenths : tenths) % 10));
    n->is = sb_str(&b);
}

static enum kleene
bounds_hold(const struct test *t, enum cmp_op cmp, enum cmp_op ref_cmp, const int sign[])
{
    enum kleene k = K_TRUE;

    for (size_t i = 0; i < t->bound_count; i++)
        k = k_and(k, measure_holds_over(t->bound[i].op, cmp, sign[i], ref_cmp));
    return k;
}

static void
line_percent(const struct test *t, const struct scope *s, const struct measure_ref *ref,
             struct note *n)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        struct fraction f = fraction_one_percent(t->bound[i].number);
        struct threshold_line l = threshold_line(s, t->bound[i].op, ref);

        l.number = t->bound[i].number;
        l.measure = STR("% over");
        if (threshold_times(ref->value, f.num, f.den, &l.at))
            threshold_note(s, &l, n);
    }
}

static enum kleene
eval_rise_pct(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    struct measure_ref ref;
    int sign[RULE_BOUNDS_MAX];
    enum kleene k;

    if (!ref_known(t, s, &ref, n))
        return K_UNKNOWN;
    for (size_t i = 0; i < t->bound_count; i++)
        sign[i] = percent_sign(p->value, ref.value, fraction_one_percent(t->bound[i].number));
    k = bounds_hold(t, p->cmp, ref.cmp, sign);
    if (n != NULL) {
        note_percent(s, &ref, n);
        note_ref(s, &ref, "over ", n);
        note_limits(s, t, STR("%"), n);
        line_percent(t, s, &ref, n);
        note_censored(s, k, n);
    }
    return k;
}

/* a - b as decimals of a few places; exact where both came in the rule's own unit. */
static struct dec
difference(struct rat a, struct rat b)
{
    struct dec x = rat_round(a, DISPLAY_DIGITS);
    struct dec y = rat_round(b, DISPLAY_DIGITS);

    while (x.exp > y.exp) {
        x.coef *= 10;
        x.exp--;
    }
    while (y.exp > x.exp) {
        y.coef *= 10;
        y.exp--;
    }
    return (struct dec){x.coef - y.coef, x.exp};
}

static bool
shows(struct rat r) /* small enough for a difference to be shown */
{
    return r.v.exp <= 3 && r.v.coef < INT64_C(1000000000) && r.v.coef > -INT64_C(1000000000) &&
           r.num < 1000000;
}

static void
note_difference(const struct scope *s, const struct measure_ref *ref, struct note *n)
{
    struct sb b = words_begin(s);
    struct dec d;

    if (!shows(scope_point(s)->value) || !shows(ref->value))
        return;
    d = difference(scope_point(s)->value, ref->value);
    sb_add_c(&b, d.coef < 0 ? "" : "+");
    words_dec(&b, d);
    sb_add_c(&b, " ");
    sb_add(&b, s->rule->series.shown);
    n->is = sb_str(&b);
}

static void
line_amount(const struct test *t, const struct scope *s, const struct measure_ref *ref,
            struct note *n)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        struct threshold_line l = threshold_line(s, t->bound[i].op, ref);

        l.number = t->bound[i].number;
        l.measure = str_cat(s->arena, s->rule->series.shown, STR(" over"));
        if (threshold_sum(ref->value, t->bound[i].number, &l.at))
            threshold_note(s, &l, n);
    }
}

static enum kleene
eval_rise_abs(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    struct measure_ref ref;
    int sign[RULE_BOUNDS_MAX];
    enum kleene k;

    if (!ref_known(t, s, &ref, n))
        return K_UNKNOWN;
    for (size_t i = 0; i < t->bound_count; i++)
        sign[i] = rat_cmp_diff(p->value, ref.value, dec_rat(t->bound[i].number));
    k = bounds_hold(t, p->cmp, ref.cmp, sign);
    if (n != NULL) {
        note_difference(s, &ref, n);
        note_ref(s, &ref, "over ", n);
        note_limits(s, t, s->rule->series.shown, n);
        line_amount(t, s, &ref, n);
        note_censored(s, k, n);
    }
    return k;
}

static void
note_ratio(const struct scope *s, const struct measure_ref *ref, struct note *n)
{
    struct sb b = words_begin(s);
    int64_t tenths; /* of a percent over one */

    if (!rat_rise_permille(scope_point(s)->value, ref->value, &tenths)) {
        n->is = STR("a multiple");
        return;
    }
    tenths += 1000 + 5; /* now the ratio in thousandths, rounded to hundredths */
    sb_addf(&b, "%lld.%02lld times", (long long)(tenths / 1000), (long long)(tenths % 1000 / 10));
    n->is = sb_str(&b);
}

static void
line_multiple(const struct test *t, const struct scope *s, const struct measure_ref *ref,
              struct note *n)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        struct fraction f = fraction_of(t->bound[i].number);
        struct threshold_line l = threshold_line(s, t->bound[i].op, ref);

        l.number = t->bound[i].number;
        l.measure = STR("times");
        if (threshold_times(ref->value, f.num, f.den, &l.at))
            threshold_note(s, &l, n);
    }
}

static enum kleene
eval_ratio(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    struct measure_ref ref;
    int sign[RULE_BOUNDS_MAX];
    enum kleene k;

    if (!ref_known(t, s, &ref, n))
        return K_UNKNOWN;
    for (size_t i = 0; i < t->bound_count; i++) {
        struct fraction f = fraction_of(t->bound[i].number);

        sign[i] = rat_cmp_times(p->value, ref.value, f.num, f.den);
        if (dec_sign(ref.value.v) <= 0) /* no multiple of nothing */
            sign[i] = dec_sign(p->value.v) > 0 ? 1 : -1;
    }
    k = bounds_hold(t, p->cmp, ref.cmp, sign);
    if (n != NULL) {
        note_ratio(s, &ref, n);
        note_ref(s, &ref, "", n);
        note_limits(s, t, STR("times"), n);
        line_multiple(t, s, &ref, n);
        note_censored(s, k, n);
    }
    return k;
}

/* A value against numbers and references, each with its own censoring. */
static enum kleene
level_holds(const struct test *t, const struct scope *s, struct rat v, enum cmp_op cmp,
            const struct point *of, struct note *n)
{
    enum kleene k = K_TRUE;

    for (size_t i = 0; i < t->bound_count; i++) {
        const struct bound *b = &t->bound[i];
        struct measure_ref ref = {.value = dec_rat(b->number), .cmp = CMP_EQ};

        if (b->ref == REF_NONE || measure_ref(s, b->ref, of, &ref)) {
            k = k_and(k, measure_holds_over(b->op, cmp, rat_cmp(v, ref.value), ref.cmp));
            continue;
        }
        k = k_and(k, K_UNKNOWN);
        if (n != NULL)
            n->missing = words_no_ref(s, b->ref);
    }
    return k;
}

static void
words_level(struct sb *b, const struct scope *s, const struct test *t, const struct point *of)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        struct measure_ref ref;

        if (i > 0)
            sb_add_c(b, " and ");
        sb_addf(b, "%s ", words_op(t->bound[i].op));
        if (t->bound[i].ref == REF_NONE) {
            words_dec(b, t->bound[i].number);
            sb_add_c(b, " ");
            sb_add(b, s->rule->series.shown);
        } else if (measure_ref(s, t->bound[i].ref, of, &ref)) {
            words_ref(b, s, &ref);
        }
    }
}

static bool
compile_value(struct compiler *c, const struct tree *from, struct test *out)
{
    return compile_keys(c, from, NULL, 0, true) &&
           compile_bounds(c, from, BOUND_NUMBER_OR_REF, 1, out);
}

static void
note_bound_ref(const struct scope *s, const struct test *t, struct note *n)
{
    struct measure_ref ref;

    for (size_t i = 0; i < t->bound_count; i++) {
        if (t->bound[i].ref == REF_NONE || !measure_ref(s, t->bound[i].ref, scope_point(s), &ref) ||
            ref.point == NULL)
            continue;
        n->fact = ref.point->fact;
        n->part = ref.kind == REF_BASELINE ? EVIDENCE_BASELINE : EVIDENCE_NADIR;
    }
}

static void
line_level(const struct test *t, const struct scope *s, struct note *n)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        const struct bound *b = &t->bound[i];
        struct measure_ref ref;
        bool own = b->ref == REF_NONE; /* the rule's own number */
        struct threshold_line l;

        if (!own && !measure_ref(s, b->ref, scope_point(s), &ref))
            continue;
        l = threshold_line(s, b->op, own ? NULL : &ref);
        l.at = own ? dec_rat(b->number) : ref.value;
        threshold_note(s, &l, n);
    }
}

static enum kleene
eval_value(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    enum kleene k = level_holds(t, s, p->value, p->cmp, p, n);

    if (n != NULL) {
        struct sb b = words_begin(s);

        words_level(&b, s, t, p);
        n->asks = sb_str(&b);
        note_bound_ref(s, t, n);
        line_level(t, s, n);
        note_censored(s, k, n);
    }
    return k;
}

static bool
compile_ref_test(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"name", "else"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), true) &&
           compile_ref(c, from, "name", &out->ref) && compile_else(c, from, &out->otherwise) &&
           compile_bounds(c, from, BOUND_NUMBER_OR_REF, 1, out);
}

static enum kleene
eval_ref(const struct test *t, const struct scope *s, struct note *n)
{
    struct measure_ref ref;
    enum kleene k;

    if (!ref_known(t, s, &ref, n))
        return K_UNKNOWN;
    k = level_holds(t, s, ref.value, ref.cmp, ref.point, n);
    if (k == K_FALSE)
        k = t->otherwise;
    if (n != NULL) {
        struct sb b = words_begin(s);

        words_ref(&b, s, &ref);
        sb_add_c(&b, k == K_TRUE ? " is " : " is not ");
        words_level(&b, s, t, ref.point);
        if (k == K_UNKNOWN && str_is_absent(n->missing))
            n->missing =
                str_cat(s->arena, STR("a reference that this criterion can use: "), sb_str(&b));
        n->says = sb_str(&b);
        n->fact = ref.point == NULL ? NULL : ref.point->fact;
        n->part = ref.kind == REF_BASELINE ? EVIDENCE_BASELINE : EVIDENCE_NADIR;
    }
    return k;
}

/* The earlier values of the line, strictly before the candidate's day. */
static bool
is_earlier(const struct scope *s, size_t i)
{
    return i >= s->series.first && s->series.point[i].day < scope_point(s)->day;
}

static void
note_earlier(const struct scope *s, const struct test *t, const struct point *p, struct note *n)
{
    struct sb b = words_begin(s);

    sb_add_c(&b, p == NULL ? "never before on this line " : "after ");
    if (p != NULL) {
        words_value(&b, s, p);
        sb_add_c(&b, " (");
        words_day(&b, p->day);
        sb_add_c(&b, "), ");
        n->fact = p->fact;
        n->part = EVIDENCE_CONTEXT;
    }
    words_level(&b, s, t, p);
    n->says = sb_str(&b);
}

static enum kleene
eval_ever(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = K_FALSE;
    const struct point *found = NULL;

    for (size_t i = s->series.first; i < s->series.count && is_earlier(s, i) && k != K_TRUE; i++) {
        const struct point *p = &s->series.point[i];

        k = k_or(k, level_holds(t, s, p->value, p->cmp, p, n));
        found = k == K_TRUE ? p : NULL;
    }
    if (n != NULL)
        note_earlier(s, t, found, n);
    return k;
}

static bool
compile_declined(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"below"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_ref(c, from, "below", &out->ref);
}

static void
note_declined(const struct scope *s, const struct measure_ref *ref, const struct point *p,
              struct note *n)
{
    struct sb b = words_begin(s);

    sb_add_c(&b, p == NULL ? "with no earlier fall below " : "after a fall below ");
    words_ref(&b, s, ref);
    n->says = sb_str(&b);
    if (ref->point != NULL) {
        n->fact = ref->point->fact;
        n->part = EVIDENCE_BASELINE;
    }
}

static enum kleene
eval_declined(const struct test *t, const struct scope *s, struct note *n)
{
    struct measure_ref ref;
    enum kleene k = K_FALSE;
    const struct point *found = NULL;

    if (!ref_known(t, s, &ref, n))
        return K_UNKNOWN;
    for (size_t i = s->series.first; i < s->series.count && is_earlier(s, i) && k != K_TRUE; i++) {
        const struct point *p = &s->series.point[i];

        k = k_or(k, measure_holds(BOUND_LT, p->cmp, rat_cmp(p->value, ref.value)));
        found = k == K_TRUE ? p : NULL;
    }
    if (n != NULL) {
        note_declined(s, &ref, found, n);
        if (k == K_UNKNOWN)
            n->missing = n->says;
    }
    return k;
}

static const struct primitive table[] = {
    {"rise_pct", PRIMITIVE_LEAF, compile_over, eval_rise_pct, tell_rise_pct},
    {"rise_abs", PRIMITIVE_LEAF, compile_over, eval_rise_abs, tell_rise_abs},
    {"ratio", PRIMITIVE_LEAF, compile_over, eval_ratio, tell_ratio},
    {"value", PRIMITIVE_LEAF, compile_value, eval_value, tell_value},
    {"ref", PRIMITIVE_LEAF, compile_ref_test, eval_ref, tell_ref},
    {"ever", PRIMITIVE_LEAF, compile_value, eval_ever, tell_ever},
    {"declined", PRIMITIVE_LEAF, compile_declined, eval_declined, tell_declined},
};

const struct primitive *
values_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
