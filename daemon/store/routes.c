#include "store/db.h"

bool
store_route_held(struct store *s, struct str route)
{
    struct query q = db_query(s, STMT_ROUTE_HELD);
    bool held;

    db_bind_text(&q, route);
    if (db_next(&q) != STORE_OK)
        return false;
    held = db_u64(&q, 0) != 0;
    db_done(&q);
    return held;
}

enum store_result
store_route_hold(struct store *s, struct str route, bool held)
{
    struct query q = db_query(s, STMT_ROUTE_HOLD);

    db_bind_text(&q, route);
    db_bind_i64(&q, held ? 1 : 0);
    return db_run(&q);
}

enum store_result
store_dead_put(struct store *s, const struct dead_row *row)
{
    struct query q = db_query(s, STMT_DEAD_PUT);

    db_bind_text(&q, row->route);
    db_bind_u64(&q, row->seq);
    db_bind_text(&q, row->alert_id);
    db_bind_text(&q, row->reason);
    db_bind_i64(&q, row->at_s);
    return db_run(&q);
}

enum store_result
store_dead_list(struct store *s, struct str route, bool again_only, struct arena *a,
                struct dead_row **rows_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_DEAD_LIST);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct dead_row));
    db_bind_text(&q, route);
    db_bind_i64(&q, again_only ? 1 : 0);
    db_bind_u64(&q, STORE_DEAD_MAX);
    while ((r = db_next(&q)) == STORE_OK) {
        struct dead_row *row = db_list_add(&l);

        row->route = db_str(&q, 0, a);
        row->seq = db_u64(&q, 1);
        row->alert_id = db_str(&q, 2, a);
        row->reason = db_str(&q, 3, a);
        row->at_s = (int64_t)db_u64(&q, 4);
        row->again = db_u64(&q, 5) != 0;
    }
    if (r != STORE_NONE)
        return r;
    *rows_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_dead_again(struct store *s, struct str route)
{
    struct query q = db_query(s, STMT_DEAD_AGAIN);

    db_bind_text(&q, route);
    return db_run(&q);
}

enum store_result
store_dead_gone(struct store *s, struct str route, uint64_t seq)
{
    struct query q = db_query(s, STMT_DEAD_GONE);

    db_bind_text(&q, route);
    db_bind_u64(&q, seq);
    return db_run(&q);
}

enum store_result
store_told_put(struct store *s, struct str route, struct str alert)
{
    struct query q = db_query(s, STMT_TOLD_PUT);

    db_bind_text(&q, route);
    db_bind_text(&q, alert);
    return db_run(&q);
}

bool
store_told(struct store *s, struct str route, struct str alert)
{
    struct query q = db_query(s, STMT_TOLD);

    db_bind_text(&q, route);
    db_bind_text(&q, alert);
    if (db_next(&q) != STORE_OK)
        return false;
    db_done(&q);
    return true;
}
