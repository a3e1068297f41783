#include "store/db.h"

#include <string.h>

/* Rows of messages by outcome are counted where every other count is. */
static const char messages_counter[] = "messages";

static struct str
or_empty(struct str s)
{
    return str_is_absent(s) ? STR("") : s;
}

static void
bind_row(struct query *q, const struct journal_row *row, const struct sha256 *chain)
{
    db_bind_u64(q, row->seq);
    db_bind_i64(q, (int64_t)row->kind);
    db_bind_text(q, row->feed);
    db_bind_text(q, row->control_id);
    db_bind_text(q, row->sender);
    db_bind_text(q, row->type);
    db_bind_i64(q, (int64_t)row->outcome);
    db_bind_text(q, row->reason);
    db_bind_text(q, row->place);
    db_bind_stamp(q, row->received);
    db_bind_sha(q, &row->payload_sha);
    db_bind_sha(q, chain);
    db_bind_blob(q, or_empty(row->payload)); /* NULL is an erased one */
}

static enum store_result
add_row(struct store *s, struct journal_row *row)
{
    struct chain_head *head = &s->heads.of[CHAIN_JOURNAL];
    struct sha256 chain;
    struct query q = db_query(s, STMT_JOURNAL_ADD);
    enum store_result r;

    row->seq = head->seq + 1;
    chain = chain_journal(&head->chain, row);
    bind_row(&q, row, &chain);
    r = db_run(&q);
    if (r == STORE_OK)
        *head = (struct chain_head){row->seq, chain};
    return r;
}

enum store_result
store_journal_add(struct store *s, struct journal_row *row)
{
    bool own;
    enum store_result r = db_group_begin(s, &own);

    rfd_assert((unsigned)row->kind < JOURNAL_KIND_COUNT);
    if (r == STORE_OK)
        r = add_row(s, row);
    if (r == STORE_OK && row->kind == JOURNAL_MESSAGE)
        r = store_count(s, messages_counter, str_from_c(outcome_name(row->outcome)), 1);
    return db_group_end(s, own, r);
}

enum store_result
store_journal_find(struct store *s, struct str feed, struct str control_id,
                   const struct sha256 *payload_sha, uint64_t *seq_out)
{
    struct query q = db_query(s, STMT_JOURNAL_FIND);
    uint64_t seq = 0;

    db_bind_text(&q, feed);
    db_bind_text(&q, control_id);
    db_bind_sha(&q, payload_sha);
    if (db_next(&q) == STORE_OK) {
        seq = db_u64(&q, 0); /* min() of no rows is NULL, read as 0 */
        db_done(&q);
    }
    if (seq == 0)
        return STORE_NONE;
    *seq_out = seq;
    return STORE_OK;
}

bool
store_journal_has_control(struct store *s, struct str feed, struct str control_id)
{
    struct query q = db_query(s, STMT_JOURNAL_CONTROL);
    bool has;

    db_bind_text(&q, feed);
    db_bind_text(&q, control_id);
    has = db_next(&q) == STORE_OK;
    db_done(&q);
    return has;
}

static void
read_row(const struct query *q, struct arena *a, struct journal_row *row)
{
    row->seq = db_u64(q, 0);
    row->kind = (enum journal_kind)db_u64(q, 1);
    row->feed = db_str(q, 2, a);
    row->control_id = db_str(q, 3, a);
    row->sender = db_str(q, 4, a);
    row->type = db_str(q, 5, a);
    row->outcome = (enum outcome)db_u64(q, 6);
    row->reason = db_str(q, 7, a);
    row->place = db_str(q, 8, a);
    row->received = db_stamp(q, 9);
    memcpy(row->payload_sha.b, sqlite3_column_blob(q->stmt, 12), SHA256_SIZE);
    row->payload = STR_NONE;
}

enum store_result
store_journal_get(struct store *s, uint64_t seq, struct arena *a, struct journal_row *out)
{
    struct query q = db_query(s, STMT_JOURNAL_GET);
    enum store_result r;

    db_bind_u64(&q, seq);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    read_row(&q, a, out);
    out->payload = db_str(&q, 13, a);
    db_done(&q);
    return STORE_OK;
}

/* NOLINTBEGIN(readability-function-size): a slice of a list takes seven parameters */
enum store_result
store_journal_list(struct store *s, enum outcome outcome, uint64_t after, size_t max,
                   struct arena *a, struct journal_row **rows_out, size_t *count_out)
{
    struct query q =
        db_query(s, outcome == OUTCOME_STORED ? STMT_JOURNAL_LIST_STORED : STMT_JOURNAL_LIST_ODD);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct journal_row));
    db_bind_i64(&q, (int64_t)outcome);
    db_bind_u64(&q, after);
    db_bind_u64(&q, max);
    while ((r = db_next(&q)) == STORE_OK) {
        struct journal_row *row = db_list_add(&l);

        read_row(&q, a, row);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}
/* NOLINTEND(readability-function-size) */

int64_t
store_journal_last_received(struct store *s)
{
    struct query q = db_query(s, STMT_JOURNAL_LAST);
    int64_t at = 0;

    if (db_next(&q) == STORE_OK) {
        at = (int64_t)db_u64(&q, 0);
        db_done(&q);
    }
    return at;
}

uint64_t
store_journal_head(struct store *s)
{
    return db_head(s, CHAIN_JOURNAL);
}

int64_t
store_count_rows(struct store *s, enum outcome outcome)
{
    struct query q = db_query(s, STMT_COUNT_GET);
    int64_t n = 0;

    db_bind_text(&q, str_from_c(messages_counter));
    db_bind_text(&q, str_from_c(outcome_name(outcome)));
    if (db_next(&q) == STORE_OK) {
        n = (int64_t)db_u64(&q, 0);
        db_done(&q);
    }
    return n;
}
