#include "store/db.h"

static const char messages_counter[] = "messages";

static enum store_result
add_map(struct store *s, struct str hash)
{
    return db_run(db_query(s, STMT_MAP_ADD, db_text(hash)));
}

static enum store_result
try_add(struct store *s, uint64_t journal, struct str hash, bool counted, bool *added_out)
{
    enum store_result r =
        db_run(db_query(s, STMT_READING_ADD, db_u64(journal), db_text(hash), db_i64(counted)));

    *added_out = r == STORE_OK && sqlite3_changes(s->db) > 0;
    return r;
}

/* A map is new once in a long time: asked for by its hash first. */
enum store_result
store_reading_add(struct store *s, uint64_t journal, struct str map_hash, bool counted)
{
    bool own;
    bool added = false;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = try_add(s, journal, map_hash, counted, &added);
    if (r == STORE_OK && !added) {
        r = add_map(s, map_hash);
        if (r == STORE_OK)
            r = try_add(s, journal, map_hash, counted, &added);
    }
    return db_group_end(s, own, r);
}

static const struct db_shape reading_shape = {
    sizeof(struct stored_reading),
    {
        DB_FIELD(struct stored_reading, map_hash),
        DB_FIELD(struct stored_reading, counted),
        DB_FIELD(struct stored_reading, reparse),
        DB_FIELD(struct stored_reading, outcome),
        DB_FIELD(struct stored_reading, reason),
        DB_FIELD(struct stored_reading, place),
    },
};

enum store_result
store_reading_get(struct store *s, uint64_t journal, struct arena *a, struct stored_reading *out)
{
    return db_row(db_query(s, STMT_READING_GET, db_u64(journal)), &reading_shape, a, out);
}

static enum store_result
redo(struct store *s, uint64_t journal, const struct stored_reading *rd)
{
    enum store_result r = add_map(s, rd->map_hash);

    if (r != STORE_OK)
        return r;
    return db_run(db_query(s, STMT_READING_REDO, db_u64(journal), db_text(rd->map_hash),
                           db_i64(rd->counted), db_u64(rd->reparse), db_i64((int64_t)rd->outcome),
                           db_text(db_present(rd->reason)), db_text(db_present(rd->place))));
}

enum store_result
store_reading_redo(struct store *s, uint64_t journal, enum outcome was,
                   const struct stored_reading *rd)
{
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = redo(s, journal, rd);
    if (r == STORE_OK && was != rd->outcome)
        r = store_count(s, messages_counter, str_from_c(outcome_name(was)), -1);
    if (r == STORE_OK && was != rd->outcome)
        r = store_count(s, messages_counter, str_from_c(outcome_name(rd->outcome)), 1);
    return db_group_end(s, own, r);
}

static const struct db_shape outcome_shape = {
    sizeof(struct reading_row),
    {
        DB_FIELD(struct reading_row, seq),
        DB_FIELD(struct reading_row, feed),
        DB_FIELD(struct reading_row, outcome),
        DB_FIELD(struct reading_row, reason),
        DB_FIELD(struct reading_row, map_hash),
        DB_FIELD(struct reading_row, received_s),
    },
};

enum store_result
store_readings(struct store *s, uint64_t after, uint64_t last, struct arena *a,
               struct reading_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_READINGS, db_u64(after), db_u64(last));

    return db_rows(q, &outcome_shape, a, rows_out, count_out);
}

static enum store_result
set_aside(struct store *s, uint64_t journal, uint64_t reparse)
{
    enum store_result r =
        db_run(db_query(s, STMT_FACTS_SET_ASIDE, db_u64(journal), db_u64(reparse)));

    if (r != STORE_OK)
        return r;
    return db_run(db_query(s, STMT_FACTS_REMOVE, db_u64(journal)));
}

enum store_result
store_facts_set_aside(struct store *s, uint64_t journal, uint64_t reparse, struct arena *a,
                      uint64_t **patients_out, size_t *count_out)
{
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r != STORE_OK)
        return r;
    r = db_rows(db_query(s, STMT_FACT_PATIENTS, db_u64(journal)), &db_numbers, a, patients_out,
                count_out);
    if (r == STORE_OK && *count_out > 0)
        r = set_aside(s, journal, reparse);
    db_kept_forget(s);
    return db_group_end(s, own, r);
}

enum store_result
store_links_of_message(struct store *s, uint64_t journal, struct arena *a, struct str **packed_out,
                       size_t *count_out)
{
    struct query q = db_query(s, STMT_FACT_LINKS, db_u64(journal), db_i64(FACT_LINK));

    return db_rows(q, &db_strs, a, packed_out, count_out);
}

enum store_result
store_link_drop(struct store *s, uint64_t x, uint64_t y)
{
    uint64_t low = x < y ? x : y;
    uint64_t high = x < y ? y : x;
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = db_run(db_query(s, STMT_LINK_DROP, db_u64(low), db_u64(high)));
    if (r == STORE_OK)
        r = db_patient_regroup(s, low);
    if (r == STORE_OK)
        r = db_patient_regroup(s, high);
    return db_group_end(s, own, r);
}
