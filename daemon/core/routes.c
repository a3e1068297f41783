#include "core/routes.h"

#include "core/board.h"
#include "core/internal.h"

enum { AGAIN_MAX = 8 };

static bool
known(struct store *s, struct str route, struct arena *a)
{
    struct cursor_row *row;
    size_t n;

    if (store_cursors(s, a, &row, &n) != STORE_OK)
        return true;
    for (size_t i = 0; i < n; i++) {
        if (str_eq(row[i].route, route))
            return true;
    }
    return false;
}

/* True: durable. */
static bool
finish(struct store *s, enum store_result r)
{
    if (r == STORE_OK && store_commit(s) == STORE_OK)
        return true;
    if (store_in_transaction(s))
        store_rollback(s);
    return false;
}

void
routes_begin(struct core *c, struct str route, bool from_beginning, struct arena *a)
{
    struct store *s = core_store(c);
    uint64_t at = from_beginning ? store_outbox_first_kept(s) - 1 : store_outbox_head(s);

    if (!known(s, route, a) && store_begin(s) == STORE_OK)
        RFD_IGNORE(finish(s, store_cursor_put(s, route, at)));
}

/* The newest version of each alert whose event was put aside. */
static void
fetch_again(struct store *s, struct str route, struct arena *a, struct fetch_reply *out)
{
    struct dead_row *row;
    size_t n;
    struct feed_event *e;

    if (store_dead_list(s, route, true, a, &row, &n) != STORE_OK || n == 0)
        return;
    n = n < AGAIN_MAX ? n : AGAIN_MAX;
    e = ARENA_ARRAY(a, n, struct feed_event);
    for (size_t i = 0; i < n; i++) {
        struct str packed;
        uint64_t patient;

        if (store_alert_get(s, row[i].alert_id, a, &patient, &packed) == STORE_OK)
            e[out->again_count++] =
                (struct feed_event){.seq = row[i].seq, .kind = EVENT_UPDATED, .alert = packed};
    }
    out->again = e;
}

void
routes_fetch(struct core *c, const struct fetch *q, struct arena *a, struct fetch_reply *out)
{
    struct store *s = core_store(c);

    out->cursor = store_cursor_get(s, q->route);
    out->held = store_route_held(s, q->route);
    if (!out->held && q->max > 0)
        fetch_again(s, q->route, a, out);
}

static struct str
alert_of(struct store *s, uint64_t seq, struct arena *a)
{
    struct outbox_row *row;
    size_t n;

    if (seq == 0 || store_outbox_fetch(s, seq - 1, 1, a, &row, &n) != STORE_OK || n == 0)
        return STR("");
    return row[0].alert_id;
}

/* Inside a transaction. */
static enum store_result
move(struct core *c, const struct advance *v, struct stamp now, struct arena *a)
{
    struct store *s = core_store(c);
    enum store_result r = STORE_OK;

    if (!str_is_empty(v->refused)) {
        struct dead_row row = {.route = v->route,
                               .seq = v->seq,
                               .alert_id = alert_of(s, v->seq, a),
                               .reason = v->refused,
                               .at_s = now.utc_s};

        r = store_dead_put(s, &row);
        if (r == STORE_OK)
            r = store_count(s, "dead", v->route, 1);
    } else if (v->again) {
        r = store_dead_gone(s, v->route, v->seq);
    }
    if (r == STORE_OK && !v->again && str_is_empty(v->refused) &&
        !str_eq_c(v->route, "syslog")) /* a log is nobody's receipt */
        r = store_delivered_put(s, store_cursor_get(s, v->route), v->seq);
    if (r == STORE_OK && !str_is_empty(v->told))
        r = store_told_put(s, v->route, v->told);
    if (r == STORE_OK && !v->again)
        r = store_cursor_put(s, v->route, v->seq);
    return r;
}

void
routes_advance(struct core *c, const struct advance *v, struct stamp now, struct arena *a)
{
    struct store *s = core_store(c);

    if (v->seq > store_outbox_head(s) || (!v->again && v->seq <= store_cursor_get(s, v->route)))
        return;
    if (store_begin(s) == STORE_OK)
        RFD_IGNORE(finish(s, move(c, v, now, a)));
}

/* --- verbs --- */

