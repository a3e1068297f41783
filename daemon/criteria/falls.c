/* Tests on values that fall: haemoglobin and platelets in chronic lymphocytic leukaemia. */
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/threshold.h"
#include "criteria/words.h"

/* fall_pct: {from: base, ge: 50} */
static bool
compile_from(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"from"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), true) &&
           compile_ref(c, from, "from", &out->ref) && compile_bounds(c, from, BOUND_NUMBER, 1, out);
}

/* A value below a limit has fallen by more than it shows. */
static enum cmp_op
fallen(enum cmp_op cmp)
{
    switch (cmp) {
    case CMP_EQ: return CMP_EQ;
    case CMP_LT: return CMP_GT;
    case CMP_LE: return CMP_GE;
    case CMP_GT: return CMP_LT;
    case CMP_GE: return CMP_LE;
    case CMP_OP_COUNT: break;
    }
    return cmp;
}

/* The fall <=> b: by p percent is to at most (100 - p) percent of the reference. */
static int
percent_sign(struct rat v, struct rat ref, struct dec percent)
{
    struct fraction f = fraction_percent(percent);

    if (f.num > f.den)
        return -1;
    return -rat_cmp_times(v, ref, f.den - f.num, f.den);
}

/* ref - v <=> by, which is v + by <=> ref turned round */
static int
amount_sign(struct rat v, struct rat ref, struct dec by)
{
    return rat_cmp_diff(ref, v, dec_rat(by));
}

typedef int fall_sign(struct rat v, struct rat ref, struct dec number);

static void
note_fall(const struct test *t, const struct scope *s, const struct measure_ref *ref,
          struct str unit, struct note *n)
{
    struct sb b = words_begin(s);
    struct sb asks = words_begin(s);

    sb_add_c(&b, "down from ");
    words_ref(&b, s, ref);
    n->says = sb_str(&b);
    sb_add_c(&asks, "a fall of ");
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(&asks, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        words_dec(&asks, t->bound[i].number);
        sb_add_c(&asks, " ");
        sb_add(&asks, unit);
    }
    n->asks = sb_str(&asks);
    if (ref->point == NULL || ref->first)
        return;
    n->fact = ref->point->fact;
    n->part = ref->kind == REF_BASELINE ? EVIDENCE_BASELINE : EVIDENCE_NADIR;
}

/* Where the fall is as deep as asked: a limit on the other side. */
static enum bound_op
turned(enum bound_op op)
{
    switch (op) {
    case BOUND_GE: return BOUND_LE;
    case BOUND_GT: return BOUND_LT;
    case BOUND_LE: return BOUND_GE;
    case BOUND_LT: return BOUND_GT;
    case BOUND_OP_COUNT: break;
    }
    return op;
}

static bool
fallen_to(struct rat ref, struct dec number, bool percent, struct rat *out)
{
    struct fraction f = fraction_percent(number);

    if (percent)
        return f.num < f.den && threshold_times(ref, f.den - f.num, f.den, out);
    number.coef = -number.coef;
    return threshold_sum(ref, number, out);
}

static void
line_fall(const struct test *t, const struct scope *s, const struct measure_ref *ref,
          struct str unit, struct note *n)
{
    bool percent = str_eq_c(unit, "%");

    for (size_t i = 0; i < t->bound_count; i++) {
        struct threshold_line l = threshold_line(s, turned(t->bound[i].op), ref);

        l.number = t->bound[i].number;
        l.measure = str_cat(s->arena, unit, STR(" below"));
        if (fallen_to(ref->value, t->bound[i].number, percent, &l.at))
            threshold_note(s, &l, n);
    }
}

static enum kleene
eval_fall(const struct test *t, const struct scope *s, struct note *n, fall_sign *sign_of,
          struct str unit)
{
    const struct point *p = scope_point(s);
    struct measure_ref ref;
    enum kleene k = K_TRUE;

    if (!measure_ref(s, t->ref, p, &ref)) {
        if (n != NULL)
            n->missing = words_no_ref(s, t->ref);
        return K_UNKNOWN;
    }
    for (size_t i = 0; i < t->bound_count; i++)
        k = k_and(k, measure_holds(t->bound[i].op, fallen(p->cmp),
                                   sign_of(p->value, ref.value, t->bound[i].number)));
    if (ref.cmp != CMP_EQ)
        k = K_UNKNOWN; /* a fall from a limit is of unknown size */
    if (n != NULL) {
        note_fall(t, s, &ref, unit, n);
        line_fall(t, s, &ref, unit, n);
        if (k == K_UNKNOWN)
            n->missing = STR("exact values, now and as the reference");
    }
    return k;
}

static enum kleene
eval_fall_pct(const struct test *t, const struct scope *s, struct note *n)
{
    return eval_fall(t, s, n, percent_sign, STR("%"));
}

static enum kleene
eval_fall_abs(const struct test *t, const struct scope *s, struct note *n)
{
    return eval_fall(t, s, n, amount_sign, s->rule->series.shown);
}

static const struct primitive table[] = {
    {"fall_pct", PRIMITIVE_LEAF, compile_from, eval_fall_pct, tell_fall_pct},
    {"fall_abs", PRIMITIVE_LEAF, compile_from, eval_fall_abs, tell_fall_abs},
};

const struct primitive *
falls_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
