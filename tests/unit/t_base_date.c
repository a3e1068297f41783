#include "base/date.h"
#include "base_test.h"

static day_t
day_at(int y, int m, int d)
{
    day_t day = DAY_NONE;

    if (!day_from_ymd(y, m, d, &day))
        fail_msg("%d-%d-%d is not a day", y, m, d);
    return day;
}

/* Counted by Python's datetime. */
static void
known_days(void **state)
{
    (void)state;
    assert_int_equal(day_at(1970, 1, 1), 0);
    assert_int_equal(day_at(1969, 12, 31), -1);
    assert_int_equal(day_at(1800, 1, 1), -62091);
    assert_int_equal(day_at(1900, 3, 1), -25508);
    assert_int_equal(day_at(2000, 2, 29), 11016);
    assert_int_equal(day_at(2026, 11, 23), 20780);
    assert_int_equal(day_at(2199, 12, 31), 84005);
}

static void
days_that_are_none(void **state)
{
    static const int bad[][3] = {{1799, 12, 31}, {2200, 1, 1},  {2026, 0, 1},  {2026, 13, 1},
                                 {2026, 1, 0},   {2026, 1, 32}, {2026, 4, 31}, {2026, 2, 29},
                                 {1900, 2, 29},  {2100, 2, 29}, {2024, 2, 30}, {2026, -1, 1}};
    day_t day = 7;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(day_from_ymd(bad[i][0], bad[i][1], bad[i][2], &day));
    assert_int_equal(day, 7);
    assert_true(day_from_ymd(2000, 2, 29, &day));
}

/* One calendar leads the other by the hand over all 400 years, also beyond what a parser takes. */
static void
every_day_there_and_back(void **state)
{
    int y, m, d, before_m = 12, before_d = 31;
    char buf[DAY_TEXT_MAX];

    (void)state;
    for (day_t day = day_at(1800, 1, 1); day <= day_at(2199, 12, 31); day++) {
        day_t back = DAY_NONE;

        day_to_ymd(day, &y, &m, &d);
        assert_int_equal(day_at(y, m, d), day);
        assert_true(d == before_d + 1 || (d == 1 && m == before_m % 12 + 1 && before_d >= 28));
        assert_true(day_parse(day_format(day, buf), &back));
        assert_int_equal(back, day);
        before_m = m;
        before_d = d;
    }
    assert_true(y == 2199 && m == 12 && d == 31);
}

static void
the_ends_of_time(void **state)
{
    char buf[DAY_TEXT_MAX];
    int y, m, d;

    (void)state;
    day_to_ymd(INT32_MAX, &y, &m, &d);
    assert_true(y == 5881580 && m == 7 && d == 11);
    day_to_ymd(DAY_NONE + 1, &y, &m, &d);
    assert_true(y == -5877641 && m == 6 && d == 24);
    assert_str(day_format(DAY_NONE + 1, buf), "-5877641-06-24");
    assert_int_equal(day_add_months(0, INT32_MAX), INT32_MAX);
    assert_int_equal(day_add_months(0, INT32_MIN), DAY_NONE + 1);
    assert_int_equal(day_add(INT32_MAX, (struct span){1, false}), INT32_MAX);
    assert_int_equal(day_add(-1, (struct span){INT32_MIN, false}), DAY_NONE + 1);
}

static void
months_clamp_to_their_end(void **state)
{
    (void)state;
    assert_int_equal(day_add_months(day_at(2026, 1, 31), 1), day_at(2026, 2, 28));
    assert_int_equal(day_add_months(day_at(2024, 1, 31), 1), day_at(2024, 2, 29));
    assert_int_equal(day_add_months(day_at(2026, 8, 31), 1), day_at(2026, 9, 30));
    assert_int_equal(day_add_months(day_at(2026, 11, 30), 3), day_at(2027, 2, 28));
    assert_int_equal(day_add_months(day_at(2024, 2, 29), 12), day_at(2025, 2, 28));
    assert_int_equal(day_add_months(day_at(2024, 2, 29), 48), day_at(2028, 2, 29));
    assert_int_equal(day_add_months(day_at(2026, 3, 31), -1), day_at(2026, 2, 28));
    assert_int_equal(day_add_months(day_at(2026, 1, 15), -1), day_at(2025, 12, 15));
    assert_int_equal(day_add_months(day_at(2026, 12, 15), 1), day_at(2027, 1, 15));
    assert_int_equal(day_add_months(day_at(1970, 1, 1), -120), day_at(1960, 1, 1));
    assert_int_equal(day_add(day_at(2026, 1, 31), (struct span){1, true}), day_at(2026, 2, 28));
    assert_int_equal(day_add(day_at(2026, 1, 31), (struct span){28, false}), day_at(2026, 2, 28));
}

