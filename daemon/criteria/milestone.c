#include "criteria/milestone.h"

#include "criteria/exclude.h"
#include "criteria/jump.h"
#include "criteria/measure.h"

enum level {
    LEVEL_NONE, /* no milestone speaks of that day */
    LEVEL_OPTIMAL,
    LEVEL_UNKNOWN, /* above optimal: where one row cannot be told, another's "optimal" is not all */
    LEVEL_WARNING,
    LEVEL_FAILURE,
};

static bool
compile_again(struct compiler *c, const struct tree *t, struct milestone_limit *out)
{
    static const char *const keys[] = {"after", "before"};

    if (tree_is_absent(t))
        return true;
    out->again = true;
    return compile_keys(c, t, keys, RFD_COUNT(keys), true) &&
           tree_need(t, "after", c->diags) != NULL && tree_need(t, "before", c->diags) != NULL &&
           compile_span(c, t, "after", &out->after) && compile_span(c, t, "before", &out->before) &&
           compile_bound(c, t, BOUND_NUMBER, &out->repeat);
}

static bool
compile_limit(struct compiler *c, const struct tree *t, struct milestone_limit *out)
{
    static const char *const keys[] = {"again"};

    if (tree_is_absent(t))
        return true;
    out->asked = true;
    return compile_keys(c, t, keys, RFD_COUNT(keys), true) &&
           compile_bound(c, t, BOUND_NUMBER, &out->bound) &&
           compile_again(c, tree_get(t, "again"), out);
}

static bool
compile_window(struct compiler *c, const struct tree *t, struct milestone *out)
{
    if (tree_is_absent(t))
        return true;
    if (!tree_is(t, TREE_SEQ, c->diags))
        return false;
    if (tree_len(t) != 2) {
        tree_error(t, c->diags, "a window has two ends: [76d, 137d]");
        return false;
    }
    out->windowed = true;
    return tree_span(tree_at(t, 0), c->diags, &out->from) &&
           tree_span(tree_at(t, 1), c->diags, &out->to);
}

static bool
compile_milestone(struct compiler *c, const struct tree *t, struct milestone *out)
{
    static const char *const keys[] = {"name", "window", "after", "warn", "fail"};
    const struct tree *after = tree_get(t, "after");
    struct test *test = ARENA_NEW(c->arena, struct test);

    if (t == NULL || !compile_keys(c, t, keys, RFD_COUNT(keys), false) ||
        tree_need(t, "name", c->diags) == NULL || !compile_str(c, t, "name", &out->name) ||
        !compile_window(c, tree_get(t, "window"), out) ||
        !compile_limit(c, tree_get(t, "warn"), &out->warn) ||
        !compile_limit(c, tree_get(t, "fail"), &out->fail))
        return false;
    if (out->windowed == !tree_is_absent(after)) {
        tree_error(t, c->diags, "a milestone has either a window or an after");
        return false;
    }
    if (out->windowed)
        return true;
    out->after = test;
    return c->test(c, after, test);
}

bool
milestone_compile(struct compiler *c, const struct tree *list)
{
    size_t n = tree_len(list);
    struct milestone *out = ARENA_ARRAY(c->arena, n + 1, struct milestone);

    if (!tree_is(list, TREE_SEQ, c->diags))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!compile_milestone(c, tree_at(list, i), &out[i]))
            return false;
    c->rule->milestone = out;
    c->rule->milestone_count = n;
    return true;
}

/* Does the milestone speak of value i? */
static bool
applies(const struct milestone *m, const struct scope *s, size_t i)
{
    day_t day = s->series.point[i].day;

    if (!m->windowed)
        return test_eval_at(m->after, s, i) == K_TRUE;
    return measure_sign_day(day, s->anchor.start, m->from) >= 0 &&
           measure_sign_day(day, s->anchor.start, m->to) <= 0;
}

static enum kleene
value_holds(const struct bound *b, const struct point *p)
{
    return measure_holds(b->op, p->cmp, rat_cmp(p->value, dec_rat(b->number)));
}

