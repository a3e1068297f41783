/* What the store keeps of routes: which are held, what each has told, what was put aside. */
#include "store_test.h"

static struct store *
memory_store(void)
{
    struct store *s = NULL;

    ok(store_open(":memory:", &s, said));
    return s;
}

static void
put_aside(struct store *s, const char *route, uint64_t seq, const char *alert)
{
    struct dead_row row = {.route = str_from_c(route),
                           .seq = seq,
                           .alert_id = str_from_c(alert),
                           .reason = STR("refused"),
                           .at_s = 1000};

    ok(store_dead_put(s, &row));
}

static size_t
listed(struct store *s, const char *route, bool again_only, struct dead_row **rows)
{
    size_t n = 0;

    ok(store_dead_list(s, str_from_c(route), again_only, fresh(), rows, &n));
    return n;
}

static void
test_put_aside_again_and_gone(void **state)
{
    struct store *s = memory_store();
    struct dead_row *row;

    (void)state;
    put_aside(s, "ehr", 7, "a-1");
    put_aside(s, "ehr", 9, "a-2");
    put_aside(s, "fhir", 7, "a-1");
    assert_int_equal(store_dead_count(s, STR("ehr")), 2);
    assert_int_equal(store_dead_count(s, STR("hook")), 0);
    assert_int_equal(listed(s, "fhir", false, &row), 1);
    assert_int_equal(listed(s, "ehr", false, &row), 2);
    assert_int_equal(row[1].seq, 9);
    ok(store_dead_again_one(s, STR("ehr"), 9));
    assert_int_equal(listed(s, "ehr", true, &row), 1);
    assert_int_equal(row[0].seq, 9);
    ok(store_dead_again(s, STR("ehr")));
    assert_int_equal(listed(s, "ehr", true, &row), 2);
    assert_int_equal(listed(s, "fhir", true, &row), 0);
    ok(store_dead_gone(s, STR("ehr"), 9));
    assert_int_equal(store_dead_count(s, STR("ehr")), 1);
    store_close(&s);
}

/* Of the same route and alert, and not of what came later. */
static void
test_a_later_version_makes_it_moot(void **state)
{
    struct store *s = memory_store();
    struct dead_row *row;

    (void)state;
    put_aside(s, "ehr", 7, "a-1");
    put_aside(s, "ehr", 8, "a-2");
    put_aside(s, "ehr", 9, "a-1");
    put_aside(s, "ehr", 12, "a-1");
    put_aside(s, "fhir", 7, "a-1");
    ok(store_dead_moot(s, STR("ehr"), STR("a-1"), 9));
    assert_int_equal(listed(s, "ehr", false, &row), 2);
    assert_int_equal(row[0].seq, 8);
    assert_int_equal(row[1].seq, 12);
    assert_int_equal(store_dead_count(s, STR("fhir")), 1);
    store_close(&s);
}

static void
test_told_and_held(void **state)
{
    struct store *s = memory_store();

    (void)state;
    assert_false(store_told(s, STR("ehr"), STR("a-1")));
    ok(store_told_put(s, STR("ehr"), STR("a-1")));
    ok(store_told_put(s, STR("ehr"), STR("a-1")));
    assert_true(store_told(s, STR("ehr"), STR("a-1")));
    assert_false(store_told(s, STR("fhir"), STR("a-1")));
    ok(store_route_hold(s, STR("ehr"), true));
    assert_true(store_route_held(s, STR("ehr")));
    ok(store_route_hold(s, STR("ehr"), false));
    assert_false(store_route_held(s, STR("ehr")));
    assert_int_equal(store_waiting_since(s, 0, fresh()), 0);
    store_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_aside_again_and_gone),
        cmocka_unit_test(test_a_later_version_makes_it_moot),
        cmocka_unit_test(test_told_and_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
