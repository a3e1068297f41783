#include "codec/feed.h"
#include "store/db.h"

enum { LOOK_AHEAD = 8 }; /* a digest says no time: the first event behind it does */

bool
store_route_held(struct store *s, struct str route)
{
    return db_number(db_query(s, STMT_ROUTE_HELD, db_text(route)), 0) != 0;
}

enum store_result
store_route_hold(struct store *s, struct str route, bool held)
{
    return db_run(db_query(s, STMT_ROUTE_HOLD, db_text(route), db_i64(held)));
}

enum store_result
store_dead_put(struct store *s, const struct dead_row *row)
{
    return db_run(db_query(s, STMT_DEAD_PUT, db_text(row->route), db_u64(row->seq),
                           db_text(row->alert_id), db_text(row->reason), db_i64(row->at_s)));
}

static const struct db_shape dead_shape = {
    sizeof(struct dead_row),
    {
        DB_FIELD(struct dead_row, route),
        DB_FIELD(struct dead_row, seq),
        DB_FIELD(struct dead_row, alert_id),
        DB_FIELD(struct dead_row, reason),
        DB_FIELD(struct dead_row, at_s),
        DB_FIELD(struct dead_row, again),
    },
};

enum store_result
store_dead_list(struct store *s, struct str route, bool again_only, struct arena *a,
                struct dead_row **rows_out, size_t *count_out)
{
    struct query q =
        db_query(s, STMT_DEAD_LIST, db_text(route), db_i64(again_only), db_u64(STORE_DEAD_MAX));

    return db_rows(q, &dead_shape, a, rows_out, count_out);
}

enum store_result
store_dead_again(struct store *s, struct str route)
{
    return db_run(db_query(s, STMT_DEAD_AGAIN, db_text(route)));
}

enum store_result
store_dead_gone(struct store *s, struct str route, uint64_t seq)
{
    return db_run(db_query(s, STMT_DEAD_GONE, db_text(route), db_u64(seq)));
}

enum store_result
store_dead_again_one(struct store *s, struct str route, uint64_t seq)
{
    return db_run(db_query(s, STMT_DEAD_AGAIN_ONE, db_text(route), db_u64(seq)));
}

enum store_result
store_dead_moot(struct store *s, struct str route, struct str alert, uint64_t seq)
{
    return db_run(db_query(s, STMT_DEAD_MOOT, db_text(route), db_text(alert), db_u64(seq)));
}

uint64_t
store_dead_count(struct store *s, struct str route)
{
    return (uint64_t)db_number(db_query(s, STMT_DEAD_COUNT, db_text(route)), 0);
}

enum store_result
store_told_put(struct store *s, struct str route, struct str alert)
{
    return db_run(db_query(s, STMT_TOLD_PUT, db_text(route), db_text(alert)));
}

bool
store_told(struct store *s, struct str route, struct str alert)
{
    return db_number(db_query(s, STMT_TOLD, db_text(route), db_text(alert)), 0) != 0;
}

enum store_result
store_reached_put(struct store *s, struct str route, struct str alert, struct str who)
{
    return db_run(db_query(s, STMT_REACHED_PUT, db_text(route), db_text(alert), db_text(who)));
}

enum store_result
store_reached(struct store *s, struct str route, struct str alert, struct arena *a,
              struct str **who_out, size_t *count_out)
{
    return db_rows(db_query(s, STMT_REACHED, db_text(route), db_text(alert)), &db_strs, a, who_out,
                   count_out);
}

int64_t
store_waiting_since(struct store *s, uint64_t after, struct arena *a)
{
    size_t mark = arena_mark(a);
    struct outbox_row *row;
    int64_t since = 0;
    size_t n;

    if (store_outbox_fetch(s, after, LOOK_AHEAD, a, &row, &n) != STORE_OK)
        return 0;
    for (size_t i = 0; i < n && since == 0; i++) {
        struct alert al;
        const char *why = "";

        if (row[i].kind != EVENT_DIGEST && codec_alert_unpack(a, row[i].packed, &al, &why))
            since = al.changed.utc_s;
    }
    arena_release(a, mark);
    return since;
}
