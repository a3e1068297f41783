#include "store_test.h"

static const struct stamp monday = {1700000000, 60, PRECISION_SECOND};
static const struct stamp tuesday = {1700086400, 0, PRECISION_SECOND};
static const struct stamp wednesday = {1700172800, 0, PRECISION_SECOND};

/* A store with journal row 1 and patients 1 to 6. */
static int
setup(void **state)
{
    struct store *s = NULL;
    char id[8];

    ok(store_open(":memory:", &s, said));
    (void)add_message(s, "1", "x");
    for (int i = 1; i <= 6; i++) {
        (void)snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(patient(s, "H", id), i);
    }
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
merge(struct store *s, uint64_t survivor, uint64_t other, bool live, struct stamp at)
{
    ok(store_link_put(s, survivor, other, live, at, 1));
}

/* The numbers joined with n, as text, and the survivor: "1 2 5 > 2". */
static void
expect_group(struct store *s, uint64_t n, const char *want)
{
    char got[64] = "";
    uint64_t *number;
    uint64_t survivor;
    size_t count;
    size_t at = 0;

    ok(store_patient_joined(s, n, fresh(), &number, &count, &survivor));
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%u ", (unsigned)number[i]);
    (void)snprintf(got + at, sizeof(got) - at, "> %u", (unsigned)survivor);
    assert_string_equal(got, want);
}

/* Who waits on day 100 with knowledge "k". */
static void
expect_waiting(struct store *s, const char *want)
{
    char got[64] = "";
    uint64_t *number;
    size_t count;
    size_t at = 0;

    ok(store_patients_waiting(s, 100, STR("k"), 50, fresh(), &number, &count));
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%u", i > 0 ? " " : "",
                               (unsigned)number[i]);
    assert_string_equal(got, want);
}

/* What core does: evaluates everyone who waits through the survivor. */
static void
evaluate(struct store *s, day_t next_due)
{
    struct arena *a = fresh();
    uint64_t *number;
    uint64_t *joined;
    uint64_t survivor;
    size_t count;
    size_t n;

    ok(store_patients_waiting(s, 100, STR("k"), 50, a, &number, &count));
    for (size_t i = 0; i < count; i++) {
        ok(store_patient_joined(s, number[i], a, &joined, &n, &survivor));
        ok(store_patient_due(s, survivor, next_due, STR("k")));
    }
}

static void
test_numbers(void **state)
{
    struct store *s = *state;
    struct patient_ref ref;
    uint64_t n = 0;

    assert_int_equal(patient(s, "H", "3"), 3);
    assert_int_equal(patient(s, "OTHER", "3"), 7);
    ok(store_patient_find(s, (struct patient_ref){STR("OTHER"), STR("3")}, &n));
    assert_int_equal(n, 7);
    assert_int_equal(store_patient_find(s, (struct patient_ref){STR("H"), STR("9")}, &n),
                     STORE_NONE);
    assert_int_equal(n, 7);
    ok(store_patient_ref(s, 7, fresh(), &ref));
    assert_str(ref.authority, "OTHER");
    assert_str(ref.id, "3");
    assert_int_equal(store_patient_ref(s, 99, fresh(), &ref), STORE_NONE);
    /* No authority said, and an empty one, are the same. */
    ok(store_patient_require(s, (struct patient_ref){STR_NONE, STR("3")}, &n));
    assert_int_equal(patient(s, "", "3"), n);
}

static void
test_all(void **state)
{
    struct store *s = *state;
    uint64_t *number;
    size_t n;

    ok(store_patients_all(s, fresh(), &number, &n));
    assert_int_equal(n, 6);
    assert_int_equal(number[0], 1);
    assert_int_equal(number[5], 6);
}

static void
test_joined(void **state)
{
    struct store *s = *state;
    uint64_t *number;
    uint64_t survivor;
    size_t n;

    expect_group(s, 1, "1 > 1");
    merge(s, 5, 2, true, monday);
    expect_group(s, 2, "2 5 > 5");
    expect_group(s, 5, "2 5 > 5");
    merge(s, 3, 5, true, monday);
    expect_group(s, 2, "2 3 5 > 3");
    merge(s, 4, 2, true, monday); /* two ends: the lowest of them */
    expect_group(s, 4, "2 3 4 5 > 3");
    expect_group(s, 1, "1 > 1");
    assert_int_equal(store_patient_joined(s, 99, fresh(), &number, &n, &survivor), STORE_NONE);
}

static void
test_circle(void **state)
{
    struct store *s = *state;

    merge(s, 4, 2, true, monday);
    merge(s, 6, 4, true, monday);
    merge(s, 2, 6, true, monday);
    expect_group(s, 6, "2 4 6 > 2");
    merge(s, 3, 3, true, monday); /* itself: says nothing */
    expect_group(s, 3, "3 > 3");
}

static void
test_unlinked_in_the_middle(void **state)
{
    struct store *s = *state;

    merge(s, 1, 2, true, monday);
    merge(s, 2, 3, true, monday);
    merge(s, 3, 4, true, monday);
    expect_group(s, 4, "1 2 3 4 > 1");
    merge(s, 2, 3, false, tuesday);
    expect_group(s, 2, "1 2 > 1");
    expect_group(s, 3, "3 4 > 3");
}

