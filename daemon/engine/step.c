#include "engine/step.h"

#include "alert/build.h"
#include "base/sort.h"
#include "engine/diff.h"
#include "engine/find.h"

struct person {
    const struct fact *demographics; /* NULL: none known */
    bool dead;
    bool silenced; /* no use, no contact, opted out */
};

struct stepper {
    const struct knowledge *knowledge;
    const struct engine_patient *patient;
    const struct timeline *timeline;
    const struct found_list *found;
    struct person person;
    struct arena *arena;
    day_t next_due;
};

static struct person
person_of(const struct timeline *t)
{
    struct person p = {0};
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_DEMOGRAPHICS, &n);

    if (n > 0) {
        p.demographics = f[n - 1];
        p.dead = f[n - 1]->u.demographics.dead;
    }
    f = timeline_kind(t, FACT_RESTRICTION, &n);
    for (size_t i = 0; i < n; i++) {
        struct str name = f[i]->u.restriction.name;

        if (f[i]->u.restriction.active &&
            (str_eq_c(name, "no_use") || str_eq_c(name, "no_contact") ||
             str_eq_c(name, "opted_out")))
            p.silenced = true;
    }
    return p;
}

/* May a finding of this rule be seen by the care team? Review holds it back until a person lets it
 * through; shadow only counts. */
static bool
is_shown(const struct knowledge *k, const struct found *x)
{
    if (x->finding.status != FINDING_UNCONFIRMED && x->finding.status != FINDING_MET)
        return false;
    return x->finding.rule->mode == RULE_LIVE || k->demo;
}

static bool
same_group(const struct found *a, const struct found *b)
{
    return a->tumour == b->tumour && a->past == b->past && str_eq(a->episode, b->episode);
}

/* The courses that the group's findings are anchored to: the disease progressed on them. */
static const struct course *const *
progressed(struct arena *a, const struct finding *const *f, size_t n, size_t *count_out)
{
    const struct course **c = ARENA_ARRAY(a, n, const struct course *);
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        bool seen = f[i]->course == NULL;

        for (size_t k = 0; k < count; k++)
            seen = seen || c[k] == f[i]->course;
        if (!seen)
            c[count++] = f[i]->course;
    }
    *count_out = count;
    return c;
}

/* The variants that the group's findings rest on. */
static const struct fact *const *
finding_variants(struct arena *a, const struct finding *const *f, size_t n, size_t *count_out)
{
    const struct fact **v;
    size_t room = 0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        room += f[i]->evidence_count;
    v = ARENA_ARRAY(a, room, const struct fact *);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < f[i]->evidence_count; k++) {
            const struct evidence *e = &f[i]->evidence[k];

            if (e->fact->kind == FACT_VARIANT && e->fact->u.variant.present &&
                (e->part == EVIDENCE_CANDIDATE || e->part == EVIDENCE_CONFIRMATION))
                v[count++] = e->fact;
        }
    }
    *count_out = count;
    return v;
}

static void
weigh(struct stepper *s, const struct found *first, struct alert_parts *parts)
{
    const struct fact *demo = s->person.demographics;
    struct match_result r;
    struct match_case c = {
        .timeline = s->timeline,
        .therapies = s->found->therapies,
        .disease = first->tumour->node,
        .diagnosis = first->tumour->diagnosis,
        .birth = demo == NULL ? STAMP_NONE : demo->u.demographics.birth,
        .sex = demo == NULL ? SEX_UNKNOWN : demo->u.demographics.sex,
        .dead = s->person.dead,
        .today = s->timeline->today,
        .policy = MATCH_NATIVE,
    };

    c.progressed = progressed(s->arena, parts->finding, parts->finding_count, &c.progressed_count);
    c.finding = finding_variants(s->arena, parts->finding, parts->finding_count, &c.finding_count);
    match_case_options(&s->knowledge->match, &c, s->arena, &r);
    parts->option = r.therapy;
    parts->option_count = r.therapy_count;
    parts->options_more = r.therapies_more;
    parts->trial = r.trial;
    parts->trial_count = r.trial_count;
    parts->trials_more = r.trials_more;
    parts->aside = r.aside;
    parts->aside_count = r.aside_count;
    parts->missing = r.missing;
    parts->missing_count = r.missing_count;
    if (r.next_due != DAY_NONE && (s->next_due == DAY_NONE || r.next_due < s->next_due))
        s->next_due = r.next_due;
}

