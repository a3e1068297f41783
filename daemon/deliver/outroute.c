#include "deliver/outroute.h"

#include "deliver/route.h"
#include "sys/clock.h"
#include "sys/dial.h"
#include "sys/log.h"
#include "sys/mem.h"
#include "sys/testhook.h"

#include <string.h>

enum {
    TICK_MS = 1000,
    WINDOW = 64,
    AGAIN_MAX = 8,
    QUEUE_MAX = WINDOW + AGAIN_MAX,
    ID_MAX = 64,
    FIRST_WAIT_MS = 500,
    LAST_WAIT_MS = 300000,
    REFUSED_WAIT_MS = 1000,
    SETTLED_MAX = 32, /* so far a route runs ahead of what core has written down */
    /* More than can have been sent since core said of a waiting event whether it was told. */
    RECENT_MAX = SETTLED_MAX + 2 * WINDOW,
    ASIDE_RUN_MAX = 5, /* events put aside in a row: then it is not they that are wrong */
    BROKEN_AFTER = 5,  /* failures in a row until the status calls it so */
};

static const size_t ARENA_BYTES = (size_t)64 << 20;
static const size_t ARENA_KEEP = (size_t)1 << 20;

struct waiting {
    uint64_t seq;
    enum event_kind kind;
    bool quiet;
    bool again;
    bool told;             /* an earlier version was sent */
    char id[ID_MAX];       /* of the alert */
    unsigned char *packed; /* the alert or the digest */
    size_t packed_n;
    char *reached; /* by an earlier version: names, each with its NUL */
    size_t reached_n;
};

/* What was done with an event, until core has it on disk: were it lost with core, a later
 * retraction would go nowhere. */
struct settled {
    uint64_t seq;
    bool said;
    char id[ID_MAX]; /* of the alert that was sent; "": passed over */
};

enum busy {
    BUSY_NOT,
    BUSY_SENDING,
    BUSY_WAITING, /* for the back-off */
    BUSY_PUTTING_ASIDE,
    BUSY_COUNT,
};

struct outroute {
    struct loop *loop;
    struct corelink *core;
    struct outroute_config cfg;
    const struct outroute_way *how;
    void *way;
    struct arena arena;
    struct route route;
    bool placed; /* the cursor is known */
    bool held;
    enum busy busy;
    struct waiting queue[QUEUE_MAX];
    size_t queued;
    int tick_timer;
    int wait_timer; /* 0: none */
    int64_t next_ms;
    unsigned failures;  /* in a row */
    int64_t refusals;   /* of the event at the head */
    unsigned aside_run; /* put aside since the last that got through */
    const char *problem;
    uint64_t sent;
    uint64_t retries;
    uint64_t dead;
    int64_t last_s;
    bool stepping;
    char recent[RECENT_MAX][ID_MAX]; /* alerts sent of late, a ring */
    size_t recent_next;
    struct settled settled[SETTLED_MAX];
    size_t settled_n;
    uint64_t durable_before; /* at the last tick */
    uint64_t unsure_until;   /* sent by an earlier process, perhaps, that ended before it said so */
};

static void step(struct outroute *r);

static void
forget(struct waiting *w)
{
    if (w->packed != NULL)
        memset(w->packed, 0, w->packed_n); /* an alert names its patient */
    xfree(w->packed);
    xfree(w->reached);
    *w = (struct waiting){.seq = 0};
}

static void
pop(struct outroute *r)
{
    forget(&r->queue[0]);
    memmove(r->queue, r->queue + 1, (r->queued - 1) * sizeof r->queue[0]);
    r->queued--;
    r->queue[r->queued] = (struct waiting){.seq = 0};
    r->refusals = 0;
}

/* --- in: events from core --- */

static bool
unpack(struct outroute *r, const struct waiting *w, struct alert *out)
{
    struct str packed = {(const char *)w->packed, w->packed_n};
    const char *why = "";

    return codec_alert_unpack(&r->arena, packed, out, &why);
}

static void
keep_reached(struct waiting *w, const struct feed_event *e)
{
    size_t n = 0;

    for (size_t i = 0; i < e->reached_count; i++)
        n += e->reached[i].n + 1;
    w->reached = xcalloc(n + 1, 1);
    for (size_t i = 0; i < e->reached_count; i++) {
        memcpy(w->reached + w->reached_n, e->reached[i].p, e->reached[i].n);
        w->reached_n += e->reached[i].n + 1;
    }
}

