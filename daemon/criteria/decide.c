#include "criteria/decide.h"

#include "criteria/exclude.h"
#include "criteria/jump.h"
#include "criteria/measure.h"
#include "criteria/series.h"

enum kleene
decide_candidate(const struct scope *s, size_t i)
{
    struct scope there = *s;
    enum kleene k;

    there.at = i;
    k = test_eval(s->rule->candidate, &there, NULL);
    if (k == K_TRUE && exclude_find(&there, NULL) != NULL)
        return K_UNKNOWN;
    return k;
}

/* Does value i, which meets the criterion itself or what stands in its stead, confirm the first
 * event? */
static bool
confirms(const struct scope *s, size_t first, size_t i)
{
    const struct confirmation *c = &s->rule->confirm;
    const struct point *a = &s->series.point[first];
    const struct point *b = &s->series.point[i];
    struct scope there = *s;

    if (i == first || measure_sign_day(b->day, a->day, c->after) < 0 || jump_is_unborne(s, i))
        return false;
    if (c->distinct_specimen && !series_is_distinct(a, b))
        return false;
    there.at = i;
    there.first = first;
    if (c->by != NULL)
        return test_eval(c->by, &there, NULL) == K_TRUE && exclude_find(&there, NULL) == NULL;
    return c->test == NULL || test_eval(c->test, &there, NULL) == K_TRUE;
}

/* A value that comes too early to confirm in the candidate's stead, and so cannot refute either. */
static bool
is_early(const struct scope *s, size_t first, size_t i)
{
    const struct confirmation *c = &s->rule->confirm;

    return c->by != NULL &&
           measure_sign_day(s->series.point[i].day, s->series.point[first].day, c->after) < 0;
}

static bool
needs_none(const struct scope *s, size_t i)
{
    const struct confirmation *c = &s->rule->confirm;

    return !c->asked || (c->at_once != NULL && test_eval_at(c->at_once, s, i) == K_TRUE);
}

static struct decision
met(size_t first, size_t i, bool at_once)
{
    return (struct decision){.status = FINDING_MET,
                             .has_point = true,
                             .point = first,
                             .has_second = i != first,
                             .second = i,
                             .at_once = at_once};
}

/* The first run that is confirmed decides; else the run that is still open; else the latest value.
 * In an unbroken or consecutive style a value that does not meet the criterion ends the run; where
 * any two occasions do (GCIG), it does not. An unknown value neither ends nor confirms, nor does a
 * hundredfold jump that no further value bears out. */
struct decision
decide_runs(const struct scope *s)
{
    const struct confirmation *c = &s->rule->confirm;
    struct decision d = {.status = FINDING_NOT_EVALUABLE};
    bool open = false;
    size_t first = 0;

    for (size_t i = s->series.first; i < s->series.count; i++) {
        enum kleene k = decide_candidate(s, i);

        if (open && c->by != NULL && confirms(s, first, i))
            return met(first, i, false);
        if (k == K_TRUE) {
            first = open ? first : i;
            open = true;
            if (needs_none(s, i) && !jump_is_unborne(s, i))
                return met(first, i, true);
            if (c->by == NULL && confirms(s, first, i))
                return met(first, i, false);
        } else if (k == K_FALSE && (c->unbroken || c->consecutive) &&
                   !(open && is_early(s, first, i))) {
            open = false;
        }
        d = (struct decision){.status = k == K_FALSE ? FINDING_NOT_MET : FINDING_NOT_EVALUABLE,
                              .has_point = true,
                              .point = i};
    }
    if (open)
        d = (struct decision){.status = FINDING_UNCONFIRMED, .has_point = true, .point = first};
    return d;
}
