#include "store_test.h"

enum { ROWS = 300 }; /* more than DB_CHECK_ROWS */

static void
fill(void)
{
    struct store *s = open_store();
    char control[16];

    ok(store_begin(s));
    for (int i = 1; i <= ROWS; i++) {
        (void)snprintf(control, sizeof(control), "%d", i);
        (void)add_message(s, control, control);
        (void)add_event(s, control, control);
        ok(store_audit_add(s, "raised", "engine", str_from_c(control), stamp_of_utc(i)));
    }
    ok(store_commit(s));
    assert_true(store_verify(s, said));
    store_close(&s);
}

/* Opens (old rows are not looked at then) and verifies: false, and the text names the place. */
static void
expect_found(const char *place)
{
    struct store *s = open_store();

    if (store_verify(s, said))
        fail_msg("not found: %s", place);
    if (strstr(said, place) == NULL)
        fail_msg("\"%s\" does not name %s", said, place);
    store_close(&s);
}

struct attack {
    const char *sql;
    const char *undo;
    const char *place;
};

static const struct attack attacks[] = {
    /* a flipped byte of a payload */
    {"UPDATE journal SET payload = x'3134' WHERE seq = 5",
     "UPDATE journal SET payload = x'35' WHERE seq = 5", "journal row 5:"},
    {"UPDATE outbox SET packed = x'36' WHERE seq = 5",
     "UPDATE outbox SET packed = x'35' WHERE seq = 5", "outbox row 5:"},
    /* edited columns */
    {"UPDATE journal SET outcome = 2 WHERE seq = 6", "UPDATE journal SET outcome = 0 WHERE seq = 6",
     "journal row 6:"},
    {"UPDATE journal SET kind = 1 WHERE seq = 6", "UPDATE journal SET kind = 0 WHERE seq = 6",
     "journal row 6:"},
    {"UPDATE journal SET feed = 'lbb' WHERE seq = 6",
     "UPDATE journal SET feed = 'lab' WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET control_id = '66' WHERE seq = 6",
     "UPDATE journal SET control_id = '6' WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET sender = NULL WHERE seq = 6",
     "UPDATE journal SET sender = 'LIS' WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET type = 'ORU^R01LIS', sender = '' WHERE seq = 6",
     "UPDATE journal SET type = 'ORU^R01', sender = 'LIS' WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET reason = NULL WHERE seq = 6",
     "UPDATE journal SET reason = '' WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET place = 'x' WHERE seq = 6", "UPDATE journal SET place = '' WHERE seq = 6",
     "journal row 6:"},
    {"UPDATE journal SET received_s = received_s + 1 WHERE seq = 6",
     "UPDATE journal SET received_s = received_s - 1 WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET received_offset = 0 WHERE seq = 6",
     "UPDATE journal SET received_offset = 60 WHERE seq = 6", "journal row 6:"},
    {"UPDATE journal SET received_precision = 1 WHERE seq = 6",
     "UPDATE journal SET received_precision = 5 WHERE seq = 6", "journal row 6:"},
    {"UPDATE outbox SET quiet = 1 WHERE seq = 7", "UPDATE outbox SET quiet = 0 WHERE seq = 7",
     "outbox row 7:"},
    {"UPDATE outbox SET kind = 2 WHERE seq = 7", "UPDATE outbox SET kind = 1 WHERE seq = 7",
     "outbox row 7:"},
    {"UPDATE outbox SET alert_id = '8' WHERE seq = 7",
     "UPDATE outbox SET alert_id = '7' WHERE seq = 7", "outbox row 7:"},
    {"UPDATE outbox SET version = 2 WHERE seq = 7", "UPDATE outbox SET version = 1 WHERE seq = 7",
     "outbox row 7:"},
    {"UPDATE audit SET actor = 'nobody' WHERE seq = 8",
     "UPDATE audit SET actor = 'engine' WHERE seq = 8", "audit row 8:"},
    {"UPDATE audit SET event = 'x' WHERE seq = 8",
     "UPDATE audit SET event = 'raised' WHERE seq = 8", "audit row 8:"},
    {"UPDATE audit SET subject = 'x' WHERE seq = 8", "UPDATE audit SET subject = '8' WHERE seq = 8",
     "audit row 8:"},
    {"UPDATE audit SET at_s = 9 WHERE seq = 8", "UPDATE audit SET at_s = 8 WHERE seq = 8",
     "audit row 8:"},
    /* a row and its hash from elsewhere */
    {"UPDATE journal SET payload = x'3137', payload_sha = (SELECT payload_sha FROM journal WHERE "
     "seq = 17) WHERE seq = 5",
     "UPDATE journal SET payload = x'35', payload_sha = (SELECT payload_sha FROM outbox WHERE seq "
     "= 5) WHERE seq = 5",
     "journal row 5:"},
    /* swapped rows */
    {"UPDATE journal SET seq = -1 WHERE seq = 9; UPDATE journal SET seq = 9 WHERE seq = 10; UPDATE "
     "journal SET seq = 10 WHERE seq = -1",
     "UPDATE journal SET seq = -1 WHERE seq = 9; UPDATE journal SET seq = 9 WHERE seq = 10; UPDATE "
     "journal SET seq = 10 WHERE seq = -1",
     "journal row 9:"},
    {"UPDATE audit SET seq = -1 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 200; UPDATE "
     "audit SET seq = 200 WHERE seq = -1",
     "UPDATE audit SET seq = -1 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 200; UPDATE "
     "audit SET seq = 200 WHERE seq = -1",
     "audit row "},
    /* deleted rows, and one that was put in */
    {"CREATE TABLE k AS SELECT * FROM audit WHERE seq = 11; DELETE FROM audit WHERE seq = 11",
     "INSERT INTO audit SELECT * FROM k; DROP TABLE k", "audit row 11: the row is missing"},
    {"CREATE TABLE k AS SELECT * FROM outbox WHERE seq = 1; DELETE FROM outbox WHERE seq = 1",
     "INSERT INTO outbox SELECT * FROM k; DROP TABLE k", "outbox row 1: the row is missing"},
};

