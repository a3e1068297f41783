/* What else could explain a finding, read from the case itself; and what a rule says when no
 * therapy is known. */
#include "criteria_test.h"

enum { FACTS_MAX = 32, ZERO_DAY = 20000 };

static const char rules_text[] =
    "- id: cea\n"
    "  title: t\n"
    "  applies: {oncotree: [LUNG]}\n"
    "  line: {class: [egfr_tki]}\n"
    "  series: {analyte: cea, unit: ng/mL}\n"
    "  refs: {base: {baseline: {max_age: 90d}}}\n"
    "  candidate: {value: {gt: base}}\n"
    "  exclude: [event_before: {type: therapy, class: [growth_factor], within: 14d}]\n"
    "- id: variant\n"
    "  title: t\n"
    "  applies: {oncotree: [LUNG]}\n"
    "  line: {class: [egfr_tki]}\n"
    "  series: {event: variant}\n"
    "  candidate: {acquired: {gene: EGFR, in: [T790M]}}\n";

static struct fact facts[FACTS_MAX];
static size_t fact_count;
static struct oncotree tree;

static struct fact *
told(enum fact_kind kind, int day)
{
    static char orders[FACTS_MAX][8];
    struct fact *f = &facts[fact_count];

    (void)snprintf(orders[fact_count], sizeof(orders[0]), "o%zu", fact_count);
    *f = (struct fact){.kind = kind,
                       .status = FACT_FINAL,
                       .patient = {STR("H"), STR("1")},
                       .collected = stamp_of_day(ZERO_DAY + day, 0),
                       .status_time = stamp_of_day(ZERO_DAY + day, 0),
                       .received = stamp_of_day(ZERO_DAY + day, 0),
                       .order = str_from_c(orders[fact_count])};
    fact_count++;
    return f;
}

static struct observation *
cea(int day, int64_t value)
{
    struct observation *o = &told(FACT_OBSERVATION, day)->u.observation;

    o->analyte = STR("cea");
    o->code = (struct code){STR("L"), STR("cea"), STR("cea")};
    o->value = (struct quantity){CMP_EQ, {value, 0}, true};
    o->unit = STR("ng/mL");
    o->unit_reported = o->unit;
    return o;
}

static struct therapy *
took(int day, const char *drug, const char *class, enum therapy_action action)
{
    struct therapy *t = &told(FACT_THERAPY, day)->u.therapy;
    struct str *classes = ARENA_ARRAY(&scratch_arena, 2, struct str);

    classes[0] = str_from_c(class);
    classes[1] = str_from_c(drug);
    *t = (struct therapy){.action = action,
                          .rung = THERAPY_DISPENSED,
                          .drug = classes[1],
                          .classes = classes,
                          .class_count = 2,
                          .cover_days = 35,
                          .code = {STR("L"), classes[1], classes[1]}};
    return t;
}

static void
has(const char *code)
{
    struct diagnosis *d = &told(FACT_DIAGNOSIS, -100)->u.diagnosis;

    *d = (struct diagnosis){.oncotree = str_from_c(code), .active = true};
    d->code = (struct code){STR("ONCOTREE"), d->oncotree, d->oncotree};
}

static struct ruleset
begin(void)
{
    static const struct oncotree_row rows[] = {
        {{"TISSUE", 6}, {"Tissue", 6}, {"", 0}, 1},
        {{"LUNG", 4}, {"Lung", 4}, {"TISSUE", 6}, 2},
        {{"LUAD", 4}, {"Lung Adenocarcinoma", 19}, {"LUNG", 4}, 3},
        {{"BOWEL", 5}, {"Bowel", 5}, {"TISSUE", 6}, 4},
    };
    struct ruleset rules;
    size_t bad;

    rules_begin();
    fact_count = 0;
    assert_true(oncotree_build(&rules_arena, rows, RFD_COUNT(rows), &tree, &bad));
    if (!criteria_compile(&rules_arena, tree_of("r", str_from_c(rules_text)), &tree, &rules_diags,
                          &rules))
        fail_msg("%s", first_diag());
    return rules;
}

static struct finding
evaluate(const struct ruleset *rules, const char *id)
{
    struct timeline *t = ARENA_NEW(&scratch_arena, struct timeline);
    struct therapies *th = ARENA_NEW(&scratch_arena, struct therapies);

    *t = timeline_build(&scratch_arena, facts, fact_count, stamp_of_day(ZERO_DAY + 1000, 0));
    t->oncotree = &tree;
    *th = course_build(t);
    return criteria_eval(criteria_rule(rules, str_from_c(id)), t, th, &scratch_arena);
}

