#include "base/limits.h"
#include "conf/yaml.h"
#include "sys/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static struct diags
fresh(void)
{
    struct diags d;

    mem_arena_trim(&arena, 0);
    diags_init(&d, &arena);
    return d;
}

static void
t_tree_of_a_file(void **state)
{
    static const char text[] = "mode: demo\n"
                               "feeds:\n"
                               "  - {name: lab, map: 'lab.yaml'}\n"
                               "  - name: \"two\"\n"
                               "empty:\n"
                               "note: |\n"
                               "  a\n"
                               "  b\n";
    struct diags d = fresh();
    struct tree *t;
    const struct tree *feed;
    struct str s = STR_NONE;

    (void)state;
    assert_true(yaml_read(str_from_c(text), "f.yaml", &arena, &d, &t));
    assert_int_equal(t->kind, TREE_MAP);
    assert_int_equal(tree_len(t), 4);
    feed = tree_at(tree_get(t, "feeds"), 0);
    assert_int_equal(feed->line, 3);
    assert_int_equal(feed->col, 5);
    assert_true(tree_get(feed, "map")->quoted);
    assert_false(tree_get(feed, "name")->quoted);
    assert_true(tree_is_absent(tree_get(t, "empty")));
    assert_true(tree_str(tree_get(t, "note"), &d, &s));
    assert_true(str_eq_c(s, "a\nb\n"));
    assert_int_equal(d.errors, 0);
}

static void
t_json_is_read_too(void **state)
{
    static const char text[] = "[{\"id\": \"a\\u00e9\", \"n\": 1.50, \"x\": null, \"l\": []}]";
    struct diags d = fresh();
    struct tree *t;

    (void)state;
    assert_true(yaml_read(str_from_c(text), "f.json", &arena, &d, &t));
    assert_true(str_eq_c(tree_get(tree_at(t, 0), "id")->text, "a\xc3\xa9"));
    assert_true(str_eq_c(tree_get(tree_at(t, 0), "n")->text, "1.50"));
    assert_true(tree_is_absent(tree_get(tree_at(t, 0), "x")));
    assert_int_equal(tree_len(tree_get(tree_at(t, 0), "l")), 0);
}

static void
t_many_documents_when_asked(void **state)
{
    struct diags d = fresh();
    struct tree *t;

    (void)state;
    assert_true(yaml_read_all(STR("a: 1\n---\nb: 2\n"), "f", &arena, &d, &t));
    assert_int_equal(tree_len(t), 2);
    assert_true(yaml_read_all(STR(""), "f", &arena, &d, &t));
    assert_int_equal(tree_len(t), 0);
    assert_int_equal(d.errors, 0);
}

struct wrong {
    const char *text;
    int line;
    int col;
    const char *says;
};

/* Every one is refused, and the first error stands at its place. */
static const struct wrong wrongs[] = {
    {"", 1, 1, "empty"},
    {"# only a comment\n", 1, 1, "empty"},
    {"a: &x 1\n", 1, 4, "anchors"},
    {"a: {b: 1}\nc: *x\n", 2, 4, "aliases"},
    {"a: 1\n<<: {b: 2}\n", 2, 1, "merge"},
    {"a: !!int 1\n", 1, 4, "tags"},
    {"a: !env HOME\n", 1, 4, "tags"},
    {"a: !!map {}\n", 1, 4, "tags"},
    {"a: &l [1]\n", 1, 4, "anchors"},
    {"a: 1\nb: 2\na: 3\n", 3, 1, "twice"},
    {"x:\n  k: 1\n  k: 2\n", 3, 3, "twice"},
    {"{a: 1, 'a': 2}\n", 1, 8, "twice"},
    {"? [a, b]\n: 1\n", 1, 3, "key"},
    {"? {a: 1}\n: 1\n", 1, 3, "key"},
    {"a: 1\n---\nb: 2\n", 2, 1, "second document"},
    {"a: [1, 2\n", 2, 1, "not YAML"},
    {"a: {b: 1\n", 2, 1, "not YAML"},
    {"a: ]\n", 1, 4, "not YAML"},
    {"a: b: c\n", 1, 5, "not YAML"},
    {"a:\n\t- 1\n", 2, 1, "not YAML"},
    {"a: 1\n b: 2\n", 2, 3, "not YAML"},
    {"a: \"no end\n", 2, 1, "not YAML"},
    {"a: 'no end\n", 2, 1, "not YAML"},
    {"a: \"\\q\"\n", 1, 5, "not YAML"},
    {"a: \"\\x4\"\n", 1, 7, "not YAML"},
    {"a: @x\n", 1, 4, "not YAML"},
    {"a: `x`\n", 1, 4, "not YAML"},
    {"a: 1\nb\n", 3, 1, "not YAML"},
    {"- a\nb: 1\n", 2, 1, "not YAML"},
    {"a: 1\nb: \xff\n", 2, 4, "not YAML"},
    {"a: \x01\n", 1, 4, "not YAML"},
    {"a: \"x\\0y\"\n", 1, 4, "NUL"},
    {"%YAML 3.0\n---\na: 1\n", 1, 1, "not YAML"},
    {"[1, 2]]\n", 1, 7, "not YAML"},
    {"a: |\n    x\n  y\nb: 1\n", 3, 3, "not YAML"},
};

