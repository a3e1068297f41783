/* Shares with intervals: against figures of the literature, and at the ends. */
#include "ctl/wilson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
assert_share(struct share s, int64_t mid, int64_t low, int64_t high)
{
    assert_true(s.known);
    assert_int_equal(s.mid, mid);
    assert_int_equal(s.low, low);
    assert_int_equal(s.high, high);
}

/* Newcombe 1998, Stat Med 17:857, table I, method 3: 81/263, 15/148, 0/20, 1/29. */
static void
newcombe(void **state)
{
    (void)state;
    assert_share(wilson(81, 263), 308, 255, 367);  /* 0.2553 to 0.3662 */
    assert_share(wilson(15, 148), 101, 62, 161);   /* 0.0624 to 0.1605 */
    assert_share(wilson(0, 20), 0, 0, 162);        /* 0 to 0.1611 */
    assert_share(wilson(1, 29), 34, 6, 172);       /* 0.0061 to 0.1718 */
    assert_share(wilson(29, 29), 1000, 883, 1000); /* 0.8830 to 1 */
}

static void
of_nothing(void **state)
{
    struct share s = wilson(0, 0);

    (void)state;
    assert_false(s.known);
    assert_int_equal(s.low, 0);
    assert_int_equal(s.high, 1000);
    assert_false(wilson_sensitivity(s, 10, wilson(0, 5), 10).known);
}

static void
large(void **state)
{
    struct share s = wilson(500000, 1000000);

    (void)state;
    assert_share(s, 500, 499, 501);
}

/* 100 findings of which 9 in 10 are right, 900 others of which none of 20 was missed. */
static void
sensitivity(void **state)
{
    struct share s = wilson_sensitivity(wilson(9, 10), 100, wilson(0, 20), 900);

    (void)state;
    assert_int_equal(s.mid, 1000);
    assert_int_equal(s.high, 1000);
    assert_int_equal(s.low, 289); /* 59.5 right against 145.8 missed, at worst */
    s = wilson_sensitivity(wilson(10, 10), 50, wilson(0, 0), 0);
    assert_share(s, 1000, 1000, 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newcombe),
        cmocka_unit_test(of_nothing),
        cmocka_unit_test(large),
        cmocka_unit_test(sensitivity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
