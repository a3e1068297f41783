#include "store/db.h"

static const char messages_counter[] = "messages";

static enum store_result
add_map(struct store *s, struct str hash)
{
    struct query q = db_query(s, STMT_MAP_ADD);

    db_bind_text(&q, hash);
    return db_run(&q);
}

static enum store_result
try_add(struct store *s, uint64_t journal, struct str hash, bool counted, bool *added_out)
{
    struct query q = db_query(s, STMT_READING_ADD);
    enum store_result r;

    db_bind_u64(&q, journal);
    db_bind_text(&q, hash);
    db_bind_i64(&q, counted);
    r = db_run(&q);
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

enum store_result
store_reading_get(struct store *s, uint64_t journal, struct arena *a, struct stored_reading *out)
{
    struct query q = db_query(s, STMT_READING_GET);
    enum store_result r;

    db_bind_u64(&q, journal);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    out->map_hash = db_str(&q, 0, a);
    out->counted = db_u64(&q, 1) != 0;
    out->reparse = db_u64(&q, 2);
    out->outcome = (enum outcome)db_u64(&q, 3);
    out->reason = db_str(&q, 4, a);
    out->place = db_str(&q, 5, a);
    db_done(&q);
    return STORE_OK;
}

static enum store_result
redo(struct store *s, uint64_t journal, const struct stored_reading *rd)
{
    struct query q;
    enum store_result r = add_map(s, rd->map_hash);

    if (r != STORE_OK)
        return r;
    q = db_query(s, STMT_READING_REDO);
    db_bind_u64(&q, journal);
    db_bind_text(&q, rd->map_hash);
    db_bind_i64(&q, rd->counted);
    db_bind_u64(&q, rd->reparse);
    db_bind_i64(&q, (int64_t)rd->outcome);
    db_bind_text(&q, str_is_absent(rd->reason) ? STR("") : rd->reason);
    db_bind_text(&q, str_is_absent(rd->place) ? STR("") : rd->place);
    return db_run(&q);
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

enum store_result
store_readings(struct store *s, uint64_t after, uint64_t last, struct arena *a,
               struct reading_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_READINGS);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct reading_row));
    db_bind_u64(&q, after);
    db_bind_u64(&q, last);
    while ((r = db_next(&q)) == STORE_OK) {
        struct reading_row *row = db_list_add(&l);

        row->seq = db_u64(&q, 0);
        row->feed = db_str(&q, 1, a);
        row->outcome = (enum outcome)db_u64(&q, 2);
        row->reason = db_str(&q, 3, a);
        row->map_hash = db_str(&q, 4, a);
        row->received_s = (int64_t)db_u64(&q, 5);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

static enum store_result
set_aside(struct store *s, uint64_t journal, uint64_t reparse)
{
    struct query q = db_query(s, STMT_FACTS_SET_ASIDE);
    enum store_result r;

    db_bind_u64(&q, journal);
    db_bind_u64(&q, reparse);
    r = db_run(&q);
    if (r != STORE_OK)
        return r;
    q = db_query(s, STMT_FACTS_REMOVE);
    db_bind_u64(&q, journal);
    return db_run(&q);
}

enum store_result
store_facts_set_aside(struct store *s, uint64_t journal, uint64_t reparse, struct arena *a,
                      uint64_t **patients_out, size_t *count_out)
{
    struct query q;
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r != STORE_OK)
        return r;
    q = db_query(s, STMT_FACT_PATIENTS);
    db_bind_u64(&q, journal);
    r = db_list_u64s(&q, a, patients_out, count_out);
    if (r == STORE_OK && *count_out > 0)
        r = set_aside(s, journal, reparse);
    db_kept_forget(s);
    return db_group_end(s, own, r);
}

enum store_result
store_links_of_message(struct store *s, uint64_t journal, struct arena *a, struct str **packed_out,
                       size_t *count_out)
{
    struct query q = db_query(s, STMT_FACT_LINKS);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct str));
    db_bind_u64(&q, journal);
    db_bind_i64(&q, FACT_LINK);
    r = db_list_strs(&q, &l);
    if (r != STORE_OK)
        return r;
    *packed_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_link_drop(struct store *s, uint64_t x, uint64_t y)
{
    uint64_t low = x < y ? x : y;
    uint64_t high = x < y ? y : x;
    struct query q;
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK) {
        q = db_query(s, STMT_LINK_DROP);
        db_bind_u64(&q, low);
        db_bind_u64(&q, high);
        r = db_run(&q);
    }
    if (r == STORE_OK)
        r = db_patient_regroup(s, low);
    if (r == STORE_OK)
        r = db_patient_regroup(s, high);
    return db_group_end(s, own, r);
}
