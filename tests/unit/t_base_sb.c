#include "base/sb.h"
#include "base_test.h"

#include <stdio.h>

static unsigned char memory[1 << 16];

static void
builds(void **state)
{
    char buf[64];
    struct sb b;

    (void)state;
    sb_init(&b, buf, sizeof buf);
    assert_str(sb_str(&b), "");
    sb_add(&b, STR("ab"));
    sb_add(&b, STR_NONE);
    sb_add_c(&b, "|");
    sb_add_c(&b, NULL);
    sb_add_char(&b, 'c');
    sb_add_i64(&b, 0);
    sb_add_i64(&b, INT64_MIN);
    sb_add_i64(&b, INT64_MAX);
    sb_addf(&b, "%c%03d", '/', 7);
    assert_true(sb_ok(&b));
    assert_string_equal(sb_cz(&b), "ab|c0-92233720368547758089223372036854775807/007");
    assert_int_equal(sb_str(&b).n, strlen(sb_cz(&b)));
}

/* Room for seven bytes and the NUL. */
static void
fills_to_the_last_byte(void **state)
{
    char buf[9] = "........";
    struct sb b;

    (void)state;
    sb_init(&b, buf, 8);
    sb_addf(&b, "%s", "1234567");
    assert_true(sb_ok(&b));
    assert_string_equal(sb_cz(&b), "1234567");
    sb_add_char(&b, 'x');
    assert_false(sb_ok(&b));
    assert_string_equal(buf, "1234567");
}

static void
failure_sticks(void **state)
{
    char buf[8];
    struct sb b;

    (void)state;
    sb_init(&b, buf, sizeof buf);
    sb_add_c(&b, "123");
    sb_addf(&b, "%d", 45678);
    assert_false(sb_ok(&b));
    assert_str(sb_str(&b), "123"); /* all of a piece or nothing of it */
    assert_string_equal(sb_cz(&b), "123");
    sb_add_char(&b, '4');
    sb_addf(&b, "5");
    assert_false(sb_ok(&b));
    assert_str(sb_str(&b), "123");
}

static void
grows_in_an_arena(void **state)
{
    struct arena a;
    struct sb b;
    size_t n = 0;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    sb_init_arena(&b, &a, 1000);
    assert_string_equal(sb_cz(&b), "");
    for (; n + 9 < 1000; n += 9)
        sb_addf(&b, "%08zu,", n);
    assert_true(sb_ok(&b));
    assert_int_equal(sb_str(&b).n, n);
    for (size_t i = 0; i < n; i += 9) {
        char want[16];

        (void)snprintf(want, sizeof want, "%08zu,", i);
        assert_memory_equal(sb_str(&b).p + i, want, 9);
    }
    while (sb_ok(&b))
        sb_add_char(&b, '.');
    assert_int_equal(sb_str(&b).n, 999);
    assert_int_equal(strlen(sb_cz(&b)), 999);
}

static void
one_large_piece(void **state)
{
    struct arena a;
    struct sb b;
    char piece[5000];

    (void)state;
    memset(piece, 'x', sizeof piece);
    arena_init(&a, memory, sizeof memory);
    sb_init_arena(&b, &a, 5001);
    sb_add(&b, (struct str){piece, sizeof piece});
    assert_true(sb_ok(&b));
    assert_int_equal(strlen(sb_cz(&b)), 5000);
    sb_init_arena(&b, &a, 5000);
    sb_add(&b, (struct str){piece, sizeof piece});
    assert_false(sb_ok(&b));
    assert_str(sb_str(&b), "");
    sb_init_arena(&b, &a, 1);
    assert_string_equal(sb_cz(&b), "");
    sb_add_char(&b, 'x');
    assert_false(sb_ok(&b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds),          cmocka_unit_test(fills_to_the_last_byte),
        cmocka_unit_test(failure_sticks),  cmocka_unit_test(grows_in_an_arena),
        cmocka_unit_test(one_large_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
