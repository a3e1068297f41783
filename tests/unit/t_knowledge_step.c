/* engine_step() whole, with two small rules and one therapy made here: stories told step by step,
 * each step with the alerts that the one before left. */
#include "conf/yaml.h"
#include "core_test.h"
#include "criteria/signoff.h"
#include "engine/step.h"

static const char rules_yaml[] = "- id: test.psa\n"
                                 "  version: 1.0.0\n"
                                 "  title: PSA progression\n"
                                 "  citation: \"A paper\"\n"
                                 "  url: https://example.org\n"
                                 "  verified: verified\n"
                                 "  consequence: restage\n"
                                 "  applies: {oncotree: [PRAD, PRSCC]}\n"
                                 "  line: {class: [arpi]}\n"
                                 "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"
                                 "  refs:\n"
                                 "    base: {baseline: {max_age: 90d}}\n"
                                 "    low: {nadir: {from: base}}\n"
                                 "  candidate:\n"
                                 "    all:\n"
                                 "      - rise_pct: {over: low, ge: 25}\n"
                                 "      - rise_abs: {over: low, ge: 2.0}\n"
                                 "  confirm: {after: 3w, unbroken: true}\n"
                                 "- id: test.psa.shadow\n"
                                 "  version: 1.0.0\n"
                                 "  title: PSA, in the shadow\n"
                                 "  citation: \"A paper\"\n"
                                 "  url: https://example.org\n"
                                 "  verified: verified\n"
                                 "  consequence: repeat\n"
                                 "  mode: shadow\n"
                                 "  applies: {oncotree: [PRAD]}\n"
                                 "  line: {class: [arpi]}\n"
                                 "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"
                                 "  refs:\n"
                                 "    base: {baseline: {max_age: 90d}}\n"
                                 "    low: {nadir: {from: base}}\n"
                                 "  candidate:\n"
                                 "    rise_pct: {over: low, ge: 25}\n";

enum { FACTS_MAX = 64, ALERTS_MAX = 8 };

struct scene {
    struct knowledge k;
    struct fact fact[FACTS_MAX];
    size_t facts;
    struct alert alert[ALERTS_MAX];
    size_t alerts;
    uint64_t journal;
    struct effects fx; /* of the last step */
    size_t shadows;    /* effects of that step that are in shadow */
};

/* test.psa, as a person has signed it; NULL mode: nobody has. */
static const struct tree *
signed_file(const struct knowledge_source *src, const char *mode)
{
    struct ruleset rules;
    struct signature own = {.by = STR("A. Tester"), .on = day_of("2026-01-01")};
    struct tree *tree = NULL;
    struct str text;
    struct diags d;

    if (mode == NULL)
        return NULL;
    diags_init(&d, &config_arena);
    assert_true(
        knowledge_compile_rules(&config_arena, &src->criteria, src->terms.oncotree, &d, &rules));
    own.id = rules.rule[0].head.id;
    own.version = rules.rule[0].head.version;
    own.content = rules.rule[0].content;
    own.review = strcmp(mode, "review") == 0;
    assert_true(criteria_signed_file(&config_arena, NULL, &own, &text));
    assert_true(yaml_read(text, "signoff.yaml", &config_arena, &d, &tree));
    return tree;
}

static struct scene *
scene_of(bool demo, const char *mode)
{
    static struct scene s;
    const struct knowledge_set *set = shipped();
    struct knowledge_source src = {.terms = {.oncotree = set->knowledge.oncotree}, .demo = demo};
    struct tree *tree = NULL;
    const struct tree *list[1];
    struct diags d;

    (void)fresh();
    memset(&s, 0, sizeof(s));
    diags_init(&d, &config_arena);
    if (!yaml_read(STR(rules_yaml), "rules.yaml", &config_arena, &d, &tree))
        fail_msg("%s", d.first->text);
    list[0] = tree;
    src.criteria = (struct tree_list){list, 1};
    src.signoffs = signed_file(&src, mode);
    src.sha = STR("0123456789abcdef");
    if (!knowledge_compile(&config_arena, &src, &d, &s.k))
        fail_msg("%s:%d %s", d.first->file, d.first->line, d.first->text);
    return &s;
}

static struct scene *
scene(bool demo)
{
    return scene_of(demo, "live");
}