/* What out last said of that route; NULL: it has said nothing of it. */
static const struct route_status *
status_of(const struct status_report *r, struct str route)
{
    for (size_t i = 0; i < r->route_count; i++) {
        if (str_eq(r->route[i].name, route))
            return &r->route[i];
    }
    return NULL;
}

static void
queue_line(struct ask *k, const struct cursor_row *row, const struct route_status *s, bool held)
{
    uint64_t head = store_outbox_head(core_store(k->core));
    unsigned long long behind = (unsigned long long)(head > row->seq ? head - row->seq : 0);
    struct str state = held ? STR("held") : s == NULL ? STR("") : s->state;
    struct str problem = s == NULL ? STR("") : s->problem;

    if (k->rq->json) {
        lines_addf(&k->lines,
                   "{\"route\":\"%.*s\",\"cursor\":%llu,\"behind\":%llu,\"state\":\"%.*s\","
                   "\"problem\":\"%.*s\",\"retries\":%llu,\"dead\":%llu}",
                   STR_FMT(row->route), (unsigned long long)row->seq, behind, STR_FMT(state),
                   STR_FMT(problem), s == NULL ? 0ULL : (unsigned long long)s->retries,
                   s == NULL ? 0ULL : (unsigned long long)s->dead);
        return;
    }
    lines_addf(&k->lines, "%.*s cursor %llu behind %llu%s%.*s%s%.*s", STR_FMT(row->route),
               (unsigned long long)row->seq, behind, str_is_empty(state) ? "" : " ", STR_FMT(state),
               str_is_empty(problem) ? "" : ": ", STR_FMT(problem));
}

void
routes_queues(struct ask *k)
{
    struct store *s = core_store(k->core);
    struct status_report r = {.route_count = 0};
    struct cursor_row *row;
    int64_t age_ms = 0;
    size_t n;

    if (store_cursors(s, k->arena, &row, &n) != STORE_OK)
        return;
    if (!board_get(k->core->board, BOARD_OUT, k->arena, &r, &age_ms) || age_ms > BOARD_STALE_MS)
        r.route_count = 0;
    for (size_t i = 0; i < n; i++)
        queue_line(k, &row[i], status_of(&r, row[i].route), store_route_held(s, row[i].route));
}

static void
act(struct ask *k, const char *event, enum store_result (*change)(struct store *, struct str))
{
    struct store *s = core_store(k->core);
    struct str route = k->rq->arg[0];

    if (!known(s, route, k->arena)) {
        ask_fail(k, 1, "no route of that name: see `refractctl queues`");
        return;
    }
    if (store_begin(s) == STORE_OK && change(s, route) == STORE_OK &&
        finish(s, store_audit_add(s, event, str_cz(k->arena, ask_actor(k)), route, k->now))) {
        lines_addf(&k->lines, k->rq->json ? "{\"route\":\"%.*s\",\"done\":\"%s\"}" : "%.*s: %s",
                   STR_FMT(route), event);
        return;
    }
    if (store_in_transaction(s))
        store_rollback(s);
    ask_fail(k, 1, "not stored: the disk is full");
}

static enum store_result
hold(struct store *s, struct str route)
{
    return store_route_hold(s, route, true);
}

static enum store_result
release(struct store *s, struct str route)
{
    return store_route_hold(s, route, false);
}

void
routes_hold(struct ask *k)
{
    act(k, "route_held", hold);
}

void
routes_release(struct ask *k)
{
    act(k, "route_released", release);
}

void
routes_retry(struct ask *k)
{
    act(k, "route_retried", store_dead_again);
}

void
routes_dead(struct ask *k)
{
    struct dead_row *row;
    size_t n;

    if (store_dead_list(core_store(k->core), k->rq->arg[0], false, k->arena, &row, &n) !=
        STORE_OK) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        char at[STAMP_TEXT_MAX];
        struct str when = stamp_format(stamp_of_utc(row[i].at_s), at);

        lines_addf(&k->lines,
                   k->rq->json ? "{\"route\":\"%.*s\",\"event\":%llu,\"alert\":\"%.*s\","
                                 "\"reason\":\"%.*s\",\"at\":\"%.*s\"}"
                               : "%.*s event %llu alert %.*s %.*s %.*s",
                   STR_FMT(row[i].route), (unsigned long long)row[i].seq, STR_FMT(row[i].alert_id),
                   STR_FMT(row[i].reason), STR_FMT(when));
    }
}
