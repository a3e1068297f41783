/* Numbers and units as analysers and typists write them: what is read, and what stays text because
 * a guess would be another number. */
#include "hl7map_test.h"

static int
setup(void **state)
{
    (void)state;
    map_use("config/maps/default.yaml", NULL);
    return 0;
}

static const struct fact *
take_value(const char *code, const char *value, const char *unit)
{
    static char text[1024]; /* what is read points into it */

    (void)snprintf(text, sizeof text,
                   "MSH|^~\\&|LIS|HOSP|R|R|20260310120000+0100||ORU^R01|M1|P|2.5.1\r"
                   "PID|1||777^^^HOSP^MR\rOBR|1||F1|X^x|||20260310080000\r"
                   "OBX|1|ST|%s^x^LN||%s|%s|||||F\r",
                   code, value, unit);
    if (take(text) != NORMALIZE_OK)
        fail_msg("%s %s", value, unit);
    assert_int_equal(out.count, 1);
    return &out.facts[0];
}

#define PSA "2857-1"
#define WBC "26464-8"

static void
numbers(void **state)
{
    static const struct {
        const char *sent;
        const char *want; /* NULL: text */
        enum cmp_op cmp;
    } rows[] = {
        {"4.0", "4.0", CMP_EQ},
        {" 12 ", "12", CMP_EQ},
        {"+3", "3", CMP_EQ},
        {".5", "0.5", CMP_EQ},
        {"<.01", "0.01", CMP_LT},
        {"< 0.1", "0.1", CMP_LT},
        {">= 1000", "1000", CMP_GE},
        {"4.2 ng/mL", "4.2", CMP_EQ},
        {"4.2H", "4.2", CMP_EQ},
        {"4.2 (H)", "4.2", CMP_EQ},
        {"4.2*", "4.2", CMP_EQ},
        {"1 000", NULL, CMP_EQ},
        {"1'000", NULL, CMP_EQ},
        {"1\xc2\xa0"
         "000",
         NULL, CMP_EQ},
        {"1,234.5", NULL, CMP_EQ},
        {"1.234,5", NULL, CMP_EQ},
        {"4,2", NULL, CMP_EQ}, /* the map says point */
        {"4.2 x10^3", NULL, CMP_EQ},
        {"4.2 x 10", NULL, CMP_EQ},
        {"4.2 10*9/L", NULL, CMP_EQ},
        {"4.2 haemolysed", NULL, CMP_EQ},
        {"5.", NULL, CMP_EQ}, /* cut off? */
        {"1e3", NULL, CMP_EQ},
        {"12-13", NULL, CMP_EQ},
        {"1:128", NULL, CMP_EQ},
        {"4.2.1", NULL, CMP_EQ},
        {"<>3", NULL, CMP_EQ},
        {"<", NULL, CMP_EQ},
        {"negative", NULL, CMP_EQ},
        {"NaN", NULL, CMP_EQ},
        {"~4", NULL, CMP_EQ},
        {"4~5", NULL, CMP_EQ},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char buf[DEC_TEXT_MAX];
        const struct fact *f = take_value(PSA, rows[i].sent, "ng/mL");
        const struct quantity *q = &f->u.observation.value;
        if (q->present != (rows[i].want != NULL))
            fail_msg("\"%s\" is %s", rows[i].sent, q->present ? "a number" : "text");
        assert_int_equal((f->flags & FACT_VALUE_TEXT) != 0, rows[i].want == NULL);
        assert_false(str_is_empty(f->u.observation.text));
        if (rows[i].want != NULL) {
            assert_str(dec_format(q->value, buf), rows[i].want);
            assert_int_equal(q->cmp, rows[i].cmp);
            assert_int_equal(f->flags, 0);
        }
    }
}

static void
units(void **state)
{
    static const struct {
        const char *code;
        const char *sent;
        const char *want; /* NULL: not comparable */
    } rows[] = {
        {PSA, "ng/ml", "ng/mL"},
        {PSA, "NG/ML", "ng/mL"},
        {PSA, "mcg/L", "ug/L"},
        {PSA, "\xc2\xb5g/L", "ug/L"},
        {PSA, "ng / mL", "ng/mL"},
        {PSA, "furlong", NULL},
        {PSA, "mg/24h", NULL},
        {PSA, "", NULL},
        {WBC, "10*9/L", "10*9/L"},
        {WBC, "10^9/L", "10*9/L"},
        {WBC, "x10^9/L", "10*9/L"},
        {WBC, "10\\S\\9/L", "10*9/L"},
        {WBC, "x10E3/uL", "10*3/uL"},
        {WBC, "K/uL", "10*3/uL"},
        {WBC, "Tsd/\xc2\xb5l", "10*3/uL"},
        {WBC, "G/L", "10*9/L"},
        {"10334-1", "kIU/L", "U/mL"},
        {"10334-1", "IU/mL", "U/mL"},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        const struct fact *f = take_value(rows[i].code, "4", rows[i].sent);
        bool known = (f->flags & FACT_UNIT_UNKNOWN) == 0;
        if (known != (rows[i].want != NULL))
            fail_msg("\"%s\"", rows[i].sent);
        if (rows[i].want != NULL)
            assert_str(f->u.observation.unit, rows[i].want);
    }
    /* the number says another unit than OBX-6 */
    assert_true((take_value(PSA, "4.2 ug/mL", "ng/mL")->flags & FACT_UNIT_UNKNOWN) != 0);
    assert_int_equal(take_value(PSA, "4.2 ng/ml", "")->flags, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(units),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
