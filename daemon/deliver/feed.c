#include "deliver/feed.h"

#include "base/limits.h"
#include "codec/frames.h"
#include "deliver/route.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <string.h>

enum {
    SUBSCRIBERS_MAX = 64, /* a hospital has a handful; each holds a window of sequences */
    PEER_ID_MAX = 255,    /* ZeroMQ's own limit */
    NAME_MAX_BYTES = 64,
    SILENT_MS = 60000, /* nothing heard for so long: its slot is free again, the cursor stays */
    TICK_MS = 1000,
    HEAD_EVERY_MS = 5000,
    HWM = ROUTE_WINDOW_MAX + 16,
    PUB_HWM = 100,
};

static const size_t ARENA_BYTES = (size_t)256 << 20;
static const size_t ARENA_KEEP = (size_t)1 << 20;

enum greeting {
    GREETING_NONE,  /* slot is free */
    GREETING_ASKED, /* Hello came, core is asked for the cursor */
    GREETING_WELCOMED,
};

struct subscriber {
    enum greeting greeting;
    unsigned char peer[PEER_ID_MAX];
    size_t peer_n;
    struct route route;
    bool has_last_seq;
    uint64_t last_seq;
    uint64_t hello_number; /* of the fetch that asks for the cursor */
    uint64_t prev_seq;
    int64_t heard_ms;
};

struct feed {
    struct loop *loop;
    struct corelink *core;
    struct zsock *router;
    struct zsock *pub;
    struct zmsg in;
    struct arena arena;
    uint32_t credit_max;
    char germline[ROUTE_NAME_MAX]; /* "": none */
    int timer;
    int64_t head_ms;
    uint64_t hellos;
    struct subscriber sub[SUBSCRIBERS_MAX];
};

/* Numbers of cursor questions lie above every number of route_ask(). */
static const uint64_t HELLO_NUMBERS = (uint64_t)1 << 62;

static enum zsend
send_to(struct feed *f, const unsigned char *peer, size_t n, enum codec_kind kind, struct str body)
{
    struct zframe fr[3] = {{peer, n}, zframe_of(codec_name(kind)), zframe_of(body)};

    return zsock_send(f->router, fr, 3);
}

static void
send_error(struct feed *f, const unsigned char *peer, size_t n, const char *code, const char *text)
{
    log_note_limited("feed.refused", LOG_NAME("code", code));
    RFD_IGNORE(send_to(f, peer, n, CODEC_ERROR, codec_error_pack(&f->arena, code, text)));
}

static struct subscriber *
sub_by_peer(struct feed *f, struct str peer)
{
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++) {
        struct subscriber *s = &f->sub[i];

        if (s->greeting != GREETING_NONE && s->peer_n == peer.n &&
            memcmp(s->peer, peer.p, peer.n) == 0)
            return s;
    }
    return NULL;
}

static struct subscriber *
sub_by_route(struct feed *f, struct str route)
{
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++) {
        if (f->sub[i].greeting != GREETING_NONE && str_eq(route_name(&f->sub[i].route), route))
            return &f->sub[i];
    }
    return NULL;
}

static void
sub_drop(struct subscriber *s, const char *why)
{
    log_note_limited("feed.subscriber_gone", LOG_NAME("route", s->route.name),
                     LOG_NAME("why", why));
    memset(s, 0, sizeof(*s));
}

static struct subscriber *
sub_free_slot(struct feed *f)
{
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++) {
        if (f->sub[i].greeting == GREETING_NONE)
            return &f->sub[i];
    }
    return NULL;
}

/* A name goes into logs and routes: letters, digits, - _ . only. */
static bool
name_is_ok(struct str name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';

        if (!ok)
            return false;
    }
    return true;
}

