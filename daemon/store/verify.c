#include "store/db.h"

#include <stdio.h>
#include <string.h>

/* Columns: seq, payload_sha, chain, payload, then the others in the order of read_row(). */
enum { COL_SEQ, COL_SHA, COL_CHAIN, COL_PAYLOAD, COL_REST };

static const char *const select_sql[CHAIN_COUNT] = {
    [CHAIN_JOURNAL] = "SELECT seq, payload_sha, chain, payload, kind, feed, control_id, sender,"
                      " type, outcome, reason, place, received_s, received_offset,"
                      " received_precision FROM journal WHERE seq > ?1 ORDER BY seq",
    [CHAIN_OUTBOX] = "SELECT seq, payload_sha, chain, packed, kind, quiet, alert_id, version"
                     " FROM outbox WHERE seq > ?1 ORDER BY seq",
    [CHAIN_AUDIT] = "SELECT seq, NULL, chain, NULL, event, actor, subject, at_s, at_offset,"
                    " at_precision FROM audit WHERE seq > ?1 ORDER BY seq",
};

static const char *const before_sql[CHAIN_COUNT] = {
    [CHAIN_JOURNAL] = "SELECT chain FROM journal WHERE seq = ?1",
    [CHAIN_OUTBOX] = "SELECT chain FROM outbox WHERE seq = ?1",
    [CHAIN_AUDIT] = "SELECT chain FROM audit WHERE seq = ?1",
};

/* One chain being walked, row by row. */
struct walk {
    sqlite3_stmt *stmt;
    enum chain chain;
    struct chain_head at; /* the last good row */
    char *error;
};

/* Borrowed until the next step. */
static struct str
text_at(sqlite3_stmt *stmt, int column)
{
    const char *p = sqlite3_column_blob(stmt, column);

    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        return STR_NONE;
    if (p == NULL)
        return STR("");
    return (struct str){p, (size_t)sqlite3_column_bytes(stmt, column)};
}

static bool
sha_at(sqlite3_stmt *stmt, int column, struct sha256 *out)
{
    struct str s = text_at(stmt, column);

    if (s.n != SHA256_SIZE)
        return false;
    memcpy(out->b, s.p, SHA256_SIZE);
    return true;
}

static struct stamp
stamp_at(sqlite3_stmt *stmt, int column)
{
    return (struct stamp){
        .utc_s = sqlite3_column_int64(stmt, column),
        .offset_min = (int16_t)sqlite3_column_int(stmt, column + 1),
        .precision = (uint8_t)sqlite3_column_int(stmt, column + 2),
    };
}

static struct sha256
journal_link(const struct walk *w, const struct sha256 *payload_sha)
{
    sqlite3_stmt *t = w->stmt;
    struct journal_row row = {
        .seq = w->at.seq + 1,
        .payload_sha = *payload_sha,
        .kind = (enum journal_kind)sqlite3_column_int(t, COL_REST),
        .feed = text_at(t, COL_REST + 1),
        .control_id = text_at(t, COL_REST + 2),
        .sender = text_at(t, COL_REST + 3),
        .type = text_at(t, COL_REST + 4),
        .outcome = (enum outcome)sqlite3_column_int(t, COL_REST + 5),
        .reason = text_at(t, COL_REST + 6),
        .place = text_at(t, COL_REST + 7),
        .received = stamp_at(t, COL_REST + 8),
    };

    return chain_journal(&w->at.chain, &row);
}

static struct sha256
outbox_link(const struct walk *w, const struct sha256 *payload_sha)
{
    sqlite3_stmt *t = w->stmt;
    struct outbox_row row = {
        .seq = w->at.seq + 1,
        .kind = (int32_t)sqlite3_column_int(t, COL_REST),
        .quiet = sqlite3_column_int(t, COL_REST + 1) != 0,
        .alert_id = text_at(t, COL_REST + 2),
        .version = (uint32_t)sqlite3_column_int64(t, COL_REST + 3),
    };

    return chain_outbox(&w->at.chain, payload_sha, &row);
}

static struct sha256
audit_link(const struct walk *w)
{
    sqlite3_stmt *t = w->stmt;
    struct audit_row row = {
        .seq = w->at.seq + 1,
        .event = text_at(t, COL_REST),
        .actor = text_at(t, COL_REST + 1),
        .subject = text_at(t, COL_REST + 2),
        .at = stamp_at(t, COL_REST + 3),
    };

    return chain_audit(&w->at.chain, &row);
}

static struct sha256
link_of(const struct walk *w, const struct sha256 *payload_sha)
{
    switch (w->chain) {
    case CHAIN_JOURNAL: return journal_link(w, payload_sha);
    case CHAIN_OUTBOX: return outbox_link(w, payload_sha);
    case CHAIN_AUDIT: return audit_link(w);
    case CHAIN_COUNT: break;
    }
    rfd_assert(w->chain < CHAIN_COUNT);
    return w->at.chain;
}

static bool
bad(const struct walk *w, uint64_t seq, const char *what)
{
    (void)snprintf(w->error, STORE_ERROR_TEXT_MAX, "%s row %llu: %s", chain_name(w->chain),
                   (unsigned long long)seq, what);
    return false;
}

