#include "model/course.h"

#include "base/sort.h"

#include <string.h>

/* What one piece of evidence speaks for when nothing better is known: a month's supply, a cycle. */
enum { COVER_DEFAULT_DAYS = 30 };

/* "Until it is stated otherwise": a person's own entry that a therapy has begun. */
enum { DAY_FAR = INT32_MAX / 2 };

struct builder {
    struct arena *arena;
    struct course *course;
    size_t count;
    size_t max;
    const struct fact **entered_stop; /* by course: an entered stop, which outranks later refills */
    const struct fact ***evidence;    /* by course: its list, which can grow */
};

static bool
names_have(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

bool
course_has_class(const struct course *c, struct str name)
{
    return str_eq_c(name, "any") || names_have(c->classes, c->class_count, name) ||
           (!str_is_empty(c->drug) && str_eq(c->drug, name));
}

static bool
classes_meet(const struct course *c, const struct therapy *t)
{
    for (size_t i = 0; i < t->class_count; i++)
        if (names_have(c->classes, c->class_count, t->classes[i]))
            return true;
    return false;
}

/* A fact without a drug speaks of its classes; one with a drug, of that drug. */
static bool
speaks_of(const struct therapy *t, const struct course *c)
{
    if (!str_is_empty(t->drug) && !str_is_empty(c->drug))
        return str_eq(t->drug, c->drug);
    return classes_meet(c, t);
}

static bool
same_drug(const struct therapy *t, const struct course *c)
{
    if (str_is_empty(t->drug) != str_is_empty(c->drug))
        return false;
    return str_is_empty(t->drug) ? classes_meet(c, t) : str_eq(t->drug, c->drug);
}

static void
evidence_add(struct builder *b, struct course *c, const struct fact *f)
{
    size_t n = c->evidence_count;
    const struct fact **list = b->evidence[c - b->course];

    if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, 8 … */
        list = ARENA_ARRAY(b->arena, n == 0 ? 1 : 2 * n, const struct fact *);
        if (n > 0)
            memcpy(list, c->evidence, n * sizeof(const struct fact *));
    }
    list[c->evidence_count++] = f;
    b->evidence[c - b->course] = list;
    c->evidence = list;
}

day_t
course_cover_end(const struct fact *f)
{
    const struct therapy *t = &f->u.therapy;
    day_t day = fact_day(f);

    if (t->cover_days > 0)
        return day + t->cover_days;
    if (t->rung == THERAPY_ENTERED && t->action == THERAPY_START)
        return DAY_FAR;
    return day + COVER_DEFAULT_DAYS;
}

static struct course *
course_new(struct builder *b, const struct fact *f, day_t day)
{
    const struct therapy *t = &f->u.therapy;
    struct course *c;

    rfd_assert(b->count < b->max);
    c = &b->course[b->count++];
    *c = (struct course){.drug = t->drug,
                         .classes = t->classes,
                         .class_count = t->class_count,
                         .start = day,
                         .stop = DAY_NONE,
                         .last_evidence = day,
                         .covered_until = course_cover_end(f),
                         .rung = t->rung,
                         .intent = t->intent};
    return c;
}

static bool
is_surer(enum therapy_rung a, enum therapy_rung b)
{
    return a < b;
}

static void
course_extend(struct course *c, const struct fact *f, day_t day)
{
    const struct therapy *t = &f->u.therapy;
    day_t end = course_cover_end(f);

    if (c->rung == THERAPY_ORDERED && t->rung != THERAPY_ORDERED && is_surer(t->rung, c->rung))
        c->start = day; /* an order is intent: the first dose is the start */
    if (day > c->last_evidence)
        c->last_evidence = day;
    if (end > c->covered_until)
        c->covered_until = end;
    if (is_surer(t->rung, c->rung))
        c->rung = t->rung;
    if (t->class_count > c->class_count) {
        c->classes = t->classes;
        c->class_count = t->class_count;
    }
    if (str_is_absent(c->intent))
        c->intent = t->intent;
}

/* The last course of the drug, NULL when there is none. */
static struct course *
course_last(struct builder *b, const struct therapy *t)
{
    for (size_t i = b->count; i > 0; i--)
        if (same_drug(t, &b->course[i - 1]))
            return &b->course[i - 1];
    return NULL;
}