static void
tell_reached(struct outroute *r, const struct waiting *w, struct outroute_item *item)
{
    struct str *who = ARENA_ARRAY(&r->arena, w->reached_n, struct str);

    for (size_t at = 0; at < w->reached_n; at += who[item->reached_count++].n + 1)
        who[item->reached_count] = str_from_c(w->reached + at);
    item->reached = who;
}

static void
push(struct outroute *r, const struct feed_event *e, bool again)
{
    struct str packed = e->kind == EVENT_DIGEST ? e->digest : e->alert;
    struct waiting *w = &r->queue[r->queued];
    struct alert al;

    rfd_assert(r->queued < QUEUE_MAX);
    *w = (struct waiting){
        .seq = e->seq, .kind = e->kind, .quiet = e->quiet, .again = again, .told = e->told};
    w->packed_n = packed.n;
    w->packed = xmalloc(packed.n + 1);
    if (packed.n > 0)
        memcpy(w->packed, packed.p, packed.n);
    keep_reached(w, e);
    if (e->alert.n > 0 && unpack(r, w, &al) && al.id.n < ID_MAX)
        memcpy(w->id, al.id.p, al.id.n);
    r->queued++;
}

static bool
is_queued(const struct outroute *r, uint64_t seq)
{
    for (size_t i = 0; i < r->queued; i++) {
        if (r->queue[i].seq == seq)
            return true;
    }
    return false;
}

static void
take_events(struct outroute *r, const struct fetch_reply *reply)
{
    for (size_t i = 0; i < reply->event_count && route_room(&r->route) > 0; i++) {
        if (reply->event[i].seq <= r->route.sent || r->queued >= WINDOW)
            continue;
        push(r, &reply->event[i], false);
        route_sent(&r->route, reply->event[i].seq);
    }
    for (size_t i = 0; i < reply->again_count && r->queued < QUEUE_MAX; i++) {
        if (!is_queued(r, reply->again[i].seq))
            push(r, &reply->again[i], true);
    }
}

/* --- out: the event at the head --- */

static void
say_settled(struct outroute *r, struct settled *d)
{
    d->said = true;
    if (d->id[0] != '\0')
        corelink_sent(r->core, route_name(&r->route), d->seq, str_from_c(d->id), false);
    else
        corelink_advance(r->core, route_name(&r->route), d->seq);
}

/* A run of events that are passed over is said once, by its last. */
static void
keep_settled(struct outroute *r, uint64_t seq, const char *id)
{
    struct settled *last = r->settled_n == 0 ? NULL : &r->settled[r->settled_n - 1];

    rfd_assert(r->settled_n < SETTLED_MAX);
    if (last == NULL || last->said || id[0] != '\0')
        last = &r->settled[r->settled_n++];
    *last = (struct settled){.seq = seq};
    memcpy(last->id, id, strlen(id) + 1);
    if (id[0] != '\0')
        say_settled(r, last);
}

static void
say_passed_over(struct outroute *r)
{
    if (r->settled_n > 0 && !r->settled[r->settled_n - 1].said)
        say_settled(r, &r->settled[r->settled_n - 1]);
}

/* Core has these. */
static void
forget_settled(struct outroute *r)
{
    size_t n = 0;

    while (n < r->settled_n && r->settled[n].seq <= r->route.durable)
        n++;
    r->settled_n -= n;
    memmove(r->settled, r->settled + n, r->settled_n * sizeof r->settled[0]);
}

/* Nothing of it was heard for a second: core was away, or has lost it. */
static void
say_again(struct outroute *r)
{
    for (size_t i = 0; i < r->settled_n && r->durable_before == r->route.durable; i++)
        say_settled(r, &r->settled[i]);
    r->durable_before = r->route.durable;
}

static void
note_recent(struct outroute *r, const char *id)
{
    memcpy(r->recent[r->recent_next], id, strlen(id) + 1);
    r->recent_next = (r->recent_next + 1) % RECENT_MAX;
}

