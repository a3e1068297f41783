#include "store_test.h"

static struct store *
memory_store(void)
{
    struct store *s = NULL;

    ok(store_open(":memory:", &s, said));
    return s;
}

static void
test_journal_comes_back_as_it_went_in(void **state)
{
    static const char odd[] = "A\0B\xff\xfe|\r";
    struct store *s = memory_store();
    struct journal_row row = {
        .kind = JOURNAL_ENTRY,
        .feed = STR_NONE,
        .control_id = STR(""),
        .sender = STR(odd),
        .type = STR("ORU^R01"),
        .outcome = OUTCOME_QUARANTINED,
        .reason = STR("bad_date"),
        .place = STR("OBX[3]-14"),
        .received = {-5, -330, PRECISION_MINUTE},
        .payload = STR(odd),
        .payload_sha = sha256_of(odd, sizeof(odd) - 1),
    };
    struct journal_row got;

    (void)state;
    ok(store_journal_add(s, &row));
    assert_int_equal(row.seq, 1);
    ok(store_journal_get(s, 1, fresh(), &got));
    assert_int_equal(got.seq, 1);
    assert_int_equal(got.kind, JOURNAL_ENTRY);
    assert_true(str_is_absent(got.feed));
    assert_true(str_eq(got.control_id, STR("")));
    assert_true(str_eq(got.sender, row.sender));
    assert_str(got.type, "ORU^R01");
    assert_int_equal(got.outcome, OUTCOME_QUARANTINED);
    assert_str(got.reason, "bad_date");
    assert_str(got.place, "OBX[3]-14");
    assert_int_equal(got.received.utc_s, -5);
    assert_int_equal(got.received.offset_min, -330);
    assert_int_equal(got.received.precision, PRECISION_MINUTE);
    assert_true(str_eq(got.payload, row.payload));
    assert_int_equal(sha256_cmp(&got.payload_sha, &row.payload_sha), 0);
    assert_string_equal(store_result_name(store_journal_get(s, 2, fresh(), &got)), "none");
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_duplicates_are_found(void **state)
{
    struct store *s = memory_store();
    struct sha256 x = sha256_of("x", 1);
    struct sha256 y = sha256_of("y", 1);
    uint64_t seq = 0;

    (void)state;
    (void)add_message(s, "1", "x");
    (void)add_message(s, "2", "x");
    ok(store_journal_find(s, STR("lab"), STR("2"), &x, &seq));
    assert_int_equal(seq, 2);
    assert_int_equal(store_journal_find(s, STR("lab"), STR("2"), &y, &seq), STORE_NONE);
    assert_int_equal(store_journal_find(s, STR("lab"), STR("3"), &x, &seq), STORE_NONE);
    assert_int_equal(store_journal_find(s, STR("other"), STR("2"), &x, &seq), STORE_NONE);
    assert_int_equal(store_journal_find(s, STR_NONE, STR("2"), &x, &seq), STORE_NONE);
    assert_int_equal(seq, 2);
    assert_true(store_journal_has_control(s, STR("lab"), STR("1")));
    assert_false(store_journal_has_control(s, STR("lab"), STR("3")));
    assert_false(store_journal_has_control(s, STR("other"), STR("1")));
    store_close(&s);
}

/* A tick repeats its name and content, and is neither a duplicate nor a message. */
static void
test_ticks_are_no_messages(void **state)
{
    struct store *s = memory_store();
    struct journal_row tick = {
        .kind = JOURNAL_TICK,
        .feed = STR("tick"),
        .control_id = STR("7"),
        .payload = STR("7"),
        .payload_sha = sha256_of("7", 1),
    };
    uint64_t seq;

    (void)state;
    ok(store_journal_add(s, &tick));
    ok(store_journal_add(s, &tick));
    assert_int_equal(tick.seq, 2);
    assert_int_equal(store_journal_find(s, tick.feed, tick.control_id, &tick.payload_sha, &seq),
                     STORE_NONE);
    assert_false(store_journal_has_control(s, tick.feed, tick.control_id));
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 0);
    (void)add_message(s, "1", "x");
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 1);
    store_close(&s);
}

static void
add_outcome(struct store *s, enum outcome o)
{
    struct journal_row row = {
        .feed = STR("lab"), .outcome = o, .payload = STR("x"), .payload_sha = sha256_of("x", 1)};

    ok(store_journal_add(s, &row));
}

