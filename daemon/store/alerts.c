#include "store/db.h"

enum store_result
store_alert_put(struct store *s, uint64_t patient, const struct alert *al, struct str packed)
{
    return db_run(db_query(s, STMT_ALERT_PUT, db_text(al->id), db_u64(patient), db_i64(al->version),
                           db_i64(alert_is_open(al)), db_blob(packed)));
}

enum store_result
store_alert_get(struct store *s, struct str id, struct arena *a, uint64_t *patient_out,
                struct str *packed_out)
{
    struct query q = db_query(s, STMT_ALERT_GET, db_text(id));
    enum store_result r = db_next(&q);

    if (r != STORE_OK)
        return r;
    *patient_out = db_column_u64(&q, 0);
    *packed_out = db_column_str(&q, 1, a);
    db_done(&q);
    return STORE_OK;
}

enum store_result
store_alerts_load(struct store *s, const uint64_t *patients, size_t count, struct arena *a,
                  struct str **packed_out, size_t *packed_count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct str));
    r = db_list_each(s, STMT_ALERTS_LOAD, patients, count, &db_strs, &l);
    if (r != STORE_OK)
        return r;
    *packed_out = l.item;
    *packed_count_out = l.count;
    return STORE_OK;
}

enum store_result
store_alerts_list(struct store *s, bool open_only, struct arena *a, struct str **packed_out,
                  size_t *packed_count_out)
{
    struct query q = db_query(s, open_only ? STMT_ALERTS_LIST_OPEN : STMT_ALERTS_LIST);

    return db_rows(q, &db_strs, a, packed_out, packed_count_out);
}
