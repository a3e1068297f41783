#include "criteria/gather.h"

#include "criteria/milestone.h"
#include "criteria/threshold.h"

enum { LINES_MAX = 12 };

struct gathering {
    struct note_line line[LINES_MAX];
    size_t count;
};

static void
gather_line(struct gathering *g, const struct note_line *l)
{
    if (g->count < LINES_MAX)
        g->line[g->count++] = *l;
}

static void
gather_note(struct gathering *g, const struct note *n, enum evidence_part role)
{
    for (size_t i = 0; i < n->line_count; i++) {
        struct note_line l = n->line[i];

        if (role != EVIDENCE_CANDIDATE)
            l.shown.role = str_from_c(evidence_part_name(role));
        gather_line(g, &l);
    }
}

/* A milestone's own number, for the days that it speaks of. */
static void
gather_bound(struct gathering *g, const struct scope *s, const struct bound *b,
             enum evidence_part role, day_t from, day_t until)
{
    struct threshold_line l = threshold_line(s, b->op, NULL);
    struct note n = {.due = DAY_NONE};

    l.at = dec_rat(b->number);
    l.role = role;
    threshold_note(s, &l, &n);
    n.line[0].shown.from = from;
    n.line[0].shown.until = until;
    gather_note(g, &n, EVIDENCE_CANDIDATE);
}

/* The first day on which a milestone without a window speaks of a value. */
static day_t
speaks_from(const struct scope *s, const struct milestone *m)
{
    for (size_t i = s->series.first; i < s->at; i++)
        if (test_eval_at(m->after, s, i) == K_TRUE)
            return s->series.point[i].day;
    return scope_point(s)->day;
}

static void
gather_milestone(struct gathering *g, const struct scope *s, const struct decision *d)
{
    const struct milestone_limit *l = milestone_limit(d);
    const struct milestone *m = d->milestone;
    day_t day = scope_point(s)->day;

    if (l == NULL || !l->asked)
        return;
    gather_bound(g, s, &l->bound, EVIDENCE_CANDIDATE,
                 m->windowed ? day_add(s->anchor.start, m->from) : speaks_from(s, m),
                 m->windowed ? day_add(s->anchor.start, m->to) : DAY_NONE);
    if (m->fail.asked && m->fail.again)
        gather_bound(g, s, &m->fail.repeat, EVIDENCE_CONFIRMATION, day_add(day, m->fail.after),
                     day_add(day, m->fail.before));
}

/* What the second value has to show of its own, beside what the first one did. */
static void
gather_confirmation(struct gathering *g, const struct scope *s, const struct decision *d)
{
    const struct confirmation *c = &s->rule->confirm;
    const struct test *t = c->by != NULL ? c->by : c->test;
    struct note n = {.due = DAY_NONE};
    struct scope there = *s;

    if (!c->asked || t == NULL)
        return;
    there.first = s->at;
    there.at = d->has_second ? d->second : s->at;
    if (t->primitive->group != PRIMITIVE_LEAF)
        return; /* several ways to confirm: no one line */
    (void)test_eval(t, &there, &n);
    gather_note(g, &n, EVIDENCE_CONFIRMATION);
}

static bool
is_up(enum bound_op op)
{
    return op == BOUND_GE || op == BOUND_GT;
}

/* Is b passed after a? */
static bool
is_beyond(const struct note_line *b, const struct note_line *a)
{
    int sign = rat_cmp(b->at, a->at);

    return is_up(a->op) ? sign > 0 : sign < 0;
}

static bool
is_last(const struct gathering *g, size_t i)
{
    const struct note_line *l = &g->line[i];

    for (size_t k = 0; k < g->count; k++) {
        const struct note_line *o = &g->line[k];

        if (k == i || is_up(o->op) != is_up(l->op) || !str_eq(o->shown.role, l->shown.role) ||
            !str_eq(o->shown.analyte, l->shown.analyte) || !str_eq(o->shown.unit, l->shown.unit))
            continue;
        if (is_beyond(o, l) || (k < i && !is_beyond(l, o)))
            return false;
    }
    return true;
}

void
gather_thresholds(const struct scope *s, const struct decision *d, const struct note *note,
                  size_t count, struct finding *out)
{
    struct gathering g = {.count = 0};
    struct threshold *t;

    if (s->rule->series.kind != SERIES_ANALYTE)
        return;
    for (size_t i = 0; i < count; i++)
        gather_note(&g, &note[i], EVIDENCE_CANDIDATE);
    gather_milestone(&g, s, d);
    gather_confirmation(&g, s, d);
    t = ARENA_ARRAY(s->arena, g.count, struct threshold);
    for (size_t i = 0; i < g.count; i++) {
        t[i] = g.line[i].shown;
        t[i].decides = is_last(&g, i);
        if (t[i].reference_day == DAY_NONE && t[i].from == DAY_NONE && s->anchor.found)
            t[i].from = s->anchor.start; /* earlier values are not asked */
    }
    out->threshold = t;
    out->threshold_count = g.count;
}
