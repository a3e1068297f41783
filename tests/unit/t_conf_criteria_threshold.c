/* Where a rule's lines lie for one patient: exact, over his own nadir, and only where there are
 * any. */
#include "base/sb.h"
#include "criteria_test.h"

#define LAB(day, value, unit)                                                      \
    "{\"type\": \"lab\", \"recv\": \"" day "\", \"analyte\": \"psa\", \"value\": " \
    "\"" value "\", \"unit\": \"" unit "\", \"collected\": \"" day "\"}"
#define PSA(day, value) LAB(day, value, "ng/mL")
#define START                                                                                   \
    "{\"type\": \"therapy\", \"recv\": \"2025-01-10\", \"drug\": \"abiraterone\", \"action\": " \
    "\"start\", \"class\": [\"arpi\"], \"date\": \"2025-01-10\"}"
#define RULE(candidate, more)                                                                 \
    "- id: test\n  applies: {oncotree: [any]}\n  line: {class: [arpi]}\n"                     \
    "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"                                      \
    "  refs: {base: {baseline: {max_age: 90d}}, low: {nadir: {from: base}}, uln: {uln: 4}}\n" \
    "  candidate: " candidate "\n" more
#define STORY(last) "[" PSA("2025-01-08", "20") "," START "," PSA("2025-03-10", "0.4") "," last "]"

static struct finding
found(const char *yaml, const char *json)
{
    rules_begin();
    return finding_on(yaml, json, "2025-12-31");
}

static void
assert_line(const struct threshold *t, const char *side, const char *limit, bool decides)
{
    assert_text(t->side, side);
    assert_text(t->limit, limit);
    assert_int_equal(t->decides, decides);
    assert_text(t->unit, "ng/mL");
    assert_text(t->analyte, "psa");
}

static void
the_line_that_is_passed_last_decides(void **state)
{
    struct finding f = found(RULE("{all: [{rise_pct: {over: low, ge: 25}}, "
                                  "{rise_abs: {over: low, ge: 2.0}}]}",
                                  "  confirm: {after: 3w}\n"),
                             STORY(PSA("2025-05-10", "3")));
    day_t nadir;

    (void)state;
    assert_int_equal(f.status, FINDING_UNCONFIRMED);
    assert_int_equal(f.threshold_count, 2);
    assert_line(&f.threshold[0], "at_least", "0.5", false);
    assert_line(&f.threshold[1], "at_least", "2.4", true);
    assert_text(f.threshold[1].role, "candidate");
    assert_text(f.threshold[1].basis, "nadir");
    assert_text(f.threshold[1].reference, "0.4");
    assert_true(day_parse(STR("2025-03-10"), &nadir));
    assert_int_equal(f.threshold[1].reference_day, nadir);
    assert_text(f.threshold[1].text,
                "at least 2.4 ng/mL: 2.0 ng/mL over the nadir of 0.4 ng/mL (2025-03-10)");
}

static void
in_the_unit_of_the_rule(void **state)
{
    struct finding f = found(RULE("{ratio: {over: low, ge: 1.5}}", ""),
                             "[" PSA("2025-01-08", "20") "," START "," LAB(
                                 "2025-03-10", "333", "ng/L") "," PSA("2025-05-10", "3") "]");

    (void)state;
    assert_int_equal(f.threshold_count, 1);
    assert_line(&f.threshold[0], "at_least", "0.4995", true); /* 1.5 times 0.333 */
    assert_false(f.threshold[0].rounded);
}

static void
a_censored_nadir_is_said_as_one(void **state)
{
    struct finding f = found(RULE("{rise_abs: {over: low, ge: 2}}", ""),
                             "[" PSA("2025-01-08", "20") "," START "," PSA(
                                 "2025-03-10", "<0.01") "," PSA("2025-05-10", "3") "]");

    (void)state;
    assert_int_equal(f.threshold_count, 1);
    assert_line(&f.threshold[0], "at_least", "2.01", true);
    assert_text(f.threshold[0].reference, "<0.01");
}

static void
levels_and_limits_of_normal(void **state)
{
    struct finding f = found(RULE("{all: [{value: {gt: uln}}, {value: {gt: 2}}]}", ""),
                             STORY(PSA("2025-05-10", "9")));
    day_t start;

    (void)state;
    assert_true(day_parse(STR("2025-01-10"), &start));
    assert_int_equal(f.threshold_count, 2);
    assert_line(&f.threshold[0], "more_than", "4", true);
    assert_text(f.threshold[0].basis, "upper_limit");
    assert_line(&f.threshold[1], "more_than", "2", false);
    assert_true(str_is_empty(f.threshold[1].basis));
    assert_int_equal(f.threshold[1].from, start); /* values before the line are not asked */
}

static void
what_the_second_value_must_show(void **state)
{
    struct finding f =
        found(RULE("{rise_abs: {over: low, ge: 2}}",
                   "  confirm: {after: 4w, test: {rise_abs: {over: first, ge: 5}}}\n"),
              STORY(PSA("2025-05-10", "3")));

    (void)state;
    assert_int_equal(f.status, FINDING_UNCONFIRMED);
    assert_int_equal(f.threshold_count, 2);
    assert_text(f.threshold[1].role, "confirmation");
    assert_line(&f.threshold[1], "at_least", "8", true);
    assert_text(f.threshold[1].basis, "first");
}

static void
nothing_is_invented(void **state)
{
    struct finding f;

    (void)state;
    f = found(RULE("{rising: {count: 2, spacing: 7d}}", ""), STORY(PSA("2025-05-10", "3")));
    assert_int_equal(f.status, FINDING_MET);
    assert_int_equal(f.threshold_count, 0); /* a run has no line */
    f = found(RULE("{not: {value: {lt: 2}}}", ""), STORY(PSA("2025-05-10", "3")));
    assert_int_equal(f.threshold_count, 0);
    f = found(RULE("{rise_abs: {over: low, ge: 9}}", ""), STORY(PSA("2025-05-10", "3")));
    assert_int_equal(f.status, FINDING_NOT_MET);
    assert_int_equal(f.threshold_count, 0);
    f = found(RULE("{any: [{value: {gt: 2}}, {value: {gt: 1}}]}", ""),
              STORY(PSA("2025-05-10", "3")));
    assert_int_equal(f.threshold_count, 1); /* the reason that is told */
}

static void
milestones_have_their_days(void **state)
{
    static const char rule[] =
        "- id: test\n  applies: {oncotree: [any]}\n  line: {class: [arpi]}\n"
        "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"
        "  milestones:\n    - {name: 3 months, window: [76d, 137d], fail: {gt: 10}}\n";
    struct finding f = found(rule, "[" START "," PSA("2025-04-15", "12") "]");
    day_t start;

    (void)state;
    assert_true(day_parse(STR("2025-01-10"), &start));
    assert_int_equal(f.status, FINDING_MET);
    assert_int_equal(f.threshold_count, 1);
    assert_line(&f.threshold[0], "more_than", "10", true);
    assert_int_equal(f.threshold[0].from, start + 76);
    assert_int_equal(f.threshold[0].until, start + 137);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_that_is_passed_last_decides),
        cmocka_unit_test(in_the_unit_of_the_rule),
        cmocka_unit_test(a_censored_nadir_is_said_as_one),
        cmocka_unit_test(levels_and_limits_of_normal),
        cmocka_unit_test(what_the_second_value_must_show),
        cmocka_unit_test(nothing_is_invented),
        cmocka_unit_test(milestones_have_their_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