static void
t_wrong_files_and_their_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(wrongs); i++) {
        const struct wrong *w = &wrongs[i];
        struct diags d = fresh();
        struct tree *t = NULL;

        if (yaml_read(str_from_c(w->text), "w.yaml", &arena, &d, &t) || d.first == NULL)
            fail_msg("no error in: %s", w->text);
        if (d.first->line != w->line || d.first->col != w->col || !strstr(d.first->text, w->says))
            fail_msg("%zu: at %d:%d \"%s\", not %d:%d \"%s\" in: %s", i, d.first->line,
                     d.first->col, d.first->text, w->line, w->col, w->says, w->text);
        assert_string_equal(d.first->file, "w.yaml");
    }
}

static void
t_all_errors_not_the_first_only(void **state)
{
    static const char text[] = "a: &x 1\nb: *x\na: 2\nc: {d: !t 1, d: 2}\n";
    struct diags d = fresh();
    struct tree *t;

    (void)state;
    assert_false(yaml_read(str_from_c(text), "w", &arena, &d, &t));
    assert_int_equal(d.errors, 5);
}

/* Depth is stopped at 64, long before libyaml's quadratic cost is felt. */
static void
t_depth(void **state)
{
    enum { OPEN = 100000 };
    struct diags d = fresh();
    struct tree *t;
    char *text = xmalloc(2 * OPEN);

    (void)state;
    memset(text, '[', OPEN);
    memset(text + OPEN, ']', OPEN);
    assert_true(yaml_read((struct str){text + OPEN - LIMIT_YAML_DEPTH, 2 * LIMIT_YAML_DEPTH}, "w",
                          &arena, &d, &t));
    assert_false(yaml_read((struct str){text, 2 * OPEN}, "w", &arena, &d, &t));
    assert_int_equal(d.errors, 1);
    assert_int_equal(d.first->col, LIMIT_YAML_DEPTH + 1);
    assert_string_equal(d.first->text, "nested too deeply");
    xfree(text);
}

static void
t_size(void **state)
{
    struct diags d = fresh();
    struct tree *t;
    char *text = xcalloc(LIMIT_CONFIG_FILE_BYTES + 1, 1);

    (void)state;
    memset(text, '#', LIMIT_CONFIG_FILE_BYTES + 1);
    assert_false(yaml_read((struct str){text, LIMIT_CONFIG_FILE_BYTES + 1}, "w", &arena, &d, &t));
    assert_non_null(strstr(d.first->text, "4194304 at most"));
    xfree(text);
}

static void
t_node_count(void **state)
{
    size_t n = LIMIT_CONFIG_FILE_BYTES;
    struct diags d = fresh();
    struct tree *t;
    char *text = xmalloc(n);

    (void)state;
    for (size_t i = 0; i + 1 < n; i += 2) {
        text[i] = i == 0 ? '[' : ',';
        text[i + 1] = '1';
    }
    assert_false(yaml_read((struct str){text, n}, "w", &arena, &d, &t));
    assert_string_equal(d.first->text, "too many values in one file");
    xfree(text);
}

/* A full arena ends in the caller's trap, and libyaml's memory does not leak (seen by ASan). */
static void
t_full_arena(void **state)
{
    static unsigned char small[4096];
    struct arena a;
    struct diags d = fresh();
    struct tree *t;
    jmp_buf trap;

    (void)state;
    arena_init(&a, small, sizeof small);
    (void)arena_trap_set(&a, &trap);
    if (setjmp(trap) == 0) {
        bool ok =
            yaml_read(STR("[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7]"),
                      "w", &a, &d, &t);

        fail_msg("a tree of 35 nodes fits into 4096 bytes (%d)", ok);
    }
    assert_ptr_equal(a.trap, &trap);
}

/* Every prefix of a good file, and every byte of it changed: refused or read, never a crash. */
static void
t_broken_in_any_way(void **state)
{
    static const char good[] =
        "- id: p\n  refs: {b: {age: 90d}}\n  all:\n    - \"x\\n\": ['a', ~]\n";
    char text[sizeof good];
    size_t read = 0;
    struct tree *t;

    (void)state;
    for (size_t i = 0; i < sizeof good; i++) {
        struct diags d = fresh();

        read += yaml_read((struct str){good, i}, "w", &arena, &d, &t);
    }
    for (size_t i = 0; i < (sizeof good - 1) * 256; i++) {
        struct diags d = fresh();

        memcpy(text, good, sizeof good);
        text[i / 256] = (char)(i % 256);
        read += yaml_read((struct str){text, sizeof good - 1}, "w", &arena, &d, &t);
    }
    assert_true(read > sizeof good);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_tree_of_a_file),
        cmocka_unit_test(t_json_is_read_too),
        cmocka_unit_test(t_many_documents_when_asked),
        cmocka_unit_test(t_wrong_files_and_their_places),
        cmocka_unit_test(t_all_errors_not_the_first_only),
        cmocka_unit_test(t_depth),
        cmocka_unit_test(t_size),
        cmocka_unit_test(t_node_count),
        cmocka_unit_test(t_full_arena),
        cmocka_unit_test(t_broken_in_any_way),
    };

    mem_arena_new(&arena, (size_t)1 << 31);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