static void
test_journal_lists_by_outcome(void **state)
{
    static const enum outcome o[] = {OUTCOME_STORED,  OUTCOME_QUARANTINED, OUTCOME_IGNORED,
                                     OUTCOME_STORED,  OUTCOME_QUARANTINED, OUTCOME_QUARANTINED,
                                     OUTCOME_IGNORED, OUTCOME_STORED};
    struct store *s = memory_store();
    struct journal_row *rows;
    size_t n;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(o); i++)
        add_outcome(s, o[i]);
    ok(store_journal_list(s, OUTCOME_QUARANTINED, 0, 10, fresh(), &rows, &n));
    assert_int_equal(n, 3);
    assert_int_equal(rows[0].seq, 2);
    assert_int_equal(rows[2].seq, 6);
    assert_true(str_is_absent(rows[0].payload));
    ok(store_journal_list(s, OUTCOME_QUARANTINED, 2, 1, fresh(), &rows, &n));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].seq, 5);
    ok(store_journal_list(s, OUTCOME_STORED, 1, 10, fresh(), &rows, &n));
    assert_int_equal(n, 2);
    assert_int_equal(rows[1].seq, 8);
    ok(store_journal_list(s, OUTCOME_IGNORED, 7, 10, fresh(), &rows, &n));
    assert_int_equal(n, 0);
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 3);
    assert_int_equal(store_count_rows(s, OUTCOME_QUARANTINED), 3);
    assert_int_equal(store_count_rows(s, OUTCOME_IGNORED), 2);
    assert_int_equal(store_count_rows(s, OUTCOME_DUPLICATE), 0);
    store_close(&s);
}

static void
test_facts_of_several_patients(void **state)
{
    struct store *s = memory_store();
    uint64_t a = patient(s, "H", "1");
    uint64_t b = patient(s, "H", "2");
    uint64_t both[] = {a, b};
    struct stored_fact *facts;
    size_t n;

    (void)state;
    (void)add_message(s, "1", "x");
    (void)add_message(s, "2", "y");
    add_fact(s, b, 1, "b1");
    add_fact(s, a, 2, "a2");
    add_fact(s, a, 2, "a2 again");
    add_fact(s, a, 1, "a1");
    add_fact(s, a, 1, "a1"); /* every version is a row, even an equal one */
    ok(store_facts_load(s, both, 2, fresh(), &facts, &n));
    assert_int_equal(n, 5);
    assert_str(facts[0].packed, "a1");
    assert_str(facts[1].packed, "a1");
    assert_str(facts[2].packed, "a2");
    assert_str(facts[3].packed, "a2 again");
    assert_str(facts[4].packed, "b1");
    ok(store_facts_load(s, &b, 1, fresh(), &facts, &n));
    assert_int_equal(n, 1);
    ok(store_facts_load(s, NULL, 0, fresh(), &facts, &n));
    assert_int_equal(n, 0);
    store_close(&s);
}

/* Kept, but nothing can read it: never loaded. What is loaded brings its key. */
static void
test_unread_facts(void **state)
{
    struct fact_key key = {{7, 1}};
    struct store *s = memory_store();
    uint64_t a = patient(s, "H", "1");
    struct stored_fact *facts;
    size_t n;

    (void)state;
    (void)add_message(s, "1", "x");
    for (int i = 0; i < 3; i++)
        ok(store_fact_add(s, a, 1, &key, STORE_FACT_UNREAD, STR("raw")));
    ok(store_fact_add(s, a, 1, &key, FACT_THERAPY, STR("dose")));
    add_fact(s, a, 1, "value");
    ok(store_facts_load(s, &a, 1, fresh(), &facts, &n));
    assert_int_equal(n, 2);
    assert_str(facts[0].packed, "value");
    assert_str(facts[1].packed, "dose");
    assert_int_equal(fact_key_cmp(&facts[1].key, &key), 0);
    assert_int_not_equal(fact_key_cmp(&facts[0].key, &key), 0);
    store_close(&s);
}

/* More than the first room of a list, and larger than a page. */
static void
test_many_and_large_facts(void **state)
{
    static char big[20000];
    struct store *s = memory_store();
    uint64_t a = patient(s, "H", "1");
    struct stored_fact *facts;
    size_t n;

    (void)state;
    memset(big, 'z', sizeof(big) - 1);
    (void)add_message(s, "1", "x");
    for (int i = 0; i < 100; i++)
        add_fact(s, a, 1, big + i);
    ok(store_facts_load(s, &a, 1, fresh(), &facts, &n));
    assert_int_equal(n, 100);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(facts[i].packed.n, sizeof(big) - 1 - i);
        assert_memory_equal(facts[i].packed.p, big, facts[i].packed.n);
    }
    store_close(&s);
}

static void
put_alert(struct store *s, uint64_t number, const char *id, enum alert_state st, const char *packed)
{
    struct alert al = {.id = str_from_c(id), .version = 1, .state = st};

    ok(store_alert_put(s, number, &al, str_from_c(packed)));
}

static void
test_alerts(void **state)
{
    struct store *s = memory_store();
    uint64_t a = patient(s, "H", "1");
    uint64_t b = patient(s, "H", "2");
    uint64_t both[] = {a, b};
    uint64_t number = 0;
    struct str *packed;
    struct str one;
    size_t n;

    (void)state;
    put_alert(s, b, "t-10", ALERT_NEW, "ten");
    put_alert(s, a, "t-9", ALERT_NEW, "nine");
    put_alert(s, a, "t-11", ALERT_RETRACTED, "eleven");
    put_alert(s, b, "t-10", ALERT_OVERRIDDEN, "ten, version 2");
    ok(store_alert_get(s, STR("t-10"), fresh(), &number, &one));
    assert_int_equal(number, b);
    assert_str(one, "ten, version 2");
    assert_int_equal(store_alert_get(s, STR("t-1"), fresh(), &number, &one), STORE_NONE);
    ok(store_alerts_list(s, false, fresh(), &packed, &n));
    assert_int_equal(n, 3);
    assert_str(packed[0], "ten, version 2"); /* in order of first raise */
    assert_str(packed[2], "eleven");
    ok(store_alerts_list(s, true, fresh(), &packed, &n));
    assert_int_equal(n, 1); /* nobody need look at what is overridden */
    assert_str(packed[0], "nine");
    ok(store_alerts_load(s, both, 2, fresh(), &packed, &n));
    assert_int_equal(n, 3);
    assert_str(packed[0], "nine");
    assert_str(packed[2], "ten, version 2");
    store_close(&s);
}

