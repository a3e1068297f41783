#include "wire/tree.h"
#include "wire_test.h"

static unsigned char memory[1 << 20], scratch_memory[1 << 16];
static struct arena arena, scratch;
static struct diags diags;

static int
fresh(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    arena_init(&scratch, scratch_memory, sizeof(scratch_memory));
    diags_init(&diags, &arena);
    return 0;
}

static struct tree_place
place(int line)
{
    return (struct tree_place){"x.yaml", line, 3};
}

static struct tree *
word(const char *text)
{
    return tree_scalar(&arena, place(7), str_from_c(text), false);
}

static void
put(struct tree *map, const char *key, struct tree *value)
{
    int line = (int)tree_len(map) + 1;

    tree_map_add(&arena, map, tree_scalar(&arena, place(line), str_from_c(key), false), value);
}

/* The last finding's text; there must be count errors in all. */
static const char *
last(size_t count)
{
    assert_int_equal(diags.errors, count);
    assert_non_null(diags.last);
    return diags.last->text;
}

static void
maps_and_lists(void **state)
{
    struct tree *map = tree_map(&arena, place(1)), *seq = tree_seq(&arena, place(2));
    char keys[100][16];

    (void)state;
    for (int i = 0; i < 100; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        put(map, keys[i], word(keys[i]));
        tree_seq_add(&arena, seq, word(keys[i]));
    }
    assert_int_equal(tree_len(map), 100);
    assert_true(str_eq_c(tree_get(map, "k77")->text, "k77"));
    assert_true(str_eq_c(tree_at(seq, 99)->text, "k99"));
    assert_true(str_eq_c(tree_key_at(map, 42)->text, "k42"));
    assert_null(tree_get(map, "k100"));
    assert_null(tree_get(seq, "k1"));
    assert_null(tree_get(NULL, "k1"));
    assert_int_equal(tree_len(NULL), 0);
}

static void
null_is_absent_unless_quoted(void **state)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    struct str s = STR("default");

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(nulls); i++) {
        assert_true(tree_is_absent(word(nulls[i])));
        assert_false(tree_is_absent(tree_scalar(&arena, place(1), str_from_c(nulls[i]), true)));
        assert_false(tree_str(word(nulls[i]), &diags, &s));
    }
    assert_true(str_eq_c(s, "default"));
    assert_int_equal(diags.errors, 0);
    assert_true(tree_str(tree_scalar(&arena, place(1), STR(""), true), &diags, &s));
    assert_true(str_is_empty(s));
    assert_true(tree_is_absent(NULL));
    assert_false(tree_is_absent(tree_map(&arena, place(1))));
}

static void
needed_keys(void **state)
{
    struct tree *map = tree_map(&arena, place(1));

    (void)state;
    put(map, "a", word("1"));
    put(map, "b", word("~"));
    assert_non_null(tree_need(map, "a", &diags));
    assert_null(tree_need(map, "b", &diags));
    assert_string_equal(last(1), "\"b\" is missing");
    assert_int_equal(diags.last->line, 7);
    assert_null(tree_need(map, "c", &diags));
    assert_int_equal(diags.last->line, 1);
    assert_int_equal(diags.last->col, 3);
    assert_string_equal(diags.last->file, "x.yaml");
}

static void
whole_numbers(void **state)
{
    int64_t v = 5;

    (void)state;
    assert_true(tree_i64(word("-10"), &diags, -10, 10, &v));
    assert_int_equal(v, -10);
    assert_false(tree_i64(word("11"), &diags, -10, 10, &v));
    assert_string_equal(last(1), "this must be from -10 to 10");
    assert_false(tree_i64(word("1.5"), &diags, -10, 10, &v));
    assert_string_equal(last(2), "a whole number is expected here");
    assert_false(tree_i64(word("99999999999999999999"), &diags, -10, 10, &v));
    assert_false(tree_i64(NULL, &diags, -10, 10, &v));
    assert_false(tree_i64(tree_seq(&arena, place(1)), &diags, -10, 10, &v));
    assert_string_equal(last(4), "a single value is expected here, not a list");
    assert_int_equal(v, -10);
}