/* Passed over, or sent: the cursor goes on. */
static void
settle(struct outroute *r, bool sent)
{
    struct waiting *w = &r->queue[0];

    if (sent)
        note_recent(r, w->id);
    if (w->again) {
        corelink_sent(r->core, route_name(&r->route), w->seq, sent ? str_from_c(w->id) : STR(""),
                      true);
    } else {
        keep_settled(r, w->seq, sent ? w->id : "");
        route_settle(&r->route, w->seq);
    }
    pop(r);
}

static bool
was_told(const struct outroute *r, const struct waiting *w)
{
    for (size_t i = 0; i < RECENT_MAX && !w->told; i++) {
        if (strcmp(r->recent[i], w->id) == 0)
            return true;
    }
    return w->told;
}

/* A later version of the same alert waits behind it that will be sent in its place, and it did not
 * get through so far. A quiet one is no such: with this one passed over, nobody would ever be told.
 */
static bool
is_outdated(const struct outroute *r)
{
    const struct waiting *w = &r->queue[0];

    for (size_t i = 1; i < r->queued && (r->failures > 0 || r->refusals > 0); i++) {
        if (w->id[0] != '\0' && strcmp(r->queue[i].id, w->id) == 0 &&
            (w->quiet || !r->queue[i].quiet || r->cfg.quiet_too))
            return true;
    }
    return false;
}

/* What was told is taken back, whatever the filter says of the new version; what was not, is not.
 * */
static bool
is_wanted(const struct outroute *r, const struct waiting *w, const struct outroute_item *item)
{
    const struct alert *al = &item->alert;

    if (w->kind == EVENT_DIGEST)
        return r->how->digests;
    if (!r->cfg.personal && r->cfg.germline == str_is_empty(al->only_for))
        return false;
    if (w->kind == EVENT_RETRACTED || al->state == ALERT_RETRACTED)
        return !testhook_withholds() && was_told(r, w); /* withheld: test_year.py finds it */
    if (r->how->wants != NULL && !r->how->wants(r->way, item))
        return false;
    if (w->again)
        return true;
    if (w->quiet && !r->cfg.quiet_too)
        return false;
    return !r->cfg.confirmed_only || al->certainty == ALERT_CONFIRMED;
}

static bool
open_item(struct outroute *r, const struct waiting *w, struct outroute_item *item)
{
    struct str packed = {(const char *)w->packed, w->packed_n};
    const char *why = "";

    tell_reached(r, w, item);
    return w->kind == EVENT_DIGEST ? codec_digest_unpack(&r->arena, packed, &item->digest, &why)
                                   : unpack(r, w, &item->alert);
}

/* It may have arrived: then its retraction is to go there too. */
static void
may_have_arrived(struct outroute *r)
{
    const struct waiting *w = &r->queue[0];

    if (w->id[0] == '\0' || was_told(r, w))
        return;
    note_recent(r, w->id);
    corelink_attempted(r->core, route_name(&r->route), w->seq, str_from_c(w->id));
}

static void
send_head(struct outroute *r)
{
    const struct waiting *w = &r->queue[0];
    struct outroute_item item = {.seq = w->seq,
                                 .kind = w->kind,
                                 .quiet = w->quiet,
                                 .again = w->again,
                                 .first = !was_told(r, w)};

    if (is_outdated(r)) {
        if (w->seq <= r->unsure_until) /* an out before this one may have got it there */
            may_have_arrived(r);
        settle(r, false);
        return;
    }
    if (!open_item(r, w, &item) || !is_wanted(r, w, &item)) {
        settle(r, false);
        return;
    }
    r->busy = BUSY_SENDING;
    r->sent++;
    r->retries += r->failures > 0 || r->refusals > 0 ? 1 : 0;
    r->how->send(r->way, &item, &r->arena);
}

/* A way may finish at once: so this is a loop, and no recursion. */
static void
step(struct outroute *r)
{
    if (r->stepping)
        return;
    r->stepping = true;
    while (r->busy == BUSY_NOT && !r->held && r->queued > 0 && r->settled_n < SETTLED_MAX)
        send_head(r);
    say_passed_over(r);
    mem_arena_trim(&r->arena, ARENA_KEEP);
    r->stepping = false;
    if (r->placed && r->queued < WINDOW / 2 && r->route.sent < corelink_head(r->core))
        route_ask(&r->route, r->core, clock_mono_ms());
}

