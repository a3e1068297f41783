#include "store/db.h"

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
    struct query q = db_query(s, STMT_DOCUMENT_FIND, db_u64(row->patient), db_sha(&row->sha));

    return db_number_get(q, number_out);
}

static enum store_result
document_put(struct store *s, const struct report_row *row, uint64_t *number_out)
{
    enum store_result r =
        db_run(db_query(s, STMT_DOCUMENT_ADD, db_u64(row->patient), db_sha(&row->sha),
                        db_text(row->answers), db_text(row->quote), db_blob(row->content)));

    return r == STORE_OK ? document_find(s, row, number_out) : r;
}

static enum store_result
report_put(struct store *s, struct report_row *row, uint64_t document)
{
    struct query q = db_query(s, STMT_REPORT_ADD, db_u64(row->patient), db_u64(row->journal),
                              db_key(&row->key), document == 0 ? DB_NULL : db_u64(document),
                              db_i64((int64_t)row->state), db_i64(row->in_force),
                              DB_STAMP(row->collected), db_text(row->category), db_text(row->media),
                              db_text(row->filler), db_text(row->parent), db_text(row->title),
                              db_text(row->problem), db_text(row->phrase), db_u64(row->bytes));
    enum store_result r = db_run(q);

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

/* By REPORT_COLUMNS of statements.c; answers and content only in STMT_REPORT_GET. */
static const struct db_shape report_shape = {
    sizeof(struct report_row),
    {
        DB_FIELD(struct report_row, number),        DB_FIELD(struct report_row, patient),
        DB_FIELD(struct report_row, journal),       DB_FIELD(struct report_row, key),
        DB_FIELD(struct report_row, state),         DB_FIELD(struct report_row, in_force),
        DB_FIELD(struct report_row, collected),     DB_FIELD(struct report_row, category),
        DB_FIELD(struct report_row, media),         DB_FIELD(struct report_row, filler),
        DB_FIELD(struct report_row, parent),        DB_FIELD(struct report_row, title),
        DB_FIELD(struct report_row, problem),       DB_FIELD(struct report_row, phrase),
        DB_FIELD(struct report_row, bytes),         DB_FIELD(struct report_row, sha),
        DB_FIELD(struct report_row, feed),          DB_FIELD(struct report_row, received),
        DB_FIELD(struct report_row, ref.authority), DB_FIELD(struct report_row, ref.id),
        DB_FIELD(struct report_row, has_sha),       DB_FIELD(struct report_row, erased),
        DB_FIELD(struct report_row, quote),         DB_FIELD(struct report_row, answers),
        DB_FIELD(struct report_row, content),
    },
};

enum store_result
store_report_get(struct store *s, uint64_t number, struct arena *a, struct report_row *out)
{
    return db_row(db_query(s, STMT_REPORT_GET, db_u64(number)), &report_shape, a, out);
}

enum store_result
store_report_mark(struct store *s, uint64_t number, enum report_state state)
{
    return db_run(db_query(s, STMT_REPORT_MARK, db_u64(number), db_i64((int64_t)state)));
}

enum store_result
store_report_stand(struct store *s, uint64_t number, bool in_force, enum report_state state)
{
    return db_run(
        db_query(s, STMT_REPORT_STAND, db_u64(number), db_i64(in_force), db_i64((int64_t)state)));
}

enum store_result
store_reports_of(struct store *s, uint64_t patient, struct arena *a, struct report_row **rows_out,
                 size_t *count_out)
{
    struct query q = db_query(s, STMT_REPORTS_OF, db_u64(patient));

    return db_rows(q, &report_shape, a, rows_out, count_out);
}

enum store_result
store_reports_list(struct store *s, const struct report_query *what, struct arena *a,
                   struct report_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, what->all ? STMT_REPORTS_LIST : STMT_REPORTS_LIST_WAITING,
                              db_u64(what->after), db_u64(what->max));

    return db_rows(q, &report_shape, a, rows_out, count_out);
}

enum store_result
store_report_erase(struct store *s, uint64_t number)
{
    return db_run(db_query(s, STMT_DOCUMENT_ERASE, db_u64(number)));
}
