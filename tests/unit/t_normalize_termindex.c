/* The sorted index of the terminologies. */
#include "normalize/termindex.h"

/* cmocka.h needs these four before it, whatever the alphabet says. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

static _Alignas(16) unsigned char memory[1024 * 1024];
static struct arena arena;

static int
setup(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof memory);
    return 0;
}

static void
keys_are_found_and_others_not(void **state)
{
    (void)state;
    static const char *const keys[] = {"psa", "afp", "cea", "", "ca125"};
    struct term_index x = {0};
    for (size_t i = 0; i < RFD_COUNT(keys); i++)
        termindex_add(&arena, &x, str_from_c(keys[i]), i);
    termindex_seal(&arena, &x);
    for (size_t i = 0; i < RFD_COUNT(keys); i++)
        assert_int_equal(termindex_find(&x, str_from_c(keys[i])), i);
    assert_int_equal(termindex_find(&x, STR("ps")), -1);
    assert_int_equal(termindex_find(&x, STR("zzz")), -1);
    assert_int_equal(termindex_find_nocase(&x, &arena, STR(" PSA ")), 0);
}

static void
rows_of_one_key_come_in_order(void **state)
{
    (void)state;
    struct term_index x = {0};
    size_t first;
    termindex_add(&arena, &x, STR("b"), 7);
    termindex_add(&arena, &x, STR("a"), 1);
    termindex_add(&arena, &x, STR("b"), 3);
    termindex_seal(&arena, &x);
    assert_int_equal(termindex_range(&x, STR("b"), &first), 2);
    assert_int_equal(x.entry[first].at, 7);
    assert_int_equal(x.entry[first + 1].at, 3);
    assert_int_equal(termindex_range(&x, STR("c"), &first), 0);
}

static void
an_empty_index_holds_nothing(void **state)
{
    (void)state;
    struct term_index x = {0};
    termindex_seal(&arena, &x);
    assert_int_equal(termindex_find(&x, STR("a")), -1);
}

static void
growing_keeps_what_was_there(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    int *items = NULL;
    for (int i = 0; i < MANY; i++) {
        items = term_grow(&arena, items, (size_t)i, sizeof *items);
        items[i] = i;
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(items[i], i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_and_others_not),
        cmocka_unit_test(rows_of_one_key_come_in_order),
        cmocka_unit_test(an_empty_index_holds_nothing),
        cmocka_unit_test(growing_keeps_what_was_there),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
