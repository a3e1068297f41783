#include "base/dec.h"
#include "base_test.h"

static struct dec
dec_of(const char *text)
{
    struct dec d = {0, 99};

    if (!dec_parse(str_from_c(text), &d))
        fail_msg("\"%s\" is not a decimal", text);
    return d;
}

static void
reads_what_laboratories_print(void **state)
{
    static const struct {
        const char *text;
        int64_t coef;
        int exp;
    } good[] = {
        {"0", 0, 0},
        {"1.0", 10, -1},
        {"-0.8", -8, -1},
        {"+4.10", 410, -2},
        {"0012.5", 125, -1},
        {"0.000", 0, -3},
        {"-0", 0, 0},
        {"0.000000000001", 1, -12},
        {"999999999999999", 999999999999999, 0},
        {"123.456789012345", 123456789012345, -12},
        {"000000000000000000001", 1, 0},
        {"1000000000000000", 100000000000000, 1}, /* 16 digits, but 10^15 */
        {"999999999999999000000000000", 999999999999999, 12},
        {"5.40000000000000000", 5400000000000, -12},
        {"0.00000000000000000", 0, -12},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(good); i++) {
        struct dec d = dec_of(good[i].text);

        assert_int_equal(d.coef, good[i].coef);
        assert_int_equal(d.exp, good[i].exp);
    }
}

static void
refuses_the_rest(void **state)
{
    static const char *const bad[] = {
        "",
        "-",
        "+",
        ".",
        "5.",
        ".5",
        "-.5",
        "1.2.3",
        "1,5",
        "1 000",
        " 1",
        "1 ",
        "1e3",
        "0x10",
        "<5",
        "--1",
        "NaN",
        "1-",
        "1.-5",
        "1.+5",
        "\xd9\xa1",                     /* an Arabic digit */
        "1000000000000001",             /* 16 digits that count */
        "0.0000000000001",              /* 10^-13 */
        "1000000000000000000000000000", /* 10^27 */
        "1234567890123.4567",
    };
    struct dec d = {7, 7};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        if (dec_parse(str_from_c(bad[i]), &d))
            fail_msg("\"%s\" went through", bad[i]);
    }
    assert_false(dec_parse(STR_NONE, &d));
    assert_false(dec_parse(STR("1\0"), &d));
    assert_true(d.coef == 7 && d.exp == 7); /* left alone */
}

static void
prints_as_reported(void **state)
{
    static const char *const texts[] = {"0",
                                        "0.0",
                                        "1.0",
                                        "-0.80",
                                        "4.10",
                                        "1500",
                                        "0.000000000001",
                                        "-999999999999999",
                                        "-123.456789012345",
                                        "1000000000000000000",
                                        "999999999999999000000000000"};
    char buf[DEC_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(texts); i++) {
        assert_str(dec_format(dec_of(texts[i]), buf), texts[i]);
        assert_string_equal(buf, texts[i]);
    }
    assert_str(dec_format((struct dec){5, 2}, buf), "500");
    assert_str(dec_format((struct dec){0, 12}, buf), "0");
    assert_str(dec_format((struct dec){-1, -1}, buf), "-0.1");
    assert_str(dec_format(dec_from_i64(-42), buf), "-42");
}

static struct dec
any_dec(uint64_t *seed)
{
    int64_t coef = (int64_t)(test_random(seed) % UINT64_C(1999999999999999)) - 999999999999999;
    int exp = (int)(test_random(seed) % 25) - 12;

    return (struct dec){test_random(seed) % 2 == 0 ? coef : coef % 1000, exp};
}

static void
text_and_back(void **state)
{
    uint64_t seed = 2;
    char buf[DEC_TEXT_MAX];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct dec d = any_dec(&seed);
        struct dec back;

        assert_true(dec_parse(dec_format(d, buf), &back));
        assert_int_equal(dec_cmp(d, back), 0);
        if (d.exp <= 0)
            assert_true(d.coef == back.coef && d.exp == back.exp);
    }
}

static void
compares_by_value(void **state)
{
    (void)state;
    assert_int_equal(dec_cmp(dec_of("1.0"), dec_of("1")), 0);
    assert_int_equal(dec_cmp(dec_of("0.1"), dec_of("0.09999999999")), 1);
    assert_int_equal(dec_cmp(dec_of("-2"), dec_of("-1.9")), -1);
    assert_int_equal(dec_cmp(dec_of("0.00"), dec_of("0")), 0);
    assert_int_equal(dec_cmp((struct dec){999999999999999, 12}, (struct dec){1, -12}), 1);
    assert_int_equal(dec_cmp((struct dec){-999999999999999, 12}, (struct dec){1, -12}), -1);
    assert_int_equal(dec_sign(dec_of("-0.1")), -1);
    assert_int_equal(dec_sign(dec_of("-0.0")), 0);
    assert_int_equal(dec_sign(dec_of("3")), 1);
}

static void
order_is_total(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct dec a = any_dec(&seed);
        struct dec b = any_dec(&seed);
        struct dec c = any_dec(&seed);

        assert_int_equal(dec_cmp(a, b), -dec_cmp(b, a));
        assert_int_equal(dec_cmp(a, a), 0);
        assert_int_equal(dec_cmp(a, (struct dec){0, 5}), dec_sign(a));
        if (dec_cmp(a, b) <= 0 && dec_cmp(b, c) <= 0)
            assert_true(dec_cmp(a, c) <= 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_laboratories_print),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(prints_as_reported),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(compares_by_value),
        cmocka_unit_test(order_is_total),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
