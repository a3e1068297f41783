/* What was flagged when it was read feeds no criterion: the same story raises its alert when the
 * facts are clear, and none when one kind of them is not. */
#include "core/core.h"
#include "core_test.h"

enum { NOW_DAY = 20600 }; /* 2026-05-27 */

static struct core *core;

static void
tell(struct fact f, enum fact_kind flagged, uint32_t flag)
{
    static uint64_t number;
    static char control[32];
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++number};

    if (f.kind == flagged)
        f.flags |= flag;
    if (f.kind == flagged && flag == FACT_UNIT_UNKNOWN)
        f.u.observation.unit = STR_NONE;
    (void)snprintf(control, sizeof(control), "C%u", (unsigned)number);
    rq.message = (struct result_message){.feed = STR("lab"),
                                         .control_id = str_from_c(control),
                                         .raw = str_from_c(control),
                                         .fact = &f,
                                         .fact_count = 1};
    assert_int_equal(core_ingest(core, &rq, stamp_of_day(NOW_DAY, 0)).outcome, OUTCOME_STORED);
}

/* A confirmed rise of PSA under enzalutamide; how many alerts are open then. */
static size_t
alerts_with(enum fact_kind flagged, uint32_t flag)
{
    const struct fact story[] = {
        diagnosis_on("2025-06-01", "PRAD"),
        psa_on("2025-06-02", 100),
        dose_on("2025-06-05", "enzalutamide", "arpi"),
        psa_on("2025-09-01", 10),
        dose_on("2026-04-01", "enzalutamide", "arpi"),
        psa_on("2026-04-01", 60),
        psa_on("2026-05-10", 80),
    };
    char error[STORE_ERROR_TEXT_MAX];
    struct core_config cfg = {
        .store_path = ":memory:", .boot = "corea", .knowledge = &shipped()->knowledge};
    struct str *packed;
    size_t count;

    assert_int_equal(core_open(&cfg, &core, error), STORE_OK);
    for (size_t i = 0; i < RFD_COUNT(story); i++)
        tell(story[i], flagged, flag);
    assert_int_equal(store_alerts_list(core_store(core), true, fresh(), &packed, &count), STORE_OK);
    core_close(&core);
    return count;
}

static void
clear_facts_raise_it(void **state)
{
    (void)state;
    assert_int_equal(alerts_with(FACT_KIND_COUNT, 0), 1);
    assert_int_equal(alerts_with(FACT_OBSERVATION, FACT_ZONE_ASSUMED), 1);
}

static void
flagged_facts_do_not(void **state)
{
    (void)state;
    assert_int_equal(alerts_with(FACT_OBSERVATION, FACT_CODE_CONFLICT), 0);
    assert_int_equal(alerts_with(FACT_OBSERVATION, FACT_UNIT_UNKNOWN), 0);
    assert_int_equal(alerts_with(FACT_OBSERVATION, FACT_TIME_PARTIAL), 0);
    assert_int_equal(alerts_with(FACT_OBSERVATION, FACT_TEST_MESSAGE), 0);
    assert_int_equal(alerts_with(FACT_THERAPY, FACT_CODE_CONFLICT), 0);
    assert_int_equal(alerts_with(FACT_THERAPY, FACT_TEST_MESSAGE), 0);
    assert_int_equal(alerts_with(FACT_DIAGNOSIS, FACT_CODE_CONFLICT), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clear_facts_raise_it),
        cmocka_unit_test(flagged_facts_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