static void
on_waited(struct loop *loop, void *arg)
{
    struct outroute *r = arg;

    (void)loop;
    r->wait_timer = 0;
    r->next_ms = 0;
    r->busy = BUSY_NOT;
    step(r);
}

static void
wait_ms(struct outroute *r, int64_t ms)
{
    r->busy = BUSY_WAITING;
    r->next_ms = clock_mono_ms() + ms;
    r->wait_timer = loop_add_timer(r->loop, ms, 0, on_waited, r);
}

static int64_t
back_off(const struct outroute *r)
{
    int64_t ms = FIRST_WAIT_MS;

    for (unsigned i = 1; i < r->failures && ms < LAST_WAIT_MS; i++)
        ms *= 2;
    return dial_jitter(ms < LAST_WAIT_MS ? ms : LAST_WAIT_MS);
}

/* --- what came of it --- */

static void
done(struct outroute *r)
{
    if (r->failures >= BROKEN_AFTER)
        log_note_limited("route.back", LOG_NAME("route", r->cfg.name));
    r->failures = 0;
    r->aside_run = 0;
    r->problem = "";
    r->last_s = clock_wall_s();
    r->busy = BUSY_NOT;
    settle(r, true);
    step(r);
}

static void
away(struct outroute *r, const char *why, int wait_s)
{
    int64_t ms;

    r->failures++;
    r->problem = why;
    if (r->failures == 1 || r->failures == BROKEN_AFTER)
        log_warn_limited(r->failures == 1 ? "route.away" : "route.broken",
                         LOG_NAME("route", r->cfg.name), LOG_NAME("why", why));
    ms = back_off(r);
    wait_ms(r, wait_s > 0 && (int64_t)wait_s * 1000 > ms ? (int64_t)wait_s * 1000 : ms);
}

static void
put_aside(struct outroute *r)
{
    r->busy = BUSY_PUTTING_ASIDE;
    corelink_refused(r->core, route_name(&r->route), r->queue[0].seq, r->problem,
                     r->queue[0].again);
}

static void
refused(struct outroute *r, const char *why)
{
    r->refusals++;
    r->problem = why;
    log_warn_limited("route.refused", LOG_NAME("route", r->cfg.name), LOG_NAME("why", why),
                     LOG_ID("event", r->queue[0].seq), LOG_NUM("tries", r->refusals));
    if (r->refusals < r->cfg.tries) {
        wait_ms(r, REFUSED_WAIT_MS);
        return;
    }
    if (!r->queue[0].again && r->aside_run >= ASIDE_RUN_MAX) {
        away(r, why, 0);
        return;
    }
    r->aside_run += r->queue[0].again ? 0 : 1;
    r->dead++;
    put_aside(r);
}

void
outroute_reached(struct outroute *r, struct str who, bool unresolved)
{
    const struct waiting *w = &r->queue[0];

    rfd_assert(r->busy == BUSY_SENDING && r->queued > 0);
    if (w->id[0] != '\0' && !was_told(r, w))
        note_recent(r, w->id);
    corelink_reached(r->core, route_name(&r->route), w->seq, str_from_c(w->id), who, unresolved);
}

void
outroute_finished(struct outroute *r, enum outroute_result result, const char *why, int wait_s)
{
    rfd_assert(r->busy == BUSY_SENDING && r->queued > 0);
    switch (result) {
    case OUTROUTE_DONE: done(r); break;
    case OUTROUTE_UNSENT: away(r, why, wait_s); break;
    case OUTROUTE_AWAY:
        may_have_arrived(r);
        away(r, why, wait_s);
        break;
    case OUTROUTE_REFUSED: refused(r, why); break;
    case OUTROUTE_RESULT_COUNT: break;
    }
}

static void
end_wait(struct outroute *r)
{
    loop_del_timer(r->loop, r->wait_timer);
    r->wait_timer = 0;
    r->next_ms = 0;
    r->busy = BUSY_NOT;
}

/* Core has written down what was put aside, by the receiver's refusal or an operator's skip: an
 * answer to a fetch says so by its cursor. */
