#include "store/db.h"

#include "sys/fatal.h"

#include <errno.h>
#include <string.h>

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
failed(struct query *q, int rc)
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

struct query
db_query(struct store *s, enum stmt which)
{
    struct query q = {.store = s, .which = which};

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
    return q;
}

static void
bound(struct query *q, int rc)
{
    if (rc != SQLITE_OK)
        (void)failed(q, rc);
}

void
db_bind_i64(struct query *q, int64_t v)
{
    bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, v));
}

void
db_bind_u64(struct query *q, uint64_t v)
{
    rfd_assert(v <= INT64_MAX);
    db_bind_i64(q, (int64_t)v);
}

void
db_bind_text(struct query *q, struct str v)
{
    q->bound++;
    if (!str_is_absent(v))
        bound(q, sqlite3_bind_text64(q->stmt, q->bound, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8));
}

void
db_bind_blob(struct query *q, struct str v)
{
    q->bound++;
    if (!str_is_absent(v))
        bound(q, sqlite3_bind_blob64(q->stmt, q->bound, v.p, v.n, SQLITE_STATIC));
}

void
db_bind_sha(struct query *q, const struct sha256 *v)
{
    bound(q, sqlite3_bind_blob(q->stmt, ++q->bound, v->b, SHA256_SIZE, SQLITE_STATIC));
}

void
db_bind_day(struct query *q, day_t v)
{
    if (v == DAY_NONE)
        q->bound++;
    else
        db_bind_i64(q, v);
}

void
db_bind_stamp(struct query *q, struct stamp v)
{
    db_bind_i64(q, v.utc_s);
    db_bind_i64(q, v.offset_min);
    db_bind_i64(q, v.precision);
}

enum store_result
db_run(struct query *q)
{
    int rc = sqlite3_step(q->stmt);

    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        return failed(q, rc);
    db_done(q);
    return STORE_OK;
}

enum store_result
db_next(struct query *q)
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
db_done(struct query *q)
{
    done(q->stmt);
}

uint64_t
db_u64(const struct query *q, int column)
{
    return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

struct str
db_str(const struct query *q, int column, struct arena *a)
{
    const char *p = sqlite3_column_blob(q->stmt, column);
    size_t n = (size_t)sqlite3_column_bytes(q->stmt, column);

    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return STR_NONE;
    return n == 0 ? STR("") : str_dup(a, (struct str){p, n});
}

struct stamp
db_stamp(const struct query *q, int column)
{
    return (struct stamp){
        .utc_s = sqlite3_column_int64(q->stmt, column),
        .offset_min = (int16_t)sqlite3_column_int(q->stmt, column + 1),
        .precision = (uint8_t)sqlite3_column_int(q->stmt, column + 2),
    };
}

void
db_list_init(struct db_list *l, struct arena *a, size_t size)
{
    *l = (struct db_list){.arena = a, .size = size, .room = 16};
    l->item = arena_array(a, l->room, size);
}

void *
db_list_add(struct db_list *l)
{
    if (l->count == l->room) {
        void *more = arena_array(l->arena, 2 * l->room, l->size);

        memcpy(more, l->item, l->count * l->size);
        l->item = more;
        l->room *= 2;
    }
    return (char *)l->item + l->size * l->count++;
}

enum store_result
db_list_strs(struct query *q, struct db_list *l)
{
    enum store_result r;

    while ((r = db_next(q)) == STORE_OK) {
        struct str s = db_str(q, 0, l->arena);

        *(struct str *)db_list_add(l) = s;
    }
    return r == STORE_NONE ? STORE_OK : r;
}

enum store_result
db_list_u64s(struct query *q, struct arena *a, uint64_t **out, size_t *count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(uint64_t));
    while ((r = db_next(q)) == STORE_OK)
        *(uint64_t *)db_list_add(&l) = db_u64(q, 0);
    if (r != STORE_NONE)
        return r;
    *out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
db_list_each(struct store *s, enum stmt which, const uint64_t *patients, size_t count,
             struct db_list *l)
{
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < count && r == STORE_OK; i++) {
        struct query q = db_query(s, which);

        db_bind_u64(&q, patients[i]);
        r = db_list_strs(&q, l);
    }
    return r;
}

uint64_t
db_head(struct store *s, enum chain c)
{
    struct query q;
    uint64_t seq = 0;

    if (!s->read_only)
        return s->heads.of[c].seq;
    q = db_query(s, STMT_HEAD_GET);
    db_bind_text(&q, str_from_c(chain_name(c)));
    if (db_next(&q) == STORE_OK) {
        seq = db_u64(&q, 0);
        db_done(&q);
    }
    return seq;
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
