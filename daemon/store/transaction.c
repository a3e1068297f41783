#include "store/db.h"
#include "sys/fatal.h"

static enum store_result
run(struct store *s, enum stmt which)
{
    return db_run(db_query(s, which));
}

bool
store_in_transaction(const struct store *s)
{
    rfd_assert(s->begun == (sqlite3_get_autocommit(s->db) == 0));
    return s->begun;
}

enum store_result
store_begin(struct store *s)
{
    enum store_result r;

    rfd_assert(!s->begun && !s->read_only);
    db_quiet(s);
    r = run(s, STMT_BEGIN);
    if (r != STORE_OK)
        return r;
    s->begun = true;
    s->heads_begin = s->heads;
    return STORE_OK;
}

/* The heads of the chains that the transaction lengthened. */
static enum store_result
write_heads(struct store *s)
{
    enum store_result r = STORE_OK;

    for (unsigned c = 0; c < CHAIN_COUNT && r == STORE_OK; c++) {
        const struct chain_head *head = &s->heads.of[c];

        if (head->seq == s->heads_begin.of[c].seq)
            continue;
        r = db_run(db_query(s, STMT_HEAD_PUT, db_text(str_from_c(chain_name((enum chain)c))),
                            db_u64(head->seq), db_sha(&head->chain)));
    }
    return r;
}

/* A full disk leaves the WAL as it is, and a reader in the way leaves it for the next time; but
 * when the database could not be synced, nothing more may be promised. */
static void
copy_back(struct store *s, int mode)
{
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, NULL, NULL);
    int kind = rc & 0xff;

    if (kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
        fatal(FATAL_STORE, "store.checkpoint_failed", LOG_NUM("code", rc),
              LOG_ERRNO("system", sqlite3_system_errno(s->db)));
}

enum store_result
store_commit(struct store *s)
{
    enum store_result r;

    rfd_assert(s->begun && !s->in_savepoint);
    db_quiet(s);
    r = write_heads(s);
    if (r == STORE_OK)
        r = run(s, STMT_COMMIT);
    if (r != STORE_OK)
        return r;
    s->begun = false;
    if (s->wal_pages >= DB_WAL_PAGES)
        copy_back(s, SQLITE_CHECKPOINT_PASSIVE);
    return STORE_OK;
}

void
store_rollback(struct store *s)
{
    rfd_assert(s->begun);
    db_quiet(s);
    if (run(s, STMT_ROLLBACK) == STORE_OK)
        db_forget(s);
}

enum store_result
store_savepoint(struct store *s)
{
    enum store_result r;

    rfd_assert(s->begun && !s->in_savepoint);
    db_quiet(s);
    r = run(s, STMT_SAVEPOINT);
    if (r != STORE_OK)
        return r;
    s->in_savepoint = true;
    s->heads_savepoint = s->heads;
    return STORE_OK;
}

enum store_result
store_savepoint_release(struct store *s)
{
    enum store_result r;

    rfd_assert(s->in_savepoint);
    db_quiet(s);
    r = run(s, STMT_SAVEPOINT_RELEASE);
    if (r == STORE_OK)
        s->in_savepoint = false;
    return r;
}

/* Undoes and ends it. */
void
store_savepoint_rollback(struct store *s)
{
    rfd_assert(s->in_savepoint);
    db_quiet(s);
    db_kept_forget(s);
    /* When the disk is full, the whole transaction is gone and its heads are put back already. */
    if (run(s, STMT_SAVEPOINT_ROLLBACK) == STORE_OK && store_savepoint_release(s) == STORE_OK)
        s->heads = s->heads_savepoint;
}

void
store_checkpoint(struct store *s)
{
    rfd_assert(!s->begun && !s->read_only);
    db_quiet(s);
    copy_back(s, SQLITE_CHECKPOINT_TRUNCATE);
}

void
store_quiet(struct store *s)
{
    db_quiet(s);
}
