#include "store/db.h"

enum store_result
store_delivered_put(struct store *s, uint64_t after, uint64_t upto)
{
    struct query q = db_query(s, STMT_DELIVERED);

    db_bind_u64(&q, after);
    db_bind_u64(&q, upto);
    return db_run(&q);
}

uint32_t
store_delivered_version(struct store *s, struct str id)
{
    struct query q = db_query(s, STMT_DELIVERED_GET);
    uint32_t version;

    db_bind_text(&q, id);
    if (db_next(&q) != STORE_OK)
        return 0;
    version = (uint32_t)db_u64(&q, 0);
    db_done(&q);
    return version;
}

int64_t
store_told_count(struct store *s, struct str recipient, day_t from, day_t to)
{
    struct query q = db_query(s, STMT_TOLD_COUNT);
    int64_t n;

    db_bind_text(&q, recipient);
    db_bind_i64(&q, from);
    db_bind_i64(&q, to);
    if (db_next(&q) != STORE_OK)
        return 0;
    n = sqlite3_column_int64(q.stmt, 0);
    db_done(&q);
    return n;
}

enum store_result
store_told_add(struct store *s, struct str recipient, day_t day, const struct alert *al)
{
    struct query q = db_query(s, STMT_TOLD_ADD);

    db_bind_text(&q, recipient);
    db_bind_i64(&q, day);
    db_bind_text(&q, al->id);
    db_bind_i64(&q, al->version);
    return db_run(&q);
}

enum store_result
store_pending_add(struct store *s, struct str recipient, struct str alert_id)
{
    struct query q = db_query(s, STMT_PENDING_ADD);

    db_bind_text(&q, recipient);
    db_bind_text(&q, alert_id);
    return db_run(&q);
}

enum store_result
store_pending_drop(struct store *s, struct str recipient, struct str alert_id)
{
    struct query q = db_query(s, STMT_PENDING_DROP);

    db_bind_text(&q, recipient);
    db_bind_text(&q, alert_id);
    return db_run(&q);
}

enum store_result
store_pending_list(struct store *s, size_t max, struct arena *a, struct pending_row **rows_out,
                   size_t *count_out)
{
    struct query q = db_query(s, STMT_PENDING_LIST);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct pending_row));
    db_bind_u64(&q, max);
    while ((r = db_next(&q)) == STORE_OK) {
        struct pending_row *row = db_list_add(&l);

        row->recipient = db_str(&q, 0, a);
        row->packed = db_str(&q, 1, a);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_digest_done(struct store *s, day_t day, day_t keep_from)
{
    struct query q = db_query(s, STMT_PENDING_CLEAR);
    enum store_result r = db_run(&q);

    if (r == STORE_OK) {
        q = db_query(s, STMT_TOLD_PRUNE);
        db_bind_i64(&q, keep_from);
        r = db_run(&q);
    }
    if (r == STORE_OK) {
        q = db_query(s, STMT_DIGEST_DAY_PUT);
        db_bind_i64(&q, day);
        r = db_run(&q);
    }
    return r;
}

day_t
store_digest_day(struct store *s)
{
    struct query q = db_query(s, STMT_DIGEST_DAY_GET);
    day_t day;

    if (db_next(&q) != STORE_OK)
        return DAY_NONE;
    day = sqlite3_column_int(q.stmt, 0);
    db_done(&q);
    return day;
}

enum store_result
store_escalation_put(struct store *s, struct str alert_id, int64_t due_s)
{
    struct query q = db_query(s, STMT_ESCALATION_PUT);

    db_bind_text(&q, alert_id);
    db_bind_i64(&q, due_s);
    return db_run(&q);
}

enum store_result
store_escalation_drop(struct store *s, struct str alert_id)
{
    struct query q = db_query(s, STMT_ESCALATION_DROP);

    db_bind_text(&q, alert_id);
    return db_run(&q);
}

enum store_result
store_escalations_due(struct store *s, int64_t at_s, size_t max, struct arena *a,
                      struct str **alert_ids_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_ESCALATIONS_DUE);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct str));
    db_bind_i64(&q, at_s);
    db_bind_u64(&q, max);
    r = db_list_strs(&q, &l);
    if (r != STORE_OK)
        return r;
    *alert_ids_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_rule_act_add(struct store *s, struct str rule, const char *act, const char *reason,
                   int64_t seconds)
{
    struct query q = db_query(s, STMT_RULE_ACT_ADD);

    db_bind_text(&q, rule);
    db_bind_text(&q, str_from_c(act));
    db_bind_text(&q, str_from_c(reason));
    db_bind_i64(&q, seconds);
    return db_run(&q);
}

enum store_result
store_rule_acts(struct store *s, struct arena *a, struct rule_act_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_RULE_ACTS);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct rule_act_row));
    while ((r = db_next(&q)) == STORE_OK) {
        struct rule_act_row *row = db_list_add(&l);

        row->rule = db_str(&q, 0, a);
        row->act = db_str(&q, 1, a);
        row->reason = db_str(&q, 2, a);
        row->count = sqlite3_column_int64(q.stmt, 3);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_rule_times(struct store *s, const char *act, struct arena *a, struct rule_time_row **rows_out,
                 size_t *count_out)
{
    struct query q = db_query(s, STMT_RULE_TIMES);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct rule_time_row));
    db_bind_text(&q, str_from_c(act));
    while ((r = db_next(&q)) == STORE_OK) {
        struct rule_time_row *row = db_list_add(&l);

        row->rule = db_str(&q, 0, a);
        row->seconds = sqlite3_column_int64(q.stmt, 1);
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}