/* A person said that it ended: a refill or a bill that trails in afterwards says nothing else. */
static bool
is_overruled(const struct builder *b, const struct course *c, const struct therapy *t)
{
    const struct fact *stop = b->entered_stop[c - b->course];

    return stop != NULL && t->rung != THERAPY_ENTERED && t->rung != THERAPY_GIVEN;
}

static void
take_evidence(struct builder *b, const struct fact *f, day_t day)
{
    struct course *c = course_last(b, &f->u.therapy);

    if (c != NULL && is_overruled(b, c, &f->u.therapy))
        return;
    if (c == NULL || c->stop != DAY_NONE || day > c->covered_until + COURSE_GAP_DAYS)
        c = course_new(b, f, day);
    else
        course_extend(c, f, day);
    evidence_add(b, c, f);
}

static void
take_stop(struct builder *b, const struct fact *f, day_t day)
{
    for (size_t i = 0; i < b->count; i++) {
        struct course *c = &b->course[i];

        if (c->stop != DAY_NONE || !speaks_of(&f->u.therapy, c))
            continue;
        c->stop = day;
        c->stop_reason = f->u.therapy.reason;
        c->covered_until = day;
        if (f->u.therapy.rung == THERAPY_ENTERED)
            b->entered_stop[i] = f;
        evidence_add(b, c, f);
    }
}

static void
take_hold(struct builder *b, const struct fact *f, day_t day)
{
    for (size_t i = 0; i < b->count; i++) {
        struct course *c = &b->course[i];

        if (c->stop != DAY_NONE || !speaks_of(&f->u.therapy, c))
            continue;
        c->covered_until = day; /* paused: from here on it is not known */
        evidence_add(b, c, f);
    }
}

static void
take(struct builder *b, const struct fact *f)
{
    day_t day = fact_day(f);

    /* A code and a text that name different drugs: neither of them is known to have been given. */
    if (f->status == FACT_PRELIMINARY || day == DAY_NONE ||
        (f->flags & (FACT_TEST_MESSAGE | FACT_CODE_CONFLICT)) != 0)
        return;
    switch (f->u.therapy.action) {
    case THERAPY_START:
    case THERAPY_DOSE:
    case THERAPY_CHANGE: take_evidence(b, f, day); break;
    case THERAPY_HOLD: take_hold(b, f, day); break;
    case THERAPY_STOP: take_stop(b, f, day); break;
    case THERAPY_NOT_GIVEN:
    case THERAPY_ACTION_COUNT: break; /* evidence of nothing */
    }
}

static bool
is_end(const struct fact *f)
{
    return f->u.therapy.action == THERAPY_STOP || f->u.therapy.action == THERAPY_HOLD;
}

/* By day, and in a day doses before ends: the stop of a day speaks of its dose too. */
static int
therapy_cmp(const void *x, const void *y)
{
    const struct fact *const *a = x;
    const struct fact *const *b = y;

    if (fact_day(*a) != fact_day(*b))
        return fact_day(*a) < fact_day(*b) ? -1 : 1;
    return (int)is_end(*a) - (int)is_end(*b);
}

static const struct fact *const *
in_order(struct arena *a, const struct fact *const *f, size_t n)
{
    const struct fact **list = ARENA_ARRAY(a, n + 1, const struct fact *);

    for (size_t i = 0; i < n; i++)
        list[i] = f[i];
    sort_stable(a, list, n, sizeof(*list), therapy_cmp);
    return list;
}

static int
course_cmp(const void *x, const void *y)
{
    const struct course *a = x;
    const struct course *b = y;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return str_cmp(a->drug, b->drug);
}

struct course *
course_infer(const struct timeline *t, size_t *count_out)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_THERAPY, &n);
    struct builder b = {.arena = t->arena, .max = n};

    b.course = ARENA_ARRAY(t->arena, n + 1, struct course);
    b.entered_stop = ARENA_ARRAY(t->arena, n + 1, const struct fact *);
    b.evidence = ARENA_ARRAY(t->arena, n + 1, const struct fact **);
    f = in_order(t->arena, f, n);
    for (size_t i = 0; i < n; i++)
        take(&b, f[i]);
    sort_stable(t->arena, b.course, b.count, sizeof(*b.course), course_cmp);
    *count_out = b.count;
    return b.course;
}

enum course_state
course_state_on(const struct course *c, day_t day)
{
    if (day < c->start || (c->stop != DAY_NONE && day > c->stop))
        return COURSE_OFF;
    if (c->stop == DAY_NONE && day > c->covered_until)
        return COURSE_UNKNOWN;
    return COURSE_ON;
}
