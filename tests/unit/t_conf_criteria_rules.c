#include "criteria/override.h"
#include "criteria/signoff.h"
#include "criteria_test.h"

/* A rule around one candidate on PSA after a line of arpi. */
#define PSA_RULE(candidate)                                                                   \
    "- id: t\n"                                                                               \
    "  applies: {oncotree: [any]}\n"                                                          \
    "  line: {class: [arpi]}\n"                                                               \
    "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"                                      \
    "  refs: {base: {baseline: {max_age: 90d}}, low: {nadir: {from: base}}, uln: {uln: 4}}\n" \
    "  candidate: " candidate "\n"

#define PSA(day, value)                                                                  \
    "{\"type\":\"lab\",\"analyte\":\"psa\",\"collected\":\"" day "\",\"value\":\"" value \
    "\",\"unit\":\"ng/mL\",\"id\":\"" day "\",\"recv\":\"" day "\"}"
#define ARPI                                                                                   \
    "{\"type\":\"therapy\",\"action\":\"start\",\"date\":\"2025-01-10\",\"class\":[\"arpi\"]," \
    "\"drug\":\"enzalutamide\",\"recv\":\"2025-01-10\"}"
#define BASE(value) "[" PSA("2025-01-08", value) "," ARPI ","

static enum finding_status
status_of(const char *yaml, const char *json, const char *asof)
{
    rules_begin();
    return finding_on(yaml, json, asof).status;
}

struct edge {
    const char *rule;
    const char *events;
    enum finding_status want;
};

static void
check_edges(const struct edge *e, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum finding_status got = status_of(e[i].rule, e[i].events, "2025-12-31");

        if (got != e[i].want)
            fail_msg("%zu: got %s want %s\n%s%s", i, finding_status_name(got),
                     finding_status_name(e[i].want), e[i].rule, e[i].events);
    }
}

/* Both sides of each threshold. */
static void
values_are_compared_exactly_at_the_threshold(void **state)
{
    static const struct edge edges[] = {
        {PSA_RULE("{rise_pct: {over: low, ge: 25}}"), BASE("0.8") PSA("2025-05-01", "1.0") "]",
         FINDING_MET},
        {PSA_RULE("{rise_pct: {over: low, ge: 25}}"), BASE("0.8") PSA("2025-05-01", "0.999") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{rise_pct: {over: low, gt: 25}}"), BASE("0.8") PSA("2025-05-01", "1.0") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{rise_pct: {over: low, gt: 12.5}}"), BASE("0.8") PSA("2025-05-01", "0.901") "]",
         FINDING_MET},
        {PSA_RULE("{rise_abs: {over: low, ge: 2}}"), BASE("2.1") PSA("2025-05-01", "4.1") "]",
         FINDING_MET},
        {PSA_RULE("{rise_abs: {over: low, ge: 2}}"), BASE("2.1") PSA("2025-05-01", "4.09") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{ratio: {over: uln, ge: 1.5}}"), BASE("1") PSA("2025-05-01", "6.0") "]",
         FINDING_MET},
        {PSA_RULE("{ratio: {over: uln, ge: 1.5}}"), BASE("1") PSA("2025-05-01", "5.99") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{value: {gt: 2, le: 3}}"), BASE("1") PSA("2025-05-01", "2") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{value: {gt: 2, le: 3}}"), BASE("1") PSA("2025-05-01", "3.0") "]", FINDING_MET},
        {PSA_RULE("{value: {gt: 2, le: 3}}"), BASE("1") PSA("2025-05-01", "3.01") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{value: {gt: base}}"), BASE("1.0") PSA("2025-05-01", "1") "]", FINDING_NOT_MET},
        {PSA_RULE("{ref: {name: base, ge: 5}}"), BASE("5.0") PSA("2025-05-01", "1") "]",
         FINDING_MET},
        {PSA_RULE("{ref: {name: base, gt: 5}}"), BASE("5.0") PSA("2025-05-01", "1") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{ref: {name: base, gt: 5, else: unknown}}"),
         BASE("5") PSA("2025-05-01", "1") "]", FINDING_NOT_EVALUABLE},
        {PSA_RULE("{declined: {below: base}}"),
         BASE("5") PSA("2025-05-01", "4.9") "," PSA("2025-06-01", "9") "]", FINDING_MET},
        {PSA_RULE("{declined: {below: base}}"),
         BASE("5") PSA("2025-05-01", "5.0") "," PSA("2025-06-01", "9") "]", FINDING_NOT_MET},
        {PSA_RULE("{ever: {le: uln}}"),
         BASE("5") PSA("2025-05-01", "4.0") "," PSA("2025-06-01", "9") "]", FINDING_MET},
        {PSA_RULE("{ever: {lt: uln}}"),
         BASE("5") PSA("2025-05-01", "4.0") "," PSA("2025-06-01", "9") "]", FINDING_NOT_MET},
    };

    (void)state;
    check_edges(edges, RFD_COUNT(edges));
}