static void
check_aside(struct outroute *r, const struct fetch_reply *reply)
{
    struct waiting *w = &r->queue[0];
    bool waits = r->busy == BUSY_PUTTING_ASIDE || r->busy == BUSY_WAITING;

    if (!waits || (w->again ? r->busy == BUSY_WAITING : reply->cursor < w->seq))
        return;
    if (!w->again)
        route_settle(&r->route, w->seq);
    pop(r);
    end_wait(r);
}

void
outroute_reply(struct outroute *r, const struct fetch_reply *reply)
{
    if (!str_eq(reply->route, route_name(&r->route)))
        return;
    if (reply->cursor > r->route.durable)
        r->route.durable = reply->cursor;
    forget_settled(r);
    if (r->held && !reply->held && r->busy == BUSY_WAITING) /* whoever releases it means: now */
        end_wait(r);
    r->held = reply->held;
    check_aside(r, reply);
    if (!r->placed) {
        r->placed = true;
        r->route.sent = reply->cursor;
        r->route.asked = 0;
        r->unsure_until = reply->head;
        if (r->unsure_until > reply->cursor + SETTLED_MAX + WINDOW)
            r->unsure_until = reply->cursor + SETTLED_MAX + WINDOW;
    } else if (reply->number != 0 && reply->number == r->route.asked) {
        r->route.asked = 0;
        take_events(r, reply);
    }
    step(r);
}

void
outroute_wake(struct outroute *r)
{
    if (r->placed)
        route_ask(&r->route, r->core, clock_mono_ms());
    else
        corelink_fetch(r->core, route_name(&r->route), 0, 0, 0);
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct outroute *r = arg;

    (void)loop;
    if (!r->placed) {
        outroute_wake(r);
        return;
    }
    say_again(r);
    route_ask_again(&r->route, r->core, clock_mono_ms());
    if (route_room(&r->route) == 0) /* asks for nothing, but a hold and a skip are to be heard of */
        corelink_fetch(r->core, route_name(&r->route), 0, 0, 0);
    if (r->busy == BUSY_PUTTING_ASIDE)
        put_aside(r);
}

struct outroute *
outroute_new(struct loop *loop, struct corelink *core, const struct outroute_config *cfg)
{
    struct outroute *r = xcalloc(1, sizeof *r);

    r->loop = loop;
    r->core = core;
    r->cfg = *cfg;
    r->problem = "";
    mem_arena_new(&r->arena, ARENA_BYTES);
    route_init(&r->route, STR(""), str_from_c(cfg->name), WINDOW);
    r->tick_timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, r);
    return r;
}

void
outroute_use(struct outroute *r, const struct outroute_way *how, void *way)
{
    r->how = how;
    r->way = way;
}

void
outroute_free(struct outroute **rp)
{
    struct outroute *r = *rp;

    if (r == NULL)
        return;
    loop_del_timer(r->loop, r->tick_timer);
    loop_del_timer(r->loop, r->wait_timer);
    while (r->queued > 0)
        pop(r);
    mem_arena_free(&r->arena);
    xfree(r);
    *rp = NULL;
}

const char *
outroute_name(const struct outroute *r)
{
    return r->cfg.name;
}

static const char *
state_name(const struct outroute *r)
{
    if (r->held)
        return "held";
    if (r->failures >= BROKEN_AFTER || (r->failures > 0 && r->aside_run >= ASIDE_RUN_MAX))
        return "broken";
    if (r->busy == BUSY_WAITING)
        return "waiting";
    return r->busy == BUSY_NOT ? "idle" : "sending";
}

void
outroute_status(const struct outroute *r, struct route_status *out)
{
    *out = (struct route_status){
        .name = str_from_c(r->cfg.name),
        .kind = str_from_c(r->how->kind),
        .address = str_from_c(r->cfg.address),
        .state = str_from_c(state_name(r)),
        .problem = str_from_c(r->problem),
        .confirmed = r->route.confirmed > r->route.durable ? r->route.confirmed : r->route.durable,
        .sent = r->sent,
        .retries = r->retries,
        .dead = r->dead,
        .last_s = (uint64_t)r->last_s,
        .next_s = r->next_ms == 0
                      ? 0
                      : (uint64_t)(clock_wall_s() + (r->next_ms - clock_mono_ms()) / 1000),
    };
}