/* A step; alerts are kept as the store would, and s->fx is left with what is no shadow finding. */
static void
step(struct scene *s, const struct engine_patient *p, const struct engine_event *ev)
{
    struct effect *out;
    size_t n = 0;

    engine_step(&s->k, p, ev, &config_arena, &s->fx);
    out = ARENA_ARRAY(&config_arena, s->fx.count, struct effect);
    for (size_t i = 0; i < s->fx.count; i++) {
        size_t at = 0;

        while (at < s->alerts && !str_eq(s->alert[at].id, s->fx.item[i].alert.id))
            at++;
        assert_true(at < ALERTS_MAX);
        s->alert[at] = s->fx.item[i].alert;
        s->alerts = at == s->alerts ? at + 1 : s->alerts;
        if (s->fx.item[i].kind != EFFECT_SHADOW)
            out[n++] = s->fx.item[i];
    }
    s->shadows = s->fx.count - n;
    s->fx.item = out;
    s->fx.count = n;
}

/* One message of one fact, received on that day; alerts are kept as the store would. */
static void
tell(struct scene *s, struct fact f, const char *received)
{
    struct engine_event ev = {
        .journal = ++s->journal, .at = stamp_of_day(day_of(received), 0), .store_tag = STR("k3f9")};
    struct engine_patient p = {.ref = {STR("H"), STR("1")}, .fact = s->fact, .alert = s->alert};

    f.received = ev.at;
    f.source.journal = ev.journal;
    f.source.feed = STR("lab");
    assert_true(s->facts < FACTS_MAX);
    s->fact[s->facts++] = f;
    p.fact_count = s->facts;
    p.alert_count = s->alerts;
    step(s, &p, &ev);
}

static void
expect(const struct scene *s, enum effect_kind kind, enum alert_certainty certainty)
{
    if (s->fx.count != 1 || s->fx.item[0].kind != kind)
        fail_msg("%zu effects, first %s", s->fx.count,
                 s->fx.count == 0 ? "none" : effect_kind_name(s->fx.item[0].kind));
    assert_int_equal(s->fx.item[0].alert.certainty, certainty);
}

static void
expect_none(const struct scene *s)
{
    if (s->fx.count != 0)
        fail_msg("%s", effect_kind_name(s->fx.item[0].kind));
}

/* A baseline of 10, a nadir of 1 under enzalutamide. */
static void
fall(struct scene *s)
{
    tell(s, diagnosis_on("2025-06-01", "PRAD"), "2025-06-01");
    tell(s, psa_on("2025-06-02", 100), "2025-06-02");
    tell(s, dose_on("2025-06-05", "enzalutamide", "arpi"), "2025-06-05");
    tell(s, psa_on("2025-09-01", 10), "2025-09-01");
    tell(s, dose_on("2025-10-01", "enzalutamide", "arpi"), "2025-10-01");
    expect_none(s);
}

static void
rise(struct scene *s)
{
    tell(s, psa_on("2025-11-01", 40), "2025-11-01");
    expect(s, EFFECT_RAISED, ALERT_SUSPECTED);
    tell(s, psa_on("2025-12-01", 50), "2025-12-01");
    expect(s, EFFECT_UPDATED, ALERT_CONFIRMED);
    assert_false(s->fx.item[0].quiet);
    assert_str(s->alert[0].episode, "line:2025-06-05");
    assert_str(s->alert[0].case_key, "PROSTATE");
}

static struct fact
corrected(struct fact f, const char *said)
{
    f.status = FACT_CORRECTED;
    f.status_time = stamp_of_day(day_of(said), 0);
    return f;
}

static size_t
told(const struct scene *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->alerts; i++)
        n += s->alert[i].gate == ALERT_OUT;
    return n;
}

static void
t_psa_in_steps(void **state)
{
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    rise(s);
    assert_int_equal(told(s), 1);
    assert_int_equal(s->alert[0].version, 2);
    assert_int_equal(s->alert[0].section_count, 1);  /* the shadow rule is not shown */
    tell(s, psa_on("2025-12-01", 50), "2025-12-02"); /* the same result again */
    expect_none(s);
}

