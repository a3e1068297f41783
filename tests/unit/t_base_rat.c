#include "base/dec.h"
#include "base_rat_cases.h"
#include "base_test.h"

#include <stdlib.h>

static struct rat
rat_of(const char *text)
{
    struct dec d;

    if (!dec_parse(str_from_c(text), &d))
        fail_msg("\"%s\" is not a decimal", text);
    return dec_rat(d);
}

/* DESIGN.md section 6: 0.8 -> 1.0 is a 25 % rise; binary floating point says 24.999 %. */
static void
thresholds_are_exact(void **state)
{
    (void)state;
    assert_int_equal(rat_cmp_times(rat_of("1.0"), rat_of("0.8"), 125, 100), 0);
    assert_int_equal(rat_cmp_times(rat_of("0.999"), rat_of("0.8"), 125, 100), -1);
    assert_int_equal(rat_cmp_times(rat_of("1.001"), rat_of("0.8"), 125, 100), 1);
    assert_int_equal(rat_cmp_diff(rat_of("4.1"), rat_of("2.1"), rat_of("2.0")), 0);
    assert_int_equal(rat_cmp_diff(rat_of("4.1"), rat_of("2.1"), rat_of("2.00001")), -1);
    assert_int_equal(rat_cmp_diff(rat_of("0.3"), rat_of("0.1"), rat_of("0.2")), 0);
    assert_int_equal(rat_cmp_spread(rat_of("0.9"), rat_of("1.0"), 10, 100), 0);
    assert_int_equal(rat_cmp_spread(rat_of("1.11"), rat_of("1.0"), 10, 100), 1);
    assert_int_equal(rat_cmp_times(rat_of("0"), rat_of("5"), 0, 1), 0);
}

/* Every function against the answers of Python's fractions, at and near ties and at the limits. */
static void
agrees_with_fractions(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(RAT_CASES); i++) {
        const struct rat_case *t = &RAT_CASES[i];
        int64_t rise = 0;
        struct dec round = rat_round(t->a, t->digits);

        assert_int_equal(rat_cmp(t->a, t->b), t->cmp);
        assert_int_equal(rat_cmp(t->b, t->a), -t->cmp);
        assert_int_equal(rat_cmp_times(t->a, t->b, t->num, t->den), t->times);
        assert_int_equal(rat_cmp_diff(t->a, t->b, t->c), t->diff);
        assert_int_equal(rat_cmp_spread(t->a, t->b, t->num, t->den), t->spread);
        assert_int_equal(rat_rise_permille(t->a, t->b, &rise), t->has_rise);
        assert_int_equal(rise, t->rise);
        assert_int_equal(round.coef, t->round.coef);
        assert_int_equal(round.exp, t->round.exp);
    }
}

/* The answers are rounded to 2^-32; ours may be off by one more. */
static void
logarithms_agree_with_decimal(void **state)
{
    size_t seen = 0;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(RAT_CASES); i++) {
        const struct rat_case *t = &RAT_CASES[i];
        struct rat a = t->a;
        struct rat b = t->b;

        if (!t->has_ln)
            continue;
        seen++;
        a.v.coef = llabs(a.v.coef);
        b.v.coef = llabs(b.v.coef);
        assert_true(llabs(rat_ln_ratio_q32(a, b) - t->ln) <= 1);
        assert_int_equal(rat_ln_ratio_q32(a, b), -rat_ln_ratio_q32(b, a));
    }
    assert_true(seen > 100);
}

/* floor(ln x * 2^32 + 1/2) from the constants' published digits. */
static void
logarithms_of_constants(void **state)
{
    (void)state;
    assert_int_equal(rat_ln_ratio_q32(rat_of("2"), rat_of("1")), INT64_C(2977044472));
    assert_int_equal(rat_ln_ratio_q32(rat_of("10"), rat_of("1.0")), INT64_C(9889527671));
    assert_int_equal(rat_ln_ratio_q32(rat_of("0.25"), rat_of("1")), -INT64_C(5954088944));
    assert_int_equal(rat_ln_ratio_q32(rat_of("3.70"), rat_of("3.7")), 0);
    assert_int_equal(rat_ln_ratio_q32(rat_of("2.718281828459"), rat_of("1")), INT64_C(1) << 32);
}

static void
scales_reduce(void **state)
{
    struct rat r = rat_scale(rat_of("1.5"), 1000, 10);

    (void)state;
    assert_int_equal(r.num, 100);
    assert_int_equal(r.den, 1);
    r = rat_scale(r, 1, 100); /* back to where it came from */
    assert_int_equal(r.num, 1);
    assert_int_equal(r.den, 1);
    r = rat_scale(r, INT64_MAX, INT64_MAX);
    assert_int_equal(r.num, 1);
    r = rat_scale(rat_scale(r, 999999999999999, 2), 4, 999999999999999);
    assert_int_equal(r.num, 2);
    assert_int_equal(r.den, 1);
    r = rat_scale((struct rat){{1, 0}, 10, 20}, 1, 1); /* one that somebody wrote down by hand */
    assert_int_equal(r.num, 1);
    assert_int_equal(r.den, 2);
    /* g/L to mg/dL */
    assert_int_equal(rat_cmp(rat_scale(rat_of("0.056"), 100, 1), rat_of("5.6")), 0);
    assert_int_equal(rat_cmp(rat_scale(rat_of("1"), 1, 3), rat_of("0.333333333333")), 1);
}