/* The shown findings of one case and episode, as one alert. */
static struct wanted
group(struct stepper *s, const struct found *first, size_t from)
{
    const struct finding **f = ARENA_ARRAY(s->arena, s->found->count, const struct finding *);
    struct alert_parts parts = {
        .patient = s->patient->ref,
        .case_key = first->tumour->key,
        .disease = first->tumour->node->name,
        .episode = first->episode,
        .line = first->finding.line,
        .finding = f,
        .knowledge = s->knowledge->sha,
    };
    struct wanted w = {.past = first->past};

    for (size_t i = from; i < s->found->count; i++) {
        const struct found *x = &s->found->item[i];

        if (!is_shown(s->knowledge, x) || !same_group(first, x))
            continue;
        f[parts.finding_count++] = &x->finding;
        if (x->finding.rule->notify_age_days > w.notify_age)
            w.notify_age = x->finding.rule->notify_age_days;
    }
    if (!first->past)
        weigh(s, first, &parts);
    w.alert = alert_build(s->arena, &parts);
    w.alert.demo = s->knowledge->demo;
    return w;
}

static int
wanted_cmp(const void *pa, const void *pb)
{
    const struct wanted *a = pa;
    const struct wanted *b = pb;
    int c = str_cmp(a->alert.case_key, b->alert.case_key);

    if (c == 0)
        c = str_cmp(a->alert.episode, b->alert.episode);
    return c != 0 ? c : (int)a->past - (int)b->past;
}

static bool
is_first_of_group(const struct stepper *s, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (is_shown(s->knowledge, &s->found->item[i]) &&
            same_group(&s->found->item[i], &s->found->item[at]))
            return false;
    }
    return true;
}

/* A group whose line has ended adds nothing where the same episode is still told. */
static size_t
drop_past_twins(struct wanted *w, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool twin = kept > 0 && w[i].past && !w[kept - 1].past &&
                    str_eq(w[i].alert.case_key, w[kept - 1].alert.case_key) &&
                    str_eq(w[i].alert.episode, w[kept - 1].alert.episode);

        if (!twin)
            w[kept++] = w[i];
    }
    return kept;
}

static struct wanted *
want(struct stepper *s, size_t *count_out)
{
    struct wanted *w = ARENA_ARRAY(s->arena, s->found->count, struct wanted);
    size_t n = 0;

    for (size_t i = 0; i < s->found->count; i++) {
        const struct found *x = &s->found->item[i];

        if (is_shown(s->knowledge, x) && is_first_of_group(s, i))
            w[n++] = group(s, x, i);
    }
    sort_stable(s->arena, w, n, sizeof(*w), wanted_cmp);
    *count_out = drop_past_twins(w, n);
    return w;
}

static void
view(const struct stepper *s, struct effects *out)
{
    struct engine_view *v = ARENA_ARRAY(s->arena, s->found->count, struct engine_view);

    for (size_t i = 0; i < s->found->count; i++) {
        const struct found *x = &s->found->item[i];

        v[i] = (struct engine_view){&x->finding, x->tumour->key,
                                    is_shown(s->knowledge, x) && !x->past};
    }
    out->view = v;
    out->view_count = s->found->count;
}

void
engine_step(const struct knowledge *k, const struct engine_patient *p,
            const struct engine_event *ev, struct arena *a, struct effects *out)
{
    struct timeline t = timeline_build(a, p->fact, p->fact_count, ev->at);
    struct cases cases = cases_of(&t, k->oncotree);
    struct found_list found = find_all(k, &t, &cases);
    struct stepper s = {.knowledge = k,
                        .patient = p,
                        .timeline = &t,
                        .found = &found,
                        .person = person_of(&t),
                        .arena = a,
                        .next_due = found.next_due};
    struct diff_in in = {.alert = p->alert,
                         .alert_count = p->alert_count,
                         .event = ev,
                         .ended = STR_NONE,
                         .today = t.today};
    day_t waiting = timeline_next_day(p->fact, p->fact_count, ev->at);

    *out = (struct effects){.too_long = t.too_long};
    if (s.person.dead)
        in.ended = STR("the patient has died");
    else if (s.person.silenced)
        in.ended = STR("the patient's data are not to be used for alerts");
    in.wanted = want(&s, &in.wanted_count);
    diff_alerts(&in, a, out);
    view(&s, out);
    out->next_due = s.next_due;
    if (waiting != DAY_NONE && (out->next_due == DAY_NONE || waiting < out->next_due))
        out->next_due = waiting;
}
