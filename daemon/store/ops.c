#include "store/db.h"
#include "sys/log.h"

#include <sys/stat.h>

uint64_t
store_cursor_get(struct store *s, struct str route)
{
    return (uint64_t)db_number(db_query(s, STMT_CURSOR_GET, db_text(route)), 0);
}

enum store_result
store_cursor_put(struct store *s, struct str route, uint64_t seq)
{
    return db_run(db_query(s, STMT_CURSOR_PUT, db_text(route), db_u64(seq)));
}

static const struct db_shape cursor_shape = {
    sizeof(struct cursor_row),
    {
        DB_FIELD(struct cursor_row, route),
        DB_FIELD(struct cursor_row, seq),
    },
};

enum store_result
store_cursors(struct store *s, struct arena *a, struct cursor_row **rows_out, size_t *count_out)
{
    return db_rows(db_query(s, STMT_CURSORS), &cursor_shape, a, rows_out, count_out);
}

static const struct db_shape audit_shape = {
    sizeof(struct audit_row),
    {
        DB_FIELD(struct audit_row, seq),
        DB_FIELD(struct audit_row, event),
        DB_FIELD(struct audit_row, actor),
        DB_FIELD(struct audit_row, subject),
        DB_FIELD(struct audit_row, at),
    },
};

enum store_result
store_audit_before(struct store *s, uint64_t before, size_t max, struct arena *a,
                   struct audit_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_AUDIT_BEFORE, db_u64(before), db_u64(max));

    return db_rows(q, &audit_shape, a, rows_out, count_out);
}

enum store_result
store_audit_of(struct store *s, struct str subject, size_t max, struct arena *a,
               struct audit_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_AUDIT_OF, db_text(subject), db_u64(max));

    return db_rows(q, &audit_shape, a, rows_out, count_out);
}

static enum store_result
add_audit(struct store *s, struct audit_row *row)
{
    struct chain_head *head = &s->heads.of[CHAIN_AUDIT];
    struct sha256 chain;
    enum store_result r;

    row->seq = head->seq + 1;
    chain = chain_audit(&head->chain, row);
    r = db_run(db_query(s, STMT_AUDIT_ADD, db_u64(row->seq), db_text(row->event),
                        db_text(row->actor), db_text(row->subject), DB_STAMP(row->at),
                        db_sha(&chain)));
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
    return db_run(db_query(s, STMT_COUNT_ADD, db_text(str_from_c(counter)),
                           db_text(db_present(label)), db_i64(add)));
}

static const struct db_shape counter_shape = {
    sizeof(struct counter_row),
    {
        DB_FIELD(struct counter_row, counter),
        DB_FIELD(struct counter_row, label),
        DB_FIELD(struct counter_row, value),
    },
};

enum store_result
store_counters(struct store *s, struct arena *a, struct counter_row **rows_out, size_t *count_out)
{
    return db_rows(db_query(s, STMT_COUNTERS), &counter_shape, a, rows_out, count_out);
}

enum store_result
store_knowledge_put(struct store *s, struct str sha, struct str bytes, uint64_t journal)
{
    return db_run(
        db_query(s, STMT_KNOWLEDGE_PUT, db_text(sha), db_u64(journal), db_blob(db_present(bytes))));
}

bool
store_knowledge_has(struct store *s, struct str sha)
{
    return db_number(db_query(s, STMT_KNOWLEDGE_HAS, db_text(sha)), 0) != 0;
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
