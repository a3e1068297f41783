#include "store/db.h"

#include "sys/fatal.h"

#include <errno.h>

/* A disk or quota without room. SQLite says FULL for ENOSPC on a write, but not for EDQUOT, and not
 * when the index of the WAL can not grow. A failed fsync is never this: what it lost is unknown, so
 * only a restart, which reads everything anew, tells the truth. */
static bool
is_full(struct store *s, int rc)
{
    int no = sqlite3_system_errno(s->db);

    if ((rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE)
        return true;
    return rc == SQLITE_IOERR_WRITE && (no == ENOSPC || no == EDQUOT);
}

static void
done(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt); /* repeats the error of the last step, which was looked at */
    (void)sqlite3_clear_bindings(stmt);
}

void
db_quiet(struct store *s)
{
    for (size_t i = 0; i < STMT_COUNT; i++) {
        if (s->stmt[i] != NULL && sqlite3_stmt_busy(s->stmt[i]))
            done(s->stmt[i]);
    }
}

void
db_forget(struct store *s)
{
    db_kept_forget(s);
    if (s->begun)
        s->heads = s->heads_begin;
    s->begun = false;
    s->in_savepoint = false;
}

/* The whole transaction goes: SQLite may have undone it already, and half a batch helps nobody. */
static enum store_result
lose(struct store *s)
{
    db_quiet(s);
    if (sqlite3_get_autocommit(s->db) == 0 &&
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        fatal(FATAL_STORE, "store.rollback_failed",
              LOG_NUM("code", sqlite3_extended_errcode(s->db)));
    db_forget(s);
    return STORE_FULL;
}

static enum store_result
failed(const struct query *q, int rc)
{
    struct store *s = q->store;
    bool full = is_full(s, rc);
    int no = sqlite3_system_errno(s->db);

    db_done(q);
    if (full)
        return lose(s);
    fatal(FATAL_STORE, "store.failed", LOG_NUM("code", rc), LOG_NAME("means", sqlite3_errstr(rc)),
          LOG_ERRNO("system", no), LOG_NUM("statement", q->which));
}

static void
bind(const struct query *q, int at, const struct db_value *v)
{
    int rc = SQLITE_OK;

    switch (v->kind) {
    case DB_VALUE_END:
    case DB_VALUE_NULL: /* as the last use left it */ break;
    case DB_VALUE_NUMBER: rc = sqlite3_bind_int64(q->stmt, at, v->number); break;
    case DB_VALUE_TEXT:
        rc = sqlite3_bind_text64(q->stmt, at, v->bytes.p, v->bytes.n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case DB_VALUE_BLOB:
        rc = sqlite3_bind_blob64(q->stmt, at, v->bytes.p, v->bytes.n, SQLITE_STATIC);
        break;
    case DB_VALUE_KIND_COUNT: rfd_assert(false);
    }
    if (rc != SQLITE_OK)
        (void)failed(q, rc);
}

struct query
db_ask(struct store *s, enum stmt which, const struct db_value *values)
{
    struct query q = {.store = s, .which = which};
    int count = 0;

    rfd_assert((unsigned)which < STMT_COUNT);
    if (s->stmt[which] == NULL) {
        int rc = sqlite3_prepare_v3(s->db, stmt_sql(which), -1, SQLITE_PREPARE_PERSISTENT,
                                    &s->stmt[which], NULL);

        if (rc != SQLITE_OK)
            (void)failed(&q, rc);
    }
    q.stmt = s->stmt[which];
    rfd_assert(q.stmt != NULL);
    if (sqlite3_stmt_busy(q.stmt))
        done(q.stmt);
    for (; values[count].kind != DB_VALUE_END; count++)
        bind(&q, count + 1, &values[count]);
    rfd_assert(count == sqlite3_bind_parameter_count(q.stmt));
    return q;
}

enum store_result
db_run(struct query q)
{
    int rc = sqlite3_step(q.stmt);

    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        return failed(&q, rc);
    db_done(&q);
    return STORE_OK;
}

enum store_result
db_next(const struct query *q)
{
    int rc = sqlite3_step(q->stmt);

    if (rc == SQLITE_ROW)
        return STORE_OK;
    if (rc != SQLITE_DONE)
        return failed(q, rc);
    db_done(q);
    return STORE_NONE;
}

void
db_done(const struct query *q)
{
    done(q->stmt);
}

uint64_t
db_head(struct store *s, enum chain c)
{
    if (!s->read_only)
        return s->heads.of[c].seq;
    return (uint64_t)db_number(db_query(s, STMT_HEAD_GET, db_text(str_from_c(chain_name(c)))), 0);
}

enum store_result
db_group_begin(struct store *s, bool *own_out)
{
    *own_out = !s->begun;
    return s->begun ? STORE_OK : store_begin(s);
}

enum store_result
db_group_end(struct store *s, bool own, enum store_result r)
{
    if (!own || !s->begun)
        return r;
    if (r == STORE_OK)
        return store_commit(s);
    store_rollback(s);
    return r;
}

void
db_limit_pages(struct store *s, int64_t pages)
{
    char sql[64];

    (void)sqlite3_snprintf((int)sizeof(sql), sql, "PRAGMA max_page_count=%lld",
                           (long long)(pages == 0 ? 0xfffffffe : pages));
    rfd_assert(sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

int64_t
db_page_count(struct store *s)
{
    int64_t n = 0;

    rfd_assert(schema_number(s->db, "PRAGMA page_count", &n) == SQLITE_OK);
    return n;
}