/* All versions in any order give the same alert: here the confirmation comes first. */
static void
t_late_candidate(void **state)
{
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    tell(s, psa_on("2025-12-01", 50), "2025-12-01");
    expect(s, EFFECT_RAISED, ALERT_SUSPECTED);
    tell(s, psa_on("2025-11-01", 40), "2025-12-05");
    expect(s, EFFECT_UPDATED, ALERT_CONFIRMED);
}

static void
t_corrected_value_retracts(void **state)
{
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    rise(s);
    tell(s, corrected(psa_on("2025-11-01", 9), "2025-12-03"), "2025-12-03");
    expect(s, EFFECT_UPDATED, ALERT_SUSPECTED); /* the second rise is the first one now */
    tell(s, corrected(psa_on("2025-12-01", 10), "2025-12-04"), "2025-12-04");
    expect(s, EFFECT_RETRACTED, ALERT_SUSPECTED);
    assert_int_equal(s->alert[0].state, ALERT_RETRACTED);
    tell(s, corrected(psa_on("2025-12-01", 50), "2025-12-05"), "2025-12-05");
    expect(s, EFFECT_RAISED, ALERT_SUSPECTED); /* and back: as a new alert */
    assert_int_equal(told(s), 2);
}

static void
t_next_line_resolves(void **state)
{
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    rise(s);
    tell(s, dose_on("2025-12-20", "docetaxel", "taxane"), "2025-12-20");
    expect(s, EFFECT_CLOSED, ALERT_CONFIRMED);
    assert_int_equal(s->alert[0].state, ALERT_RESOLVED);
    tell(s, psa_on("2026-01-10", 30), "2026-01-10");
    expect_none(s);
}

static bool
says_two_cancers(const struct scene *s)
{
    bool said = false;

    for (size_t i = 0; i < s->fx.view_count; i++) {
        const struct finding *f = s->fx.view[i].finding;

        if (f->status == FINDING_NOT_EVALUABLE && f->missing_count > 0)
            said = said || str_starts(f->missing[0], STR("two active cancers"));
    }
    return said;
}

/* Another tumour matters only where the rule could speak of it as well: then it is not evaluable,
 * and says why. */
static void
t_two_active_cancers(void **state)
{
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    tell(s, diagnosis_on("2025-06-01", "PROSTATE"), "2025-10-02"); /* a broader word for it */
    tell(s, diagnosis_on("2025-06-01", "LUAD"), "2025-10-02");     /* no PSA there */
    rise(s);
    tell(s, diagnosis_on("2025-06-01", "PRNE"), "2025-12-03"); /* of that tissue, not of the rule */
    assert_false(says_two_cancers(s));
    expect(s, EFFECT_UPDATED, ALERT_CONFIRMED);
    assert_true(s->fx.item[0].quiet);
    assert_str(s->alert[0].case_key, "PROSTATE:PRAD");
    tell(s, diagnosis_on("2025-06-01", "PRSCC"), "2025-12-04");
    assert_true(says_two_cancers(s));
    expect(s, EFFECT_RETRACTED, ALERT_CONFIRMED);
}

static void
t_broad_diagnosis_is_unknown(void **state)
{
    struct scene *s = scene(false);
    size_t blocked = 0;

    (void)state;
    tell(s, diagnosis_on("2025-06-01", "PROSTATE"), "2025-06-01");
    tell(s, psa_on("2025-06-02", 100), "2025-06-02");
    for (size_t i = 0; i < s->fx.view_count; i++) {
        const struct finding *f = s->fx.view[i].finding;

        assert_int_equal(f->status, FINDING_NOT_EVALUABLE);
        assert_str(f->missing[0], "the diagnosis is known only as Prostate");
        blocked++;
    }
    assert_int_equal(blocked, 2);
}

static void
t_death_ends_it(void **state)
{
    struct scene *s = scene(false);
    struct fact f = fact_on(FACT_DEMOGRAPHICS, "2025-12-10");

    (void)state;
    fall(s);
    rise(s);
    f.u.demographics.dead = true;
    tell(s, f, "2025-12-10");
    expect(s, EFFECT_CLOSED, ALERT_CONFIRMED);
    assert_int_equal(s->alert[0].state, ALERT_EXPIRED);
    tell(s, psa_on("2025-12-09", 90), "2025-12-11");
    expect_none(s);
}