static void
day_texts(void **state)
{
    static const char *const bad[] = {
        "",           "2026",       "2026-11",    "2026-1-01",  "2026-02-29",  "2026-13-01",
        "2026/11/23", "20261123",   "1799-12-31", "2200-01-01", "2026-11-23 ", "2026-11-23T10:15Z",
        "2026-+1-01", "+026-11-23", "2026-11-2x", "2026-11-00"};
    char buf[DAY_TEXT_MAX];
    day_t day = 7;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        if (day_parse(str_from_c(bad[i]), &day))
            fail_msg("\"%s\" went through", bad[i]);
    }
    assert_false(day_parse(STR_NONE, &day));
    assert_int_equal(day, 7);
    assert_true(day_parse(STR("2026-11-23"), &day));
    assert_int_equal(day, 20780);
    assert_str(day_format(day_at(1800, 1, 2), buf), "1800-01-02");
    assert_string_equal(buf, "1800-01-02");
}

static void
span_texts(void **state)
{
    static const struct {
        const char *text;
        int32_t n;
        bool months;
        const char *words;
    } good[] = {{"28d", 28, false, "28 days"},       {"12w", 84, false, "84 days"},
                {"6mo", 6, true, "6 months"},        {"1y", 12, true, "12 months"},
                {"1d", 1, false, "1 day"},           {"1mo", 1, true, "1 month"},
                {"0d", 0, false, "0 days"},          {"146097d", 146097, false, "146097 days"},
                {"400y", 4800, true, "4800 months"}, {"20871w", 146097, false, "146097 days"}};
    static const char *const bad[] = {"",    "d",       "28",   "28 d",   "-1d",
                                      "+1d", "1.5mo",   "6m",   "6M",     "1d2w",
                                      "6o",  "6moo",    "401y", "4801mo", " 1d",
                                      "1d ", "146098d", "mo",   "20872w", "18446744073709551616d"};
    struct span s = {7, true};
    char buf[DAY_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        if (span_parse(str_from_c(bad[i]), &s))
            fail_msg("\"%s\" went through", bad[i]);
    }
    assert_true(s.n == 7 && s.months);
    for (size_t i = 0; i < RFD_COUNT(good); i++) {
        assert_true(span_parse(str_from_c(good[i].text), &s));
        assert_int_equal(s.n, good[i].n);
        assert_int_equal(s.months, good[i].months);
        assert_str(span_format(s, buf), good[i].words);
    }
}

static void
stamps_know_their_local_day(void **state)
{
    day_t day = day_at(2026, 11, 23);
    struct stamp s = stamp_of_day(day, 60);

    (void)state;
    assert_int_equal(s.precision, PRECISION_DAY);
    assert_int_equal(s.utc_s, INT64_C(86400) * day - 3600); /* midnight there is 23:00 UTC here */
    assert_int_equal(stamp_day(s), day);
    for (int offset = -12 * 60; offset <= 14 * 60; offset += 15) {
        s = stamp_of_day(day, (int16_t)offset);
        assert_int_equal(stamp_day(s), day);
        s.utc_s += 86399;
        assert_int_equal(stamp_day(s), day);
        s.utc_s += 1;
        assert_int_equal(stamp_day(s), day + 1);
    }
    assert_int_equal(stamp_day(stamp_of_utc(-1)), -1);
    assert_int_equal(stamp_day(stamp_of_day(-40000, -300)), -40000);
    assert_int_equal(stamp_day(STAMP_NONE), DAY_NONE);
    assert_int_equal(stamp_day((struct stamp){INT64_MAX, INT16_MAX, PRECISION_SECOND}), INT32_MAX);
    assert_int_equal(stamp_day((struct stamp){INT64_MIN, INT16_MIN, PRECISION_SECOND}),
                     DAY_NONE + 1);
}

static void
stamps_order_by_instant(void **state)
{
    struct stamp paris = stamp_of_day(100, 60);
    struct stamp london = stamp_of_day(100, 0);

    (void)state;
    assert_int_equal(stamp_cmp(paris, london), -1);
    assert_int_equal(stamp_cmp(london, paris), 1);
    assert_int_equal(stamp_cmp(london, stamp_of_utc(8640000)), 0);
    assert_int_equal(stamp_cmp(STAMP_NONE, stamp_of_utc(INT64_MIN)), -1);
    assert_int_equal(stamp_cmp(stamp_of_utc(INT64_MIN), STAMP_NONE), 1);
    assert_int_equal(stamp_cmp(STAMP_NONE, STAMP_NONE), 0);
    assert_int_equal(stamp_cmp(stamp_of_utc(INT64_MIN), stamp_of_utc(INT64_MAX)), -1);
    assert_true(stamp_is_absent(STAMP_NONE));
    assert_false(stamp_is_absent(london));
}

