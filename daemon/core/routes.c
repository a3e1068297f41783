#include "core/routes.h"

#include "core/internal.h"

enum { AGAIN_MAX = 8 };

bool
routes_is_named(struct str route)
{
    return !str_starts(route, STR("feed:")) && !str_eq_c(route, "syslog");
}

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

void
routes_told(struct core *c, struct str route, struct str alert, struct arena *a,
            struct feed_event *e)
{
    struct str *who = NULL;
    size_t n = 0;

    e->told = store_told(core_store(c), route, alert);
    if (e->told && store_reached(core_store(c), route, alert, a, &who, &n) == STORE_OK) {
        e->reached = who;
        e->reached_count = n;
    }
}

/* A digest is sent again as it was. */
static void
digest_again(struct store *s, uint64_t seq, struct arena *a, struct fetch_reply *out,
             struct feed_event *e)
{
    struct outbox_row *row;
    size_t n;

    if (store_outbox_fetch(s, seq - 1, 1, a, &row, &n) == STORE_OK && n > 0 && row[0].seq == seq &&
        row[0].kind == (int32_t)EVENT_DIGEST)
        e[out->again_count++] =
            (struct feed_event){.seq = seq, .kind = EVENT_DIGEST, .digest = row[0].packed};
}

/* The newest version of each alert whose event was put aside. */
static void
fetch_again(struct core *c, struct str route, struct arena *a, struct fetch_reply *out)
{
    struct store *s = core_store(c);
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

        if (str_is_empty(row[i].alert_id)) {
            digest_again(s, row[i].seq, a, out, e);
        } else if (store_alert_get(s, row[i].alert_id, a, &patient, &packed) == STORE_OK) {
            struct feed_event *again = &e[out->again_count++];

            *again = (struct feed_event){.seq = row[i].seq, .kind = EVENT_UPDATED, .alert = packed};
            routes_told(c, route, row[i].alert_id, a, again);
        }
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
        fetch_again(c, q->route, a, out);
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

/* What a receiver really got: a receipt for the alert's life. A named route passes over what its
 * filter leaves out, and says for each what it sent; a log is nobody's receipt. */
static enum store_result
receipt(struct store *s, const struct advance *v)
{
    enum store_result r;

    if (str_eq_c(v->route, "syslog"))
        return STORE_OK;
    if (!routes_is_named(v->route))
        return store_delivered_put(s, store_cursor_get(s, v->route), v->seq);
    if (str_is_empty(v->told))
        return STORE_OK;
    r = store_told_put(s, v->route, v->told);
    if (r == STORE_OK && !v->again)
        r = store_delivered_put(s, v->seq - 1, v->seq);
    return r == STORE_OK ? store_dead_moot(s, v->route, v->told, v->seq) : r;
}

/* Of a digest, which has no alert, only that somebody was not to be found. */
static enum store_result
attempted(struct store *s, const struct advance *v)
{
    enum store_result r = STORE_OK;

    if (!str_is_empty(v->told))
        r = store_told_put(s, v->route, v->told);
    if (r == STORE_OK && !str_is_empty(v->told) && !str_is_empty(v->reached))
        r = store_reached_put(s, v->route, v->told, v->reached);
    if (r == STORE_OK && v->unresolved)
        r = store_count(s, "mail_unresolved", v->route, 1);
    return r;
}

/* Inside a transaction. */
static enum store_result
move(struct core *c, const struct advance *v, struct stamp now, struct arena *a)
{
    struct store *s = core_store(c);
    enum store_result r = STORE_OK;

    if (v->attempted)
        return attempted(s, v);
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
    if (r == STORE_OK && str_is_empty(v->refused))
        r = receipt(s, v);
    if (r == STORE_OK && !v->again && v->seq > store_cursor_get(s, v->route))
        r = store_cursor_put(s, v->route, v->seq);
    return r;
}

void
routes_advance(struct core *c, const struct advance *v, struct stamp now, struct arena *a)
{
    struct store *s = core_store(c);

    if (v->seq == 0 || v->seq > store_outbox_head(s) ||
        (!v->again && str_is_empty(v->told) && v->seq <= store_cursor_get(s, v->route)))
        return; /* what was sent counts although it was skipped meanwhile */
    if (!store_in_transaction(s) && store_begin(s) != STORE_OK)
        return;
    if (move(c, v, now, a) != STORE_OK)
        store_rollback(s); /* with what came before it: out says all of it again */
}

void
routes_commit(struct core *c)
{
    if (store_in_transaction(core_store(c)))
        RFD_IGNORE(finish(core_store(c), STORE_OK));
}

/* --- verbs --- */

/* One change and its line of the audit, or neither. False: the answer is given. */
static bool
change(struct ask *k, const char *event, struct str subject, enum store_result done)
{
    struct store *s = core_store(k->core);

    if (done == STORE_OK)
        done = store_audit_add(s, event, str_cz(k->arena, ask_actor(k)), subject, k->now);
    if (finish(s, done))
        return true;
    ask_fail(k, 1, "not stored: the disk is full");
    return false;
}

/* The route that is named, with a transaction begun. */
static bool
begin(struct ask *k)
{
    struct store *s = core_store(k->core);

    if (!known(s, k->rq->arg[0], k->arena)) {
        ask_fail(k, 1, "no route of that name: see `refractctl queues`");
        return false;
    }
    if (store_begin(s) == STORE_OK)
        return true;
    ask_fail(k, 1, "not stored: the disk is full");
    return false;
}

static void
say(struct ask *k, const char *event, uint64_t seq)
{
    struct str route = k->rq->arg[0];

    if (seq == 0) {
        lines_addf(&k->lines, k->rq->json ? "{\"route\":\"%.*s\",\"done\":\"%s\"}" : "%.*s: %s",
                   STR_FMT(route), event);
    } else {
        lines_addf(&k->lines,
                   k->rq->json ? "{\"route\":\"%.*s\",\"done\":\"%s\",\"event\":%llu}"
                               : "%.*s: %s, event %llu",
                   STR_FMT(route), event, (unsigned long long)seq);
    }
}

void
routes_hold(struct ask *k)
{
    struct str route = k->rq->arg[0];

    if (begin(k) &&
        change(k, "route_held", route, store_route_hold(core_store(k->core), route, true)))
        say(k, "route_held", 0);
}

void
routes_release(struct ask *k)
{
    struct str route = k->rq->arg[0];

    if (begin(k) &&
        change(k, "route_released", route, store_route_hold(core_store(k->core), route, false)))
        say(k, "route_released", 0);
}

/* "ROUTE event N", as the audit has it. */
static struct str
subject_of(struct ask *k, uint64_t seq)
{
    struct sb b;

    sb_init_arena(&b, k->arena, k->rq->arg[0].n + 64);
    sb_add(&b, k->rq->arg[0]);
    sb_addf(&b, " event %llu", (unsigned long long)seq);
    return sb_str(&b);
}

/* The event that the second argument numbers, put aside by that route; 0 and an answer: none. */
static uint64_t
dead_event(struct ask *k)
{
    struct dead_row *row;
    uint64_t seq = 0;
    size_t n;

    if (str_to_u64(k->rq->arg[1], &seq) && store_dead_list(core_store(k->core), k->rq->arg[0],
                                                           false, k->arena, &row, &n) == STORE_OK) {
        for (size_t i = 0; i < n; i++) {
            if (row[i].seq == seq)
                return seq;
        }
    }
    ask_fail(k, 1, "no such event was put aside: see `refractctl dead ROUTE`");
    return 0;
}

void
routes_retry(struct ask *k)
{
    struct store *s = core_store(k->core);
    struct str route = k->rq->arg[0];
    uint64_t seq;

    if (k->rq->arg_count < 2) {
        if (begin(k) && change(k, "route_retried", route, store_dead_again(s, route)))
            say(k, "route_retried", 0);
        return;
    }
    seq = dead_event(k);
    if (seq != 0 && begin(k) &&
        change(k, "route_retried", subject_of(k, seq), store_dead_again_one(s, route, seq)))
        say(k, "route_retried", seq);
}

void
routes_drop(struct ask *k)
{
    struct store *s = core_store(k->core);
    uint64_t seq = dead_event(k);

    if (seq != 0 && begin(k) &&
        change(k, "route_dropped", subject_of(k, seq), store_dead_gone(s, k->rq->arg[0], seq)))
        say(k, "route_dropped", seq);
}

/* One message that a receiver neither takes nor refuses holds up all that come after it. */
void
routes_skip(struct ask *k)
{
    struct store *s = core_store(k->core);
    struct str route = k->rq->arg[0];
    uint64_t seq = store_cursor_get(s, route) + 1;
    struct advance v = {.route = route, .seq = seq, .refused = STR("skipped")};

    if (!routes_is_named(route) || seq > store_outbox_head(s)) {
        ask_fail(k, 1, "nothing waits there to be skipped: see `refractctl queues`");
        return;
    }
    if (begin(k) &&
        change(k, "route_skipped", subject_of(k, seq), move(k->core, &v, k->now, k->arena)))
        say(k, "route_skipped", seq);
}

static void
dead_line(struct ask *k, const struct dead_row *row)
{
    char at[STAMP_TEXT_MAX];
    struct str when = stamp_format(stamp_of_utc(row->at_s), at);

    lines_addf(&k->lines,
               k->rq->json ? "{\"route\":\"%.*s\",\"event\":%llu,\"alert\":\"%.*s\","
                             "\"reason\":\"%.*s\",\"at\":\"%.*s\",\"again\":%s}"
                           : "%.*s event %llu alert %.*s %.*s %.*s%s",
               STR_FMT(row->route), (unsigned long long)row->seq, STR_FMT(row->alert_id),
               STR_FMT(row->reason), STR_FMT(when),
               k->rq->json  ? (row->again ? "true" : "false")
               : row->again ? " to be sent again"
                            : "");
}

static void
dead_of(struct ask *k, struct str route)
{
    struct dead_row *row;
    size_t n;

    if (store_dead_list(core_store(k->core), route, false, k->arena, &row, &n) != STORE_OK) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    for (size_t i = 0; i < n; i++)
        dead_line(k, &row[i]);
}

void
routes_dead(struct ask *k)
{
    struct cursor_row *row;
    size_t n;

    if (k->rq->arg_count > 0) {
        dead_of(k, k->rq->arg[0]);
        return;
    }
    if (store_cursors(core_store(k->core), k->arena, &row, &n) != STORE_OK) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    for (size_t i = 0; i < n; i++)
        dead_of(k, row[i].route);
}