static bool
says_hospice(const struct scene *s)
{
    const struct alert *al = &s->alert[0];

    for (size_t i = 0; i < al->unchecked_count; i++) {
        if (str_has(al->unchecked[i], STR("hospice care")))
            return true;
    }
    return false;
}

/* The finding stays to be seen, nothing is offered; a drug that is given again ends it. */
static void
t_hospice_offers_nothing(void **state)
{
    struct scene *s = scene(false);
    struct fact f = fact_on(FACT_RESTRICTION, "2025-12-10");

    (void)state;
    fall(s);
    rise(s);
    assert_false(says_hospice(s));
    f.u.restriction.name = STR("hospice");
    f.u.restriction.active = true;
    tell(s, f, "2025-12-10");
    assert_int_equal(s->fx.count, 1);
    assert_true(says_hospice(s));
    assert_int_equal(s->alert[0].option_count + s->alert[0].trial_count, 0);
    assert_int_not_equal(s->alert[0].state, ALERT_EXPIRED);
    tell(s, dose_on("2025-12-20", "enzalutamide", "arpi"), "2025-12-20");
    assert_false(says_hospice(s));
}

static void
t_opted_out(void **state)
{
    struct scene *s = scene(false);
    struct fact f = fact_on(FACT_RESTRICTION, "2025-10-10");

    (void)state;
    fall(s);
    f.u.restriction.name = STR("opted_out");
    f.u.restriction.active = true;
    tell(s, f, "2025-10-10");
    tell(s, psa_on("2025-11-01", 40), "2025-11-01");
    expect_none(s);
    f.u.restriction.active = false;
    f.status_time = stamp_of_day(day_of("2025-11-05"), 0);
    tell(s, f, "2025-11-05");
    expect(s, EFFECT_RAISED, ALERT_SUSPECTED);
}

/* In the demo rules in shadow are shown, and every alert says so. */
static void
t_demo_shows_shadow(void **state)
{
    struct scene *s = scene(true);

    (void)state;
    fall(s);
    tell(s, psa_on("2025-11-01", 40), "2025-11-01");
    expect(s, EFFECT_RAISED, s->fx.item[0].alert.certainty);
    assert_true(s->alert[0].demo);
    assert_int_equal(s->alert[0].section_count, 2);
}

/* A result dated tomorrow waits for its day. */
static void
t_dated_later_waits(void **state)
{
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    tell(s, psa_on("2025-11-01", 40), "2025-10-20");
    expect_none(s);
    assert_true(s->fx.next_due != DAY_NONE && s->fx.next_due <= day_of("2025-11-01"));
}

/* The same journal gives the same bytes: nothing in a step depends on what was before in memory. */
static void
t_deterministic(void **state)
{
    struct alert first;
    struct scene *s = scene(false);

    (void)state;
    fall(s);
    rise(s);
    first = s->alert[0];
    s = scene(false);
    fall(s);
    rise(s);
    assert_true(str_eq(first.id, s->alert[0].id));
    assert_true(str_eq(first.headline, s->alert[0].headline));
    assert_true(str_eq(first.section[0].why, s->alert[0].section[0].why));
    assert_true(str_eq(first.change, s->alert[0].change));
}

/* What a person says of a held alert, as core would: a step of its own. */
static void
approve(struct scene *s, struct str id)
{
    struct engine_event ev = {.journal = ++s->journal,
                              .at = stamp_of_day(day_of("2025-12-03"), 0),
                              .store_tag = STR("k3f9"),
                              .release = id};
    struct engine_patient p = {.ref = {STR("H"), STR("1")},
                               .fact = s->fact,
                               .fact_count = s->facts,
                               .alert = s->alert,
                               .alert_count = s->alerts};

    step(s, &p, &ev);
}

static const struct alert *
held(const struct scene *s)
{
    for (size_t i = 0; i < s->alerts; i++) {
        if (s->alert[i].gate == ALERT_HELD)
            return &s->alert[i];
    }
    return NULL;
}