static void
runs_have_their_length_and_their_spacing(void **state)
{
    static const struct edge edges[] = {
        {PSA_RULE("{rising: {count: 3, spacing: 7d}}"),
         BASE("1") PSA("2025-05-01", "2") "," PSA("2025-05-08", "3") "," PSA("2025-05-15", "4") "]",
         FINDING_MET},
        {PSA_RULE("{rising: {count: 3, spacing: 7d}}"),
         BASE("1") PSA("2025-05-01", "2") "," PSA("2025-05-08", "3") "," PSA("2025-05-14", "4") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{rising: {count: 3}}"),
         BASE("1") PSA("2025-05-01", "2") "," PSA("2025-05-08", "2") "," PSA("2025-05-15", "4") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{at_least: {n: 2, of_last: 3, value: {ge: 3}}}"),
         BASE("1") PSA("2025-05-01", "3") "," PSA("2025-05-08", "1") "," PSA("2025-05-15", "3") "]",
         FINDING_MET},
        {PSA_RULE("{at_least: {n: 2, of_last: 3, value: {ge: 3}}}"),
         BASE("1") PSA("2025-05-01", "3") "," PSA("2025-05-08", "1") "," PSA(
             "2025-05-15", "1") "," PSA("2025-05-22", "3") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{plateau: {count: 3, within_pct: 10, span: 14d}}"),
         BASE("1")
             PSA("2025-05-01", "2.0") "," PSA("2025-05-08", "2.2") "," PSA("2025-05-15", "1.8") "]",
         FINDING_MET},
        {PSA_RULE("{plateau: {count: 3, within_pct: 10, span: 14d}}"),
         BASE("1") PSA("2025-05-01", "2.0") "," PSA("2025-05-08", "2.21") "," PSA("2025-05-15",
                                                                                  "1.8") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{plateau: {count: 3, within_pct: 10}}"),
         BASE("1") PSA("2025-05-01", "<0.1") "," PSA("2025-05-08", "<0.1") "," PSA("2025-05-15",
                                                                                   "<0.1") "]",
         FINDING_NOT_MET},
    };

    (void)state;
    check_edges(edges, RFD_COUNT(edges));
}

/* Kleene: an unknown leg hides neither a false "all" nor a true "any". */
static void
unknown_is_neither_true_nor_false(void **state)
{
#define FLARE "{since: {ge: 99y, else: unknown}}"
    static const struct edge edges[] = {
        {PSA_RULE("{all: [" FLARE ", {value: {gt: 5}}]}"), BASE("1") PSA("2025-05-01", "5") "]",
         FINDING_NOT_MET},
        {PSA_RULE("{all: [" FLARE ", {value: {gt: 5}}]}"), BASE("1") PSA("2025-05-01", "6") "]",
         FINDING_NOT_EVALUABLE},
        {PSA_RULE("{any: [" FLARE ", {value: {gt: 5}}]}"), BASE("1") PSA("2025-05-01", "6") "]",
         FINDING_MET},
        {PSA_RULE("{any: [" FLARE ", {value: {gt: 5}}]}"), BASE("1") PSA("2025-05-01", "5") "]",
         FINDING_NOT_EVALUABLE},
        {PSA_RULE("{not: " FLARE "}"), BASE("1") PSA("2025-05-01", "5") "]", FINDING_NOT_EVALUABLE},
        {PSA_RULE("{not: {value: {gt: 5}}}"), BASE("1") PSA("2025-05-01", "5") "]", FINDING_MET},
    };

    (void)state;
    check_edges(edges, RFD_COUNT(edges));
}

static const char pcwg3[] =
    "- id: prostate.psa.pcwg3\n"
    "  asks: PCWG3\n"
    "  applies: {oncotree: [any]}\n"
    "  line: {class: [arpi]}\n"
    "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"
    "  refs: {base: {baseline: {max_age: 90d}}, low: {nadir: {from: base}}}\n"
    "  candidate:\n"
    "    all:\n"
    "      - rise_pct: {over: low, ge: 25}\n"
    "      - rise_abs: {over: low, ge: 2}\n"
    "      - any: [{declined: {below: base}}, {since: {anchor: line.start, ge: 12w, else: "
    "unknown}}]\n"
    "  confirm: {after: 3w, unbroken: true}\n";

