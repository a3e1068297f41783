#include "store/db.h"

/* A row that is there counts on, a new one is made while there is room: its number. */
static enum store_result
count_row(struct store *s, enum stmt which, struct str feed, const struct unmapped *what,
          int64_t at_s, uint64_t *number_out)
{
    const struct db_value values[] = {
        db_text(db_present(feed)),
        db_i64((int64_t)what->kind),
        db_text(db_present(what->code.system)),
        db_text(db_present(what->code.code)),
        db_text(db_present(what->code.display)),
        db_text(db_present(what->unit)),
        db_i64(what->count),
        db_i64(at_s),
        which == STMT_UNMAPPED_ADD ? db_i64(STORE_UNMAPPED_MAX) : DB_END,
        DB_END,
    };

    return db_number_get(db_ask(s, which, values), number_out);
}

static enum store_result
count_patient(struct store *s, uint64_t number, uint64_t patient)
{
    enum store_result r =
        db_run(db_query(s, STMT_UNMAPPED_PATIENT, db_u64(number), db_u64(patient)));

    if (r != STORE_OK || sqlite3_changes(s->db) == 0)
        return r;
    return db_run(db_query(s, STMT_UNMAPPED_PATIENTS, db_u64(number)));
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

static const struct db_shape unmapped_shape = {
    sizeof(struct unmapped_row),
    {
        DB_FIELD(struct unmapped_row, feed),
        DB_FIELD(struct unmapped_row, what.kind),
        DB_FIELD(struct unmapped_row, what.code.system),
        DB_FIELD(struct unmapped_row, what.code.code),
        DB_FIELD(struct unmapped_row, what.code.display),
        DB_FIELD(struct unmapped_row, what.unit),
        DB_FIELD(struct unmapped_row, what.count),
        DB_FIELD(struct unmapped_row, patients),
        DB_FIELD(struct unmapped_row, first_s),
        DB_FIELD(struct unmapped_row, last_s),
    },
};

enum store_result
store_unmapped_list(struct store *s, struct str feed, struct arena *a,
                    struct unmapped_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_UNMAPPED_LIST, db_text(feed));

    return db_rows(q, &unmapped_shape, a, rows_out, count_out);
}