static void
test_finds_what_was_changed(void **state)
{
    (void)state;
    fill();
    for (size_t i = 0; i < RFD_COUNT(attacks); i++) {
        struct store *s;

        if (strstr(attacks[i].sql, "audit SET seq = -1") != NULL) {
            tamper(attacks[i].sql); /* row 200 is a new one: seen at once */
            assert_int_equal(store_open(path, &s, said), STORE_DAMAGED);
        } else {
            tamper(attacks[i].sql);
            expect_found(attacks[i].place);
        }
        tamper(attacks[i].undo);
        s = open_store();
        if (!store_verify(s, said))
            fail_msg("after undoing %s: %s", attacks[i].sql, said);
        store_close(&s);
    }
}

static void
test_finds_a_cut_tail(void **state)
{
    struct store *s = NULL;

    (void)state;
    fill();
    tamper("DELETE FROM outbox WHERE seq = 300");
    assert_int_equal(store_open(path, &s, said), STORE_DAMAGED);
    assert_non_null(strstr(said, "outbox row 300: the row is missing"));
    tamper("DELETE FROM outbox");
    assert_int_equal(store_open(path, &s, said), STORE_DAMAGED);
    assert_non_null(strstr(said, "outbox row 44: the row is missing"));
}

/* Even when the head is set back with it, the heads of the next rows do not fit. */
static void
test_finds_a_changed_head(void **state)
{
    struct store *s = NULL;

    (void)state;
    fill();
    tamper("UPDATE chain_head SET chain = (SELECT chain FROM audit WHERE seq = 1) "
           "WHERE name = 'audit'");
    assert_int_equal(store_open(path, &s, said), STORE_DAMAGED);
    assert_non_null(strstr(said, "head"));
    tamper("UPDATE chain_head SET seq = 1000 WHERE name = 'audit'");
    assert_int_equal(store_open(path, &s, said), STORE_DAMAGED);
}

/* Rows of another store do not fit, though they are the same rows. */
static void
test_rows_of_another_store_do_not_fit(void **state)
{
    char sql[200];
    char first[sizeof(path)];
    struct store *s = NULL;

    (void)state;
    fill();
    (void)snprintf(first, sizeof(first), "%s", path);
    (void)snprintf(path, sizeof(path), "%s/other.db", folder);
    fill();
    (void)snprintf(sql, sizeof(sql),
                   "ATTACH '%s' AS o; DELETE FROM outbox; INSERT INTO outbox SELECT * FROM "
                   "o.outbox;",
                   first);
    tamper(sql);
    assert_int_equal(store_open(path, &s, said), STORE_DAMAGED);
}

static void
test_an_erased_payload_still_verifies(void **state)
{
    struct store *s;
    struct journal_row row;

    (void)state;
    fill();
    tamper("UPDATE journal SET payload = NULL WHERE seq = 4");
    s = open_store();
    assert_true(store_verify(s, said));
    ok(store_journal_get(s, 4, fresh(), &row));
    assert_true(str_is_absent(row.payload));
    assert_str(row.control_id, "4");
    store_close(&s);
}

static char *
find(char *bytes, size_t n, const char *what)
{
    for (size_t i = 0; i + strlen(what) <= n; i++) {
        if (memcmp(bytes + i, what, strlen(what)) == 0)
            return bytes + i;
    }
    return NULL;
}

/* A bit flipped in the file itself, below SQLite: in a payload that SQLite takes no notice of. */
static void
test_finds_a_flipped_bit_in_the_file(void **state)
{
    static const char canary[] = "canary-payload-of-row-two";
    struct store *s = open_store();
    static char bytes[1 << 20];
    ssize_t n;
    char *at;
    int fd;

    (void)state;
    (void)add_message(s, "1", "x");
    (void)add_message(s, "2", canary);
    for (int i = 0; i < ROWS; i++)
        (void)add_message(s, "3", "y");
    store_close(&s);
    fd = open(path, O_RDWR);
    n = read(fd, bytes, sizeof(bytes));
    assert_true(n > 0);
    at = find(bytes, (size_t)n, canary);
    if (at == NULL)
        fail();
    else
        *at ^= 4;
    assert_int_equal(pwrite(fd, at, 1, at - bytes), 1);
    assert_int_equal(close(fd), 0);
    expect_found("journal row 2: the payload");
}

#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_finds_what_was_changed),
        T(test_finds_a_cut_tail),
        T(test_finds_a_changed_head),
        T(test_rows_of_another_store_do_not_fit),
        T(test_an_erased_payload_still_verifies),
        T(test_finds_a_flipped_bit_in_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