/* The second value that a limit asks for. K_UNKNOWN: there is none yet. */
static enum kleene
repeat_holds(const struct milestone_limit *l, const struct scope *s, size_t i, size_t *second_out)
{
    day_t day = s->series.point[i].day;
    enum kleene k = K_UNKNOWN;

    for (size_t j = i + 1; j < s->series.count && k != K_TRUE; j++) {
        const struct point *p = &s->series.point[j];

        if (measure_sign_day(p->day, day, l->after) < 0)
            continue;
        if (measure_sign_day(p->day, day, l->before) > 0)
            break;
        k = value_holds(&l->repeat, p);
        *second_out = j;
    }
    return k;
}

struct reading {
    enum level level;
    const struct milestone *milestone;
    size_t second;
    bool has_second;
};

static struct reading
read_one(const struct milestone *m, const struct scope *s, size_t i)
{
    const struct point *p = &s->series.point[i];
    struct reading r = {.level = LEVEL_OPTIMAL, .milestone = m};
    enum kleene fail = m->fail.asked ? value_holds(&m->fail.bound, p) : K_FALSE;
    enum kleene warn = m->warn.asked ? value_holds(&m->warn.bound, p) : K_FALSE;

    if (fail == K_TRUE && m->fail.again) {
        fail = repeat_holds(&m->fail, s, i, &r.second);
        r.has_second = fail != K_UNKNOWN;
        if (fail == K_FALSE)
            warn = K_FALSE; /* the repeat took the warning back */
    }
    if (fail == K_TRUE)
        r.level = LEVEL_FAILURE;
    else if (warn == K_TRUE)
        r.level = LEVEL_WARNING;
    else if (fail == K_UNKNOWN || warn == K_UNKNOWN)
        r.level = LEVEL_UNKNOWN;
    return r;
}

/* The gravest that a milestone says of value i. */
static struct reading
read_value(const struct scope *s, size_t i)
{
    struct reading worst = {.level = LEVEL_NONE};
    struct scope there = *s;

    for (size_t k = 0; k < s->rule->milestone_count; k++) {
        const struct milestone *m = &s->rule->milestone[k];
        struct reading r;

        if (!applies(m, s, i))
            continue;
        r = read_one(m, s, i);
        if (r.level > worst.level)
            worst = r;
    }
    there.at = i;
    if (worst.level > LEVEL_OPTIMAL && exclude_find(&there, NULL) != NULL)
        worst.level = LEVEL_UNKNOWN;
    return worst;
}

static struct decision
decision_of(const struct reading *r, enum finding_status status, size_t i)
{
    return (struct decision){.status = status,
                             .has_point = true,
                             .point = i,
                             .has_second = r->has_second,
                             .second = r->second,
                             .at_once = !r->has_second,
                             .milestone = r->milestone};
}

/* The first failure decides; else what the latest milestone value says. A warning dates from the
 * first of the warnings that follow each other without a better value between. */
struct decision
milestone_decide(const struct scope *s)
{
    struct decision d = {.status = FINDING_NOT_EVALUABLE};

    for (size_t i = s->series.first; i < s->series.count; i++) {
        struct reading r = read_value(s, i);

        switch (r.level) {
        case LEVEL_NONE:
            if (!d.has_point || d.milestone == NULL)
                d = decision_of(&r, FINDING_NOT_EVALUABLE, i);
            break;
        case LEVEL_UNKNOWN: d = decision_of(&r, FINDING_NOT_EVALUABLE, i); break;
        case LEVEL_OPTIMAL: d = decision_of(&r, FINDING_NOT_MET, i); break;
        case LEVEL_WARNING:
            if (d.status != FINDING_UNCONFIRMED)
                d = decision_of(&r, FINDING_UNCONFIRMED, i);
            break;
        case LEVEL_FAILURE:
            if (!jump_is_unborne(s, r.has_second ? r.second : i))
                return decision_of(&r, FINDING_MET, i);
            if (d.status != FINDING_UNCONFIRMED)
                d = decision_of(&r, FINDING_UNCONFIRMED, i);
            break;
        }
    }
    return d;
}

const struct milestone_limit *
milestone_limit(const struct decision *d)
{
    if (d->milestone == NULL)
        return NULL;
    return d->status == FINDING_MET ? &d->milestone->fail : &d->milestone->warn;
}
