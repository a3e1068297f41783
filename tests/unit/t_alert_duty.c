/* When people are to be reached: the arithmetic of days, hours and budgets. */
#include "alert/duty.h"
#include "alert_test.h"

enum { MONDAY = 20598 }; /* 2026-05-25 */

static const struct duty office = {
    .budget_day = 1,
    .budget_week = 2,
    .digest_min = 7 * 60,
    .open_min = 8 * 60,
    .close_min = 17 * 60,
    .days = 0x1f, /* Monday to Friday */
};

/* That day of the week of MONDAY, at a time on the wall, where clocks are offset ahead of UTC. */
static struct stamp
at(int day, int hour, int minute, int16_t offset)
{
    return (struct stamp){((int64_t)(MONDAY + day) * 24 + hour) * 3600 + minute * 60 - offset * 60,
                          offset, PRECISION_SECOND};
}

static void
t_weeks_begin_on_monday(void **state)
{
    (void)state;
    assert_int_equal(day_of("2026-05-25"), MONDAY);
    for (int i = 0; i < 7; i++)
        assert_int_equal(duty_week(MONDAY + i), MONDAY);
    assert_int_equal(duty_week(MONDAY - 1), MONDAY - 7);
    assert_int_equal(duty_week(day_of("1969-12-31")), day_of("1969-12-29"));
}

static void
t_business_hours(void **state)
{
    (void)state;
    assert_false(duty_is_open(&office, at(0, 7, 59, 0)));
    assert_true(duty_is_open(&office, at(0, 8, 0, 0)));
    assert_true(duty_is_open(&office, at(4, 16, 59, 0)));
    assert_false(duty_is_open(&office, at(4, 17, 0, 0)));
    assert_false(duty_is_open(&office, at(1, 2, 0, 0))); /* never by night */
    assert_false(duty_is_open(&office, at(5, 10, 0, 0)));
    assert_false(duty_is_open(&office, at(6, 10, 0, 0)));
    /* by the site's clocks: 08:00 there, whatever it is in Greenwich */
    assert_true(duty_is_open(&office, at(0, 8, 0, 600)));
    assert_false(duty_is_open(&office, at(0, 7, 59, -480)));
    assert_true(duty_is_open(&office, at(4, 16, 59, -480)));
}

static void
t_one_digest_on_each_working_day(void **state)
{
    (void)state;
    assert_false(duty_digest_is_due(&office, at(0, 6, 59, 0), DAY_NONE));
    assert_true(duty_digest_is_due(&office, at(0, 7, 0, 0), DAY_NONE));
    assert_true(duty_digest_is_due(&office, at(0, 7, 0, 0), MONDAY - 3));
    assert_false(duty_digest_is_due(&office, at(0, 23, 0, 0), MONDAY));
    assert_true(duty_digest_is_due(&office, at(1, 23, 0, 0), MONDAY)); /* late, after an outage */
    assert_false(duty_digest_is_due(&office, at(5, 7, 0, 0), MONDAY + 4));
    assert_false(duty_digest_is_due(&office, at(6, 12, 0, 0), MONDAY + 4));
    assert_true(duty_digest_is_due(&office, at(7, 7, 0, 0), MONDAY + 4));
}

static void
t_budgets(void **state)
{
    struct duty none = office;

    (void)state;
    assert_true(duty_has_budget(&office, (struct duty_used){0, 0}));
    assert_true(duty_has_budget(&office, (struct duty_used){0, 1}));
    assert_false(duty_has_budget(&office, (struct duty_used){1, 1}));
    assert_false(duty_has_budget(&office, (struct duty_used){0, 2}));
    none.budget_day = 0; /* a site that wants the digest alone */
    assert_false(duty_has_budget(&none, (struct duty_used){0, 0}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_weeks_begin_on_monday),
        cmocka_unit_test(t_business_hours),
        cmocka_unit_test(t_one_digest_on_each_working_day),
        cmocka_unit_test(t_budgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
