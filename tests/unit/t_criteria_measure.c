#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/series.h"

/* cmocka.h needs the first four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is known of "true value op threshold" when the printed limit lies under, at, over it. */
static void
censored_values_prove_only_what_they_prove(void **state)
{
    static const struct {
        enum cmp_op cmp;
        enum bound_op op;
        enum kleene under, at, over;
    } table[] = {
        {CMP_EQ, BOUND_GE, K_FALSE, K_TRUE, K_TRUE},
        {CMP_EQ, BOUND_GT, K_FALSE, K_FALSE, K_TRUE},
        {CMP_EQ, BOUND_LE, K_TRUE, K_TRUE, K_FALSE},
        {CMP_EQ, BOUND_LT, K_TRUE, K_FALSE, K_FALSE},
        {CMP_LT, BOUND_GE, K_FALSE, K_FALSE, K_UNKNOWN}, /* "<5" is under 5 */
        {CMP_LT, BOUND_GT, K_FALSE, K_FALSE, K_UNKNOWN},
        {CMP_LT, BOUND_LE, K_TRUE, K_TRUE, K_UNKNOWN},
        {CMP_LT, BOUND_LT, K_TRUE, K_TRUE, K_UNKNOWN},
        {CMP_LE, BOUND_GE, K_FALSE, K_UNKNOWN, K_UNKNOWN}, /* "<=5" may be 5 */
        {CMP_LE, BOUND_GT, K_FALSE, K_FALSE, K_UNKNOWN},
        {CMP_LE, BOUND_LE, K_TRUE, K_TRUE, K_UNKNOWN},
        {CMP_LE, BOUND_LT, K_TRUE, K_UNKNOWN, K_UNKNOWN},
        {CMP_GT, BOUND_GE, K_UNKNOWN, K_TRUE, K_TRUE},
        {CMP_GT, BOUND_GT, K_UNKNOWN, K_TRUE, K_TRUE},
        {CMP_GT, BOUND_LE, K_UNKNOWN, K_FALSE, K_FALSE},
        {CMP_GT, BOUND_LT, K_UNKNOWN, K_FALSE, K_FALSE},
        {CMP_GE, BOUND_GE, K_UNKNOWN, K_TRUE, K_TRUE},
        {CMP_GE, BOUND_GT, K_UNKNOWN, K_UNKNOWN, K_TRUE},
        {CMP_GE, BOUND_LE, K_UNKNOWN, K_UNKNOWN, K_FALSE},
        {CMP_GE, BOUND_LT, K_UNKNOWN, K_FALSE, K_FALSE},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(table); i++) {
        assert_int_equal(measure_holds(table[i].op, table[i].cmp, -1), table[i].under);
        assert_int_equal(measure_holds(table[i].op, table[i].cmp, 0), table[i].at);
        assert_int_equal(measure_holds(table[i].op, table[i].cmp, 1), table[i].over);
    }
}

/* A reference of ">100" may be 200: no rise over it is certain, that there is none may be. */
static void
a_reference_that_is_a_lower_limit_proves_no_rise(void **state)
{
    (void)state;
    assert_int_equal(measure_holds_over(BOUND_GE, CMP_EQ, 1, CMP_GT), K_UNKNOWN);
    assert_int_equal(measure_holds_over(BOUND_GE, CMP_EQ, -1, CMP_GT), K_FALSE);
    assert_int_equal(measure_holds_over(BOUND_LT, CMP_EQ, -1, CMP_GE), K_TRUE);
    assert_int_equal(measure_holds_over(BOUND_LT, CMP_EQ, 1, CMP_GE), K_UNKNOWN);
    assert_int_equal(measure_holds_over(BOUND_GE, CMP_EQ, 1, CMP_LT), K_TRUE); /* "<0.1" as nadir */
}

static void
months_are_calendar_months_and_weeks_are_days(void **state)
{
    day_t from;
    day_t to;

    (void)state;
    assert_true(day_from_ymd(2024, 5, 31, &from));
    assert_true(day_from_ymd(2024, 11, 30, &to)); /* clamped to the month's end */
    assert_int_equal(measure_sign_day(to, from, (struct span){6, true}), 0);
    assert_true(measure_sign_day(to - 1, from, (struct span){6, true}) < 0);
    assert_true(measure_sign_day(from + 20, from, (struct span){21, false}) < 0);
    assert_int_equal(measure_sign_day(from + 21, from, (struct span){21, false}), 0);
}

static void
thresholds_become_exact_fractions(void **state)
{
    struct fraction f = fraction_one_percent((struct dec){25, 0});

    (void)state;
    assert_int_equal(f.num * 100, f.den * 125);
    f = fraction_of((struct dec){15, -1});
    assert_int_equal(f.num * 10, f.den * 15);
    f = fraction_percent((struct dec){125, -1}); /* 12.5 % */
    assert_int_equal(f.num * 1000, f.den * 125);
    f = fraction_of((struct dec){2, 3});
    assert_int_equal(f.num, 2000);
    assert_int_equal(f.den, 1);
}

static struct fact
drawn(const char *specimen, int64_t utc_s, enum precision p)
{
    return (struct fact){.specimen = str_from_c(specimen),
                         .collected = {.utc_s = utc_s, .precision = (uint8_t)p}};
}

static bool
distinct(struct fact a, struct fact b)
{
    struct point x = {.fact = &a, .day = fact_day(&a)};
    struct point y = {.fact = &b, .day = fact_day(&b)};

    return series_is_distinct(&x, &y);
}

static void
one_specimen_is_never_two(void **state)
{
    enum { DAY = 86400 };

    (void)state;
    assert_false(distinct(drawn("S1", 0, PRECISION_DAY), drawn("S1", DAY, PRECISION_DAY)));
    assert_true(distinct(drawn("S1", 0, PRECISION_DAY), drawn("S2", 0, PRECISION_DAY)));
    assert_false(distinct(drawn(NULL, 0, PRECISION_DAY), drawn(NULL, 0, PRECISION_DAY)));
    assert_true(distinct(drawn(NULL, 0, PRECISION_DAY), drawn(NULL, DAY, PRECISION_DAY)));
    assert_false(distinct(drawn(NULL, 60, PRECISION_MINUTE), drawn(NULL, 119, PRECISION_SECOND)));
    assert_true(distinct(drawn(NULL, 60, PRECISION_MINUTE), drawn(NULL, 120, PRECISION_MINUTE)));
    assert_false(distinct(drawn("S1", 0, PRECISION_DAY), drawn(NULL, 0, PRECISION_DAY)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(censored_values_prove_only_what_they_prove),
        cmocka_unit_test(a_reference_that_is_a_lower_limit_proves_no_rise),
        cmocka_unit_test(months_are_calendar_months_and_weeks_are_days),
        cmocka_unit_test(thresholds_become_exact_fractions),
        cmocka_unit_test(one_specimen_is_never_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
