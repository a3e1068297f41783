#include "criteria/jump.h"

enum { JUMP_TIMES = 100, JUMP_DAYS = 28 };

static bool
is_exact(const struct point *p)
{
    return p->cmp == CMP_EQ && rat_cmp(p->value, dec_rat(dec_from_i64(0))) > 0;
}

static bool
is_jump(const struct scope *s, size_t i)
{
    const struct point *p = &s->series.point[i];
    const struct point *q;

    if (s->rule->series.kind != SERIES_ANALYTE || i == 0)
        return false;
    q = &s->series.point[i - 1];
    return p->day - q->day <= JUMP_DAYS && is_exact(p) && is_exact(q) &&
           (rat_cmp_times(p->value, q->value, JUMP_TIMES, 1) >= 0 ||
            rat_cmp_times(q->value, p->value, JUMP_TIMES, 1) >= 0);
}

bool
jump_is_unborne(const struct scope *s, size_t i)
{
    return is_jump(s, i) && (i + 1 >= s->series.count || is_jump(s, i + 1));
}

const struct point *
jump_from(const struct scope *s, size_t i)
{
    rfd_assert(i > 0);
    return &s->series.point[i - 1];
}
