#include "base/str.h"
#include "base_test.h"

static unsigned char memory[4096];
static struct arena arena;

static int
fresh_arena(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof memory);
    return 0;
}

static void
absent_is_not_empty(void **state)
{
    (void)state;
    assert_true(str_is_absent(str_from_c(NULL)));
    assert_false(str_is_absent(str_from_c("")));
    assert_true(str_is_empty(STR_NONE) && str_is_empty(STR("")));
    assert_false(str_eq(STR_NONE, STR("")));
    assert_false(str_eq_nocase(STR_NONE, STR("")));
    assert_true(str_eq(STR_NONE, STR_NONE));
    assert_true(str_is_absent(str_dup(&arena, STR_NONE)));
    assert_true(str_is_absent(str_lower(&arena, STR_NONE)));
    assert_true(str_is_absent(str_cat(&arena, STR_NONE, STR_NONE)));
    assert_str(str_dup(&arena, STR("")), "");
    assert_str(str_cat(&arena, STR_NONE, STR("")), "");
    assert_true(str_is_absent(str_sub(STR_NONE, 0, 1)));
    assert_true(str_is_absent(str_trim(STR_NONE)));
}

static void
compares(void **state)
{
    (void)state;
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_true(str_eq_c(STR("PSA"), "PSA"));
    assert_false(str_eq_c(STR("PSA"), "PS"));
    assert_true(str_eq_nocase(STR("Psa[z]"), STR("pSA[Z]")));
    assert_false(str_eq_nocase(STR("@"), STR("`"))); /* 32 apart, and no letters */
    assert_false(str_eq_nocase(STR("\xc4"), STR("\xe4")));
    assert_int_equal(str_cmp(STR("a"), STR("b")), -1);
    assert_int_equal(str_cmp(STR("b"), STR("a")), 1);
    assert_int_equal(str_cmp(STR("a"), STR("ab")), -1);
    assert_int_equal(str_cmp(STR("ab"), STR("a")), 1);
    assert_int_equal(str_cmp(STR("\x7f"), STR("\x80")), -1); /* bytes have no sign */
    assert_int_equal(str_cmp(STR_NONE, STR("")), -1);
    assert_int_equal(str_cmp(STR(""), STR_NONE), 1);
    assert_int_equal(str_cmp(STR_NONE, STR_NONE), 0);
    assert_int_equal(str_cmp(STR("x"), STR("x")), 0);
}

static void
finds_parts(void **state)
{
    (void)state;
    assert_true(str_starts(STR("OBX|1"), STR("OBX")));
    assert_false(str_starts(STR("OB"), STR("OBX")));
    assert_true(str_starts(STR_NONE, STR("")));
    assert_true(str_ends(STR("28mo"), STR("mo")));
    assert_false(str_ends(STR("o"), STR("mo")));
    assert_true(str_has(STR("aab"), STR("ab")));
    assert_true(str_has(STR("ab"), STR("ab")));
    assert_true(str_has(STR("ab"), STR("")));
    assert_false(str_has(STR("aab"), STR("abb")));
    assert_false(str_has(STR_NONE, STR("a")));
    assert_int_equal(str_find_any(STR("ab^c|"), "|^"), 2);
    assert_int_equal(str_find_any(STR("abc"), "|^"), 3);
    assert_int_equal(str_find_any(STR("a\0|"), "|"), 2);
    assert_int_equal(str_find_any(STR_NONE, "|"), 0);
}

static void
cuts_and_trims(void **state)
{
    struct str head, rest;

    (void)state;
    assert_true(str_cut(STR("a^b^c"), '^', &head, &rest));
    assert_str(head, "a");
    assert_str(rest, "b^c");
    assert_true(str_cut(STR("^"), '^', &head, &rest));
    assert_str(head, "");
    assert_str(rest, "");
    assert_false(str_cut(STR("abc"), '^', &head, &rest));
    assert_str(head, "abc");
    assert_true(str_is_absent(rest));
    assert_false(str_cut(STR_NONE, '^', &head, &rest));
    assert_true(str_is_absent(head));
    assert_str(str_trim(STR(" \t\r\n x y \v\f")), "x y");
    assert_str(str_trim(STR("   ")), "");
    assert_str(str_sub(STR("abcdef"), 2, 3), "cde");
    assert_str(str_sub(STR("abc"), 2, SIZE_MAX), "c");
    assert_str(str_sub(STR("abc"), 9, 1), "");
}

static void
copies(void **state)
{
    struct str s = STR("AbÄ");
    struct str copy = str_dup(&arena, s);

    (void)state;
    assert_str(copy, "AbÄ");
    assert_ptr_not_equal(copy.p, s.p);
    assert_str(str_lower(&arena, STR("PSA^Äz[")), "psa^Äz[");
    assert_str(str_cat(&arena, STR("ab"), STR("c")), "abc");
    assert_str(str_cat(&arena, STR("ab"), STR_NONE), "ab");
    assert_string_equal(str_cz(&arena, str_sub(STR("abc"), 0, 2)), "ab");
    assert_string_equal(str_cz(&arena, STR_NONE), "");
}

static void
whole_numbers(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "--1",
                                      "+-1",
                                      "0x1",
                                      "9223372036854775808",
                                      "1e3",
                                      "-9223372036854775809",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    int64_t i = 7;
    uint64_t u = 7;

    (void)state;
    for (size_t k = 0; k < RFD_COUNT(bad); k++)
        assert_false(str_to_i64(str_from_c(bad[k]), &i));
    assert_false(str_to_i64(STR_NONE, &i));
    assert_false(str_to_u64(STR("18446744073709551616"), &u));
    assert_false(str_to_u64(STR("-1"), &u));
    assert_int_equal(i, 7); /* left alone */
    assert_int_equal(u, 7);
    assert_true(str_to_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_true(str_to_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
    assert_true(str_to_i64(STR("+0042"), &i) && i == 42);
    assert_true(str_to_i64(STR("-0"), &i) && i == 0);
    assert_true(str_to_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
}

/* The published vectors of FNV-1a, 64 bits. */
static void
hashes(void **state)
{
    (void)state;
    assert_true(str_hash(STR("")) == UINT64_C(0xcbf29ce484222325));
    assert_true(str_hash(STR("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(str_hash(STR("foobar")) == UINT64_C(0x85944171f73967e8));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(absent_is_not_empty, fresh_arena),
        cmocka_unit_test(compares),
        cmocka_unit_test(finds_parts),
        cmocka_unit_test(cuts_and_trims),
        cmocka_unit_test_setup(copies, fresh_arena),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(hashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