/* The one that begins so, as text; "" when there is none. */
static const char *
seen(const struct finding *f, const char *with)
{
    static char text[400];

    for (size_t i = 0; i < f->seen_count; i++) {
        (void)snprintf(text, sizeof(text), "%.*s", STR_FMT(f->seen[i]));
        if (strstr(text, with) != NULL)
            return text;
    }
    return "";
}

/* Erlotinib by packs of 35 days, without a gap, and a CEA that has risen. */
static struct ruleset
a_plain_case(void)
{
    struct ruleset rules = begin();

    has("LUAD");
    (void)cea(-2, 5);
    for (int day = 0; day <= 102; day += 34)
        (void)took(day, "erlotinib", "egfr_tki", THERAPY_DOSE);
    (void)cea(120, 9);
    return rules;
}

static void
a_case_that_shows_nothing_adds_nothing(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f = evaluate(&rules, "cea");

    (void)state;
    assert_int_equal(f.status, FINDING_MET);
    assert_int_equal(f.seen_count, 0);
    begin();
    has("LUAD");
    (void)cea(-2, 5);
    (void)took(0, "erlotinib", "egfr_tki", THERAPY_DOSE);
    (void)cea(120, 4);
    f = evaluate(&rules, "cea");
    assert_int_equal(f.seen_count, 0); /* nothing to explain */
}

static void
missed_refills(void **state)
{
    struct ruleset rules = begin();
    struct finding f;

    (void)state;
    (void)cea(-2, 5);
    (void)took(0, "erlotinib", "egfr_tki", THERAPY_DOSE);
    (void)took(43, "erlotinib", "egfr_tki", THERAPY_DOSE); /* eight days late */
    (void)cea(70, 9);
    f = evaluate(&rules, "cea");
    assert_string_equal(
        seen(&f, "nothing on record"),
        "erlotinib: nothing on record from 2024-11-09 to 2024-11-15 (missed doses or "
        "refills?)");
    facts[2].collected = stamp_of_day(ZERO_DAY + 42, 0); /* seven: no gap */
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "nothing on record"), "");
    facts[3].collected = stamp_of_day(ZERO_DAY + 42 + 35 + 8, 0); /* no pack since */
    f = evaluate(&rules, "cea");
    assert_string_equal(
        seen(&f, "nothing on record"),
        "erlotinib: nothing on record from 2024-12-21 to 2024-12-28 (missed doses or "
        "refills?)");
}

static void
a_pause_and_a_lower_dose(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f;

    (void)state;
    (void)took(50, "erlotinib", "egfr_tki", THERAPY_HOLD);
    (void)took(60, "erlotinib", "egfr_tki", THERAPY_CHANGE);
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "held"), "erlotinib was held on 2024-11-23");
    assert_string_equal(seen(&f, "schedule"), "erlotinib: dose or schedule changed on 2024-12-03");
}

static void
an_interacting_drug(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f;

    (void)state;
    (void)took(90, "omeprazole", "acid_suppressant", THERAPY_DOSE);
    (void)took(95, "rifampicin", "enzyme_inducer", THERAPY_DOSE);
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "acid"), "omeprazole (since 2025-01-02, less acid) can lower the "
                                          "uptake of erlotinib");
    assert_string_equal(seen(&f, "inducer"), "rifampicin (since 2025-01-07, an enzyme inducer) can "
                                             "lower the level of erlotinib");
    facts[fact_count - 1].collected = stamp_of_day(ZERO_DAY + 121, 0); /* begun after the rise */
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "inducer"), "");
    begin();
    (void)cea(-2, 5);
    (void)took(0, "osimertinib", "egfr_tki", THERAPY_DOSE); /* needs no acid */
    (void)took(10, "omeprazole", "acid_suppressant", THERAPY_DOSE);
    (void)cea(20, 9);
    f = evaluate(&rules, "cea");
    assert_int_equal(f.status, FINDING_MET);
    assert_string_equal(seen(&f, "acid"), "");
}

static void
treated_for_a_short_time(void **state)
{
    struct ruleset rules = begin();
    struct finding f;

    (void)state;
    (void)cea(-2, 5);
    (void)took(0, "erlotinib", "egfr_tki", THERAPY_DOSE);
    (void)cea(41, 9);
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "short"),
                        "treated for a short time only: 41 days since the line's "
                        "start (2024-10-04)");
    facts[2].collected = stamp_of_day(ZERO_DAY + 42, 0);
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "short"), "");
}

