#include "store/db.h"

static struct str
or_empty(struct str s)
{
    return str_is_absent(s) ? STR("") : s;
}

/* A row that is there counts on, a new one is made while there is room: its number. */
static enum store_result
count_row(struct store *s, enum stmt which, struct str feed, const struct unmapped *what,
          int64_t at_s, uint64_t *number_out)
{
    struct query q = db_query(s, which);
    enum store_result r;

    db_bind_text(&q, or_empty(feed));
    db_bind_i64(&q, (int64_t)what->kind);
    db_bind_text(&q, or_empty(what->code.system));
    db_bind_text(&q, or_empty(what->code.code));
    db_bind_text(&q, or_empty(what->code.display));
    db_bind_text(&q, or_empty(what->unit));
    db_bind_i64(&q, what->count);
    db_bind_i64(&q, at_s);
    if (which == STMT_UNMAPPED_ADD)
        db_bind_i64(&q, STORE_UNMAPPED_MAX);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    *number_out = db_u64(&q, 0);
    db_done(&q);
    return STORE_OK;
}

static enum store_result
count_patient(struct store *s, uint64_t number, uint64_t patient)
{
    struct query q = db_query(s, STMT_UNMAPPED_PATIENT);
    enum store_result r;

    db_bind_u64(&q, number);
    db_bind_u64(&q, patient);
    r = db_run(&q);
    if (r != STORE_OK || sqlite3_changes(s->db) == 0)
        return r;
    q = db_query(s, STMT_UNMAPPED_PATIENTS);
    db_bind_u64(&q, number);
    return db_run(&q);
}

enum store_result
store_unmapped_add(struct store *s, struct str feed, const struct unmapped *what, uint64_t patient,
                   int64_t at_s)
{
    uint64_t number = 0;
    bool own;
    enum store_result r = db_group_begin(s, &own);

    rfd_assert((unsigned)what->kind < UNMAPPED_KIND_COUNT);
    if (r == STORE_OK)
        r = count_row(s, STMT_UNMAPPED_AGAIN, feed, what, at_s, &number);
    if (r == STORE_NONE)
        r = count_row(s, STMT_UNMAPPED_ADD, feed, what, at_s, &number);
    if (r == STORE_OK && patient != 0)
        r = count_patient(s, number, patient);
    return db_group_end(s, own, r);
}

static void
read_row(const struct query *q, struct arena *a, struct unmapped_row *row)
{
    row->feed = db_str(q, 0, a);
    row->what.kind = (enum unmapped_kind)db_u64(q, 1);
    row->what.code.system = db_str(q, 2, a);
    row->what.code.code = db_str(q, 3, a);
    row->what.code.display = db_str(q, 4, a);
    row->what.unit = db_str(q, 5, a);
    row->what.count = db_u64(q, 6) > UINT32_MAX ? UINT32_MAX : (uint32_t)db_u64(q, 6);
    row->patients = (int64_t)db_u64(q, 7);
    row->first_s = (int64_t)db_u64(q, 8);
    row->last_s = (int64_t)db_u64(q, 9);
}

enum store_result
store_unmapped_list(struct store *s, struct str feed, struct arena *a,
                    struct unmapped_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_UNMAPPED_LIST);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct unmapped_row));
    db_bind_text(&q, feed);
    while ((r = db_next(&q)) == STORE_OK)
        read_row(&q, a, db_list_add(&l));
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}
