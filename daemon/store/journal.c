#include "store/db.h"

/* Rows of messages by outcome are counted where every other count is. */
static const char messages_counter[] = "messages";

static enum store_result
add_row(struct store *s, struct journal_row *row)
{
    struct chain_head *head = &s->heads.of[CHAIN_JOURNAL];
    struct sha256 chain;
    enum store_result r;

    row->seq = head->seq + 1;
    chain = chain_journal(&head->chain, row);
    r = db_run(db_query(s, STMT_JOURNAL_ADD, db_u64(row->seq), db_i64((int64_t)row->kind),
                        db_text(row->feed), db_text(row->control_id), db_text(row->sender),
                        db_text(row->type), db_i64((int64_t)row->outcome), db_text(row->reason),
                        db_text(row->place), DB_STAMP(row->received), db_sha(&row->payload_sha),
                        db_sha(&chain),
                        db_blob(db_present(row->payload)))); /* NULL is an erased one */
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
    struct query q =
        db_query(s, STMT_JOURNAL_FIND, db_text(feed), db_text(control_id), db_sha(payload_sha));
    uint64_t seq = (uint64_t)db_number(q, 0); /* min() of no rows is NULL, read as 0 */

    if (seq == 0)
        return STORE_NONE;
    *seq_out = seq;
    return STORE_OK;
}

bool
store_journal_has_control(struct store *s, struct str feed, struct str control_id)
{
    struct query q = db_query(s, STMT_JOURNAL_CONTROL, db_text(feed), db_text(control_id));

    return db_number(q, 0) != 0;
}

/* By JOURNAL_COLUMNS of statements.c; the payload only in STMT_JOURNAL_GET. */
static const struct db_shape journal_shape = {
    sizeof(struct journal_row),
    {
        DB_FIELD(struct journal_row, seq),
        DB_FIELD(struct journal_row, kind),
        DB_FIELD(struct journal_row, feed),
        DB_FIELD(struct journal_row, control_id),
        DB_FIELD(struct journal_row, sender),
        DB_FIELD(struct journal_row, type),
        DB_FIELD(struct journal_row, outcome),
        DB_FIELD(struct journal_row, reason),
        DB_FIELD(struct journal_row, place),
        DB_FIELD(struct journal_row, received),
        DB_FIELD(struct journal_row, payload_sha),
        DB_FIELD(struct journal_row, payload),
    },
};

enum store_result
store_journal_get(struct store *s, uint64_t seq, struct arena *a, struct journal_row *out)
{
    return db_row(db_query(s, STMT_JOURNAL_GET, db_u64(seq)), &journal_shape, a, out);
}

/* NOLINTBEGIN(readability-function-size): a slice of a list takes seven parameters */
enum store_result
store_journal_list(struct store *s, enum outcome outcome, uint64_t after, size_t max,
                   struct arena *a, struct journal_row **rows_out, size_t *count_out)
{
    bool stored = outcome == OUTCOME_STORED;
    struct query q = db_query(s, stored ? STMT_JOURNAL_LIST_STORED : STMT_JOURNAL_LIST_ODD,
                              db_i64((int64_t)outcome), db_u64(after), db_u64(max));

    return db_rows(q, &journal_shape, a, rows_out, count_out);
}
/* NOLINTEND(readability-function-size) */

int64_t
store_journal_last_received(struct store *s)
{
    return db_number(db_query(s, STMT_JOURNAL_LAST), 0);
}

uint64_t
store_journal_head(struct store *s)
{
    return db_head(s, CHAIN_JOURNAL);
}

int64_t
store_count_rows(struct store *s, enum outcome outcome)
{
    struct query q = db_query(s, STMT_COUNT_GET, db_text(str_from_c(messages_counter)),
                              db_text(str_from_c(outcome_name(outcome))));

    return db_number(q, 0);
}