static void
sub_start(struct feed *f, struct subscriber *s, struct str peer, const struct feed_hello *h)
{
    uint32_t credit = h->credit < f->credit_max ? h->credit : f->credit_max;

    memset(s, 0, sizeof(*s));
    memcpy(s->peer, peer.p, peer.n);
    s->peer_n = peer.n;
    route_init(&s->route, STR("feed:"), h->subscriber, credit);
    s->greeting = GREETING_ASKED;
    s->has_last_seq = h->has_last_seq;
    s->last_seq = h->last_seq;
    s->heard_ms = clock_mono_ms();
    s->hello_number = HELLO_NUMBERS + ++f->hellos;
    corelink_fetch(f->core, route_name(&s->route), 0, 0, s->hello_number);
}

static void
take_hello(struct feed *f, struct str peer, struct str body)
{
    struct feed_hello h;
    const char *why = "";
    struct subscriber *s;
    struct subscriber *own;
    char route[ROUTE_NAME_MAX + NAME_MAX_BYTES] = "feed:";

    if (!codec_hello_unpack(&f->arena, body, &h, &why) || !name_is_ok(h.subscriber) ||
        h.credit == 0) {
        send_error(f, (const unsigned char *)peer.p, peer.n, "bad_hello",
                   "subscriber: 1-64 of A-Z a-z 0-9 - _ . ; credit: from 1");
        return;
    }
    memcpy(route + 5, h.subscriber.p, h.subscriber.n);
    s = sub_by_route(f, str_from_c(route));
    own = sub_by_peer(f, peer);
    if (s != NULL && own != NULL && own != s)
        sub_drop(own, "greets by another name");
    if (s != NULL && (s->peer_n != peer.n || memcmp(s->peer, peer.p, peer.n) != 0))
        send_error(f, s->peer, s->peer_n, "replaced", "a newer connection of this subscriber");
    if (s == NULL)
        s = own != NULL ? own : sub_free_slot(f);
    if (s == NULL) {
        send_error(f, (const unsigned char *)peer.p, peer.n, "bad_hello", "too many subscribers");
        return;
    }
    sub_start(f, s, peer, &h);
}

static void
take_confirm(struct feed *f, struct subscriber *s, struct str body)
{
    uint64_t seq;
    const char *why = "";

    if (!codec_confirm_unpack(&f->arena, body, &seq, &why) ||
        !route_confirm(&s->route, f->core, seq)) {
        send_error(f, s->peer, s->peer_n, "bad_message", "confirm of what was never sent");
        return;
    }
    route_ask(&s->route, f->core, clock_mono_ms());
}

static void
take_ping(struct feed *f, struct str peer, struct str body)
{
    uint64_t number;
    const char *why = "";
    const unsigned char *p = (const unsigned char *)peer.p;

    if (!codec_ping_unpack(&f->arena, body, &number, &why)) {
        send_error(f, p, peer.n, "bad_message", "not a Ping");
        return;
    }
    RFD_IGNORE(send_to(f, p, peer.n, CODEC_PONG,
                       codec_pong_pack(&f->arena, number, corelink_head(f->core))));
}

static void
take(struct feed *f, struct str peer, enum codec_kind kind, struct str body)
{
    struct subscriber *s = sub_by_peer(f, peer);
    const unsigned char *p = (const unsigned char *)peer.p;

    if (s != NULL)
        s->heard_ms = clock_mono_ms();
    if (kind == CODEC_HELLO)
        take_hello(f, peer, body);
    else if (kind == CODEC_PING && s != NULL)
        take_ping(f, peer, body);
    else if (kind == CODEC_CONFIRM && s != NULL && s->greeting == GREETING_WELCOMED)
        take_confirm(f, s, body);
    else if (kind == CODEC_CONFIRM || kind == CODEC_PING) /* so a client learns that we are new */
        send_error(f, p, peer.n, "not_greeted", "say Hello first");
    else if (kind != CODEC_PONG)
        send_error(f, p, peer.n, "bad_message", "this socket takes Hello, Confirm, Ping, Pong");
}

