#include "wire/jsonout.h"
#include "wire_test.h"

static char buf[1024];
static struct sb sb;
static struct jsonout j;

static int
fresh(void **state)
{
    (void)state;
    sb_init(&sb, buf, sizeof(buf));
    jsonout_init(&j, &sb);
    return 0;
}

static void
nesting_and_commas(void **state)
{
    (void)state;
    jsonout_map(&j);
    jsonout_key(&j, "a");
    jsonout_list(&j);
    jsonout_i64(&j, INT64_MIN);
    jsonout_u64(&j, UINT64_MAX);
    jsonout_map(&j);
    jsonout_map_end(&j);
    jsonout_list(&j);
    jsonout_list_end(&j);
    jsonout_bool(&j, true);
    jsonout_list_end(&j);
    jsonout_key_str(&j, STR("b\""));
    jsonout_null(&j);
    jsonout_key(&j, "c");
    jsonout_c(&j, NULL);
    assert_false(jsonout_ok(&j)); /* not closed */
    jsonout_map_end(&j);
    assert_true(jsonout_ok(&j));
    assert_string_equal(sb_cz(&sb), "{\"a\":[-9223372036854775808,18446744073709551615,{},[],true],"
                                    "\"b\\\"\":null,\"c\":null}");
}

static void
texts(void **state)
{
    (void)state;
    jsonout_list(&j);
    jsonout_str(&j, STR("q\"b\\n\n\r\t\x01\x7f/"));
    jsonout_str(&j, STR("\xc3\xa9 \xf0\x9f\x98\x80"));
    jsonout_str(&j, STR("\xff"
                        "a\xc3"));
    jsonout_str(&j, STR("\0"));
    jsonout_str(&j, STR(""));
    jsonout_str(&j, STR_NONE);
    jsonout_list_end(&j);
    assert_true(jsonout_ok(&j));
    assert_string_equal(sb_cz(&sb),
                        "[\"q\\\"b\\\\n\\n\\r\\t\\u0001\\u007f/\",\"\xc3\xa9 \xf0\x9f\x98\x80\","
                        "\"\xef\xbf\xbd"
                        "a\xef\xbf\xbd\",\"\\u0000\",\"\",null]");
}

static void
decimals_keep_their_digits(void **state)
{
    static const char *const same[] = {"1.0", "0.10", "-4.25", "0", "100000"};
    struct dec d;

    (void)state;
    jsonout_list(&j);
    for (size_t i = 0; i < RFD_COUNT(same); i++) {
        assert_true(dec_parse(str_from_c(same[i]), &d));
        jsonout_dec(&j, d);
    }
    jsonout_dec(&j, (struct dec){5, 3});
    jsonout_list_end(&j);
    assert_true(jsonout_ok(&j));
    assert_string_equal(sb_cz(&sb), "[1.0,0.10,-4.25,0,100000,5000]");
}

static void
no_room_is_told(void **state)
{
    (void)state;
    sb_init(&sb, buf, 8);
    jsonout_init(&j, &sb);
    jsonout_list(&j);
    jsonout_c(&j, "too long for it");
    jsonout_list_end(&j);
    assert_false(jsonout_ok(&j));
}

static void
the_deepest_level(void **state)
{
    (void)state;
    for (int i = 0; i < JSONOUT_DEPTH_MAX; i++)
        jsonout_list(&j);
    jsonout_i64(&j, 1);
    jsonout_i64(&j, 2);
    for (int i = 0; i < JSONOUT_DEPTH_MAX; i++)
        jsonout_list_end(&j);
    assert_true(jsonout_ok(&j));
    assert_non_null(strstr(sb_cz(&sb), "[1,2]"));
    assert_int_equal(sb_str(&sb).n, 2 * JSONOUT_DEPTH_MAX + 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nesting_and_commas, fresh),
        cmocka_unit_test_setup(texts, fresh),
        cmocka_unit_test_setup(decimals_keep_their_digits, fresh),
        cmocka_unit_test_setup(no_room_is_told, fresh),
        cmocka_unit_test_setup(the_deepest_level, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
