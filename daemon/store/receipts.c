/* store_receipts(), declared in store.h: where the versions of one alert have arrived. */
#include "store/store.h"

enum { VERSIONS_MAX = 200 };

/* The newest version that lies at or before the cursor; NULL: none so far. */
static const struct outbox_row *
newest_upto(const struct outbox_row *row, size_t n, uint64_t seq)
{
    for (size_t i = 0; i < n; i++) { /* newest first */
        if (row[i].seq <= seq)
            return &row[i];
    }
    return NULL;
}

static struct str
refusal(struct store *s, struct str route, struct str alert, struct arena *a)
{
    struct dead_row *row;
    size_t n;
    struct str reason = STR_NONE;

    if (store_dead_list(s, route, false, a, &row, &n) != STORE_OK)
        return STR_NONE;
    for (size_t i = 0; i < n; i++) {
        if (str_eq(row[i].alert_id, alert))
            reason = row[i].reason;
    }
    return reason;
}

static struct receipt_row
receipt_of(struct store *s, const struct cursor_row *c, struct str alert,
           const struct outbox_row *up, struct arena *a)
{
    bool feed =
        str_starts(c->route, STR("feed:")); /* a subscriber gets all; a route has a filter */
    struct receipt_row r = {.route = c->route, .reason = refusal(s, c->route, alert, a)};

    if (up == NULL) {
        r.state = RECEIPT_WAITING;
    } else if (!feed && !store_told(s, c->route, alert)) {
        r.state = RECEIPT_PASSED_OVER;
    } else {
        r.state = RECEIPT_ARRIVED;
        r.version = up->version;
    }
    if (!str_is_empty(r.reason))
        r.state = RECEIPT_REFUSED;
    return r;
}

enum store_result
store_receipts(struct store *s, struct str alert, struct arena *a, struct receipt_row **rows_out,
               size_t *count_out)
{
    struct cursor_row *cursor;
    struct outbox_row *version;
    struct receipt_row *out;
    size_t cursors;
    size_t n;
    size_t count = 0;
    enum store_result r = store_cursors(s, a, &cursor, &cursors);

    if (r == STORE_OK)
        r = store_outbox_of(s, alert, VERSIONS_MAX, a, &version, &n);
    if (r != STORE_OK)
        return r;
    out = ARENA_ARRAY(a, cursors, struct receipt_row);
    for (size_t i = 0; i < cursors && n > 0; i++) {
        if (str_eq_c(cursor[i].route, "syslog"))
            continue; /* a log is nobody's receipt */
        out[count++] = receipt_of(s, &cursor[i], alert, newest_upto(version, n, cursor[i].seq), a);
    }
    *rows_out = out;
    *count_out = count;
    return STORE_OK;
}

const char *
receipt_state_text(enum receipt_state s)
{
    static const char *const texts[RECEIPT_STATE_COUNT] = {
        [RECEIPT_WAITING] = "not confirmed yet",
        [RECEIPT_PASSED_OVER] = "not sent: the route's filter",
        [RECEIPT_REFUSED] = "refused by the receiver",
        [RECEIPT_ARRIVED] = "confirmed by the receiver",
    };

    return texts[s];
}