static void
figures_for_display(void **state)
{
    char buf[DEC_TEXT_MAX];
    int64_t permille = 7;

    (void)state;
    assert_true(rat_rise_permille(rat_of("1.0"), rat_of("0.8"), &permille));
    assert_int_equal(permille, 250);
    assert_true(rat_rise_permille(rat_of("2"), rat_of("3"), &permille));
    assert_int_equal(permille, -333);
    assert_true(rat_rise_permille(rat_of("1.0005"), rat_of("1"), &permille));
    assert_int_equal(permille, 1); /* half goes away from zero, */
    assert_true(rat_rise_permille(rat_of("0.9995"), rat_of("1"), &permille));
    assert_int_equal(permille, -1); /* on both sides */
    assert_false(rat_rise_permille(rat_of("1"), rat_of("0.0"), &permille));
    assert_false(rat_rise_permille(rat_of("1000000000000"), rat_of("0.1"), &permille));
    assert_int_equal(permille, -1);
    assert_str(dec_format(rat_round(rat_of("1.0"), 3), buf), "1.0"); /* as reported */
    assert_str(dec_format(rat_round(rat_scale(rat_of("5.6"), 1, 3), 2), buf), "1.87");
    assert_str(dec_format(rat_round(rat_scale(rat_of("1.5"), 1, 3), 2), buf), "0.5");
    assert_str(dec_format(rat_round(rat_of("-2.345"), 2), buf), "-2.35");
    assert_str(dec_format(rat_round(rat_of("1.999"), 2), buf), "2");
    assert_str(dec_format(rat_round(rat_of("0.04"), 1), buf), "0");
    assert_str(dec_format(rat_round(rat_scale(rat_of("999999999999999"), 10, 1), 3), buf),
               "9999999999999990");
}

static struct rat
any_rat(uint64_t *seed)
{
    struct rat r;

    r.v.coef = (int64_t)(test_random(seed) % UINT64_C(1999999999999999)) - 999999999999999;
    r.v.exp = (int)(test_random(seed) % 25) - 12;
    r.num = (int64_t)(test_random(seed) % UINT64_C(999999999999999)) + 1;
    r.den = (int64_t)(test_random(seed) % UINT64_C(999999999999999)) + 1;
    return r;
}

static void
exact_or_not_at_all(void **state)
{
    static const struct {
        struct rat r;
        const char *want; /* NULL: no finite decimal */
    } cases[] = {
        {{{110, -2}, 1, 1}, "1.10"},     {{{310, -1}, 125, 100}, "38.75"},
        {{{11, -1}, 125, 100}, "1.375"}, {{{4, -1}, 1, 3}, NULL},
        {{{9, -1}, 1, 3}, "0.3"},        {{{-5, 0}, 1, 8}, "-0.625"},
        {{{0, -1}, 1, 7}, "0.0"},        {{{999999999999999, 0}, 10, 1}, NULL},
        {{{1, -12}, 1, 2}, NULL},        {{{333, 0}, 1, 1000}, "0.333"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(cases); i++) {
        char text[DEC_TEXT_MAX];
        struct dec d = {0, 0};

        assert_int_equal(rat_exact(cases[i].r, &d), cases[i].want != NULL);
        if (cases[i].want != NULL) {
            assert_string_equal(dec_format(d, text).p, cases[i].want);
            assert_int_equal(rat_cmp(dec_rat(d), cases[i].r), 0);
        }
    }
}

/* The comparisons are tied together: a <=> b is a <=> b * n / n, a - 0 <=> b, a - b <=> 0, ... */
static void
comparisons_agree_with_each_other(void **state)
{
    const struct rat zero = {{0, -12}, 1, 1};
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct rat a = any_rat(&seed);
        struct rat b = any_rat(&seed);
        int64_t n = (int64_t)(test_random(&seed) >> 1) | 1;
        int cmp;

        b.v.exp = i % 2 == 0 ? a.v.exp : b.v.exp;
        cmp = rat_cmp(a, b);
        assert_int_equal(rat_cmp_times(a, b, n, n), cmp);
        assert_int_equal(rat_cmp_diff(a, zero, b), cmp);
        assert_int_equal(rat_cmp_diff(a, b, zero), cmp);
        assert_int_equal(rat_cmp_spread(a, a, 0, n), 0);
        assert_int_equal(rat_cmp_spread(a, b, 0, n), cmp != 0);
        assert_int_equal(rat_cmp(a, a), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_are_exact),
        cmocka_unit_test(agrees_with_fractions),
        cmocka_unit_test(logarithms_agree_with_decimal),
        cmocka_unit_test(logarithms_of_constants),
        cmocka_unit_test(scales_reduce),
        cmocka_unit_test(figures_for_display),
        cmocka_unit_test(exact_or_not_at_all),
        cmocka_unit_test(comparisons_agree_with_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
