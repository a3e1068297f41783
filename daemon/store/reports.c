#include "store/db.h"

#include <string.h>

static const char *const state_names[REPORT_STATE_COUNT] = {"waiting", "done", "coded", "history"};

const char *
report_state_name(enum report_state s)
{
    rfd_assert((unsigned)s < REPORT_STATE_COUNT);
    return state_names[s];
}

static enum store_result
document_find(struct store *s, const struct report_row *row, uint64_t *number_out)
{
    struct query q = db_query(s, STMT_DOCUMENT_FIND);
    enum store_result r;

    db_bind_u64(&q, row->patient);
    db_bind_sha(&q, &row->sha);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    *number_out = db_u64(&q, 0);
    db_done(&q);
    return STORE_OK;
}

static enum store_result
document_put(struct store *s, const struct report_row *row, uint64_t *number_out)
{
    struct query q = db_query(s, STMT_DOCUMENT_ADD);
    enum store_result r;

    db_bind_u64(&q, row->patient);
    db_bind_sha(&q, &row->sha);
    db_bind_text(&q, row->answers);
    db_bind_text(&q, row->quote);
    db_bind_blob(&q, row->content);
    r = db_run(&q);
    return r == STORE_OK ? document_find(s, row, number_out) : r;
}

static enum store_result
report_put(struct store *s, struct report_row *row, uint64_t document)
{
    struct query q = db_query(s, STMT_REPORT_ADD);
    enum store_result r;

    db_bind_u64(&q, row->patient);
    db_bind_u64(&q, row->journal);
    db_bind_blob(&q, (struct str){(const char *)row->key.b, sizeof(row->key.b)});
    if (document == 0)
        db_bind_text(&q, STR_NONE);
    else
        db_bind_u64(&q, document);
    db_bind_i64(&q, (int64_t)row->state);
    db_bind_i64(&q, row->in_force);
    db_bind_stamp(&q, row->collected);
    db_bind_text(&q, row->category);
    db_bind_text(&q, row->media);
    db_bind_text(&q, row->filler);
    db_bind_text(&q, row->parent);
    db_bind_text(&q, row->title);
    db_bind_text(&q, row->problem);
    db_bind_text(&q, row->phrase);
    db_bind_u64(&q, row->bytes);
    r = db_run(&q);
    if (r == STORE_OK)
        row->number = (uint64_t)sqlite3_last_insert_rowid(s->db);
    return r;
}

enum store_result
store_report_add(struct store *s, struct report_row *row)
{
    uint64_t document = 0;
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK && row->has_sha && !str_is_absent(row->content))
        r = document_put(s, row, &document);
    if (r == STORE_OK)
        r = report_put(s, row, document);
    return db_group_end(s, own, r);
}

static void
read_sha(const struct query *q, int column, struct report_row *row)
{
    row->has_sha = sqlite3_column_bytes(q->stmt, column) == SHA256_SIZE;
    if (row->has_sha)
        memcpy(row->sha.b, sqlite3_column_blob(q->stmt, column), SHA256_SIZE);
}

/* By REPORT_COLUMNS of statements.c. */
static void
read_row(const struct query *q, struct arena *a, struct report_row *row)
{
    *row = (struct report_row){.number = db_u64(q, 0),
                               .patient = db_u64(q, 1),
                               .journal = db_u64(q, 2),
                               .state = (enum report_state)db_u64(q, 4),
                               .in_force = db_u64(q, 5) != 0,
                               .collected = db_stamp(q, 6),
                               .category = db_str(q, 9, a),
                               .media = db_str(q, 10, a),
                               .filler = db_str(q, 11, a),
                               .parent = db_str(q, 12, a),
                               .title = db_str(q, 13, a),
                               .problem = db_str(q, 14, a),
                               .phrase = db_str(q, 15, a),
                               .bytes = db_u64(q, 16),
                               .feed = db_str(q, 18, a),
                               .received = db_stamp(q, 19),
                               .ref = {db_str(q, 22, a), db_str(q, 23, a)},
                               .erased = db_u64(q, 24) != 0,
                               .quote = db_str(q, 25, a)};
    memcpy(row->key.b, sqlite3_column_blob(q->stmt, 3), sizeof(row->key.b)); /* as checked */
    read_sha(q, 17, row);
}

enum store_result
store_report_get(struct store *s, uint64_t number, struct arena *a, struct report_row *out)
{
    struct query q = db_query(s, STMT_REPORT_GET);
    enum store_result r;

    db_bind_u64(&q, number);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    read_row(&q, a, out);
    out->answers = db_str(&q, 26, a);
    out->content = db_str(&q, 27, a);
    db_done(&q);
    return STORE_OK;
}

enum store_result
store_report_mark(struct store *s, uint64_t number, enum report_state state)
{
    struct query q = db_query(s, STMT_REPORT_MARK);

    db_bind_u64(&q, number);
    db_bind_i64(&q, (int64_t)state);
    return db_run(&q);
}

enum store_result
store_report_stand(struct store *s, uint64_t number, bool in_force, enum report_state state)
{
    struct query q = db_query(s, STMT_REPORT_STAND);

    db_bind_u64(&q, number);
    db_bind_i64(&q, in_force);
    db_bind_i64(&q, (int64_t)state);
    return db_run(&q);
}

static enum store_result
list_rows(struct query *q, struct arena *a, struct report_row **rows_out, size_t *count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct report_row));
    while ((r = db_next(q)) == STORE_OK) {
        struct report_row *row = db_list_add(&l);

        read_row(q, a, row);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_reports_of(struct store *s, uint64_t patient, struct arena *a, struct report_row **rows_out,
                 size_t *count_out)
{
    struct query q = db_query(s, STMT_REPORTS_OF);

    db_bind_u64(&q, patient);
    return list_rows(&q, a, rows_out, count_out);
}

enum store_result
store_reports_list(struct store *s, const struct report_query *what, struct arena *a,
                   struct report_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, what->all ? STMT_REPORTS_LIST : STMT_REPORTS_LIST_WAITING);

    db_bind_u64(&q, what->after);
    db_bind_u64(&q, what->max);
    return list_rows(&q, a, rows_out, count_out);
}

enum store_result
store_report_erase(struct store *s, uint64_t number)
{
    struct query q = db_query(s, STMT_DOCUMENT_ERASE);

    db_bind_u64(&q, number);
    return db_run(&q);
}