static void
t_review_holds_until_a_person_lets_it_out(void **state)
{
    struct scene *s = scene_of(false, "review");
    struct str id;

    (void)state;
    fall(s);
    tell(s, psa_on("2025-11-01", 40), "2025-11-01");
    expect(s, EFFECT_HELD, ALERT_SUSPECTED);
    assert_int_equal(s->fx.item[0].fresh_count, 1);
    assert_non_null(held(s));
    id = held(s)->id;
    tell(s, psa_on("2025-12-01", 50), "2025-12-01");
    expect(s, EFFECT_HELD, ALERT_CONFIRMED);
    assert_int_equal(told(s), 0);
    approve(s, id);
    expect(s, EFFECT_RAISED, ALERT_CONFIRMED);
    assert_true(str_eq(s->fx.item[0].alert.id, id));
    assert_int_equal(s->fx.item[0].alert.state, ALERT_NEW);
    assert_false(s->fx.item[0].alert.silent);
    assert_null(held(s));
    assert_true(s->fx.item[0].alert.option_count + s->fx.item[0].alert.trial_count == 0);
    /* what was let out goes on without a second review, and is taken back on every channel */
    tell(s, psa_on("2025-12-20", 60), "2025-12-20");
    expect_none(s);
    tell(s, corrected(psa_on("2025-11-01", 10), "2025-12-21"), "2025-12-21");
    tell(s, corrected(psa_on("2025-12-01", 10), "2025-12-22"), "2025-12-22");
    tell(s, corrected(psa_on("2025-12-20", 10), "2025-12-23"), "2025-12-23");
    expect(s, EFFECT_RETRACTED, ALERT_SUSPECTED);
}

/* What was held and no longer holds ends without a word to anyone. */
static void
t_held_and_gone(void **state)
{
    struct scene *s = scene_of(false, "review");

    (void)state;
    fall(s);
    tell(s, psa_on("2025-11-01", 40), "2025-11-01");
    tell(s, corrected(psa_on("2025-11-01", 10), "2025-11-02"), "2025-11-02");
    expect(s, EFFECT_HELD, ALERT_SUSPECTED);
    assert_int_equal(s->fx.item[0].alert.state, ALERT_RETRACTED);
}

static void
t_shadow_is_recorded_and_not_told(void **state)
{
    struct scene *s = scene_of(false, NULL);

    (void)state;
    fall(s);
    tell(s, psa_on("2025-11-01", 40), "2025-11-01");
    expect_none(s);
    assert_int_equal(s->shadows, 1);
    assert_int_equal(s->alerts, 1);
    assert_int_equal(s->alert[0].gate, ALERT_SHADOW);
    assert_int_equal(s->alert[0].section_count, 2);
    assert_false(alert_is_open(&s->alert[0]));
    tell(s, corrected(psa_on("2025-11-01", 10), "2025-11-02"), "2025-11-02");
    expect_none(s);
    assert_int_equal(s->alert[0].state, ALERT_RETRACTED);
}

/* The signature falls away under an alert that is out: it is closed, not taken back as wrong. */
static void
t_signoff_taken_back(void **state)
{
    struct scene *s = scene(false);
    struct knowledge unsigned_set;

    (void)state;
    unsigned_set = scene_of(false, NULL)->k;
    s = scene(false);
    fall(s);
    rise(s);
    s->k = unsigned_set;
    tell(s, psa_on("2025-12-20", 60), "2025-12-20");
    expect(s, EFFECT_CLOSED, ALERT_CONFIRMED);
    assert_int_equal(s->fx.item[0].alert.state, ALERT_EXPIRED);
    assert_str(s->fx.item[0].alert.reason, "its criterion is not signed off at this site any more");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_psa_in_steps),
        cmocka_unit_test(t_late_candidate),
        cmocka_unit_test(t_corrected_value_retracts),
        cmocka_unit_test(t_next_line_resolves),
        cmocka_unit_test(t_two_active_cancers),
        cmocka_unit_test(t_broad_diagnosis_is_unknown),
        cmocka_unit_test(t_death_ends_it),
        cmocka_unit_test(t_hospice_offers_nothing),
        cmocka_unit_test(t_opted_out),
        cmocka_unit_test(t_demo_shows_shadow),
        cmocka_unit_test(t_dated_later_waits),
        cmocka_unit_test(t_deterministic),
        cmocka_unit_test(t_review_holds_until_a_person_lets_it_out),
        cmocka_unit_test(t_held_and_gone),
        cmocka_unit_test(t_shadow_is_recorded_and_not_told),
        cmocka_unit_test(t_signoff_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