/* The same words in any order of arrival: the last by status time stands. */
static void
test_status_time_decides(void **state)
{
    struct store *s = *state;

    merge(s, 1, 2, true, monday);
    merge(s, 1, 2, false, tuesday);
    merge(s, 3, 4, false, tuesday);
    merge(s, 3, 4, true, monday);
    expect_group(s, 1, "1 > 1");
    expect_group(s, 3, "3 > 3");
    merge(s, 2, 1, true, wednesday); /* the other way round: still the same pair */
    expect_group(s, 1, "1 2 > 2");
    merge(s, 1, 2, true, tuesday);
    expect_group(s, 1, "1 2 > 2");
    merge(s, 1, 2, false, wednesday);
    expect_group(s, 1, "1 > 1");
}

/* Said of the same instant: the same result in both orders of arrival. */
static void
test_ties_do_not_depend_on_arrival(void **state)
{
    struct store *s = *state;

    merge(s, 1, 2, true, monday);
    merge(s, 1, 2, false, monday);
    merge(s, 3, 4, false, monday);
    merge(s, 3, 4, true, monday);
    expect_group(s, 1, "1 > 1");
    expect_group(s, 3, "3 > 3");
    merge(s, 5, 6, true, monday);
    merge(s, 6, 5, true, monday);
    expect_group(s, 5, "5 6 > 5");
    /* By name, not by our numbers: "A" of patient 8 comes before "B" of patient 7. */
    assert_int_equal(patient(s, "Z", "B"), 7);
    assert_int_equal(patient(s, "Z", "A"), 8);
    assert_int_equal(patient(s, "Z", "D"), 9);
    assert_int_equal(patient(s, "Z", "C"), 10);
    merge(s, 7, 8, true, monday);
    merge(s, 8, 7, true, monday);
    merge(s, 10, 9, true, monday);
    merge(s, 9, 10, true, monday);
    expect_group(s, 7, "7 8 > 8");
    expect_group(s, 9, "9 10 > 10");
}

static void
test_waiting(void **state)
{
    struct store *s = *state;

    expect_waiting(s, ""); /* nobody has facts */
    add_fact(s, 2, 1, "f");
    add_fact(s, 4, 1, "f");
    expect_waiting(s, "2 4");
    ok(store_patient_due(s, 2, DAY_NONE, STR("k")));
    ok(store_patient_due(s, 4, 101, STR("k")));
    expect_waiting(s, "");
    ok(store_patient_due(s, 4, 100, STR("k")));
    expect_waiting(s, "4");
    ok(store_patient_due(s, 2, DAY_NONE, STR("a")));
    ok(store_patient_due(s, 4, DAY_NONE, STR("z")));
    expect_waiting(s, "2 4");
    ok(store_patient_due(s, 1, 5, STR("a"))); /* has no facts */
    expect_waiting(s, "2 4");
    add_fact(s, 2, 1, "g"); /* not the first: the caller evaluates */
    evaluate(s, DAY_NONE);
    expect_waiting(s, "");
}

static void
test_waiting_in_slices(void **state)
{
    struct store *s = *state;
    uint64_t *number;
    size_t seen = 0;
    size_t n;

    for (uint64_t i = 1; i <= 6; i++) {
        add_fact(s, i, 1, "f");
        ok(store_patient_due(s, i, (day_t)(100 - i), i % 2 == 0 ? STR("k") : STR("")));
    }
    do {
        ok(store_patients_waiting(s, 100, STR("k"), 2, fresh(), &number, &n));
        assert_true(n <= 2);
        for (size_t i = 0; i < n; i++)
            ok(store_patient_due(s, number[i], 200, STR("k")));
        seen += n;
    } while (n > 0 && seen < 100);
    assert_int_equal(seen, 6);
}

/* Only the survivor waits, and what is evaluated through it waits no more. */
static void
test_merged_wait_through_their_survivor(void **state)
{
    struct store *s = *state;

    add_fact(s, 4, 1, "f");
    expect_waiting(s, "4");
    evaluate(s, 50);
    merge(s, 2, 4, true, monday); /* the survivor has no facts of its own */
    expect_waiting(s, "2");
    evaluate(s, 200);
    expect_waiting(s, "");
    add_fact(s, 4, 1, "g");
    add_fact(s, 2, 1, "h"); /* the first of its own: seen anew */
    expect_waiting(s, "2");
    evaluate(s, DAY_NONE);
    merge(s, 2, 4, false, tuesday);
    expect_waiting(s, "2 4");
    evaluate(s, DAY_NONE);
    expect_waiting(s, "");
}

static void
test_unmerged_without_facts_do_not_wait(void **state)
{
    struct store *s = *state;

    add_fact(s, 2, 1, "f");
    merge(s, 2, 4, true, monday);
    evaluate(s, DAY_NONE);
    merge(s, 2, 4, false, tuesday);
    expect_waiting(s, "2");
    evaluate(s, DAY_NONE);
    expect_waiting(s, "");
    merge(s, 6, 5, true, monday); /* nothing is known of either */
    expect_waiting(s, "");
    add_fact(s, 5, 1, "f");
    expect_waiting(s, "6");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_numbers),
        T(test_all),
        T(test_joined),
        T(test_circle),
        T(test_unlinked_in_the_middle),
        T(test_status_time_decides),
        T(test_ties_do_not_depend_on_arrival),
        T(test_waiting),
        T(test_waiting_in_slices),
        T(test_merged_wait_through_their_survivor),
        T(test_unmerged_without_facts_do_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
