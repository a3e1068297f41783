/* Facts that the store keeps decoded are always those of the table: they follow what is added, and
 * go with whatever is taken back. */
#include "codec/message.h"
#include "store_test.h"

enum { PACKED_MAX = 4096 };

static int
setup(void **state)
{
    struct store *s = NULL;
    char id[8];

    ok(store_open(":memory:", &s, said));
    (void)add_message(s, "1", "x");
    for (int i = 1; i <= 60; i++) {
        (void)snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(patient(s, "H", id), i);
    }
    store_facts_keep_from(s, 1);
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct store *s = *state;

    store_close(&s);
    return 0;
}

static void
add(struct store *s, uint64_t number, uint64_t journal, int64_t value, bool read)
{
    static _Alignas(16) unsigned char memory[PACKED_MAX * 16];
    struct arena a;
    struct fact f = {.kind = FACT_OBSERVATION, .status = FACT_FINAL};
    struct fact_key key = {{(uint8_t)value}};

    arena_init(&a, memory, sizeof(memory));
    f.patient = (struct patient_ref){STR("H"), STR("1")};
    f.collected = stamp_of_day(20000, 0);
    f.received = f.collected;
    f.order = STR("o");
    f.u.observation.analyte = STR("psa");
    f.u.observation.value = (struct quantity){CMP_EQ, {value, 0}, true};
    ok(store_fact_add(s, number, journal, &key, read ? FACT_OBSERVATION : STORE_FACT_UNREAD,
                      codec_fact_pack(&a, &f)));
}

static bool
keep(struct store *s, uint64_t number)
{
    struct stored_fact *facts;
    size_t count;

    ok(store_facts_load(s, &number, 1, fresh(), &facts, &count));
    return store_facts_keep(s, number, facts, count);
}

/* The values that are kept, as text: "3 5", or "none". */
static void
expect(struct store *s, uint64_t number, const char *want)
{
    const struct fact *f;
    size_t count = 0;
    char got[64] = "";
    size_t at = 0;

    if (!store_facts_kept(s, number, &f, &count))
        (void)snprintf(got, sizeof(got), "none");
    for (size_t i = 0; i < count; i++) {
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%d", i > 0 ? " " : "",
                               (int)f[i].u.observation.value.value.coef);
        assert_true(f[i].keyed);
        assert_int_equal(f[i].key.b[0], f[i].u.observation.value.value.coef);
        assert_str(f[i].u.observation.analyte, "psa");
    }
    assert_string_equal(got, want);
}

static void
what_is_added_is_kept_too(void **state)
{
    struct store *s = *state;

    expect(s, 1, "none");
    add(s, 1, 1, 3, true);
    expect(s, 1, "none"); /* until somebody loads them */
    assert_true(keep(s, 1));
    expect(s, 1, "3");
    add(s, 1, 1, 5, true);
    expect(s, 1, "3 5");
    add(s, 1, 1, 6, false); /* no rule reads it, and nothing loads it */
    add(s, 2, 1, 7, true);
    expect(s, 1, "3 5");
    expect(s, 2, "none");
    expect(s, 0, "none");
}

static void
many_are_kept_as_they_are(void **state)
{
    struct store *s = *state;
    const struct fact *f;
    size_t count;

    add(s, 1, 1, 1, true);
    assert_true(keep(s, 1));
    for (int i = 0; i < 1000; i++)
        add(s, 1, 1, i % 200, true);
    assert_true(store_facts_kept(s, 1, &f, &count));
    assert_int_equal(count, 1001);
    for (size_t i = 1; i < count; i++)
        assert_int_equal(f[i].u.observation.value.value.coef, (i - 1) % 200);
}

static void
what_is_undone_was_never_kept(void **state)
{
    struct store *s = *state;

    add(s, 1, 1, 3, true);
    assert_true(keep(s, 1));
    ok(store_begin(s));
    add(s, 1, 1, 4, true);
    expect(s, 1, "3 4");
    store_rollback(s);
    expect(s, 1, "none");
    assert_true(keep(s, 1));
    expect(s, 1, "3");
    ok(store_begin(s));
    ok(store_savepoint(s));
    add(s, 1, 1, 5, true);
    store_savepoint_rollback(s);
    expect(s, 1, "none");
    ok(store_savepoint(s));
    add(s, 1, 1, 6, true);
    ok(store_savepoint_release(s));
    ok(store_commit(s));
    assert_true(keep(s, 1));
    expect(s, 1, "3 6");
}

static void
what_was_loaded_and_kept_inside_goes_as_well(void **state)
{
    struct store *s = *state;

    ok(store_begin(s));
    add(s, 1, 1, 3, true);
    assert_true(keep(s, 1));
    store_rollback(s);
    expect(s, 1, "none");
}

static void
a_later_reading_takes_back(void **state)
{
    struct store *s = *state;
    uint64_t second = add_message(s, "2", "y");
    uint64_t *patients;
    size_t count;

    add(s, 1, 1, 3, true);
    add(s, 1, second, 4, true);
    assert_true(keep(s, 1));
    expect(s, 1, "3 4");
    ok(store_facts_set_aside(s, second, 1, fresh(), &patients, &count));
    assert_int_equal(count, 1);
    expect(s, 1, "none");
    assert_true(keep(s, 1));
    expect(s, 1, "3");
}

static void
only_so_many_are_kept_the_last_ones_asked_for(void **state)
{
    struct store *s = *state;

    for (uint64_t i = 1; i <= 60; i++)
        add(s, i, 1, (int64_t)i, true);
    for (uint64_t i = 1; i <= 60; i++) {
        assert_true(keep(s, i));
        expect(s, 1, "1"); /* asked for again and again */
    }
    expect(s, 2, "none");
    expect(s, 60, "60");
}

static void
short_ones_are_not_kept_nor_what_does_not_decode(void **state)
{
    struct store *s = *state;

    add(s, 1, 1, 3, true);
    store_facts_keep_from(s, 2);
    assert_false(keep(s, 1));
    expect(s, 1, "none");
    add_fact(s, 2, 1, "no fact at all");
    add_fact(s, 2, 1, "nor this");
    assert_false(keep(s, 2));
    expect(s, 2, "none");
    add(s, 3, 1, 3, true);
    add(s, 3, 1, 4, true);
    assert_true(keep(s, 3));
    add_fact(s, 3, 1, "no fact at all"); /* the next load says what it is */
    expect(s, 3, "none");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_added_is_kept_too, setup, teardown),
        cmocka_unit_test_setup_teardown(many_are_kept_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_undone_was_never_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_loaded_and_kept_inside_goes_as_well, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_later_reading_takes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(only_so_many_are_kept_the_last_ones_asked_for, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(short_ones_are_not_kept_nor_what_does_not_decode, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
