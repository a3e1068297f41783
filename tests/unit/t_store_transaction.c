#include "store_test.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static void
test_savepoint_rollback_leaves_no_gap(void **state)
{
    struct store *s = open_store();
    uint64_t n;

    (void)state;
    ok(store_begin(s));
    assert_true(store_in_transaction(s));
    assert_int_equal(add_message(s, "1", "x"), 1);
    assert_int_equal(add_event(s, "a", "x"), 1);
    ok(store_savepoint(s));
    assert_int_equal(add_message(s, "2", "x"), 2);
    assert_int_equal(add_event(s, "a", "x"), 2);
    ok(store_audit_add(s, "raised", "engine", STR("a"), stamp_of_utc(1)));
    n = patient(s, "H", "1");
    store_savepoint_rollback(s);
    assert_true(store_in_transaction(s));
    assert_int_equal(store_journal_head(s), 1);
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 1);
    assert_int_equal(store_patient_find(s, (struct patient_ref){STR("H"), STR("1")}, &n),
                     STORE_NONE);
    ok(store_savepoint(s));
    assert_int_equal(add_message(s, "3", "x"), 2);
    assert_int_equal(add_event(s, "a", "x"), 2);
    ok(store_savepoint_release(s));
    ok(store_savepoint(s));
    assert_int_equal(add_message(s, "4", "x"), 3);
    ok(store_savepoint_release(s));
    ok(store_commit(s));
    assert_false(store_in_transaction(s));
    assert_true(store_verify(s, said));
    store_close(&s);
    s = open_store();
    assert_int_equal(store_journal_head(s), 3);
    assert_int_equal(store_outbox_head(s), 2);
    assert_int_equal(add_message(s, "5", "x"), 4);
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_rollback_and_close_undo(void **state)
{
    struct store *s = open_store();

    (void)state;
    assert_int_equal(add_message(s, "1", "x"), 1); /* a transaction of its own */
    assert_false(store_in_transaction(s));
    ok(store_begin(s));
    assert_int_equal(add_message(s, "2", "x"), 2);
    ok(store_savepoint(s));
    assert_int_equal(add_message(s, "3", "x"), 3);
    store_rollback(s);
    assert_false(store_in_transaction(s));
    assert_int_equal(store_journal_head(s), 1);
    ok(store_begin(s));
    assert_int_equal(add_message(s, "4", "x"), 2);
    store_close(&s);
    s = open_store();
    assert_int_equal(store_journal_head(s), 1);
    assert_true(store_verify(s, said));
    store_close(&s);
}

/* A jump out of a full arena in the middle of reading; then the savepoint is undone. */
static void
test_jump_out_of_a_full_arena(void **state)
{
    static unsigned char memory[4096];
    struct store *s = open_store();
    struct arena small;
    jmp_buf trap;
    uint64_t one;
    struct stored_fact *facts;
    size_t n;

    (void)state;
    arena_init(&small, memory, sizeof(memory));
    ok(store_begin(s));
    (void)add_message(s, "1", "x");
    one = patient(s, "H", "1");
    for (int i = 0; i < 200; i++)
        add_fact(s, one, 1, "a fact that takes some bytes of the arena");
    ok(store_savepoint(s));
    (void)add_message(s, "2", "x");
    (void)arena_trap_set(&small, &trap);
    if (setjmp(trap) == 0) {
        ok(store_facts_load(s, &one, 1, &small, &facts, &n));
        fail_msg("%s", "the arena was large enough");
    }
    store_savepoint_rollback(s);
    ok(store_savepoint(s));
    assert_int_equal(add_message(s, "3", "x"), 2);
    ok(store_savepoint_release(s));
    ok(store_facts_load(s, &one, 1, fresh(), &facts, &n));
    assert_int_equal(n, 200);
    ok(store_commit(s));
    assert_true(store_verify(s, said));
    store_checkpoint(s); /* no statement holds an old snapshot */
    store_close(&s);
}

/* Adds messages until the disk is full; how many went in. */
static int
fill_up(struct store *s)
{
    static char payload[3000];
    char control[16];
    uint64_t seq;
    int n = 0;

    memset(payload, 'p', sizeof(payload));
    for (enum store_result r = STORE_OK; r == STORE_OK; n++) {
        assert_true(n < 100000);
        (void)snprintf(control, sizeof(control), "f%d", n);
        if (store_in_transaction(s))
            ok(store_savepoint(s));
        r = try_message(s, control, (struct str){payload, sizeof(payload)}, &seq);
        assert_true(r == STORE_OK || r == STORE_FULL);
        if (r == STORE_OK && store_in_transaction(s))
            ok(store_savepoint_release(s));
    }
    return n - 1;
}

static void
test_full_disk_undoes_the_batch(void **state)
{
    struct store *s = open_store();
    struct str *packed;
    size_t n;

    (void)state;
    assert_int_equal(add_message(s, "1", "x"), 1);
    db_limit_pages(s, db_page_count(s) + 20);
    ok(store_begin(s));
    assert_true(fill_up(s) > 5);
    assert_false(store_in_transaction(s));
    assert_int_equal(store_journal_head(s), 1);
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), 1);
    assert_true(store_verify(s, said));
    ok(store_alerts_list(s, false, fresh(), &packed, &n)); /* reading goes on */
    ok(store_begin(s));
    assert_true(fill_up(s) > 5); /* again, after the first time */
    db_limit_pages(s, 0);
    ok(store_begin(s));
    assert_int_equal(add_message(s, "2", "y"), 2);
    ok(store_commit(s));
    assert_true(store_verify(s, said));
    store_close(&s);
    s = open_store();
    assert_int_equal(store_journal_head(s), 2);
    store_close(&s);
}