static void
a_finding_explains_itself_with_values_dates_and_thresholds(void **state)
{
    static const char events[] =
        BASE("20") PSA("2025-03-10", "4") "," PSA("2025-05-10", "8") "," PSA("2025-06-02", "9") "]";
    struct finding f;

    (void)state;
    rules_begin();
    f = finding_on(pcwg3, events, "2025-06-02");
    assert_status(f, FINDING_MET);
    assert_text(f.why,
                "PSA 8 ng/mL on 2025-05-10 is +100.0 % and +4 ng/mL over the nadir of 4 ng/mL "
                "(2025-03-10), after a fall below the baseline of 20 ng/mL (2025-01-08); PCWG3 "
                "asks for at least 25 % and at least 2 ng/mL; confirmed by 9 ng/mL on "
                "2025-06-02, 23 days later.");
    assert_int_equal(f.missing_count, 0);
    assert_int_equal(f.evidence_count, 5);
    assert_int_equal(f.evidence[0].part, EVIDENCE_NADIR);
    assert_int_equal(f.evidence[1].part, EVIDENCE_BASELINE);
    assert_int_equal(f.evidence[2].part, EVIDENCE_CANDIDATE);
    assert_int_equal(f.evidence[3].part, EVIDENCE_CONFIRMATION);
    assert_int_equal(f.evidence[4].part, EVIDENCE_THERAPY);
    assert_int_equal(f.next_due, DAY_NONE);
    assert_non_null(f.course);
    assert_true(str_eq_c(f.course->drug, "enzalutamide"));
    assert_non_null(f.line);
    assert_int_equal(f.line->number, 1);
    assert_false(f.capped);
}

static void
what_would_confirm_it_is_said(void **state)
{
    struct finding f;

    (void)state;
    rules_begin();
    f = finding_on(pcwg3, BASE("20") PSA("2025-03-10", "4") "," PSA("2025-05-10", "8") "]",
                   "2025-05-10");
    assert_status(f, FINDING_UNCONFIRMED);
    assert_int_equal(f.missing_count, 1);
    assert_text(f.missing[0], "a second PSA on or after 2025-05-31, due by 2025-06-28");
    assert_int_equal(f.confirm_by, f.next_due - 1);
    assert_false(f.overdue);
}

static void
what_blocks_an_evaluation_is_said_with_the_day_it_may_end(void **state)
{
    struct finding f;
    day_t end;

    (void)state;
    rules_begin();
    f = finding_on(pcwg3, BASE("20") PSA("2025-03-10", "40") "]", "2025-03-11");
    assert_status(f, FINDING_NOT_EVALUABLE);
    assert_text(f.missing[0],
                "a PSA on or after 2025-04-04, at least 12 weeks after the line's start");
    assert_true(day_parse(STR("2025-04-04"), &end));
    assert_int_equal(f.next_due, end);
    assert_int_equal(f.first_event, DAY_NONE);

    rules_begin();
    f = finding_on(pcwg3, "[" ARPI "," PSA("2025-03-10", "4") "]", "2025-03-11");
    assert_status(f, FINDING_NOT_EVALUABLE);
    assert_text(f.missing[0], "no PSA within 90 days before the line's start (2025-01-10)");
}

static void
what_came_in_an_unknown_unit_is_said(void **state)
{
    static const char odd[] =
        "[{\"type\":\"lab\",\"analyte\":\"psa\",\"collected\":\"2025-03-10\",\"value\":\"8\","
        "\"unit\":\"widgets\",\"id\":\"x\",\"recv\":\"2025-03-10\"}," ARPI "]";
    struct finding f;

    (void)state;
    rules_begin();
    f = finding_on(pcwg3, odd, "2025-03-11");
    assert_status(f, FINDING_NOT_EVALUABLE);
    assert_int_equal(f.missing_count, 2);
    assert_text(f.missing[0], "a PSA after the line's start (2025-01-10)");
    assert_text(f.missing[1],
                "PSA of 2025-03-10 in a unit that converts to ng/mL: it came in \"widgets\"");
}

