#include "criteria/measure.h"

static bool
is_up(enum bound_op op)
{
    return op == BOUND_GE || op == BOUND_GT;
}

static bool
plain_holds(enum bound_op op, int sign)
{
    switch (op) {
    case BOUND_GE: return sign >= 0;
    case BOUND_GT: return sign > 0;
    case BOUND_LE: return sign <= 0;
    case BOUND_LT: return sign < 0;
    case BOUND_OP_COUNT: break;
    }
    return false;
}

/* The true value is below the limit (or at it: strict false): what is known of "value op t"? */
static enum kleene
below_holds(enum bound_op op, bool strict, int sign)
{
    bool under = strict ? sign <= 0 : sign < 0; /* the true value is surely under the threshold */
    bool at_most = sign <= 0;                   /* … surely at most the threshold */

    switch (op) {
    case BOUND_LT: return under ? K_TRUE : K_UNKNOWN;
    case BOUND_LE: return at_most ? K_TRUE : K_UNKNOWN;
    case BOUND_GE: return under ? K_FALSE : K_UNKNOWN;
    case BOUND_GT: return at_most ? K_FALSE : K_UNKNOWN;
    case BOUND_OP_COUNT: break;
    }
    return K_UNKNOWN;
}

static enum bound_op
mirrored(enum bound_op op)
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

enum kleene
measure_holds(enum bound_op op, enum cmp_op cmp, int sign)
{
    switch (cmp) {
    case CMP_EQ: return plain_holds(op, sign) ? K_TRUE : K_FALSE;
    case CMP_LT:
    case CMP_LE: return below_holds(op, cmp == CMP_LT, sign);
    case CMP_GT:
    case CMP_GE: return below_holds(mirrored(op), cmp == CMP_GT, -sign);
    case CMP_OP_COUNT: break;
    }
    return K_UNKNOWN;
}

enum kleene
measure_holds_over(enum bound_op op, enum cmp_op cmp, int sign, enum cmp_op ref_cmp)
{
    enum kleene k = measure_holds(op, cmp, sign);

    if (ref_cmp != CMP_GT && ref_cmp != CMP_GE)
        return k;
    /* The reference is higher than its limit says: a rise over it is less than it looks. */
    return k == (is_up(op) ? K_TRUE : K_FALSE) ? K_UNKNOWN : k;
}

int
measure_sign_day(day_t day, day_t from, struct span span)
{
    day_t mark = day_add(from, span);

    return day < mark ? -1 : day > mark;
}

bool
measure_day_holds(enum bound_op op, int sign)
{
    return plain_holds(op, sign);
}

static bool
is_on_line(const struct scope *s, const struct point *p)
{
    return !s->anchor.found || p->day >= s->anchor.start;
}

/* The last value on or before the line's start that is not older than asked. */
static const struct point *
baseline(const struct scope *s, const struct ref *r)
{
    const struct point *last; /* the youngest: where it is too old, all are */

    if (!s->anchor.found || s->series.first == 0)
        return NULL;
    last = &s->series.point[s->series.first - 1];
    if (r->max_age.n != 0 && measure_sign_day(s->anchor.start, last->day, r->max_age) > 0)
        return NULL;
    return last;
}

static const struct point *
higher(const struct point *a, const struct point *b)
{
    return rat_cmp(a->value, b->value) >= 0 ? a : b;
}

static bool
may_hold_nadir(const struct scope *s, const struct ref *r, size_t i, const struct point *base)
{
    const struct point *p = &s->series.point[i];

    if (r->from == REF_NONE)
        return is_on_line(s, p);
    return p == base || p->day > s->anchor.start;
}

/* The highest of the count values up to index i, all of which may hold the nadir; NULL: too few. */
static const struct point *
run_top(const struct scope *s, const struct ref *r, size_t i, const struct point *base)
{
    const struct point *top = &s->series.point[i];

    for (int32_t k = 1; k < r->confirmed; k++) {
        if (i < (size_t)k || !may_hold_nadir(s, r, i - (size_t)k, base))
            return NULL;
        top = higher(top, &s->series.point[i - (size_t)k]);
    }
    return top;
}

/* Where to begin to look for a nadir: at the baseline, or at the first value of the line's first
 * day, whichever is earlier. */
static size_t
first_on_line(const struct scope *s)
{
    size_t i = s->series.first > 0 ? s->series.first - 1 : 0;

    while (i > 0 && is_on_line(s, &s->series.point[i - 1]))
        i--;
    return i;
}

/* The lowest value strictly before the candidate's day; with "confirmed: 2" the lowest level that
 * two values in a row reach, which one spurious low cannot set. */
static const struct point *
nadir(const struct scope *s, const struct ref *r)
{
    const struct point *base = r->from == REF_NONE ? NULL : baseline(s, &s->rule->ref[r->from]);
    const struct point *low = NULL;

    if (r->from != REF_NONE && base == NULL)
        return NULL;
    for (size_t i = first_on_line(s); i < s->series.count; i++) {
        const struct point *top;

        if (s->series.point[i].day >= scope_point(s)->day)
            break;
        if (!may_hold_nadir(s, r, i, base))
            continue;
        top = run_top(s, r, i, base);
        if (top != NULL && (low == NULL || rat_cmp(top->value, low->value) < 0))
            low = top;
    }
    return low;
}

/* The result's own upper limit, else the candidate's, else the rule's default. */
static struct rat
upper_limit(const struct scope *s, const struct ref *r, const struct point *of)
{
    if (of != NULL && of->has_uln)
        return of->uln;
    if (scope_point(s)->has_uln)
        return scope_point(s)->uln;
    return dec_rat(r->uln);
}

static bool
from_point(const struct point *p, struct measure_ref *out)
{
    if (p == NULL)
        return false;
    out->point = p;
    out->value = p->value;
    out->cmp = p->cmp;
    return true;
}

bool
measure_ref(const struct scope *s, int ref, const struct point *of, struct measure_ref *out)
{
    const struct ref *r;

    *out = (struct measure_ref){.cmp = CMP_EQ};
    if (ref == REF_FIRST) {
        out->first = true;
        return from_point(&s->series.point[s->first], out);
    }
    rfd_assert(ref >= 0 && (size_t)ref < s->rule->ref_count);
    r = &s->rule->ref[ref];
    out->kind = r->kind;
    switch (r->kind) {
    case REF_BASELINE: return from_point(baseline(s, r), out);
    case REF_NADIR: return from_point(nadir(s, r), out);
    case REF_ULN: out->value = upper_limit(s, r, of); return true;
    case REF_KIND_COUNT: break;
    }
    return false;
}