/* An erased payload is NULL; its hash is still a part of the chain. */
static bool
payload_matches(const struct walk *w, const struct sha256 *payload_sha)
{
    struct str p = text_at(w->stmt, COL_PAYLOAD);
    struct sha256 sha;

    if (str_is_absent(p))
        return true;
    sha = sha256_of(p.p, p.n);
    return sha256_cmp(&sha, payload_sha) == 0;
}

static bool
check_row(struct walk *w)
{
    uint64_t seq = (uint64_t)sqlite3_column_int64(w->stmt, COL_SEQ);
    struct sha256 payload_sha = {0};
    struct sha256 stored;
    struct sha256 linked;

    if (seq != w->at.seq + 1)
        return bad(w, w->at.seq + 1, "the row is missing");
    if (w->chain != CHAIN_AUDIT && !sha_at(w->stmt, COL_SHA, &payload_sha))
        return bad(w, seq, "the hash of the payload has another length");
    if (!sha_at(w->stmt, COL_CHAIN, &stored))
        return bad(w, seq, "the chained hash has another length");
    if (!payload_matches(w, &payload_sha))
        return bad(w, seq, "the payload is not what its hash says");
    linked = link_of(w, &payload_sha);
    if (sha256_cmp(&linked, &stored) != 0)
        return bad(w, seq, "the row, or the one before it, is not what was written");
    w->at = (struct chain_head){seq, stored};
    return true;
}

static bool
prepare(struct walk *w, sqlite3 *db, const char *sql, uint64_t seq)
{
    return sqlite3_prepare_v2(db, sql, -1, &w->stmt, NULL) == SQLITE_OK &&
           sqlite3_bind_int64(w->stmt, 1, (int64_t)seq) == SQLITE_OK;
}

/* The chain up to the row before the first that is checked. */
static bool
start(struct walk *w, sqlite3 *db, const char *tag, uint64_t after)
{
    bool ok;

    w->at = (struct chain_head){after, chain_genesis(w->chain, tag)};
    if (after == 0)
        return true;
    ok = prepare(w, db, before_sql[w->chain], after) && sqlite3_step(w->stmt) == SQLITE_ROW &&
         sha_at(w->stmt, 0, &w->at.chain);
    (void)sqlite3_finalize(w->stmt);
    w->stmt = NULL;
    return ok || bad(w, after, "the row is missing");
}

static bool
run(struct walk *w, sqlite3 *db)
{
    int rc = SQLITE_ROW;
    bool ok = prepare(w, db, select_sql[w->chain], w->at.seq);

    while (ok && (rc = sqlite3_step(w->stmt)) == SQLITE_ROW)
        ok = check_row(w);
    (void)sqlite3_finalize(w->stmt);
    w->stmt = NULL;
    if (ok && rc != SQLITE_DONE)
        return bad(w, w->at.seq + 1, sqlite3_errstr(rc));
    return ok;
}

bool
chain_head_get(sqlite3 *db, enum chain c, struct chain_head *out)
{
    static const char sql[] = "SELECT seq, chain FROM chain_head WHERE name = ?1";
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_bind_text(stmt, 1, chain_name(c), -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW && sha_at(stmt, 1, &out->chain);

    if (ok)
        out->seq = (uint64_t)sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return ok;
}

bool
chain_check(sqlite3 *db, const char *tag, enum chain c, uint64_t after, struct chain_head *head_out,
            char error_out[STORE_ERROR_TEXT_MAX])
{
    struct walk w = {.chain = c, .error = error_out};
    struct chain_head head;

    if (!chain_head_get(db, c, &head))
        return bad(&w, 0, "the head of the chain is missing");
    if (!start(&w, db, tag, after) || !run(&w, db))
        return false;
    if (w.at.seq < head.seq)
        return bad(&w, w.at.seq + 1, "the row is missing, and all after it");
    if (w.at.seq > head.seq || sha256_cmp(&w.at.chain, &head.chain) != 0)
        return bad(&w, w.at.seq, "the recorded head of the chain is another");
    *head_out = head;
    return true;
}

bool
pages_check(sqlite3 *db, const char *pragma, char error_out[STORE_ERROR_TEXT_MAX])
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, pragma, -1, &stmt, NULL);
    const char *why;
    struct str said;
    bool ok;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    why = sqlite3_errstr(rc);
    said = rc == SQLITE_ROW ? text_at(stmt, 0) : str_from_c(why);
    ok = str_eq_c(said, "ok");
    if (!ok)
        (void)snprintf(error_out, STORE_ERROR_TEXT_MAX, "%.300s",
                       str_is_absent(said) ? "" : said.p);
    (void)sqlite3_finalize(stmt);
    return ok;
}

/* In one transaction: of a reader too, so that rows and heads are of one moment. */
bool
store_verify(struct store *s, char error_out[STORE_ERROR_TEXT_MAX])
{
    struct chain_head head;
    bool ok = true;

    rfd_assert(!s->begun);
    db_quiet(s);
    ok = sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;
    if (!ok)
        (void)snprintf(error_out, STORE_ERROR_TEXT_MAX, "the store can not be read");
    for (unsigned c = 0; c < CHAIN_COUNT && ok; c++)
        ok = chain_check(s->db, s->tag, (enum chain)c, 0, &head, error_out);
    ok = ok && pages_check(s->db, "PRAGMA integrity_check(1)", error_out);
    if (sqlite3_get_autocommit(s->db) == 0)
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return ok;
}
