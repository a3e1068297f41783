#include "criteria/anchor.h"

#include <string.h>

/* Background therapy that resumes within this time has gone on: a depot's interval, and delay. */
enum { BACKGROUND_GAP_DAYS = 120 };

static bool
is_of_class(const struct rule *r, const struct course *c)
{
    for (size_t i = 0; i < r->line_class.count; i++) {
        if (str_eq_c(r->line_class.name[i], "any")) {
            if (c->line > 0)
                return true; /* steroids and the like are no therapy that a tumour resists */
        } else if (course_has_class(c, r->line_class.name[i])) {
            return true;
        }
    }
    return false;
}

static day_t
course_until(const struct course *c)
{
    return c->stop != DAY_NONE ? c->stop : c->covered_until;
}

/* Does an earlier background course lead into what starts on that day? */
static bool
leads_into(const struct course *c, day_t start)
{
    return c->line == 0 && course_until(c) >= start - BACKGROUND_GAP_DAYS;
}

struct picked {
    const struct course **course;
    size_t count;
    day_t start;
};

/* The courses of one line; or, from the last background course back, those that lead into it. */
static struct picked
pick(struct arena *a, const struct course *const *of, size_t n, const struct course *last)
{
    struct picked p = {ARENA_ARRAY(a, n + 1, const struct course *), 0, last->start};

    for (size_t i = n; i > 0; i--) {
        const struct course *c = of[i - 1];
        bool in = last->line > 0 ? c->line == last->line : leads_into(c, p.start);

        if (!in)
            continue;
        p.course[p.count++] = c;
        if (c->start < p.start)
            p.start = c->start;
    }
    return p;
}

static const struct line *
line_numbered(const struct therapies *th, int32_t number)
{
    for (size_t i = 0; i < th->line_count; i++)
        if (th->line[i].number == number)
            return &th->line[i];
    return NULL;
}

static struct anchor
anchor_of(struct arena *a, const struct therapies *th, const struct course *const *of, size_t n,
          const struct course *last)
{
    struct picked p = pick(a, of, n, last);
    const struct course **by_start = ARENA_ARRAY(a, p.count, const struct course *);

    for (size_t i = 0; i < p.count; i++)
        by_start[i] = p.course[p.count - 1 - i];
    return (struct anchor){.found = true,
                           .start = p.start,
                           .course = by_start,
                           .count = p.count,
                           .line = line_numbered(th, last->line)};
}

/* The last course of the wanted kind, in a line or in the background. */
static const struct course *
last_of(const struct course *const *of, size_t n, bool background)
{
    for (size_t i = n; i > 0; i--)
        if ((of[i - 1]->line == 0) == background)
            return of[i - 1];
    return NULL;
}

/* The last procedure of these names: an operation, radiotherapy, a transplant. */
static struct anchor
anchor_procedure(const struct rule *r, const struct timeline *t)
{
    struct anchor out = {.start = DAY_NONE};
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_PROCEDURE, &count);

    for (size_t i = 0; i < count; i++) {
        day_t day = fact_day(f[i]);

        if (day == DAY_NONE || day > t->today || day < out.start ||
            f[i]->status == FACT_PRELIMINARY || (f[i]->flags & FACT_TEST_MESSAGE) != 0)
            continue;
        for (size_t k = 0; k < r->line_procedure.count; k++) {
            if (str_eq(r->line_procedure.name[k], f[i]->u.procedure.name))
                out = (struct anchor){.found = true, .start = day, .procedure = f[i]};
        }
    }
    return out;
}

struct anchor
anchor_find(const struct rule *r, const struct timeline *t, const struct therapies *th,
            struct arena *a)
{
    const struct course **of = ARENA_ARRAY(a, th->course_count + 1, const struct course *);
    const struct course *last[2];
    struct anchor best = {0};
    size_t n = 0;

    if (r->line_procedure.count > 0)
        return anchor_procedure(r, t);
    for (size_t i = 0; r->has_line && i < th->course_count; i++)
        if (th->course[i].start <= t->today && is_of_class(r, &th->course[i]))
            of[n++] = &th->course[i];
    last[0] = last_of(of, n, true);
    last[1] = last_of(of, n, false);
    for (size_t i = 0; i < RFD_COUNT(last); i++) {
        struct anchor x;

        if (last[i] == NULL)
            continue;
        x = anchor_of(a, th, of, n, last[i]);
        if (!best.found || x.start >= best.start)
            best = x;
    }
    return best;
}

/* The last dose where doses are recorded, else the stated end. */
static day_t
course_last_dose(const struct course *c)
{
    if (c->rung == THERAPY_GIVEN && c->last_evidence <= c->stop)
        return c->last_evidence;
    return c->stop;
}

struct anchor_end
anchor_end(const struct anchor *a, day_t day)
{
    struct anchor_end e = {.first = DAY_NONE, .last = DAY_NONE};
    bool unknown = false;

    for (size_t i = 0; i < a->count; i++) {
        const struct course *c = a->course[i];
        day_t last = DAY_NONE;

        if (c->start > day)
            continue;
        switch (course_state_on(c, day)) {
        case COURSE_ON: return (struct anchor_end){day, day, true};
        case COURSE_UNKNOWN:
            unknown = true;
            last = c->last_evidence;
            break;
        case COURSE_OFF: last = course_last_dose(c); break;
        }
        if (last > e.first)
            e.first = last;
    }
    e.last = unknown ? day : e.first;
    return e;
}
