/* Time to normalization from two values (GETUG 13, Fizazi 2014), half-life, doubling time. */
#include "base/wide.h"
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/words.h"

/* ttn: {from: base, to: uln, gt: 9w} */
static bool
compile_ttn(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"from", "to"};

    if (!compile_keys(c, from, keys, RFD_COUNT(keys), true) ||
        !compile_ref(c, from, "from", &out->ref) || !compile_ref(c, from, "to", &out->ref_to) ||
        !compile_bounds(c, from, BOUND_SPAN, 1, out))
        return false;
    for (size_t i = 0; i < out->bound_count; i++) {
        if (out->bound[i].span.months) {
            tree_error(from, c->diags, "a time to normalization is compared in days or weeks");
            return false;
        }
    }
    return true;
}

/* One value over another. */
struct quotient {
    struct rat over;
    struct rat under;
};

/* w times the numerator of q, n times. */
static void
raise(struct wide *w, const struct quotient *q, int64_t n)
{
    int32_t exp = q->over.v.exp - q->under.v.exp;

    for (int64_t i = 0; i < n; i++) {
        wide_mul(w, (uint64_t)q->over.v.coef);
        wide_mul(w, (uint64_t)q->over.num);
        wide_mul(w, (uint64_t)q->under.den);
        wide_mul_pow10(w, exp > 0 ? (unsigned)exp : 0);
    }
}

static unsigned
numerator_bits(const struct quotient *q)
{
    struct wide w = wide_of(1);

    raise(&w, q, 1);
    return wide_bits(&w);
}

/* a^p <=> b^q without a logarithm, where it is small enough to be worked out: the limits that
 * papers
 * print (63 days) are met exactly only by small powers. False: too large. */
static bool
powers_cmp(struct quotient a, int64_t p, struct quotient b, int64_t q, int *sign_out)
{
    /* A product that grows factor by factor wants room for a factor of 64 bits beside itself. */
    enum { POWER_MAX = 64, BITS_MAX = WIDE_LIMBS * 32 - 64 };
    const struct quotient a_under = {a.under, a.over};
    const struct quotient b_under = {b.under, b.over};
    int64_t common = rat_gcd(p, q);
    struct wide left = wide_of(1);
    struct wide right = wide_of(1);

    if (common == 0)
        return false;
    p /= common;
    q /= common;
    if (p > POWER_MAX || q > POWER_MAX ||
        p * numerator_bits(&a) + q * numerator_bits(&b_under) > BITS_MAX ||
        p * numerator_bits(&a_under) + q * numerator_bits(&b) > BITS_MAX)
        return false;
    raise(&left, &a, p);
    raise(&left, &b_under, q);
    raise(&right, &a_under, p);
    raise(&right, &b, q);
    *sign_out = wide_cmp(&left, &right);
    return true;
}

struct decay {
    int64_t days;  /* between the two values */
    int64_t whole; /* ln(start / goal) */
    int64_t gone;  /* ln(start / now) */
    struct quotient to_goal;
    struct quotient to_now;
};

/* days * whole / gone <=> limit; what does not fall never gets there. */
static int
decay_sign(const struct decay *d, int32_t limit)
{
    int64_t left = d->days * d->whole;
    int sign;

    if (d->gone <= 0)
        return 1;
    if (powers_cmp(d->to_goal, d->days, d->to_now, limit, &sign))
        return sign;
    return left < limit * d->gone ? -1 : left > limit * d->gone;
}

static void
note_decay(const struct test *t, const struct scope *s, const struct decay *d, struct note *n)
{
    struct sb b = words_begin(s);
    struct sb asks = words_begin(s);

    if (d->gone <= 0)
        sb_add_c(&b, "does not fall towards the upper limit of normal");
    else
        sb_addf(&b, "time to normalization about %lld days",
                (long long)((d->days * d->whole + d->gone / 2) / d->gone));
    n->says = sb_str(&b);
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(&asks, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        words_span(&asks, t->bound[i].span);
    }
    n->asks = sb_str(&asks);
}

static bool
decay_of(const struct scope *s, const struct measure_ref *from, const struct measure_ref *to,
         struct decay *out)
{
    const struct point *p = scope_point(s);

    if (dec_sign(from->value.v) <= 0 || dec_sign(to->value.v) <= 0 || dec_sign(p->value.v) <= 0)
        return false;
    out->days = p->day - from->point->day;
    out->to_goal = (struct quotient){from->value, to->value};
    out->to_now = (struct quotient){from->value, p->value};
    out->whole = rat_ln_ratio_q32(from->value, to->value);
    out->gone = rat_ln_ratio_q32(from->value, p->value);
    return out->whole > 0; /* normal at the start: this marker says nothing */
}

static enum kleene
eval_ttn(const struct test *t, const struct scope *s, struct note *n)
{
    struct measure_ref from;
    struct measure_ref to;
    struct decay d;
    enum kleene k = K_TRUE;

    if (!measure_ref(s, t->ref, NULL, &from) || !measure_ref(s, t->ref_to, NULL, &to) ||
        from.point == NULL || from.cmp != CMP_EQ || !decay_of(s, &from, &to, &d)) {
        if (n != NULL) {
            n->missing = from.point == NULL
                             ? words_no_ref(s, t->ref)
                             : STR("an exact baseline above the upper limit of normal");
        }
        return K_UNKNOWN;
    }
    for (size_t i = 0; i < t->bound_count; i++) {
        /* The time grows with the value: what is sure of the one is sure of the other. */
        k = k_and(k, measure_holds(t->bound[i].op, scope_point(s)->cmp,
                                   decay_sign(&d, t->bound[i].span.n)));
    }
    if (n != NULL) {
        note_decay(t, s, &d, n);
        n->fact = from.point->fact;
        n->part = EVIDENCE_BASELINE;
    }
    return k;
}

