#include "engine/step.h"

#include "alert/build.h"
#include "alert/content.h"
#include "base/sort.h"
#include "engine/diff.h"
#include "engine/find.h"
#include "engine/notify.h"

struct person {
    const struct fact *demographics; /* NULL: none known */
    bool dead;
    bool vip;
    bool silenced; /* no use, no contact, opted out */
    bool hospice;  /* nothing is offered */
};

struct stepper {
    const struct knowledge *knowledge;
    const struct engine_patient *patient;
    const struct timeline *timeline;
    const struct found_list *found;
    const struct engine_event *event;
    const enum alert_gate *gate; /* by found */
    struct person person;
    struct arena *arena;
    struct gate_words words;
    day_t next_due;
};

/* Whoever is given a drug against the tumour is no longer in hospice care. */
static bool
treated_after(const struct timeline *t, day_t day)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_THERAPY, &n);

    for (size_t i = 0; i < n; i++) {
        const struct therapy *th = &f[i]->u.therapy;

        if (th->action == THERAPY_DOSE && th->rung <= THERAPY_GIVEN && fact_day(f[i]) > day)
            return true;
    }
    return false;
}

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
        if (f[i]->u.restriction.active && str_eq_c(name, "vip"))
            p.vip = true;
        if (f[i]->u.restriction.active && str_eq_c(name, "hospice") &&
            !treated_after(t, fact_day(f[i])))
            p.hospice = true;
    }
    return p;
}

static bool
finding_holds(const struct finding *f)
{
    return f->status == FINDING_UNCONFIRMED || f->status == FINDING_MET;
}

static bool
shares_event(const struct alert *al, const struct finding *f)
{
    for (size_t i = 0; i < f->evidence_count; i++) {
        struct fact_key key = fact_key(f->evidence[i].fact);

        if (f->evidence[i].part == EVIDENCE_CANDIDATE && alert_has_event(al, &key))
            return true;
    }
    return false;
}

/* Has a person let this finding through? What his alert has told already needs no second review. */
static bool
is_released(const struct stepper *s, const struct found *x)
{
    for (size_t i = 0; i < s->patient->alert_count; i++) {
        const struct alert *al = &s->patient->alert[i];
        bool told = al->gate == ALERT_OUT && !al->silent;

        if (!alert_is_live(al) || !(told || str_eq(al->id, s->event->release)) ||
            !alert_has_rule(al, x->finding.rule->id))
            continue;
        if ((str_eq(al->case_key, x->tumour->key) && str_eq(al->episode, x->episode)) ||
            shares_event(al, &x->finding))
            return true;
    }
    return false;
}

/* Where a finding goes: review holds it back until a person lets it through, shadow only counts. */
static enum alert_gate
gate_of(const struct stepper *s, const struct found *x)
{
    switch (x->finding.rule->mode) {
    case RULE_LIVE: return ALERT_OUT;
    case RULE_REVIEW: return is_released(s, x) ? ALERT_OUT : ALERT_HELD;
    case RULE_SHADOW:
    case RULE_MODE_COUNT: break;
    }
    return s->knowledge->demo ? ALERT_OUT : ALERT_SHADOW;
}

static const enum alert_gate *
gates(const struct stepper *s)
{
    enum alert_gate *g = ARENA_ARRAY(s->arena, s->found->count, enum alert_gate);

    for (size_t i = 0; i < s->found->count; i++) {
        if (finding_holds(&s->found->item[i].finding))
            g[i] = gate_of(s, &s->found->item[i]);
    }
    return g;
}

