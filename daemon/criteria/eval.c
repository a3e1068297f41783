#include "criteria/eval.h"

#include "criteria/age.h"
#include "criteria/anchor.h"
#include "criteria/decide.h"
#include "criteria/explain.h"
#include "criteria/milestone.h"
#include "criteria/series.h"

static enum kleene
left_out(const struct rule *r, const struct oncotree_node *n)
{
    enum kleene k = K_FALSE;

    for (size_t i = 0; i < r->applies_not_count; i++)
        k = k_or(k, oncotree_applies(n, r->applies_not[i]));
    return k;
}

enum kleene
criteria_applies(const struct rule *r, const struct oncotree_node *n)
{
    enum kleene k = K_FALSE;

    if (r->applies_any && (n == NULL || r->applies_not_count == 0))
        return K_TRUE;
    if (r->applies_any)
        return k_not(left_out(r, n));
    if (n == NULL)
        return K_UNKNOWN;
    for (size_t i = 0; i < r->applies_count; i++)
        k = k_or(k, oncotree_applies(n, r->applies[i]));
    return k_and(k, k_not(left_out(r, n)));
}

static struct decision
decide(const struct scope *s)
{
    if ((s->rule->has_line && !s->anchor.found) || s->series.too_long)
        return (struct decision){.status = FINDING_NOT_EVALUABLE};
    return s->rule->candidate == NULL ? milestone_decide(s) : decide_runs(s);
}

/* The latest of the anchor's courses: the one that the disease progresses on. */
static const struct course *
anchor_course(const struct anchor *a)
{
    const struct course *c = NULL;

    for (size_t i = 0; i < a->count; i++)
        if (c == NULL || a->course[i]->start > c->start)
            c = a->course[i];
    return c;
}

static struct finding
finding_of(const struct scope *s, const struct decision *d)
{
    struct finding f = {.rule = &s->rule->head,
                        .status = d->status,
                        .first_event = DAY_NONE,
                        .course = anchor_course(&s->anchor),
                        .line = s->anchor.line,
                        .next_due = DAY_NONE};

    if (d->status == FINDING_MET && s->rule->cap_unconfirmed)
        f.status = FINDING_UNCONFIRMED;
    if (f.status == FINDING_UNCONFIRMED || f.status == FINDING_MET) {
        f.first_event = s->series.point[d->point].day;
        f.capped = s->rule->cap_unconfirmed;
    }
    return f;
}

static struct finding
blocked(const struct rule *r, struct arena *a, struct str by)
{
    struct str *missing = ARENA_NEW(a, struct str);

    *missing = by;
    return (struct finding){
        .rule = &r->head,
        .status = FINDING_NOT_EVALUABLE,
        .first_event = DAY_NONE,
        .why = str_cat(a, str_cat(a, STR("Not evaluable: missing is "), by), STR(".")),
        .missing = missing,
        .missing_count = 1,
        .next_due = DAY_NONE};
}

struct finding
criteria_eval(const struct rule *r, const struct timeline *t, const struct therapies *th,
              struct arena *a)
{
    return criteria_eval_next(r, t, th, NULL, a);
}

struct finding
criteria_eval_next(const struct rule *r, const struct timeline *t, const struct therapies *th,
                   struct series_memo *memo, struct arena *a)
{
    struct scope s = {.arena = a, .rule = r, .timeline = t, .therapies = th};
    struct decision d;
    struct finding f;

    if (t->too_long)
        return blocked(r, a, STR("a shorter timeline: too many results to evaluate"));
    if (age_fits(r, t) == K_FALSE)
        return blocked(r, a, words_age(a, r, "another criterion: this one is for"));
    s.anchor = anchor_find(r, t, th, a);
    s.series = series_build(r, t, &s.anchor, memo, a);
    d = decide(&s);
    f = finding_of(&s, &d);
    explain(&s, &d, &f);
    return f;
}
