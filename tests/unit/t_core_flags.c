/* What was flagged when it was read feeds no criterion: the same story raises its alert when the
 * facts are clear, and none when one kind of them is not. */
#include "core_rig.h"

static struct core *core;

static void
tell(struct fact f, enum fact_kind flagged, uint32_t flag)
{
    if (f.kind == flagged)
        f.flags |= flag;
    if (f.kind == flagged && flag == FACT_UNIT_UNKNOWN)
        f.u.observation.unit = STR_NONE;
    (void)take(core, f);
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
    void *state = NULL;
    struct str *packed;
    size_t count;

    assert_int_equal(core_enter(&state, (struct core_config){0}), 0);
    core = state;
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
