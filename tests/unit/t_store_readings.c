/* How messages were read, what no table knew of them, and facts that a later reading replaces. */
#include "store_test.h"

static struct store *
memory_store(void)
{
    struct store *s = NULL;

    ok(store_open(":memory:", &s, said));
    return s;
}

static struct unmapped
local(const char *code, const char *display)
{
    return (struct unmapped){
        .kind = UNMAPPED_RESULT,
        .code = {STR("L"), str_from_c(code), str_from_c(display)},
        .unit = STR("U/mL"),
        .count = 1,
    };
}

static void
test_unmapped_codes_are_counted_by_patient(void **state)
{
    struct store *s = memory_store();
    struct unmapped ca = local("CA1", "CA 125");
    struct unmapped other = local("CA1", "CA 125 II");
    uint64_t a = patient(s, "H", "1");
    uint64_t b = patient(s, "H", "2");
    struct unmapped_row *row;
    size_t n;

    (void)state;
    ok(store_unmapped_add(s, STR("lab"), &ca, a, 1000));
    ok(store_unmapped_add(s, STR("lab"), &ca, b, 3000));
    ok(store_unmapped_add(s, STR("lab"), &ca, a, 2000));
    ca.count = 4;
    ok(store_unmapped_add(s, STR("lab"), &ca, 0, 2500)); /* of nobody in particular */
    ok(store_unmapped_add(s, STR("lab"), &other, b, 1500));
    ok(store_unmapped_add(s, STR("path"), &ca, b, 1600));
    ok(store_unmapped_list(s, STR("lab"), fresh(), &row, &n));
    assert_int_equal(n, 2);
    assert_str(row[0].what.code.display, "CA 125");
    assert_int_equal(row[0].what.count, 7);
    assert_int_equal(row[0].patients, 2);
    assert_int_equal(row[0].first_s, 1000);
    assert_int_equal(row[0].last_s, 3000);
    assert_int_equal(row[0].what.kind, UNMAPPED_RESULT);
    assert_str(row[0].what.unit, "U/mL");
    assert_int_equal(row[1].patients, 1);
    ok(store_unmapped_list(s, STR_NONE, fresh(), &row, &n));
    assert_int_equal(n, 3);
    store_close(&s);
}

/* A sender that puts numbers into codes does not fill the disk; what is listed still counts. */
static void
test_the_list_is_bounded(void **state)
{
    struct store *s = memory_store();
    struct unmapped one = local("FIRST", "");
    char code[16];

    (void)state;
    ok(store_begin(s));
    ok(store_unmapped_add(s, STR("lab"), &one, 0, 1));
    for (int i = 1; i < STORE_UNMAPPED_MAX; i++) {
        struct unmapped u;

        (void)snprintf(code, sizeof(code), "%d", i);
        u = local(code, "");
        ok(store_unmapped_add(s, STR("lab"), &u, 0, 1));
    }
    one = local("LATE", "");
    assert_string_equal(store_result_name(store_unmapped_add(s, STR("lab"), &one, 0, 1)), "none");
    one = local("FIRST", "");
    ok(store_unmapped_add(s, STR("lab"), &one, 0, 1));
    ok(store_commit(s));
    store_close(&s);
}

static void
test_a_reading_and_the_next(void **state)
{
    struct store *s = memory_store();
    uint64_t m = add_message(s, "1", "x");
    uint64_t later = add_message(s, "2", "y");
    struct stored_reading rd;
    struct reading_row *row;
    struct journal_row *list;
    size_t n;

    (void)state;
    assert_string_equal(store_result_name(store_reading_get(s, m, fresh(), &rd)), "none");
    ok(store_reading_add(s, m, STR("aa"), true));
    ok(store_reading_add(s, later, STR("aa"), false));
    ok(store_reading_get(s, m, fresh(), &rd));
    assert_str(rd.map_hash, "aa");
    assert_true(rd.counted);
    assert_int_equal(rd.reparse, 0);
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 2);
    rd = (struct stored_reading){.map_hash = STR("bb"),
                                 .counted = true,
                                 .reparse = later,
                                 .outcome = OUTCOME_QUARANTINED,
                                 .reason = STR("no_zone"),
                                 .place = STR("OBX[1]-14")};
    ok(store_reading_redo(s, m, OUTCOME_STORED, &rd));
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 1);
    assert_int_equal(store_count_rows(s, OUTCOME_QUARANTINED), 1);
    ok(store_journal_list(s, OUTCOME_QUARANTINED, 0, 10, fresh(), &list, &n));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].seq, m);
    assert_str(list[0].reason, "no_zone");
    assert_str(list[0].place, "OBX[1]-14");
    ok(store_journal_list(s, OUTCOME_STORED, 0, 10, fresh(), &list, &n));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].seq, later);
    ok(store_readings(s, 0, 100, fresh(), &row, &n));
    assert_int_equal(n, 2);
    assert_int_equal(row[0].outcome, OUTCOME_QUARANTINED);
    assert_str(row[0].map_hash, "bb");
    assert_str(row[1].map_hash, "aa");
    ok(store_readings(s, m, m, fresh(), &row, &n));
    assert_int_equal(n, 0);
    assert_true(store_verify(s, said)); /* no row of the journal has changed */
    store_close(&s);
}