static void
another_laboratory_or_method(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f;

    (void)state;
    facts[1].u.observation.laboratory = STR("North");
    f = evaluate(&rules, "cea");
    assert_int_equal(f.seen_count, 0); /* the other one says nothing */
    facts[fact_count - 1].u.observation.laboratory = STR("South");
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "laboratory"),
                        "measured by another laboratory than on 2024-10-02: South, before North");
    facts[fact_count - 1].u.observation.laboratory = STR("North");
    facts[1].u.observation.method = STR("A");
    facts[fact_count - 1].u.observation.method = STR("B");
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "method"),
                        "measured by another method than on 2024-10-02: B, before A");
}

static void
an_intervention_before(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f;
    struct fact *p = told(FACT_PROCEDURE, 120 - 28);

    (void)state;
    p->u.procedure.name = STR("thoracentesis");
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "thoracentesis"), "thoracentesis on 2025-01-04, 28 days before");
    p->collected = stamp_of_day(ZERO_DAY + 120 - 29, 0);
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "thoracentesis"), "");
    p->collected = stamp_of_day(ZERO_DAY + 121, 0);
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "thoracentesis"), "");
}

static void
a_second_cancer(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f;

    (void)state;
    has("BOWEL");
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "cancer"), "another cancer on record: Bowel");
    facts[fact_count - 1].u.diagnosis.active = false;
    f = evaluate(&rules, "cea");
    assert_string_equal(seen(&f, "cancer"), "");
}

static void
variant(int day, bool present, const char *source)
{
    struct variant *v = &told(FACT_VARIANT, day)->u.variant;

    v->gene = STR("EGFR");
    v->name = STR("T790M");
    v->hgvs_p = v->name;
    v->present = present;
    v->source = str_from_c(source);
}

static void
a_specimen_of_another_kind(void **state)
{
    struct ruleset rules = begin();
    struct finding f;

    (void)state;
    variant(-10, false, "tissue");
    (void)took(0, "gefitinib", "egfr_tki", THERAPY_DOSE);
    variant(100, true, "plasma");
    f = evaluate(&rules, "variant");
    assert_int_equal(f.status, FINDING_MET);
    assert_string_equal(seen(&f, "specimen"), "specimen of another kind: the earlier test "
                                              "(2024-09-24) was of tissue, this one of plasma");
    facts[2].u.variant.source = STR("tissue");
    f = evaluate(&rules, "variant");
    assert_string_equal(seen(&f, "specimen"), "");
}

/* A therapy that excludes is named by its drug, however surely it is known. */
static void
an_excluding_therapy_is_named(void **state)
{
    struct ruleset rules = a_plain_case();
    struct finding f;

    (void)state;
    (void)took(110, "filgrastim", "growth_factor", THERAPY_DOSE);
    f = evaluate(&rules, "cea");
    assert_int_equal(f.status, FINDING_NOT_EVALUABLE);
    assert_true(str_has(f.why, STR("filgrastim on 2025-01-22")));
    assert_true(str_has(f.missing[0], STR("more than 14 days after filgrastim (2025-01-22)")));
}

static void
no_therapy_known_is_not_evaluable_and_says_so(void **state)
{
    struct ruleset rules = begin();
    struct finding f;

    (void)state;
    has("LUAD");
    (void)cea(-2, 5);
    (void)cea(120, 9);
    f = evaluate(&rules, "cea");
    assert_int_equal(f.status, FINDING_NOT_EVALUABLE);
    assert_int_equal(f.missing_count, 1);
    assert_true(str_has(f.missing[0], STR("therapy")));
    assert_true(str_has(f.why, STR("Not evaluable")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_that_shows_nothing_adds_nothing),
        cmocka_unit_test(missed_refills),
        cmocka_unit_test(a_pause_and_a_lower_dose),
        cmocka_unit_test(an_interacting_drug),
        cmocka_unit_test(treated_for_a_short_time),
        cmocka_unit_test(another_laboratory_or_method),
        cmocka_unit_test(an_intervention_before),
        cmocka_unit_test(a_second_cancer),
        cmocka_unit_test(a_specimen_of_another_kind),
        cmocka_unit_test(an_excluding_therapy_is_named),
        cmocka_unit_test(no_therapy_known_is_not_evaluable_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