static void
test_outbox(void **state)
{
    struct store *s = memory_store();
    struct outbox_row row = {.kind = 3, .quiet = true, .alert_id = STR("t-1"), .version = 4};
    struct outbox_row *rows;
    size_t n;

    (void)state;
    assert_int_equal(add_event(s, "t-1", "one"), 1);
    assert_int_equal(add_event(s, "t-2", "two"), 2);
    ok(store_outbox_add(s, &row));
    assert_int_equal(row.seq, 3);
    ok(store_outbox_fetch(s, 1, 10, fresh(), &rows, &n));
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].seq, 2);
    assert_false(rows[0].quiet);
    assert_str(rows[0].packed, "two");
    assert_int_equal(rows[1].kind, 3);
    assert_true(rows[1].quiet);
    assert_str(rows[1].alert_id, "t-1");
    assert_int_equal(rows[1].version, 4);
    ok(store_outbox_fetch(s, 0, 2, fresh(), &rows, &n));
    assert_int_equal(n, 2);
    assert_int_equal(rows[1].seq, 2);
    ok(store_outbox_fetch(s, 3, 2, fresh(), &rows, &n));
    assert_int_equal(n, 0);
    assert_int_equal(store_outbox_head(s), 3);
    assert_int_equal(store_outbox_first_kept(s), 1);
    store_close(&s);
}

static void
test_cursors_counters_knowledge(void **state)
{
    struct store *s = memory_store();
    struct cursor_row *cursor;
    struct counter_row *counter;
    size_t n;

    (void)state;
    assert_int_equal(store_cursor_get(s, STR("pager")), 0);
    ok(store_cursor_put(s, STR("pager"), 5));
    ok(store_cursor_put(s, STR("ehr"), 7));
    ok(store_cursor_put(s, STR("pager"), 6));
    assert_int_equal(store_cursor_get(s, STR("pager")), 6);
    ok(store_cursors(s, fresh(), &cursor, &n));
    assert_int_equal(n, 2);
    assert_str(cursor[0].route, "ehr");
    assert_int_equal(cursor[1].seq, 6);
    ok(store_count(s, "refused", STR_NONE, 2));
    ok(store_count(s, "refused", STR(""), 3));
    ok(store_count(s, "duplicates", STR("lab"), 1));
    ok(store_counters(s, fresh(), &counter, &n));
    assert_int_equal(n, 2);
    assert_str(counter[0].counter, "duplicates");
    assert_str(counter[0].label, "lab");
    assert_int_equal(counter[1].value, 5);
    (void)add_message(s, "1", "x");
    assert_false(store_knowledge_has(s, STR("abc")));
    ok(store_knowledge_put(s, STR("abc"), STR("bytes"), 1));
    ok(store_knowledge_put(s, STR("abc"), STR("bytes"), 1));
    assert_true(store_knowledge_has(s, STR("abc")));
    store_close(&s);
}

static void
test_audit_is_chained(void **state)
{
    struct store *s = memory_store();

    (void)state;
    for (int i = 0; i < 5; i++)
        ok(store_audit_add(s, "acknowledged", "refractctl", i == 2 ? STR_NONE : STR("t-1"),
                           stamp_of_utc(1700000000 + i)));
    assert_int_equal(s->heads.of[CHAIN_AUDIT].seq, 5);
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(outcome_name(OUTCOME_STORED), "stored");
    assert_string_equal(outcome_name(OUTCOME_DUPLICATE), "duplicate");
    assert_string_equal(outcome_name(OUTCOME_IGNORED), "ignored");
    assert_string_equal(outcome_name(OUTCOME_QUARANTINED), "quarantined");
    assert_string_equal(outcome_name(OUTCOME_REFUSED), "refused");
    assert_string_equal(outcome_name(OUTCOME_BUSY), "busy");
    assert_string_equal(store_result_name(STORE_FOREIGN), "foreign");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal_comes_back_as_it_went_in),
        cmocka_unit_test(test_duplicates_are_found),
        cmocka_unit_test(test_ticks_are_no_messages),
        cmocka_unit_test(test_journal_lists_by_outcome),
        cmocka_unit_test(test_facts_of_several_patients),
        cmocka_unit_test(test_unread_facts),
        cmocka_unit_test(test_many_and_large_facts),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_outbox),
        cmocka_unit_test(test_cursors_counters_knowledge),
        cmocka_unit_test(test_audit_is_chained),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