static void
on_router(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    struct feed *f = arg;
    enum zrecv r;

    (void)loop;
    (void)events;
    while ((r = zsock_recv(z, &f->in)) != ZRECV_NONE) {
        struct str peer = zmsg_str(&f->in, 0);

        if (r == ZRECV_TOO_MANY || f->in.n != 3 || peer.n > PEER_ID_MAX) {
            log_note_limited("feed.bad_frames", LOG_NUM("frames", f->in.n));
            continue;
        }
        take(f, peer, codec_kind_of(zmsg_str(&f->in, 1)), zmsg_str(&f->in, 2));
        mem_arena_trim(&f->arena, ARENA_KEEP);
    }
}

/* Where a welcomed subscriber starts; false when its last_seq cannot be served. */
static bool
start_from(struct feed *f, struct subscriber *s, const struct fetch_reply *r)
{
    uint64_t from = s->has_last_seq ? s->last_seq : r->cursor;

    if (from > r->head) {
        send_error(f, s->peer, s->peer_n, "seq_above_head", "last_seq is above the newest event");
        return false;
    }
    if (from + 1 < r->first_kept) {
        send_error(f, s->peer, s->peer_n, "seq_too_old", "events after last_seq are not kept");
        return false;
    }
    s->route.sent = from;
    s->route.confirmed = from < r->cursor ? from : r->cursor;
    s->route.durable = r->cursor;
    s->prev_seq = from;
    return true;
}

static void
welcome(struct feed *f, struct subscriber *s, const struct fetch_reply *r)
{
    struct feed_welcome w = {.subscriber = str_sub(route_name(&s->route), 5, ROUTE_NAME_MAX),
                             .cursor = r->cursor,
                             .head = r->head,
                             .first_kept = r->first_kept,
                             .server_boot = str_from_c(corelink_boot(f->core))};

    if (!start_from(f, s, r) || send_to(f, s->peer, s->peer_n, CODEC_WELCOME,
                                        codec_welcome_pack(&f->arena, &w)) != ZSEND_OK) {
        sub_drop(s, "not welcomed");
        return;
    }
    s->greeting = GREETING_WELCOMED;
    log_note_limited("feed.subscriber", LOG_NAME("route", s->route.name),
                     LOG_NUM("from", s->route.sent));
    route_ask(&s->route, f->core, clock_mono_ms());
}

/* What is for one role alone, and this subscriber is not how it gets there. */
static bool
is_withheld(const struct feed *f, const struct subscriber *s, const struct feed_event *e)
{
    struct str name = str_sub(route_name(&s->route), 5, ROUTE_NAME_MAX);

    return codec_alert_is_restricted(e->alert) &&
           (f->germline[0] == '\0' || !str_eq_c(name, f->germline));
}

/* Its cursor goes on, once all before it is confirmed. */
static void
pass_over(struct feed *f, struct subscriber *s, uint64_t seq)
{
    bool all = s->route.confirmed >= s->route.sent;

    route_sent(&s->route, seq);
    if (all)
        RFD_IGNORE(route_confirm(&s->route, f->core, seq));
}

/* Sends what came, as far as the peer takes it; the rest is asked for again. */
static void
send_events(struct feed *f, struct subscriber *s, const struct fetch_reply *r)
{
    for (size_t i = 0; i < r->event_count && route_room(&s->route) > 0; i++) {
        struct feed_event e = r->event[i];
        enum zsend z;

        if (e.seq <= s->route.sent)
            continue;
        if (is_withheld(f, s, &e)) {
            pass_over(f, s, e.seq);
            continue;
        }
        e.prev_seq = s->prev_seq;
        z = send_to(f, s->peer, s->peer_n, CODEC_ALERT_EVENT, codec_event_pack(&f->arena, &e));
        if (z == ZSEND_GONE)
            sub_drop(s, "disconnected");
        if (z != ZSEND_OK)
            return;
        route_sent(&s->route, e.seq);
        s->prev_seq = e.seq;
    }
    if (s->route.sent < r->head)
        route_ask(&s->route, f->core, clock_mono_ms());
}

