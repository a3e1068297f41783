#include "store/db.h"

enum store_result
store_delivered_put(struct store *s, uint64_t after, uint64_t upto)
{
    return db_run(db_query(s, STMT_DELIVERED, db_u64(after), db_u64(upto)));
}

uint32_t
store_delivered_version(struct store *s, struct str id)
{
    return (uint32_t)db_number(db_query(s, STMT_DELIVERED_GET, db_text(id)), 0);
}

int64_t
store_told_count(struct store *s, struct str recipient, day_t from, day_t to)
{
    return db_number(db_query(s, STMT_TOLD_COUNT, db_text(recipient), db_i64(from), db_i64(to)), 0);
}

enum store_result
store_told_add(struct store *s, struct str recipient, day_t day, const struct alert *al)
{
    return db_run(db_query(s, STMT_TOLD_ADD, db_text(recipient), db_i64(day), db_text(al->id),
                           db_i64(al->version)));
}

enum store_result
store_pending_add(struct store *s, struct str recipient, struct str alert_id)
{
    return db_run(db_query(s, STMT_PENDING_ADD, db_text(recipient), db_text(alert_id)));
}

enum store_result
store_pending_drop(struct store *s, struct str recipient, struct str alert_id)
{
    return db_run(db_query(s, STMT_PENDING_DROP, db_text(recipient), db_text(alert_id)));
}

static const struct db_shape pending_shape = {
    sizeof(struct pending_row),
    {
        DB_FIELD(struct pending_row, recipient),
        DB_FIELD(struct pending_row, packed),
    },
};

enum store_result
store_pending_list(struct store *s, size_t max, struct arena *a, struct pending_row **rows_out,
                   size_t *count_out)
{
    struct query q = db_query(s, STMT_PENDING_LIST, db_u64(max));

    return db_rows(q, &pending_shape, a, rows_out, count_out);
}

enum store_result
store_digest_done(struct store *s, day_t day, day_t keep_from)
{
    enum store_result r = db_run(db_query(s, STMT_PENDING_CLEAR));

    if (r == STORE_OK)
        r = db_run(db_query(s, STMT_TOLD_PRUNE, db_i64(keep_from)));
    if (r == STORE_OK)
        r = db_run(db_query(s, STMT_DIGEST_DAY_PUT, db_i64(day)));
    return r;
}

day_t
store_digest_day(struct store *s)
{
    return (day_t)db_number(db_query(s, STMT_DIGEST_DAY_GET), DAY_NONE);
}

enum store_result
store_escalation_put(struct store *s, struct str alert_id, int64_t due_s)
{
    return db_run(db_query(s, STMT_ESCALATION_PUT, db_text(alert_id), db_i64(due_s)));
}

enum store_result
store_escalation_drop(struct store *s, struct str alert_id)
{
    return db_run(db_query(s, STMT_ESCALATION_DROP, db_text(alert_id)));
}

enum store_result
store_escalations_due(struct store *s, int64_t at_s, size_t max, struct arena *a,
                      struct str **alert_ids_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_ESCALATIONS_DUE, db_i64(at_s), db_u64(max));

    return db_rows(q, &db_strs, a, alert_ids_out, count_out);
}

enum store_result
store_rule_act_add(struct store *s, struct str rule, const char *act, const char *reason,
                   int64_t seconds)
{
    return db_run(db_query(s, STMT_RULE_ACT_ADD, db_text(rule), db_text(str_from_c(act)),
                           db_text(str_from_c(reason)), db_i64(seconds)));
}

static const struct db_shape rule_act_shape = {
    sizeof(struct rule_act_row),
    {
        DB_FIELD(struct rule_act_row, rule),
        DB_FIELD(struct rule_act_row, act),
        DB_FIELD(struct rule_act_row, reason),
        DB_FIELD(struct rule_act_row, count),
    },
};

enum store_result
store_rule_acts(struct store *s, struct arena *a, struct rule_act_row **rows_out, size_t *count_out)
{
    return db_rows(db_query(s, STMT_RULE_ACTS), &rule_act_shape, a, rows_out, count_out);
}

static const struct db_shape rule_time_shape = {
    sizeof(struct rule_time_row),
    {
        DB_FIELD(struct rule_time_row, rule),
        DB_FIELD(struct rule_time_row, seconds),
    },
};

enum store_result
store_rule_times(struct store *s, const char *act, struct arena *a, struct rule_time_row **rows_out,
                 size_t *count_out)
{
    struct query q = db_query(s, STMT_RULE_TIMES, db_text(str_from_c(act)));

    return db_rows(q, &rule_time_shape, a, rows_out, count_out);
}
