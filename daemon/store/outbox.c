#include "store/db.h"

static enum store_result
add_row(struct store *s, struct outbox_row *row)
{
    struct chain_head *head = &s->heads.of[CHAIN_OUTBOX];
    struct str packed = db_present(row->packed);
    struct sha256 sha = sha256_of(packed.p, packed.n);
    struct sha256 chain;
    enum store_result r;

    row->seq = head->seq + 1;
    chain = chain_outbox(&head->chain, &sha, row);
    r = db_run(db_query(s, STMT_OUTBOX_ADD, db_u64(row->seq), db_i64(row->kind), db_i64(row->quiet),
                        db_text(row->alert_id), db_i64(row->version), db_sha(&sha), db_sha(&chain),
                        db_blob(packed)));
    if (r == STORE_OK)
        *head = (struct chain_head){row->seq, chain};
    return r;
}

enum store_result
store_outbox_add(struct store *s, struct outbox_row *row)
{
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = add_row(s, row);
    return db_group_end(s, own, r);
}

static const struct db_shape event_shape = {
    sizeof(struct outbox_row),
    {
        DB_FIELD(struct outbox_row, seq),
        DB_FIELD(struct outbox_row, kind),
        DB_FIELD(struct outbox_row, quiet),
        DB_FIELD(struct outbox_row, alert_id),
        DB_FIELD(struct outbox_row, version),
        DB_FIELD(struct outbox_row, packed),
    },
};

enum store_result
store_outbox_fetch(struct store *s, uint64_t after, size_t max, struct arena *a,
                   struct outbox_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_OUTBOX_FETCH, db_u64(after), db_u64(max));

    return db_rows(q, &event_shape, a, rows_out, count_out);
}

enum store_result
store_outbox_of(struct store *s, struct str alert_id, size_t max, struct arena *a,
                struct outbox_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_OUTBOX_OF, db_text(alert_id), db_u64(max));

    return db_rows(q, &event_shape, a, rows_out, count_out);
}

uint64_t
store_outbox_head(struct store *s)
{
    return db_head(s, CHAIN_OUTBOX);
}

uint64_t
store_outbox_first_kept(struct store *s)
{
    int64_t past = (int64_t)store_outbox_head(s) + 1;

    return (uint64_t)db_number(db_query(s, STMT_OUTBOX_FIRST), past);
}
