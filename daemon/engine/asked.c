#include "engine/asked.h"

#include "engine/find.h"

/* Does this finding say that the disease progressed, today, in this case? */
static bool
is_present(const struct found *x, const struct tumour_case *tumour)
{
    return x->tumour == tumour && !x->past && x->finding.course != NULL &&
           (x->finding.status == FINDING_UNCONFIRMED || x->finding.status == FINDING_MET);
}

static void
set_progressed(struct arena *a, const struct found_list *found, const struct tumour_case *tumour,
               struct match_case *c)
{
    const struct course **course = ARENA_ARRAY(a, found->count, const struct course *);
    size_t n = 0;

    for (size_t i = 0; i < found->count; i++) {
        const struct found *x = &found->item[i];
        bool seen = !is_present(x, tumour);

        for (size_t k = 0; k < n; k++)
            seen = seen || course[k] == x->finding.course;
        if (!seen)
            course[n++] = x->finding.course;
    }
    c->progressed = course;
    c->progressed_count = n;
}

static struct match_case
base_case(const struct timeline *t, const struct found_list *found)
{
    struct match_case c = {.timeline = t,
                           .therapies = found->therapies,
                           .birth = STAMP_NONE,
                           .sex = SEX_UNKNOWN,
                           .today = t->today,
                           .policy = MATCH_NATIVE};
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_DEMOGRAPHICS, &n);

    if (n > 0) {
        c.birth = f[n - 1]->u.demographics.birth;
        c.sex = f[n - 1]->u.demographics.sex;
        c.dead = f[n - 1]->u.demographics.dead;
    }
    return c;
}

struct asked_cases
asked_cases(const struct knowledge *k, const struct engine_patient *p,
            const struct engine_event *ev, struct arena *a)
{
    struct timeline *t = ARENA_NEW(a, struct timeline);
    struct found_list found;
    struct asked_case *item;
    struct cases cases;

    *t = timeline_build(a, p->fact, p->fact_count, ev->at);
    cases = cases_of(t, k->oncotree);
    found = find_all(k, t, &cases);
    item = ARENA_ARRAY(a, cases.count + 1, struct asked_case);
    item[0].match = base_case(t, &found);
    for (size_t i = 0; i < cases.count; i++) {
        item[i] = (struct asked_case){cases.item[i].key, base_case(t, &found)};
        item[i].match.disease = cases.item[i].node;
        item[i].match.diagnosis = cases.item[i].diagnosis;
        set_progressed(a, &found, &cases.item[i], &item[i].match);
    }
    return (struct asked_cases){item, cases.count == 0 ? 1 : cases.count};
}