static void
other_types(void **state)
{
    struct dec dec;
    struct span span;
    bool yes = false;
    day_t day, want;

    (void)state;
    assert_true(tree_bool(word("true"), &diags, &yes));
    assert_true(yes);
    assert_true(tree_bool(word("false"), &diags, &yes));
    assert_false(yes);
    assert_true(tree_dec(word("1.25"), &diags, &dec));
    assert_int_equal(dec.coef, 125);
    assert_int_equal(dec.exp, -2);
    assert_true(tree_day(word("2026-11-23"), &diags, &day));
    assert_true(day_from_ymd(2026, 11, 23, &want));
    assert_int_equal(day, want);
    assert_true(tree_span(word("6mo"), &diags, &span));
    assert_int_equal(span.n, 6);
    assert_true(span.months);
    assert_int_equal(diags.errors, 0);
    assert_false(tree_bool(word("yes"), &diags, &yes));
    assert_string_equal(last(1), "true or false is expected here");
    assert_false(tree_dec(word("1e5"), &diags, &dec));
    assert_false(tree_day(word("2026-02-30"), &diags, &day));
    assert_false(tree_span(word("soon"), &diags, &span));
    assert_string_equal(last(4), "a span is expected here, such as 28d, 12w, 6mo or 1y");
}

static const char *const names[] = {"percent", "absolute", "ratio"};

static void
enumerations(void **state)
{
    int v = -1;

    (void)state;
    assert_true(tree_enum(word("ratio"), &diags, names, RFD_COUNT(names), &v));
    assert_int_equal(v, 2);
    assert_false(tree_enum(word("precent"), &diags, names, RFD_COUNT(names), &v));
    assert_string_equal(last(1), "unknown value \"precent\"; did you mean \"percent\"?");
    assert_false(tree_enum(word("xyz\x01\xc3\xa9"), &diags, names, RFD_COUNT(names), &v));
    assert_string_equal(last(2), "unknown value \"xyz???\"");
    assert_int_equal(v, 2);
}

static void
unknown_keys(void **state)
{
    struct tree *map = tree_map(&arena, place(1));

    (void)state;
    put(map, "ratio", word("1"));
    assert_true(tree_check_keys(map, names, RFD_COUNT(names), &diags));
    put(map, "absolut", word("1"));
    tree_map_add(&arena, map, tree_seq(&arena, place(9)), word("1"));
    assert_false(tree_check_keys(map, names, RFD_COUNT(names), &diags));
    assert_int_equal(diags.errors, 2);
    assert_string_equal(diags.first->text, "unknown key \"absolut\"; did you mean \"absolute\"?");
    assert_int_equal(diags.first->line, 2);
    assert_string_equal(diags.last->text, "a key must be a single word");
}

static void
hints_are_near(void **state)
{
    static const char *const words[] = {"id", "baseline", "nadir"};

    (void)state;
    assert_string_equal(tree_nearest(STR("basline"), words, 3), "baseline");
    assert_string_equal(tree_nearest(STR("nadri"), words, 3), "nadir");
    assert_null(tree_nearest(STR("ix"), words, 3)); /* half of a short word is no typing error */
    assert_null(tree_nearest(STR("threshold"), words, 3));
    assert_null(tree_nearest(STR(""), words, 3));
}

static void
keys_that_stand_twice(void **state)
{
    struct tree *map = tree_map(&arena, place(1));

    (void)state;
    put(map, "b", word("1"));
    put(map, "a", word("1"));
    tree_check_twice(map, &scratch, &diags);
    assert_int_equal(diags.errors, 0);
    put(map, "b", word("2"));
    tree_check_twice(map, &scratch, &diags);
    assert_string_equal(last(1), "key \"b\" stands here twice (first in line 1)");
    assert_int_equal(diags.last->line, 3);
    assert_int_equal(arena_mark(&scratch), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(maps_and_lists, fresh),
        cmocka_unit_test_setup(null_is_absent_unless_quoted, fresh),
        cmocka_unit_test_setup(needed_keys, fresh),
        cmocka_unit_test_setup(whole_numbers, fresh),
        cmocka_unit_test_setup(other_types, fresh),
        cmocka_unit_test_setup(enumerations, fresh),
        cmocka_unit_test_setup(unknown_keys, fresh),
        cmocka_unit_test_setup(hints_are_near, fresh),
        cmocka_unit_test_setup(keys_that_stand_twice, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
