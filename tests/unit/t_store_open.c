#include "store_test.h"

static void
expect_refused(enum store_result want, const char *text)
{
    struct store *s = NULL;
    enum store_result r = store_open(path, &s, said);

    assert_string_equal(store_result_name(r), store_result_name(want));
    assert_null(s);
    if (strstr(said, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", said, text);
}

static void
write_file(const char *name, const void *bytes, size_t n)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    assert_int_equal(close(fd), 0);
}

static void
fill_store(int rows)
{
    struct store *s = open_store();
    char control[16];

    ok(store_begin(s));
    for (int i = 0; i < rows; i++) {
        (void)snprintf(control, sizeof(control), "%d", i);
        (void)add_message(s, control, "some payload that takes some room in the file");
    }
    ok(store_commit(s));
    store_close(&s);
    assert_null(s);
}

static void
test_creates_and_opens_again(void **state)
{
    struct store *s = open_store();
    char tag[STORE_TAG_MAX];

    (void)state;
    assert_string_equal(said, "");
    assert_int_equal(strlen(store_tag(s)), STORE_TAG_MAX - 1);
    (void)snprintf(tag, sizeof(tag), "%s", store_tag(s));
    assert_int_equal(store_journal_head(s), 0);
    assert_int_equal(store_outbox_head(s), 0);
    assert_int_equal(store_outbox_first_kept(s), 1);
    assert_int_equal(store_journal_last_received(s), 0);
    assert_true(store_verify(s, said));
    assert_int_equal(add_message(s, "1", "payload"), 1);
    assert_int_equal(add_event(s, "a", "packed"), 1);
    store_close(&s);
    s = open_store();
    assert_string_equal(store_tag(s), tag);
    assert_int_equal(store_journal_head(s), 1);
    assert_int_equal(store_outbox_head(s), 1);
    assert_int_equal(store_journal_last_received(s), 1700000000);
    assert_int_equal(add_message(s, "2", "payload"), 2);
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_tags_differ_but_not_in_memory(void **state)
{
    struct store *a = open_store();
    struct store *b = NULL;
    struct store *c = NULL;
    char tag[STORE_TAG_MAX];

    (void)state;
    (void)snprintf(tag, sizeof(tag), "%s", store_tag(a));
    store_close(&a);
    assert_int_equal(unlink(path), 0);
    a = open_store();
    assert_string_not_equal(tag, store_tag(a));
    ok(store_open(":memory:", &b, said));
    ok(store_open(":memory:", &c, said));
    assert_string_equal(store_tag(b), store_tag(c));
    assert_int_equal(add_message(b, "1", "x"), 1);
    assert_int_equal(store_journal_head(c), 0);
    assert_true(store_verify(b, said));
    store_checkpoint(b);
    store_close(&a);
    store_close(&b);
    store_close(&c);
    store_close(&c);
}

static int64_t
pragma_of(struct store *s, const char *sql)
{
    int64_t n = -1;

    assert_int_equal(schema_number(s->db, sql, &n), SQLITE_OK);
    return n;
}

static void
test_pragmas(void **state)
{
    struct store *s = open_store();
    sqlite3_stmt *stmt;
    int on = 0;

    (void)state;
    assert_int_equal(pragma_of(s, "PRAGMA synchronous"), 2); /* FULL */
    assert_int_equal(pragma_of(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(pragma_of(s, "PRAGMA trusted_schema"), 0);
    assert_int_equal(pragma_of(s, "PRAGMA cell_size_check"), 1);
    assert_int_equal(pragma_of(s, "PRAGMA busy_timeout"), 2000);
    assert_int_equal(pragma_of(s, "PRAGMA journal_size_limit"), 67108864);
    assert_int_equal(pragma_of(s, "PRAGMA wal_autocheckpoint"), 0);
    assert_int_equal(pragma_of(s, "PRAGMA application_id"), DB_APPLICATION_ID);
    assert_int_equal(pragma_of(s, "PRAGMA user_version"), schema_newest());
    assert_int_equal(sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, -1, &on), SQLITE_OK);
    assert_int_equal(on, 1);
    assert_int_equal(sqlite3_prepare_v2(s->db, "PRAGMA journal_mode", -1, &stmt, NULL), 0);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "wal");
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    store_close(&s);
}

/* Whatever the umask of the caller, and it is put back. */
static void
test_files_are_the_owners_alone(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    mode_t mask = umask(0);
    struct store *s = open_store();
    char name[128];
    struct stat st;

    (void)state;
    (void)add_message(s, "1", "x");
    for (size_t i = 0; i < RFD_COUNT(ends); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    (void)snprintf(name, sizeof(name), "%s/backup.db", folder);
    ok(store_backup(s, name));
    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(umask(mask), 0);
    store_close(&s);
}

static void
test_refuses_what_is_no_database(void **state)
{
    char text[4096];

    (void)state;
    write_file(path, "", 0);
    expect_refused(STORE_DAMAGED, "no database");
    memset(text, 'x', sizeof(text));
    write_file(path, text, sizeof(text));
    expect_refused(STORE_DAMAGED, "no database");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_refused(STORE_DAMAGED, "can not be read");
    assert_int_equal(rmdir(path), 0);
}

/* Nothing of it is changed. */
static void
test_refuses_a_foreign_database(void **state)
{
    struct stat before;
    struct stat after;
    sqlite3 *db = NULL;

    (void)state;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE a(b); INSERT INTO a VALUES(1)", 0, 0, 0), 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(stat(path, &before), 0);
    expect_refused(STORE_FOREIGN, "not refractd's");
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
}

static void
test_refuses_a_newer_one(void **state)
{
    struct store *s = NULL;

    (void)state;
    fill_store(1);
    tamper("PRAGMA user_version=9999");
    expect_refused(STORE_NEWER, "newer refractd");
    assert_string_equal(store_result_name(store_open_reader(path, &s, said)), "newer");
    tamper("PRAGMA user_version=0");
    expect_refused(STORE_DAMAGED, "no version");
    assert_string_equal(store_result_name(store_open_reader(path, &s, said)), "none");
    tamper("PRAGMA application_id=1");
    assert_string_equal(store_result_name(store_open_reader(path, &s, said)), "foreign");
}

static void
test_refuses_a_truncated_one(void **state)
{
    struct stat st;

    (void)state;
    fill_store(400);
    assert_int_equal(stat(path, &st), 0);
    for (off_t size = st.st_size - 4096; size > 4096; size -= st.st_size / 5) {
        assert_int_equal(truncate(path, size), 0);
        expect_refused(STORE_DAMAGED, "restore a backup");
    }
    assert_int_equal(truncate(path, 50), 0);
    expect_refused(STORE_DAMAGED, "restore a backup");
    assert_int_equal(truncate(path, 0), 0);
    expect_refused(STORE_DAMAGED, "restore a backup");
}

static void
test_refuses_damaged_rows_and_missing_parts(void **state)
{
    (void)state;
    fill_store(3);
    tamper("UPDATE journal SET payload = x'00' WHERE seq = 3");
    expect_refused(STORE_DAMAGED, "journal row 3");
    tamper("DELETE FROM chain_head WHERE name = 'audit'");
    tamper("UPDATE journal SET payload = NULL WHERE seq = 3");
    expect_refused(STORE_DAMAGED, "no chain");
    tamper("DELETE FROM store");
    expect_refused(STORE_DAMAGED, "no tag");
}

/* The database was moved away but not its WAL: a new one must not take its place. */
static void
test_refuses_a_lonely_wal(void **state)
{
    char name[128];

    (void)state;
    (void)snprintf(name, sizeof(name), "%s-wal", path);
    write_file(name, "frames", 6);
    expect_refused(STORE_DAMAGED, "-wal");
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(unlink(name), 0);
    fill_store(1);
}

static void
test_says_why_it_can_not_open(void **state)
{
    struct store *s = NULL;
    char missing[128];

    (void)state;
    (void)snprintf(missing, sizeof(missing), "%s/no/such/folder.db", folder);
    assert_string_equal(store_result_name(store_open(missing, &s, said)), "none");
    assert_non_null(strstr(said, "lock file"));
    assert_string_equal(store_result_name(store_open_reader(path, &s, said)), "none");
    assert_non_null(strstr(said, "can not be opened"));
}

static void
test_one_writer(void **state)
{
    struct store *s = open_store();

    (void)state;
    expect_refused(STORE_NONE, "in use");
    store_close(&s);
    s = open_store();
    store_close(&s);
}

/* A crash while the first database was made leaves only the unfinished file. */
static void
test_begins_anew_after_an_unfinished_start(void **state)
{
    char name[128];

    (void)state;
    (void)snprintf(name, sizeof(name), "%s.new", path);
    write_file(name, "half", 4);
    fill_store(1);
    assert_int_equal(access(name, F_OK), -1);
}

static void
test_reader(void **state)
{
    struct store *s = open_store();
    struct store *r = NULL;
    struct outbox_row *rows;
    size_t n;

    (void)state;
    ok(store_open_reader(path, &r, said));
    assert_string_equal(store_tag(r), store_tag(s));
    ok(store_begin(s));
    (void)add_message(s, "1", "x");
    (void)add_event(s, "a", "packed");
    assert_int_equal(store_journal_head(r), 0);
    ok(store_commit(s));
    assert_int_equal(store_journal_head(r), 1);
    assert_int_equal(store_outbox_head(r), 1);
    assert_int_equal(store_count_rows(r, OUTCOME_STORED), 1);
    ok(store_outbox_fetch(r, 0, 10, fresh(), &rows, &n));
    assert_int_equal(n, 1);
    assert_str(rows[0].packed, "packed");
    assert_int_equal(sqlite3_exec(r->db, "DELETE FROM journal", 0, 0, 0), SQLITE_READONLY);
    assert_true(store_verify(r, said));
    store_checkpoint(s);
    store_close(&s);
    assert_int_equal(store_journal_head(r), 1);
    store_close(&r);
}

static void
test_backup_is_a_store(void **state)
{
    struct store *s = open_store();
    char name[128];

    (void)state;
    (void)add_message(s, "1", "x");
    (void)snprintf(name, sizeof(name), "%s/backup.db", folder);
    ok(store_backup(s, name));
    assert_string_equal(store_result_name(store_backup(s, name)), "none");
    (void)snprintf(name, sizeof(name), "%s/no/backup.db", folder);
    assert_string_equal(store_result_name(store_backup(s, name)), "none");
    (void)add_message(s, "2", "y");
    store_close(&s);
    (void)snprintf(path, sizeof(path), "%s/backup.db", folder);
    s = open_store();
    assert_int_equal(store_journal_head(s), 1);
    assert_true(store_verify(s, said));
    store_close(&s);
}

static void
test_migrates_after_a_copy(void **state)
{
    const int now = schema_newest();
    const struct migration later[] = {
        schema_migrations[0],
        {now + 1, "CREATE TABLE added(x) STRICT"}, /* fails: STRICT wants a type */
        {now + 2, "CREATE TABLE third(x INTEGER) STRICT"},
    };
    const struct migration good[] = {
        schema_migrations[0],
        {now + 1, "CREATE TABLE added(x INTEGER) STRICT"},
        {now + 2, "CREATE TABLE third(x INTEGER) STRICT"},
    };
    struct store *s = open_store();
    int64_t n = 0;

    (void)state;
    (void)add_message(s, "1", "x");
    assert_int_equal(schema_migrate(s->db, path, schema_migrations, 1), SQLITE_OK);
    assert_int_equal(schema_migrate(s->db, path, later, 3), SQLITE_ERROR);
    assert_int_equal(pragma_of(s, "PRAGMA user_version"), now);
    assert_int_equal(schema_migrate(s->db, path, good, 3), SQLITE_OK);
    assert_int_equal(pragma_of(s, "PRAGMA user_version"), now + 2);
    assert_int_equal(schema_number(s->db, "SELECT count(*) FROM added, third", &n), SQLITE_OK);
    store_close(&s);
    expect_refused(STORE_NEWER, "newer");
    (void)snprintf(path, sizeof(path), "%s/store.db.before-v%d", folder, now + 2);
    s = open_store();
    assert_int_equal(pragma_of(s, "PRAGMA user_version"), now);
    assert_int_equal(store_journal_head(s), 1);
    store_close(&s);
}

/* Which statements may read a whole table: lists that ask for all of it. */
static bool
may_scan(enum stmt which)
{
    return which == STMT_JOURNAL_LIST_STORED || which == STMT_JOURNAL_LAST ||
           which == STMT_PATIENTS_ALL || which == STMT_ALERTS_LIST ||
           which == STMT_ALERTS_LIST_OPEN || which == STMT_OUTBOX_FIRST || which == STMT_CURSORS ||
           which == STMT_PENDING_LIST || which == STMT_RULE_ACTS || which == STMT_RULE_TIMES ||
           which == STMT_COUNTERS || which == STMT_UNMAPPED_LIST;
}

static void
test_no_statement_scans_a_table(void **state)
{
    struct store *s = open_store();

    (void)state;
    for (unsigned i = 0; i < STMT_COUNT; i++) {
        sqlite3_stmt *stmt = NULL;
        char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", stmt_sql((enum stmt)i));

        assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(stmt, 3);
            bool scan = strncmp(step, "SCAN ", 5) == 0 && strstr(step, "CONSTANT") == NULL &&
                        strstr(step, "joined") == NULL && strstr(step, "subquery") == NULL;

            if (scan && !may_scan((enum stmt)i))
                fail_msg("%s: %s", sql, step);
            if (strstr(step, "AUTOMATIC") != NULL)
                fail_msg("%s: %s", sql, step);
        }
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
        sqlite3_free(sql);
    }
    store_close(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_creates_and_opens_again),
        T(test_tags_differ_but_not_in_memory),
        T(test_pragmas),
        T(test_files_are_the_owners_alone),
        T(test_refuses_what_is_no_database),
        T(test_refuses_a_foreign_database),
        T(test_refuses_a_newer_one),
        T(test_refuses_a_truncated_one),
        T(test_refuses_damaged_rows_and_missing_parts),
        T(test_refuses_a_lonely_wal),
        T(test_says_why_it_can_not_open),
        T(test_one_writer),
        T(test_begins_anew_after_an_unfinished_start),
        T(test_reader),
        T(test_backup_is_a_store),
        T(test_migrates_after_a_copy),
        T(test_no_statement_scans_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