static void
test_a_message_from_before_readings(void **state)
{
    struct store *s = memory_store();
    uint64_t m = add_message(s, "1", "x");
    struct stored_reading rd = {.map_hash = STR("cc"), .reparse = m, .outcome = OUTCOME_STORED};
    struct reading_row *row;
    size_t n;

    (void)state;
    ok(store_readings(s, 0, 100, fresh(), &row, &n));
    assert_true(str_is_absent(row[0].map_hash));
    ok(store_reading_redo(s, m, OUTCOME_STORED, &rd));
    ok(store_readings(s, 0, 100, fresh(), &row, &n));
    assert_str(row[0].map_hash, "cc");
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 1);
    store_close(&s);
}

static void
test_facts_set_aside_are_read_by_nothing(void **state)
{
    struct store *s = memory_store();
    uint64_t m = add_message(s, "1", "x");
    uint64_t again = add_message(s, "2", "y");
    uint64_t numbers[2];
    uint64_t *whose;
    struct fact_key key = {{1}};
    struct stored_fact *f;
    size_t n;

    (void)state;
    numbers[0] = patient(s, "H", "1");
    numbers[1] = patient(s, "H", "2");
    ok(store_fact_add(s, numbers[0], m, &key, 0, STR("old")));
    ok(store_fact_add(s, numbers[1], m, &key, STORE_FACT_UNREAD, STR("old")));
    ok(store_fact_add(s, numbers[1], again, &key, 0, STR("of another message")));
    for (int round = 0; round < 2; round++) {
        ok(store_facts_set_aside(s, m, again + (uint64_t)round - 1, fresh(), &whose, &n));
        assert_int_equal(n, round == 0 ? 2 : 1);
        assert_int_equal(whose[0], numbers[0]);
        ok(store_fact_add(s, numbers[0], m, &key, 0, STR("new")));
    }
    ok(store_facts_load(s, numbers, 2, fresh(), &f, &n));
    assert_int_equal(n, 2);
    assert_str(f[0].packed, "new");
    assert_str(f[1].packed, "of another message");
    store_close(&s);
}

static void
test_a_link_can_be_unsaid(void **state)
{
    struct store *s = memory_store();
    uint64_t m = add_message(s, "1", "x");
    uint64_t a = patient(s, "H", "1");
    uint64_t b = patient(s, "H", "2");
    uint64_t *numbers;
    uint64_t survivor;
    size_t n;

    (void)state;
    ok(store_link_put(s, a, b, true, stamp_of_utc(1000), m));
    ok(store_patient_joined(s, a, fresh(), &numbers, &n, &survivor));
    assert_int_equal(n, 2);
    ok(store_link_drop(s, b, a));
    ok(store_patient_joined(s, a, fresh(), &numbers, &n, &survivor));
    assert_int_equal(n, 1);
    ok(store_link_put(s, b, a, true, stamp_of_utc(500), m)); /* an older word counts again */
    ok(store_patient_joined(s, a, fresh(), &numbers, &n, &survivor));
    assert_int_equal(survivor, b);
    store_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unmapped_codes_are_counted_by_patient),
        cmocka_unit_test(test_the_list_is_bounded),
        cmocka_unit_test(test_a_reading_and_the_next),
        cmocka_unit_test(test_a_message_from_before_readings),
        cmocka_unit_test(test_facts_set_aside_are_read_by_nothing),
        cmocka_unit_test(test_a_link_can_be_unsaid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
