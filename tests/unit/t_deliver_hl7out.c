/* What an HL7 receiver is told when an alert is over: only a retraction was wrong. */
#include "base/sb.h"
#include "deliver/hl7out.h"
#include "unit_test.h"

enum { TEXT_MAX = 65536 };

static const struct hl7out_config site = {
    .receiver = "EHR", .facility = "HOSP", .result_type = "REFRACT^Alert^L", .withdrawn = 'W'};
static const struct alert_section section = {
    .rule_id = {"prostate.psa.pcwg3", 18}, .title = {"PSA progression", 15}, .why = {"PSA 3.6", 7}};

static const char *
written(enum alert_state state, enum hl7out_what what, struct str reason, bool mdm)
{
    struct alert al = {.id = STR("k3f9-17"),
                       .version = 3,
                       .state = state,
                       .patient = {.authority = STR("HOSP"), .id = STR("1001")},
                       .headline = STR("PSA progression | on abiraterone"),
                       .reason = reason,
                       .section = &section,
                       .section_count = 1};
    struct arena *a = fresh();
    struct sb b;

    sb_init_arena(&b, a, TEXT_MAX);
    if (mdm)
        hl7out_mdm(&b, &al, what, &site);
    else
        hl7out_oru(&b, &al, what, &site);
    assert_true(sb_ok(&b));
    return sb_cz(&b);
}

static void
assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in %s", part, text);
}

static void
the_end_says_of_which_kind_it_is(void **state)
{
    static const struct {
        enum alert_state state;
        const char *note;
    } ends[] = {
        {ALERT_RETRACTED, "\rNTE|1|L|RETRACTED: so it is\r"},
        {ALERT_EXPIRED, "\rNTE|1|L|ENDED: so it is\r"},
        {ALERT_SUPERSEDED, "\rNTE|1|L|REPLACED: so it is\r"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(ends); i++) {
        assert_has(written(ends[i].state, HL7OUT_WITHDRAWN, STR("so it is"), false), ends[i].note);
        assert_has(written(ends[i].state, HL7OUT_WITHDRAWN, STR("so it is"), true), ends[i].note);
    }
    assert_has(written(ALERT_RETRACTED, HL7OUT_WITHDRAWN, STR_NONE, false),
               "\rNTE|1|L|RETRACTED: this alert no longer stands\r");
}

static void
a_correction_gives_its_reason_and_no_more(void **state)
{
    const char *text = written(ALERT_NEW, HL7OUT_CORRECTED, STR("a^b"), false);

    (void)state;
    assert_has(text, "\rNTE|1|L|a\\S\\b\r");
    assert_null(strstr(text, "RETRACTED"));
    assert_has(text, "\\F\\ on abiraterone");
    assert_null(strstr(written(ALERT_NEW, HL7OUT_NEW, STR_NONE, false), "\rNTE|"));
}

static void
status_and_document(void **state)
{
    (void)state;
    assert_has(written(ALERT_NEW, HL7OUT_NEW, STR_NONE, false), "|F|");
    assert_has(written(ALERT_EXPIRED, HL7OUT_WITHDRAWN, STR_NONE, false), "|W|");
    assert_has(written(ALERT_NEW, HL7OUT_NEW, STR_NONE, true), "MDM^T02^MDM_T02");
    assert_has(written(ALERT_NEW, HL7OUT_CORRECTED, STR_NONE, true), "MDM^T10^MDM_T02");
    assert_has(written(ALERT_RETRACTED, HL7OUT_WITHDRAWN, STR_NONE, true), "MDM^T11^MDM_T01");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_says_of_which_kind_it_is),
        cmocka_unit_test(a_correction_gives_its_reason_and_no_more),
        cmocka_unit_test(status_and_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