/* Findings that are told together. */
static bool
same_group(const struct stepper *s, size_t i, size_t k)
{
    const struct found *a = &s->found->item[i];
    const struct found *b = &s->found->item[k];

    return finding_holds(&a->finding) && finding_holds(&b->finding) && a->tumour == b->tumour &&
           a->past == b->past && s->gate[i] == s->gate[k] && str_eq(a->episode, b->episode);
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

/* A change of trials concerns this person only where it concerns one of these. */
static void
note_words(struct stepper *s, const struct match_case *c)
{
    struct gate_words one = gate_of_case(s->knowledge->oncotree, c, s->arena);

    s->words = gate_join(&s->words, &one, s->arena);
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
    note_words(s, &c);
    parts->option = r.therapy;
    parts->option_count = r.therapy_count;
    parts->options_more = r.therapies_more;
    parts->trial = r.trial;
    parts->trial_count = r.trial_count;
    parts->trials_more = r.trials_more;
    parts->behind = r.behind;
    parts->behind_count = r.behind_count;
    parts->aside = r.aside;
    parts->aside_count = r.aside_count;
    parts->missing = r.missing;
    parts->missing_count = r.missing_count;
    if (r.next_due != DAY_NONE && (s->next_due == DAY_NONE || r.next_due < s->next_due))
        s->next_due = r.next_due;
}

static void
due_by(struct stepper *s, day_t day)
{
    if (day != DAY_NONE && (s->next_due == DAY_NONE || day < s->next_due))
        s->next_due = day;
}

/* Whom it is for, and whether the team is given time to act first. */
static void
address(struct stepper *s, const struct found *first, const struct alert_parts *parts,
        struct alert *al)
{
    const struct fact *demo = s->person.demographics;
    const struct notify_in in = {
        .timeline = s->timeline,
        .finding = parts->finding,
        .finding_count = parts->finding_count,
        .disease = first->tumour->node,
        .attending = demo == NULL ? STR_NONE : demo->u.demographics.attending,
        .confidential = s->person.vip,
        .duty = s->event->duty,
    };

    notify_wait(&in, s->arena, al);
    notify_recipients(&in, s->arena, al);
    due_by(s, al->waiting_until);
}

/* The findings of one case, episode and gate, as one alert. */
static struct wanted
group(struct stepper *s, size_t from)
{
    const struct found *first = &s->found->item[from];
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

        if (!same_group(s, from, i))
            continue;
        f[parts.finding_count++] = &x->finding;
        if (x->finding.rule->notify_age_days > w.notify_age)
            w.notify_age = x->finding.rule->notify_age_days;
    }
    if (s->person.hospice)
        parts.not_weighed = STR("therapies and trials: the patient is in hospice care");
    else if (!first->past && s->gate[from] != ALERT_SHADOW) /* what nobody reads offers nothing */
        weigh(s, first, &parts);
    w.alert = alert_build(s->arena, &parts);
    w.alert.gate = s->gate[from];
    if (!first->past)
        address(s, first, &parts, &w.alert);
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
    if (c == 0)
        c = (int)a->alert.gate - (int)b->alert.gate;
    return c != 0 ? c : (int)a->past - (int)b->past;
}

static bool
is_first_of_group(const struct stepper *s, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (same_group(s, i, at))
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
                    w[i].alert.gate == w[kept - 1].alert.gate &&
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
        if (finding_holds(&s->found->item[i].finding) && is_first_of_group(s, i))
            w[n++] = group(s, i);
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

        v[i] = (struct engine_view){
            .finding = &x->finding,
            .case_key = x->tumour->key,
            .shown = finding_holds(&x->finding) && !x->past && s->gate[i] == ALERT_OUT,
            .gate = s->gate[i],
        };
    }
    out->view = v;
    out->view_count = s->found->count;
}

/* Alerts that sleep, as they will be after this step. */
static void
snoozes_due(struct stepper *s, const struct effects *out)
{
    for (size_t i = 0; i < s->patient->alert_count; i++) {
        const struct alert *al = &s->patient->alert[i];

        for (size_t k = 0; k < out->count; k++) {
            if (str_eq(out->item[k].alert.id, s->patient->alert[i].id))
                al = &out->item[k].alert;
        }
        if (al->state == ALERT_SNOOZED)
            due_by(s, al->snoozed_until);
    }
}

static struct timeline
timeline_of(const struct knowledge *k, const struct engine_patient *p,
            const struct engine_event *ev, struct arena *a)
{
    struct timeline t = timeline_build(a, p->fact, p->fact_count, ev->at);

    t.oncotree = k->oncotree; /* which drugs are for the cancer hangs on which cancer it is */
    return t;
}

void
engine_step(const struct knowledge *k, const struct engine_patient *p,
            const struct engine_event *ev, struct arena *a, struct effects *out)
{
    struct timeline t = timeline_of(k, p, ev, a);
    struct cases cases = cases_of(&t, k->oncotree);
    struct found_list found = find_all(k, &t, &cases);
    struct stepper s = {.knowledge = k,
                        .patient = p,
                        .timeline = &t,
                        .found = &found,
                        .event = ev,
                        .person = person_of(&t),
                        .arena = a,
                        .next_due = found.next_due};
    struct diff_in in = {.alert = p->alert,
                         .alert_count = p->alert_count,
                         .event = ev,
                         .ended = STR_NONE,
                         .today = t.today};
    day_t waiting = timeline_next_day(p->fact, p->fact_count, ev->at);

    *out = (struct effects){.too_long = t.too_long, .duty = ev->duty};
    if (s.person.dead)
        in.ended = STR("the patient has died");
    else if (s.person.silenced)
        in.ended = STR("the patient's data are not to be used for alerts");
    s.gate = gates(&s);
    in.wanted = want(&s, &in.wanted_count);
    diff_alerts(&in, a, out);
    snoozes_due(&s, out);
    view(&s, out);
    out->word = s.words.word;
    out->word_count = s.words.count;
    out->next_due = s.next_due;
    if (waiting != DAY_NONE && (out->next_due == DAY_NONE || waiting < out->next_due))
        out->next_due = waiting;
}