static void
stamp_texts(void **state)
{
    static const struct {
        const char *text;
        int64_t utc_s;
        int offset_min;
        enum precision precision;
    } good[] = {
        {"2026", 1767225600, 0, PRECISION_YEAR},
        {"2026-11", 1793491200, 0, PRECISION_MONTH},
        {"2026-11-23", 1795392000, 0, PRECISION_DAY},
        {"2026-11-23T10:15+01:00", 1795425300, 60, PRECISION_MINUTE},
        {"2026-11-23T10:15:30Z", 1795428930, 0, PRECISION_SECOND},
        {"2026-11-23T00:15:30+14:00", 1795342530, 840, PRECISION_SECOND},
        {"1969-12-31T23:59:59Z", -1, 0, PRECISION_SECOND},
        {"1969-12-31T19:59-04:30", 1740, -270, PRECISION_MINUTE},
    };
    struct stamp s;
    char buf[STAMP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(good); i++) {
        assert_true(stamp_parse(str_from_c(good[i].text), &s));
        assert_int_equal(s.utc_s, good[i].utc_s);
        assert_int_equal(s.offset_min, good[i].offset_min);
        assert_int_equal(s.precision, good[i].precision);
        assert_str(stamp_format(s, buf), good[i].text);
    }
    assert_true(str_is_absent(stamp_format(STAMP_NONE, buf)));
    assert_string_equal(buf, "");
    assert_str(stamp_format(stamp_of_day(day_at(2026, 11, 23), -300), buf), "2026-11-23");
}

static void
stamp_texts_that_are_none(void **state)
{
    static const char *const bad[] = {"",
                                      "26",
                                      "02026",
                                      "2026-",
                                      "2026-1",
                                      "2026-13",
                                      "2026-00",
                                      "2026-02-30",
                                      "2026-11-23T",
                                      "2026-11-23T10",
                                      "2026-11-23T10Z",
                                      "2026-11-23T10:15",
                                      "2026-11-23T10:15:",
                                      "2026-11-23T10:15:30",
                                      "2026-11-23T24:00Z",
                                      "2026-11-23T10:60Z",
                                      "2026-11-23T10:15:60Z",
                                      "2026-11-23T10:15:30.5Z",
                                      "2026-11-23T10:15+1:00",
                                      "2026-11-23T10:15+0100",
                                      "2026-11-23T10:15+01:60",
                                      "2026-11-23T10:15+24:00",
                                      "2026-11-23T10:15+00:00",
                                      "2026-11-23T10:15-00:00",
                                      "2026-11-23T10:15z",
                                      "2026-11-23t10:15Z",
                                      "2026-11-23 10:15Z",
                                      "2026-11-23Z",
                                      "2026T10:15Z",
                                      "2026-11-23T10:15ZZ",
                                      "2026-11-23T10:15Z ",
                                      "1799",
                                      "2200-01"};
    struct stamp s = {7, 7, PRECISION_YEAR};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        if (stamp_parse(str_from_c(bad[i]), &s))
            fail_msg("\"%s\" went through", bad[i]);
    }
    assert_false(stamp_parse(STR_NONE, &s));
    assert_true(s.utc_s == 7 && s.offset_min == 7 && s.precision == PRECISION_YEAR);
}

static void
stamps_there_and_back(void **state)
{
    const int64_t first = INT64_C(86400) * day_at(1800, 1, 2);
    const int64_t seconds = INT64_C(86400) * day_at(2199, 12, 30) - first;
    uint64_t seed = 5;
    char buf[STAMP_TEXT_MAX];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        bool whole_minute = i % 2 == 0;
        struct stamp s = {.precision = whole_minute ? PRECISION_MINUTE : PRECISION_SECOND};
        struct stamp back = STAMP_NONE;

        s.utc_s = first + (int64_t)(test_random(&seed) % (uint64_t)seconds);
        s.utc_s -= whole_minute ? s.utc_s % 60 : 0;
        s.offset_min = (int16_t)((int)(test_random(&seed) % 2879) - 1439);
        assert_true(stamp_parse(stamp_format(s, buf), &back));
        assert_true(s.utc_s == back.utc_s && s.offset_min == back.offset_min);
        assert_int_equal(s.precision, back.precision);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days),
        cmocka_unit_test(days_that_are_none),
        cmocka_unit_test(every_day_there_and_back),
        cmocka_unit_test(the_ends_of_time),
        cmocka_unit_test(months_clamp_to_their_end),
        cmocka_unit_test(day_texts),
        cmocka_unit_test(span_texts),
        cmocka_unit_test(stamps_know_their_local_day),
        cmocka_unit_test(stamps_order_by_instant),
        cmocka_unit_test(stamp_texts),
        cmocka_unit_test(stamp_texts_that_are_none),
        cmocka_unit_test(stamps_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
