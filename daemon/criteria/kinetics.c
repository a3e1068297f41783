/* Time to normalization from two values (GETUG 13, Fizazi 2014). */
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
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

struct decay {
    int64_t days;  /* between the two values */
    int64_t whole; /* ln(start / goal) */
    int64_t gone;  /* ln(start / now) */
};

/* days * whole / gone <=> limit; what does not fall never gets there. */
static int
decay_sign(const struct decay *d, int32_t limit)
{
    int64_t left = d->days * d->whole;

    if (d->gone <= 0)
        return 1;
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
        from.point == NULL || !decay_of(s, &from, &to, &d)) {
        if (n != NULL)
            n->missing = from.point == NULL ? words_no_ref(s, t->ref)
                                            : STR("a baseline above the upper limit of normal");
        return K_UNKNOWN;
    }
    for (size_t i = 0; i < t->bound_count; i++) {
        k = k_and(k, measure_day_holds(t->bound[i].op, decay_sign(&d, t->bound[i].span.n))
                         ? K_TRUE
                         : K_FALSE);
    }
    if (n != NULL) {
        note_decay(t, s, &d, n);
        n->fact = from.point->fact;
        n->part = EVIDENCE_BASELINE;
    }
    return k;
}

static const struct primitive table[] = {
    {"ttn", PRIMITIVE_LEAF, compile_ttn, eval_ttn},
};

const struct primitive *
kinetics_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
