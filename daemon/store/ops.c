#include "store/db.h"
#include "sys/log.h"

#include <sys/stat.h>

uint64_t
store_cursor_get(struct store *s, struct str route)
{
    struct query q = db_query(s, STMT_CURSOR_GET);
    uint64_t seq = 0;

    db_bind_text(&q, route);
    if (db_next(&q) == STORE_OK) {
        seq = db_u64(&q, 0);
        db_done(&q);
    }
    return seq;
}

enum store_result
store_cursor_put(struct store *s, struct str route, uint64_t seq)
{
    struct query q = db_query(s, STMT_CURSOR_PUT);

    db_bind_text(&q, route);
    db_bind_u64(&q, seq);
    return db_run(&q);
}

enum store_result
store_cursors(struct store *s, struct arena *a, struct cursor_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_CURSORS);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct cursor_row));
    while ((r = db_next(&q)) == STORE_OK) {
        struct cursor_row *row = db_list_add(&l);

        row->route = db_str(&q, 0, a);
        row->seq = db_u64(&q, 1);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

static enum store_result
audit_rows(struct query *q, struct arena *a, struct audit_row **rows_out, size_t *count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct audit_row));
    while ((r = db_next(q)) == STORE_OK) {
        struct audit_row *row = db_list_add(&l);

        row->seq = db_u64(q, 0);
        row->event = db_str(q, 1, a);
        row->actor = db_str(q, 2, a);
        row->subject = db_str(q, 3, a);
        row->at = db_stamp(q, 4);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_audit_before(struct store *s, uint64_t before, size_t max, struct arena *a,
                   struct audit_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_AUDIT_BEFORE);

    db_bind_u64(&q, before);
    db_bind_u64(&q, max);
    return audit_rows(&q, a, rows_out, count_out);
}

enum store_result
store_audit_of(struct store *s, struct str subject, size_t max, struct arena *a,
               struct audit_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_AUDIT_OF);

    db_bind_text(&q, subject);
    db_bind_u64(&q, max);
    return audit_rows(&q, a, rows_out, count_out);
}

static enum store_result
add_audit(struct store *s, struct audit_row *row)
{
    struct chain_head *head = &s->heads.of[CHAIN_AUDIT];
    struct sha256 chain;
    struct query q = db_query(s, STMT_AUDIT_ADD);
    enum store_result r;

    row->seq = head->seq + 1;
    chain = chain_audit(&head->chain, row);
    db_bind_u64(&q, row->seq);
    db_bind_text(&q, row->event);
    db_bind_text(&q, row->actor);
    db_bind_text(&q, row->subject);
    db_bind_stamp(&q, row->at);
    db_bind_sha(&q, &chain);
    r = db_run(&q);
    if (r == STORE_OK)
        *head = (struct chain_head){row->seq, chain};
    return r;
}

enum store_result
store_audit_add(struct store *s, const char *event, const char *actor, struct str subject,
                struct stamp at)
{
    struct audit_row row = {
        .event = str_from_c(event),
        .actor = str_from_c(actor),
        .subject = subject,
        .at = at,
    };
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = add_audit(s, &row);
    return db_group_end(s, own, r);
}

enum store_result
store_count(struct store *s, const char *counter, struct str label, int64_t add)
{
    struct query q = db_query(s, STMT_COUNT_ADD);

    db_bind_text(&q, str_from_c(counter));
    db_bind_text(&q, str_is_absent(label) ? STR("") : label);
    db_bind_i64(&q, add);
    return db_run(&q);
}

enum store_result
store_counters(struct store *s, struct arena *a, struct counter_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_COUNTERS);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct counter_row));
    while ((r = db_next(&q)) == STORE_OK) {
        struct counter_row *row = db_list_add(&l);

        row->counter = db_str(&q, 0, a);
        row->label = db_str(&q, 1, a);
        row->value = (int64_t)db_u64(&q, 2);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_knowledge_put(struct store *s, struct str sha, struct str bytes, uint64_t journal)
{
    struct query q = db_query(s, STMT_KNOWLEDGE_PUT);

    db_bind_text(&q, sha);
    db_bind_u64(&q, journal);
    db_bind_blob(&q, str_is_absent(bytes) ? STR("") : bytes);
    return db_run(&q);
}

bool
store_knowledge_has(struct store *s, struct str sha)
{
    struct query q = db_query(s, STMT_KNOWLEDGE_HAS);
    bool has;

    db_bind_text(&q, sha);
    has = db_next(&q) == STORE_OK;
    db_done(&q);
    return has;
}

/* A backup that fails is an answer, not the end: the target may be another disk, and the store has
 * only been read. */
enum store_result
store_backup(struct store *s, const char *path)
{
    struct stat st;
    int rc;

    rfd_assert(!s->begun);
    if (stat(path, &st) == 0) {
        log_warn("store.backup_target_exists");
        return STORE_NONE;
    }
    db_quiet(s);
    rc = file_copy(s->db, path);
    if (rc == SQLITE_OK)
        return STORE_OK;
    log_warn("store.backup_failed", LOG_NUM("code", rc), LOG_NAME("means", sqlite3_errstr(rc)));
    return (rc & 0xff) == SQLITE_FULL ? STORE_FULL : STORE_NONE;
}