static void
a_cap_holds_a_finding_at_unconfirmed(void **state)
{
    static const char rule[] = PSA_RULE("{value: {gt: 5}}") "  cap: unconfirmed\n";
    struct finding f;

    (void)state;
    rules_begin();
    f = finding_on(rule, BASE("1") PSA("2025-05-01", "6") "]", "2025-05-01");
    assert_status(f, FINDING_UNCONFIRMED);
    assert_true(f.capped);
    assert_text(f.missing[0], "imaging: this marker alone is never progression");
}

/* Without a stated stop, past the covered interval, the last dose is not known. */
static void
a_therapy_of_unknown_end_makes_time_since_unknown(void **state)
{
    static const char rule[] =
        "- id: t\n"
        "  applies: {oncotree: [any]}\n"
        "  line: {class: [platinum]}\n"
        "  series: {event: response}\n"
        "  candidate: {all: [{code: {in: [PD]}}, {since_stop: {ge: 28d}}]}\n";
    static const char events[] =
        "[{\"type\":\"therapy\",\"action\":\"start\",\"date\":\"2025-01-10\",\"class\":["
        "\"platinum\"],"
        "\"drug\":\"carboplatin\",\"recv\":\"2025-01-10\"},"
        "{\"type\":\"therapy\",\"action\":\"hold\",\"date\":\"2025-03-10\",\"class\":[\"platinum\"]"
        ","
        "\"drug\":\"carboplatin\",\"recv\":\"2025-03-10\"},"
        "{\"type\":\"response\",\"date\":\"2025-06-01\",\"code\":\"PD\",\"recv\":\"2025-06-01\"}]";
    struct finding f;

    (void)state;
    rules_begin();
    f = finding_on(rule, events, "2025-06-01");
    assert_status(f, FINDING_NOT_EVALUABLE);
    assert_text(f.missing[0], "the day of the last dose of carboplatin (last known: 2025-01-10)");
}