/* Without a batch each message is a transaction: the ones before the full disk stay. */
static void
test_full_disk_without_a_batch(void **state)
{
    struct store *s = open_store();
    int n;

    (void)state;
    assert_int_equal(add_event(s, "a", "x"), 1);
    db_limit_pages(s, db_page_count(s) + 20);
    n = fill_up(s);
    assert_true(n > 5);
    assert_int_equal(store_journal_head(s), n);
    assert_false(store_in_transaction(s));
    db_limit_pages(s, 0);
    assert_int_equal(add_message(s, "later", "y"), n + 1);
    assert_int_equal(add_event(s, "a", "x"), 2);
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_full_disk_for_a_backup(void **state)
{
    struct store *s = open_store();
    char name[128];

    (void)state;
    (void)add_message(s, "1", "x");
    (void)snprintf(name, sizeof(name), "/dev/full/backup.db");
    assert_string_equal(store_result_name(store_backup(s, name)), "none");
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_the_wal_is_copied_back(void **state)
{
    static char payload[5000];
    struct store *s = open_store();
    char control[16];
    char name[128];
    struct stat st;
    uint64_t seq;

    (void)state;
    memset(payload, 'p', sizeof(payload));
    for (int i = 0; i < 3 * DB_WAL_PAGES; i++) {
        (void)snprintf(control, sizeof(control), "%d", i);
        if (i % 50 == 0)
            ok(store_begin(s));
        ok(try_message(s, control, (struct str){payload, sizeof(payload)}, &seq));
        if (i % 50 == 49)
            ok(store_commit(s));
    }
    (void)snprintf(name, sizeof(name), "%s-wal", path);
    assert_int_equal(stat(name, &st), 0);
    assert_true(st.st_size < (off_t)2 * DB_WAL_PAGES * 4096); /* 6,000 pages went through it */
    store_checkpoint(s);
    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_size, 0);
    store_close(&s);
}

/* The child: batches of messages with alerts; after each commit it reports the journal head. */
static void
write_until_killed(int report_fd)
{
    struct store *s = open_store();
    char control[32];

    for (unsigned batch = 0;; batch++) {
        uint64_t head;

        ok(store_begin(s));
        for (unsigned i = 0; i < 1 + batch % 20; i++) {
            (void)snprintf(control, sizeof(control), "%u", (unsigned)store_journal_head(s) + 1);
            ok(store_savepoint(s));
            (void)add_message(s, control, "a payload");
            add_fact(s, patient(s, "H", control), store_journal_head(s), "fact");
            (void)add_event(s, control, "packed");
            ok(store_audit_add(s, "raised", "engine", str_from_c(control), stamp_of_utc(1)));
            if (i % 7 == 3)
                store_savepoint_rollback(s);
            else
                ok(store_savepoint_release(s));
        }
        ok(store_commit(s));
        head = store_journal_head(s);
        if (write(report_fd, &head, sizeof(head)) != (ssize_t)sizeof(head))
            _exit(1);
    }
}

/* Lets a child write for some ms and kills it; the last head that it reported. */
static uint64_t
kill_one(int ms)
{
    uint64_t head = 0;
    uint64_t last = 0;
    int fds[2];
    pid_t pid;
    int status;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(fds[0]);
        write_until_killed(fds[1]);
        _exit(1);
    }
    (void)close(fds[1]);
    assert_int_equal(read(fds[0], &last, sizeof(last)), (ssize_t)sizeof(last));
    (void)poll(NULL, 0, ms);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (read(fds[0], &head, sizeof(head)) == (ssize_t)sizeof(head))
        last = head;
    (void)close(fds[0]);
    return last;
}

static void
test_a_killed_writer_loses_nothing(void **state)
{
    uint64_t before = 0;

    (void)state;
    for (int round = 0; round < 20; round++) {
        uint64_t reported = kill_one(1 + round * 7 % 23);
        struct store *s = open_store();
        int64_t n = 0;

        assert_true(reported > before);
        assert_true(store_journal_head(s) >= reported);
        assert_int_equal(store_outbox_head(s), store_journal_head(s)); /* both or neither */
        assert_int_equal(store_count_rows(s, OUTCOME_STORED), store_journal_head(s));
        assert_int_equal(schema_number(s->db, "SELECT count(*) FROM fact", &n), SQLITE_OK);
        assert_int_equal(n, store_journal_head(s));
        if (!store_verify(s, said))
            fail_msg("round %d: %s", round, said);
        before = store_journal_head(s);
        store_close(&s);
    }
}

/* The machine's fault is the end of the process, never an answer: here a page is damaged below the
 * open store. */
static void
test_damage_while_open_is_fatal(void **state)
{
    static unsigned char zeros[4096];
    int status;
    pid_t pid;

    (void)state;
    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store *s = open_store();
        int fd;

        for (int i = 0; i < 300; i++)
            (void)add_message(s, "1", "some payload that takes room");
        store_close(&s);
        s = open_store();
        fd = open(path, O_WRONLY);
        for (off_t at = 4096; at < 200000; at += 4096)
            (void)!pwrite(fd, zeros, sizeof(zeros), at);
        sqlite3_db_release_memory(s->db);
        for (int i = 0; i < 300; i++)
            (void)add_message(s, "2", "some payload that takes room");
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 74); /* EX_IOERR */
}

#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_savepoint_rollback_leaves_no_gap), T(test_rollback_and_close_undo),
        T(test_jump_out_of_a_full_arena),         T(test_full_disk_undoes_the_batch),
        T(test_full_disk_without_a_batch),        T(test_full_disk_for_a_backup),
        T(test_the_wal_is_copied_back),           T(test_a_killed_writer_loses_nothing),
        T(test_damage_while_open_is_fatal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