void
feed_reply(struct feed *f, const struct fetch_reply *r)
{
    struct subscriber *s = sub_by_route(f, r->route);

    if (s == NULL)
        return;
    if (s->greeting == GREETING_ASKED) {
        if (r->number == s->hello_number)
            welcome(f, s, r);
    } else {
        if (r->cursor > s->route.durable)
            s->route.durable = r->cursor;
        if (r->number != 0 && r->number == s->route.asked) {
            s->route.asked = 0;
            send_events(f, s, r);
        }
    }
    mem_arena_trim(&f->arena, ARENA_KEEP);
}

static void
publish_head(struct feed *f)
{
    struct str body =
        codec_head_pack(&f->arena, corelink_head(f->core), str_from_c(corelink_boot(f->core)));
    struct zframe fr[3] = {zframe_of(STR("alert.v1.head")), zframe_of(codec_name(CODEC_HEAD)),
                           zframe_of(body)};

    RFD_IGNORE(zsock_send(f->pub, fr, 3)); /* a hint: who is slow sees the next one */
    f->head_ms = clock_mono_ms();
}

void
feed_wake(struct feed *f, uint64_t head, bool new_boot)
{
    int64_t now = clock_mono_ms();

    (void)head;
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++) {
        struct subscriber *s = &f->sub[i];

        if (s->greeting != GREETING_WELCOMED)
            continue;
        if (new_boot)
            route_tick(&s->route, f->core, now + ROUTE_ASK_AGAIN_MS);
        route_ask(&s->route, f->core, now);
    }
    publish_head(f);
    mem_arena_trim(&f->arena, ARENA_KEEP);
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct feed *f = arg;
    int64_t now = clock_mono_ms();

    (void)loop;
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++) {
        struct subscriber *s = &f->sub[i];

        if (s->greeting == GREETING_NONE)
            continue;
        if (now - s->heard_ms > SILENT_MS)
            sub_drop(s, "silent");
        else if (s->greeting == GREETING_ASKED)
            corelink_fetch(f->core, route_name(&s->route), 0, 0, s->hello_number);
        else
            route_tick(&s->route, f->core, now);
    }
    if (now - f->head_ms >= HEAD_EVERY_MS)
        publish_head(f);
    mem_arena_trim(&f->arena, ARENA_KEEP);
}

static void
bind_or_die(struct zsock *z, const char *endpoint)
{
    if (!zsock_bind(z, endpoint))
        fatal(FATAL_CONFIG, "feed.cannot_bind", LOG_NAME("endpoint", endpoint));
}

struct feed *
feed_new(struct loop *loop, struct zctx *zc, const struct feed_config *cfg, struct corelink *core)
{
    struct feed *f = xcalloc(1, sizeof(*f));

    f->loop = loop;
    f->core = core;
    f->credit_max = cfg->credit_max;
    if (cfg->germline != NULL && strlen(cfg->germline) < sizeof(f->germline))
        memcpy(f->germline, cfg->germline, strlen(cfg->germline));
    f->in = ZMSG_INIT;
    mem_arena_new(&f->arena, ARENA_BYTES);
    f->router = zsock_new(zc, ZSOCK_ROUTER, HWM, HWM);
    bind_or_die(f->router, cfg->router_endpoint);
    f->pub = zsock_new(zc, ZSOCK_PUB, PUB_HWM, PUB_HWM);
    bind_or_die(f->pub, cfg->pub_endpoint);
    loop_add_zsock(loop, f->router, LOOP_READ, on_router, f);
    f->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, f);
    return f;
}

void
feed_free(struct feed **fp)
{
    struct feed *f = *fp;

    if (f == NULL)
        return;
    loop_del_timer(f->loop, f->timer);
    loop_del_zsock(f->loop, f->router);
    zmsg_close(&f->in);
    zsock_free(&f->router);
    zsock_free(&f->pub);
    mem_arena_free(&f->arena);
    xfree(f);
    *fp = NULL;
}
