#include "engine/step.h"

#include "alert/build.h"
#include "alert/content.h"
#include "base/sort.h"
#include "engine/diff.h"
#include "engine/find.h"
#include "engine/heredity.h"
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
    const enum alert_gate *gate;       /* by found */
    const struct directory *directory; /* NULL: none */
    const bool *inherited;             /* by found: rests on a variant that may be */
    struct heredity heredity;
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
           a->past == b->past && s->gate[i] == s->gate[k] && s->inherited[i] == s->inherited[k] &&
           str_eq(a->episode, b->episode);
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
weigh(struct stepper *s, const struct found *first, const struct timeline *t,
      struct alert_parts *parts)
{
    const struct fact *demo = s->person.demographics;
    struct match_result r;
    struct match_case c = {
        .timeline = t,
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
        bool inherited, struct alert *al)
{
    const struct notify_in in = {
        .timeline = s->timeline,
        .finding = parts->finding,
        .finding_count = parts->finding_count,
        .disease = first->tumour->node,
        .confidential = s->person.vip,
        .inherited = inherited,
        .duty = s->event->duty,
    };

    notify_wait(&in, s->arena, al);
    due_by(s, notify_recipients(&in, s->arena, al));
    due_by(s, al->waiting_until);
}

/* A finding of the same case and episode is told to one role alone. */
static bool
is_split(const struct stepper *s, size_t at)
{
    const struct found *a = &s->found->item[at];

    for (size_t i = 0; i < s->found->count; i++) {
        const struct found *b = &s->found->item[i];

        if (s->inherited[i] && finding_holds(&b->finding) && s->gate[i] == s->gate[at] &&
            a->tumour == b->tumour && a->past == b->past && str_eq(a->episode, b->episode))
            return true;
    }
    return false;
}

/* The care team's alert as it would be without the variants; what they bring goes to the one role.
 */
static struct wanted
notice(struct stepper *s, const struct found *first, const struct alert_parts *team,
       struct str brings)
{
    const struct finding *f = heredity_notice(&s->heredity, brings, s->arena);
    struct alert_parts parts = {
        .patient = team->patient,
        .case_key = team->case_key,
        .disease = team->disease,
        .episode = team->episode,
        .line = team->line,
        .finding = &f,
        .finding_count = 1,
        .knowledge = team->knowledge,
    };
    struct wanted w = {.past = false};

    w.alert = alert_build(s->arena, &parts);
    heredity_restrict(s->directory, &w.alert, "/inherited-options", s->arena);
    address(s, first, &parts, true, &w.alert);
    return w;
}

/* Options and trials. What only a possibly inherited variant brings is left out of what the team
 * sees; returns its names. */
static struct str
weigh_group(struct stepper *s, const struct found *first, bool inherited, struct alert_parts *parts)
{
    struct alert_parts with = *parts;

    weigh(s, first, s->timeline, &with);
    if (inherited || s->heredity.count == 0) {
        *parts = with;
        return STR_NONE;
    }
    weigh(s, first, &s->heredity.without, parts);
    heredity_missing(&with, parts, s->arena);
    return heredity_brings(&with, parts, s->arena);
}

static void
add_elsewhere(struct stepper *s, struct alert *al)
{
    struct str *line = ARENA_ARRAY(s->arena, al->unchecked_count + 1, struct str);

    for (size_t i = 0; i < al->unchecked_count; i++)
        line[i] = al->unchecked[i];
    line[al->unchecked_count++] = heredity_elsewhere(s->directory, s->arena);
    al->unchecked = line;
}

/* The group's findings, and how old an event may be to be told. */
static int32_t
gather(const struct stepper *s, size_t from, const struct finding **f, size_t *count_out)
{
    int32_t notify_age = 0;

    *count_out = 0;
    for (size_t i = from; i < s->found->count; i++) {
        const struct found *x = &s->found->item[i];

        if (!same_group(s, from, i))
            continue;
        f[(*count_out)++] = &x->finding;
        if (x->finding.rule->notify_age_days > notify_age)
            notify_age = x->finding.rule->notify_age_days;
    }
    return notify_age;
}

/* The findings of one case, episode and gate, as one alert; and a second one, when a part of it is
 * for one role alone. Returns how many. */
static size_t
group(struct stepper *s, size_t from, struct wanted out[2])
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
    struct str brings = STR_NONE;
    bool inherited = s->inherited[from];

    w.notify_age = gather(s, from, f, &parts.finding_count);
    if (s->person.hospice)
        parts.not_weighed = STR("therapies and trials: the patient is in hospice care");
    else if (!first->past && s->gate[from] != ALERT_SHADOW) /* what nobody reads offers nothing */
        brings = weigh_group(s, first, inherited, &parts);
    w.alert = alert_build(s->arena, &parts);
    w.alert.gate = s->gate[from];
    if (inherited)
        heredity_restrict(s->directory, &w.alert, "/inherited", s->arena);
    else if (!str_is_absent(brings) || is_split(s, from))
        add_elsewhere(s, &w.alert);
    if (!first->past)
        address(s, first, &parts, inherited, &w.alert);
    w.alert.demo = s->knowledge->demo;
    out[0] = w;
    if (str_is_absent(brings))
        return 1;
    out[1] = notice(s, first, &parts, brings);
    out[1].notify_age = w.notify_age;
    out[1].alert.gate = w.alert.gate;
    out[1].alert.demo = w.alert.demo;
    return 2;
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
    struct wanted *w = ARENA_ARRAY(s->arena, 2 * s->found->count, struct wanted);
    size_t n = 0;

    for (size_t i = 0; i < s->found->count; i++) {
        if (finding_holds(&s->found->item[i].finding) && is_first_of_group(s, i))
            n += group(s, i, &w[n]);
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

/* What may be inherited is kept apart where the site has named who hears of it. */
static void
heredity(struct stepper *s)
{
    bool *rests = ARENA_ARRAY(s->arena, s->found->count, bool);

    s->directory = s->event->duty == NULL ? NULL : s->event->duty->directory;
    for (size_t i = 0; i < s->found->count; i++)
        rests[i] = heredity_rests(s->directory, &s->found->item[i].finding);
    s->inherited = rests;
    s->heredity =
        heredity_of(s->directory, s->timeline, s->patient->fact, s->patient->fact_count, s->arena);
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
    heredity(&s);
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