/* ln 2 * 2^32 */
static const int64_t LN2_Q32 = INT64_C(2977044472);

static bool
days_only(struct compiler *c, const struct tree *from, const struct test *t)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        if (t->bound[i].span.months) {
            tree_error(from, c->diags, "a half-life or doubling time is compared in days or weeks");
            return false;
        }
    }
    return true;
}

/* halflife: {from: base, gt: 7d} */
static bool
compile_halflife(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"from"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), true) &&
           compile_ref(c, from, "from", &out->ref) && compile_bounds(c, from, BOUND_SPAN, 1, out) &&
           days_only(c, from, out);
}

/* days * ln 2 / change <=> limit; what does not change that way never gets there. */
static int
life_sign(int64_t days, int64_t change, struct quotient by, int32_t limit)
{
    const struct quotient two = {dec_rat((struct dec){2, 0}), dec_rat((struct dec){1, 0})};
    int64_t left = days * LN2_Q32;
    int sign;

    if (change <= 0)
        return 1;
    if (powers_cmp(two, days, by, limit, &sign))
        return sign;
    return left < limit * change ? -1 : left > limit * change;
}

static void
note_life(const struct test *t, const struct scope *s, const char *what, int64_t days,
          int64_t change, struct note *n)
{
    struct sb b = words_begin(s);
    struct sb asks = words_begin(s);

    if (change > 0) {
        sb_addf(&b, "%s about %lld days", what,
                (long long)((days * LN2_Q32 + change / 2) / change));
    } else {
        sb_addf(&b, "no %s, for the value moves the other way", what);
    }
    n->says = sb_str(&b);
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(&asks, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        words_span(&asks, t->bound[i].span);
    }
    n->asks = sb_str(&asks);
}

static enum kleene
life_holds(const struct test *t, int64_t days, int64_t change, struct quotient by)
{
    for (size_t i = 0; i < t->bound_count; i++)
        if (!measure_day_holds(t->bound[i].op, life_sign(days, change, by, t->bound[i].span.n)))
            return K_FALSE;
    return K_TRUE;
}

static bool
is_positive(const struct point *p)
{
    return p->cmp == CMP_EQ && dec_sign(p->value.v) > 0;
}

/* The half-life that two values show, the reference and this one. */
static enum kleene
eval_halflife(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    struct measure_ref from;
    int64_t change;

    if (!measure_ref(s, t->ref, NULL, &from) || from.point == NULL || !is_positive(from.point) ||
        !is_positive(p)) {
        if (n != NULL)
            n->missing = from.point == NULL ? words_no_ref(s, t->ref)
                                            : STR("exact values above 0, now and before");
        return K_UNKNOWN;
    }
    change = rat_ln_ratio_q32(from.value, p->value);
    if (n != NULL) {
        note_life(t, s, "half-life", p->day - from.point->day, change, n);
        n->fact = from.point->fact;
        n->part = EVIDENCE_BASELINE;
    }
    return life_holds(t, p->day - from.point->day, change, (struct quotient){from.value, p->value});
}

/* doubling: {count: 4, lt: 182d} */
static bool
compile_doubling(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"count"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), true) &&
           tree_need(from, "count", c->diags) != NULL &&
           compile_count(c, from, "count", &out->count) &&
           compile_bounds(c, from, BOUND_SPAN, 1, out) && days_only(c, from, out);
}

/* From the first to the last of the last values; fewer of them than asked say nothing. */
static enum kleene
eval_doubling(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    const struct point *from;
    int64_t change;

    if (s->at + 1 < (size_t)t->count) {
        struct sb b = words_begin(s);

        sb_addf(&b, "%ld values, to know the doubling time", (long)t->count);
        if (n != NULL)
            n->missing = sb_str(&b);
        return K_UNKNOWN;
    }
    from = &s->series.point[s->at + 1 - (size_t)t->count];
    if (!is_positive(from) || !is_positive(p)) {
        if (n != NULL)
            n->missing = STR("exact values above 0, now and before");
        return K_UNKNOWN;
    }
    change = rat_ln_ratio_q32(p->value, from->value);
    if (n != NULL) {
        note_life(t, s, "doubling time", p->day - from->day, change, n);
        n->fact = from->fact;
        n->part = EVIDENCE_REFERENCE;
    }
    return life_holds(t, p->day - from->day, change, (struct quotient){p->value, from->value});
}

static const struct primitive table[] = {
    {"ttn", PRIMITIVE_LEAF, compile_ttn, eval_ttn, tell_ttn},
    {"halflife", PRIMITIVE_LEAF, compile_halflife, eval_halflife, tell_halflife},
    {"doubling", PRIMITIVE_LEAF, compile_doubling, eval_doubling, tell_doubling},
};

const struct primitive *
kinetics_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
