#include "store/db.h"

static enum store_result
add_row(struct store *s, struct outbox_row *row)
{
    struct chain_head *head = &s->heads.of[CHAIN_OUTBOX];
    struct str packed = str_is_absent(row->packed) ? STR("") : row->packed;
    struct sha256 sha = sha256_of(packed.p, packed.n);
    struct sha256 chain;
    struct query q = db_query(s, STMT_OUTBOX_ADD);
    enum store_result r;

    row->seq = head->seq + 1;
    chain = chain_outbox(&head->chain, &sha, row);
    db_bind_u64(&q, row->seq);
    db_bind_i64(&q, row->kind);
    db_bind_i64(&q, row->quiet);
    db_bind_text(&q, row->alert_id);
    db_bind_i64(&q, row->version);
    db_bind_sha(&q, &sha);
    db_bind_sha(&q, &chain);
    db_bind_blob(&q, packed);
    r = db_run(&q);
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

static enum store_result
outbox_rows(struct query *q, struct arena *a, struct outbox_row **rows_out, size_t *count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct outbox_row));
    while ((r = db_next(q)) == STORE_OK) {
        struct outbox_row *row = db_list_add(&l);

        row->seq = db_u64(q, 0);
        row->kind = (int32_t)sqlite3_column_int(q->stmt, 1);
        row->quiet = db_u64(q, 2) != 0;
        row->alert_id = db_str(q, 3, a);
        row->version = (uint32_t)db_u64(q, 4);
        row->packed = db_str(q, 5, a);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_outbox_fetch(struct store *s, uint64_t after, size_t max, struct arena *a,
                   struct outbox_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_OUTBOX_FETCH);

    db_bind_u64(&q, after);
    db_bind_u64(&q, max);
    return outbox_rows(&q, a, rows_out, count_out);
}

enum store_result
store_outbox_of(struct store *s, struct str alert_id, size_t max, struct arena *a,
                struct outbox_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_OUTBOX_OF);

    db_bind_text(&q, alert_id);
    db_bind_u64(&q, max);
    return outbox_rows(&q, a, rows_out, count_out);
}

uint64_t
store_outbox_head(struct store *s)
{
    return db_head(s, CHAIN_OUTBOX);
}

uint64_t
store_outbox_first_kept(struct store *s)
{
    struct query q = db_query(s, STMT_OUTBOX_FIRST);
    uint64_t first;

    if (db_next(&q) != STORE_OK)
        return store_outbox_head(s) + 1;
    first = db_u64(&q, 0);
    db_done(&q);
    return first;
}