/* Rule text, and what its first diag must say. */
static void
mistakes_are_found_with_their_place_and_a_hint(void **state)
{
    static const struct {
        const char *rule;
        const char *says;
    } table[] = {
        {PSA_RULE("{rise_pctt: {over: low, ge: 25}}"), "rules.yaml:6:15: no test of this name; did "
                                                       "you mean \"rise_pct\"?"},
        {PSA_RULE("{value: {gtt: 5}}"), "did you mean"},
        {PSA_RULE("{value: {gt: nadirr}}"), "rules.yaml:6:27: no reference of this name"},
        {PSA_RULE("{value: {}}"), "one of ge, gt, le or lt is missing"},
        {PSA_RULE("{value: {gt: 1, ge: 2, lt: 3}}"), "at most two"},
        {PSA_RULE("{value: {gt: 1}, ever: {gt: 1}}"), "a test is a map with one key"},
        {PSA_RULE("{all: []}"), "empty list"},
        {PSA_RULE("{since: {ge: 12x}}"), "6mo"},
        {PSA_RULE("{since: {anchor: line.end, ge: 12w}}"), "line.start"},
        {PSA_RULE("{code: {in: [PDD]}}"), "no response code"},
        {PSA_RULE("{at_least: {n: 2, of_last: 3}}"), "needs a test"},
        {PSA_RULE("{value: {gt: 5}}") "  colour: red\n", "colour"},
        {PSA_RULE("{value: {gt: 5}}") "  mode: live\n", "reviewer and reviewed"},
        {PSA_RULE("{value: {gt: 5}}") "  consequence: panic\n", "panic"},
        {PSA_RULE("{value: {gt: 5}}") "  milestones: []\n", "either a candidate or milestones"},
        {PSA_RULE("{value: {gt: 5}}") "  confirm: {unbroken: true}\n", "after"},
        {PSA_RULE("{value: {gt: 5}}") "  exclude: [{event_befor: {type: procedure}}]\n",
         "event_before"},
        {"- {id: t, applies: {oncotree: [any]}, series: {analyte: psa, unit: furlong},"
         " candidate: {value: {gt: 5}}}",
         "table of units"},
        {"- {id: t, applies: {oncotree: [any]}, series: {analyte: psa, event: response, unit: mm},"
         " candidate: {value: {gt: 5}}}",
         "either an analyte or an event"},
        {"- {id: t, applies: {oncotree: [any]}, series: {event: response},"
         " candidate: {value: {gt: 5}}}",
         "a test of values"},
        {"- {id: t, applies: {oncotree: [any]}, series: {analyte: psa, unit: ng/mL},"
         " candidate: {since: {ge: 5d}}}",
         "needs the rule's line"},
        {PSA_RULE("{value: {gt: 5}}") PSA_RULE("{value: {gt: 5}}"), "stands twice"},
        {"{}", "list"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(table); i++) {
        struct ruleset out;

        rules_begin();
        if (criteria_compile(&rules_arena, tree_of("rules.yaml", str_from_c(table[i].rule)), NULL,
                             &rules_diags, &out))
            fail_msg("taken: %s", table[i].rule);
        if (strstr(first_diag(), table[i].says) == NULL)
            fail_msg("%zu: \"%s\" does not say \"%s\"", i, first_diag(), table[i].says);
    }
}

static void
nesting_past_the_limit_is_refused(void **state)
{
    char deep[2000] = "- {id: t, applies: {oncotree: [any]}, series: {analyte: psa, unit: ng/mL}, "
                      "candidate: ";
    struct ruleset out;

    (void)state;
    for (int i = 0; i < RULE_DEPTH_MAX; i++)
        strcat(deep, "{not: ");
    strcat(deep, "{value: {gt: 1}}");
    for (int i = 0; i < RULE_DEPTH_MAX; i++)
        strcat(deep, "}");
    strcat(deep, "}");
    rules_begin();
    assert_false(criteria_compile(&rules_arena, tree_of("rules.yaml", str_from_c(deep)), NULL,
                                  &rules_diags, &out));
    assert_non_null(strstr(first_diag(), "nested more than"));
}

/* The file of sign-offs with the first of these rules signed. */
static struct tree *
signed_by(const struct ruleset *r, bool review)
{
    const struct signature own = {.id = r->rule[0].head.id,
                                  .version = r->rule[0].head.version,
                                  .content = r->rule[0].content,
                                  .by = STR("A. Person"),
                                  .on = 20780,
                                  .review = review};
    struct str text;

    assert_true(criteria_signed_file(&rules_arena, NULL, &own, &text));
    return tree_of("signoff.yaml", text);
}

static enum rule_mode
mode_after(struct ruleset r, const struct tree *signoffs)
{
    assert_true(criteria_sign_off(&rules_arena, signoffs, &rules_diags, &r));
    return r.rule[0].head.mode;
}

#define SIGNED_LATER "  reviewer: A. Person\n  reviewed: 2026-11-23\n"

static void
a_site_signs_a_rule_off(void **state)
{
    static const char rule[] =
        PSA_RULE("{value: {gt: 5}}") "  mode: live\n" SIGNED_LATER "  notify_age: 4w\n"
                                     "  consider: [flare, assay]\n";
    struct ruleset r;
    struct ruleset edited;
    struct tree *signoff;

    (void)state;
    rules_begin();
    r = rules_of(rule);
    assert_int_equal(r.rule[0].head.notify_age_days, 28);
    assert_int_equal(r.rule[0].head.consider_count, 2);
    assert_true(str_eq_c(r.rule[0].head.verified, "memory"));
    assert_true(str_eq_c(r.rule[0].head.title, "t"));

    /* a name in the rule's own file is no sign-off */
    assert_int_equal(mode_after(r, NULL), RULE_SHADOW);
    assert_non_null(strstr(first_diag(), "is not signed: it runs in shadow"));
    signoff = signed_by(&r, false);
    assert_int_equal(mode_after(r, signoff), RULE_LIVE);
    assert_int_equal(mode_after(r, signed_by(&r, true)), RULE_REVIEW);

    /* what its file asks for bounds it, and one threshold edited takes it back */
    edited =
        rules_of(PSA_RULE("{value: {gt: 5}}") "  mode: review\n" SIGNED_LATER "  notify_age: 4w\n"
                                              "  consider: [flare, assay]\n");
    assert_int_equal(mode_after(edited, signoff), RULE_REVIEW);
    edited = rules_of(PSA_RULE("{value: {gt: 6}}") "  notify_age: 4w\n"
                                                   "  consider: [flare, assay]\n");
    assert_int_equal(mode_after(edited, signoff), RULE_SHADOW);
}

/* The rule as one site has it; false: its file is refused. */
static bool
site_rules(const char *rule, const char *site, struct ruleset *out)
{
    const struct tree *file[1] = {tree_of("rules.yaml", str_from_c(rule))};
    struct override_list l;

    if (!criteria_override(&rules_arena, tree_of("site.yaml", str_from_c(site)), file, 1,
                           &rules_diags, &l) ||
        !criteria_compile(&rules_arena, file[0], NULL, &rules_diags, out))
        return false;
    criteria_override_note(&rules_arena, &l, out);
    return true;
}

#define ADJUSTABLE                                               \
    PSA_RULE("{value: {gt: 5}}")                                 \
    "  version: 1.0.0\n  confirm: {after: 3w, unbroken: true}\n" \
    "  adjustable: [confirm.after, candidate.value.gt]\n"

static void
a_site_changes_a_rule(void **state)
{
    struct ruleset shipped;
    struct ruleset own;
    struct str said;

    (void)state;
    rules_begin();
    shipped = rules_of(ADJUSTABLE);
    assert_true(site_rules(ADJUSTABLE,
                           "- {rule: t, version: 1.0.0, mode: review, consequence: biopsy, "
                           "title: Ours, set: {confirm.after: 28d, candidate.value.gt: 7.5}}",
                           &own));
    assert_int_equal(own.rule[0].confirm.after.n, 28);
    assert_int_equal(own.rule[0].head.consequence, CONSEQUENCE_BIOPSY);
    assert_true(str_eq_c(own.rule[0].head.title, "Ours"));
    assert_int_equal(own.rule[0].changed_count, 5);
    said = own.rule[0].changed[3];
    assert_true(str_starts(said, STR("confirm.after: 28d (shipped: 3w), site.yaml:1")));
    /* a signature on what is shipped does not hold for what the site made of it */
    assert_int_equal(mode_after(own, signed_by(&shipped, false)), RULE_SHADOW);
    assert_int_equal(mode_after(own, signed_by(&own, false)), RULE_REVIEW);
    assert_true(site_rules(ADJUSTABLE, "- {rule: t, version: 1.0.0, mode: shadow}", &own));
    assert_int_equal(mode_after(own, signed_by(&own, false)), RULE_SHADOW);
}

static void
a_site_file_that_is_wrong(void **state)
{
    static const struct {
        const char *site;
        const char *said;
    } cases[] = {
        {"- {rule: t, version: 1.0.1}", "site.yaml:1:22: the rule is version 1.0.0 now"},
        {"- {rule: tt, version: 1.0.0}", "site.yaml:1:10: no rule of this id"},
        {"- {rule: t, version: 1.0.0, color: red}", "site.yaml:1:29: unknown key"},
        {"- {rule: t, version: 1.0.0, mode: loud}", "site.yaml:1:35:"},
        {"- {rule: t, version: 1.0.0, set: {series.unit: mg}}",
         "site.yaml:1:35: the rule does not let this be changed"},
        {"- {rule: t, version: 1.0.0, set: {confirm.after: [1]}}",
         "site.yaml:1:50: a single value is expected here"},
        {"- {rule: t, version: 1.0.0, set: {confirm.after: soon}}", "site.yaml:1:50: a span"},
        {"- {rule: t, version: 1.0.0, consequence: panic}", "site.yaml:1:42:"},
        {"- {rule: t, version: 1.0.0}\n- {rule: t, version: 1.0.0}",
         "site.yaml:2:3: this rule is changed above"},
        {"- {version: 1.0.0}", "site.yaml:1:3:"},
        {"{rule: t}", "site.yaml:1:1:"},
    };
    struct ruleset own;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(cases); i++) {
        rules_begin();
        assert_false(site_rules(ADJUSTABLE, cases[i].site, &own));
        if (strstr(first_diag(), cases[i].said) == NULL)
            fail_msg("%s\ngives %s\nnot %s", cases[i].site, first_diag(), cases[i].said);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_compared_exactly_at_the_threshold),
        cmocka_unit_test(runs_have_their_length_and_their_spacing),
        cmocka_unit_test(unknown_is_neither_true_nor_false),
        cmocka_unit_test(a_finding_explains_itself_with_values_dates_and_thresholds),
        cmocka_unit_test(what_would_confirm_it_is_said),
        cmocka_unit_test(what_blocks_an_evaluation_is_said_with_the_day_it_may_end),
        cmocka_unit_test(what_came_in_an_unknown_unit_is_said),
        cmocka_unit_test(a_cap_holds_a_finding_at_unconfirmed),
        cmocka_unit_test(a_therapy_of_unknown_end_makes_time_since_unknown),
        cmocka_unit_test(mistakes_are_found_with_their_place_and_a_hint),
        cmocka_unit_test(nesting_past_the_limit_is_refused),
        cmocka_unit_test(a_site_signs_a_rule_off),
        cmocka_unit_test(a_site_changes_a_rule),
        cmocka_unit_test(a_site_file_that_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
