#include "wire/hl7time.h"
#include "wire_test.h"

static const struct hl7time_default oslo = {.has_offset = true, .offset_min = 60};

static struct stamp
read_ok(const char *text, const struct hl7time_default *def)
{
    struct stamp s;

    assert_int_equal(hl7time_parse(str_from_c(text), def, &s), HL7TIME_OK);
    return s;
}

static enum hl7time_result
read_result(const char *text, const struct hl7time_default *def)
{
    struct stamp s = {.utc_s = 7};
    enum hl7time_result r = hl7time_parse(str_from_c(text), def, &s);

    assert_int_equal(s.utc_s == 7, r != HL7TIME_OK && r != HL7TIME_AMBIGUOUS);
    return r;
}

static void
each_precision(void **state)
{
    static const struct {
        const char *text;
        int64_t utc_s;
        enum precision precision;
    } cases[] = {
        {"2026", 1767225600 - 3600, PRECISION_YEAR},
        {"202611", 1793491200 - 3600, PRECISION_MONTH},
        {"20261123", 1795392000 - 3600, PRECISION_DAY},
        {"2026112310", 1795392000 - 3600, PRECISION_DAY}, /* widened, not filled up */
        {"202611231015", 1795392000 + 33300, PRECISION_MINUTE},
        {"20261123101530", 1795392000 + 33330, PRECISION_SECOND},
        {"20261123101530.1234", 1795392000 + 33330, PRECISION_SECOND},
        {" 20261123101530 ", 1795392000 + 33330, PRECISION_SECOND},
        {"20261123101530-0430", 1795392000 + 36930 + 16200, PRECISION_SECOND},
        {"20261123101530.5+0000", 1795392000 + 36930, PRECISION_SECOND},
        {"20261123+0200", 1795392000 - 7200, PRECISION_DAY},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(cases); i++) {
        struct stamp s = read_ok(cases[i].text, &oslo);

        assert_int_equal(s.utc_s, cases[i].utc_s);
        assert_int_equal(s.precision, cases[i].precision);
    }
    assert_int_equal(read_ok("20261123101530-0430", &oslo).offset_min, -270);
}

static void
nonsense_is_refused(void **state)
{
    static const char *const bad[] = {
        "20261301",
        "20260230",
        "20260229",
        "2026111",
        "20261",
        "202611232460",
        "202611232500",
        "20261123101560",
        "2026-11-23",
        "20261123T101500",
        "00000000",
        "12345678901",
        "20261123101530.",
        "20261123101530.12345",
        "20261123.5",
        "202611231015.5",
        "20261123+01",
        "20261123+0160",
        "20261123+1500",
        "20261123-1300",
        "+0100",
        "20261123+0100+0100",
        "\"\"",
        "abcd",
        "20261123 1015",
        "20260431",
        "20260100",
        "20261123101530,5",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_int_equal(read_result(bad[i], &oslo), HL7TIME_BAD);
    assert_int_equal(read_result("20240229", &oslo), HL7TIME_OK);
    assert_int_equal(read_result("", &oslo), HL7TIME_ABSENT);
    assert_int_equal(read_result("  ", &oslo), HL7TIME_ABSENT);
}

static enum hl7time_local
zone(void *arg, int64_t local_s, int16_t *offset_min_out)
{
    *offset_min_out = 120;
    assert_int_equal(local_s % 60, 0);
    return *(enum hl7time_local *)arg;
}

static void
utc_is_never_assumed(void **state)
{
    enum hl7time_local answer = HL7TIME_LOCAL_ONCE;
    struct hl7time_default def = {.zone = zone, .zone_arg = &answer};

    (void)state;
    assert_int_equal(read_result("202611231015", NULL), HL7TIME_NO_ZONE);
    assert_int_equal(read_result("20261123", NULL), HL7TIME_NO_ZONE);
    assert_int_equal(read_result("202611231015+0100", NULL), HL7TIME_OK);
    assert_int_equal(read_ok("202611231015", &def).offset_min, 120);
    answer = HL7TIME_LOCAL_TWICE;
    assert_int_equal(read_result("202610250230", &def), HL7TIME_AMBIGUOUS);
    assert_int_equal(read_result("20261025", &def), HL7TIME_OK);
    answer = HL7TIME_LOCAL_NEVER;
    assert_int_equal(read_result("202603290230", &def), HL7TIME_AMBIGUOUS);
    answer = HL7TIME_LOCAL_UNKNOWN;
    assert_int_equal(read_result("202603290230", &def), HL7TIME_NO_ZONE);
    def.has_offset = true; /* MSH-7's offset goes before the zone */
    assert_int_equal(read_ok("202603290230", &def).offset_min, 0);
}

static void
offsets_and_days(void **state)
{
    int16_t offset = 7;
    day_t day, want;

    (void)state;
    assert_true(hl7time_offset(STR("20261123101500-0500"), &offset));
    assert_int_equal(offset, -300);
    assert_false(hl7time_offset(STR("20261123101500"), &offset));
    assert_int_equal(offset, -300);
    assert_true(hl7time_day(STR("19501231"), &day));
    assert_true(day_from_ymd(1950, 12, 31, &want));
    assert_int_equal(day, want);
    assert_true(hl7time_day(STR("195012312359+0100"), &day));
    assert_int_equal(day, want);
    assert_false(hl7time_day(STR("195012"), &day));
}

static void
format_is_the_inverse(void **state)
{
    static const char *const texts[] = {"2026",
                                        "202611",
                                        "20261123",
                                        "202611231015+0100",
                                        "20261123101530+0100",
                                        "20261231235959-1200",
                                        "19000101000000+1400"};
    char buf[HL7TIME_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(texts); i++) {
        struct str s = hl7time_format(read_ok(texts[i], &oslo), buf);

        assert_int_equal(s.n, strlen(texts[i]));
        assert_string_equal(buf, texts[i]);
    }
    assert_true(str_is_absent(hl7time_format(STAMP_NONE, buf)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_precision),        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(utc_is_never_assumed),  cmocka_unit_test(offsets_and_days),
        cmocka_unit_test(format_is_the_inverse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
