/* console/reader: a request that ends in the middle of a statement leaves nothing to the next. */
#include "base_test.h"
#include "console/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 400, SMALL = 16 * 1024 };

static char folder[] = "/tmp/t_console_reader.XXXXXX";
static char path[96];

static int
leave(void **state)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    (void)state;
    while (d != NULL && (e = readdir(d)) != NULL)
        (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d != NULL)
        (void)closedir(d);
    return rmdir(folder);
}

static int
enter(void **state)
{
    char error[STORE_ERROR_TEXT_MAX];
    const struct stamp at = {1800000000, 0, PRECISION_SECOND};
    struct store *s = NULL;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/store.db", folder);
    if (store_open(path, &s, error) != STORE_OK || store_begin(s) != STORE_OK)
        return -1;
    for (int i = 0; i < ROWS; i++) {
        if (store_audit_add(s, "view_alert", "irmela", STR("an alert of no meaning"), at) !=
            STORE_OK)
            return -1;
    }
    if (store_commit(s) != STORE_OK)
        return -1;
    store_close(&s);
    return 0;
}

/* Whether all rows fit into an arena of that size. */
static bool
fits(struct reader *r, void *memory, size_t size)
{
    struct arena a;
    struct audit_row *list;
    size_t n = 0;
    jmp_buf trap;

    arena_init(&a, memory, size);
    (void)arena_trap_set(&a, &trap);
    if (setjmp(trap) != 0)
        return false;
    assert_int_equal(store_audit_before(reader_store(r), INT64_MAX, ROWS, &a, &list, &n), STORE_OK);
    assert_int_equal(n, ROWS);
    return true;
}

static void
t_a_full_arena_in_the_middle_of_rows(void **state)
{
    static _Alignas(16) unsigned char memory[1024 * 1024];
    struct reader r = {.path = path};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(fits(&r, memory, SMALL));
        assert_true(fits(&r, memory, sizeof memory));
    }
    reader_close(&r);
}

/* Such a statement would hold what the reader sees as it was. */
static void
t_what_is_new_is_seen(void **state)
{
    static _Alignas(16) unsigned char memory[1024 * 1024];
    const struct stamp at = {1800000000, 0, PRECISION_SECOND};
    char error[STORE_ERROR_TEXT_MAX];
    struct reader r = {.path = path};
    struct store *s = NULL;
    struct audit_row *list;
    struct arena a;
    size_t n = 0;

    (void)state;
    assert_false(fits(&r, memory, SMALL));
    assert_int_equal(store_open(path, &s, error), STORE_OK);
    assert_int_equal(store_begin(s), STORE_OK);
    assert_int_equal(store_audit_add(s, "login", "otto", STR("news"), at), STORE_OK);
    assert_int_equal(store_commit(s), STORE_OK);
    store_close(&s);
    arena_init(&a, memory, sizeof memory);
    assert_int_equal(store_audit_of(reader_store(&r), STR("news"), ROWS, &a, &list, &n), STORE_OK);
    assert_int_equal(n, 1);
    reader_close(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(t_a_full_arena_in_the_middle_of_rows),
                                       cmocka_unit_test(t_what_is_new_is_seen)};

    return cmocka_run_group_tests(tests, enter, leave);
}
