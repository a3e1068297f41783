#include "core/core.h"

#include "base/limits.h"
#include "codec/feed.h"
#include "codec/frames.h"
#include "conf/routes.h"
#include "core/controlsock.h"
#include "core/reparse.h"
#include "core/routes.h"
#include "knowledge/load.h"
#include "role/role.h"
#include "role/sites.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"
#include "sys/testhook.h"
#include "sys/zsock.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
    HWM = 4096,
    PEER_MAX = 255,
    TICK_MS = 1000,
    SWEEP_MS = 250, /* of each tick, at most, before intake has its turn */
    REREAD_MS = 20,
    OFFER_MS = 5000, /* an edge says every half second that it is there */
    FETCH_MAX = 256,
    OUT_TURN = 256,
    ADVANCED_MAX = 16,
    ROUTE_NAME_BYTES = 128,
};

static const size_t ARENA_BYTES = (size_t)1 << 30;
static const size_t ARENA_BATCH = (size_t)256 << 20; /* a batch of large messages ends sooner */
static const size_t ARENA_KEEP = (size_t)4 << 20;
static const size_t FETCH_BYTES = (size_t)8
                                  << 20; /* of events in one answer: a fifth of LIMIT_ZMQ_BYTES */

/* An answer that waits for the commit. */
struct waiting_reply {
    unsigned char peer[PEER_MAX];
    size_t peer_n;
    struct ingest_reply reply;
};

struct corerole {
    struct role_env *env;
    struct zctx *zc;
    struct core *core;
    struct zsock *ingest; /* ROUTER; edges are DEALERs */
    struct zsock *out;    /* ROUTER; out is a DEALER named "out" */
    struct zmsg in;
    struct arena arena;
    struct waiting_reply batch[LIMIT_BATCH];
    size_t batched;
    uint64_t told_head;                            /* of the outbox, as last said to out */
    char advanced[ADVANCED_MAX][ROUTE_NAME_BYTES]; /* routes whose confirms await their commit */
    size_t advanced_n;
    size_t advances; /* those confirms */
    bool disk_low;
    struct role_sites sites;
    const struct zone *zone;           /* the site's; NULL: UTC */
    unsigned char edge_peer[PEER_MAX]; /* who offers to read messages again */
    size_t edge_peer_n;                /* 0: nobody so far */
    char edge_boot[CORE_BOOT_MAX];
    int64_t edge_ms;  /* when it last said so */
    int reread_timer; /* 0: nothing to be read again */
    char boot[CORE_BOOT_MAX];
};

/* By the site's clocks: a day of alerts begins at its midnight. */
static struct stamp
wall_now(const struct corerole *c)
{
    struct stamp now = stamp_of_utc(clock_wall_s());

    if (c->zone != NULL)
        now.offset_min = (int16_t)(zone_offset(c->zone, now.utc_s) / 60);
    return now;
}

/* --- the way back to edge */

static void
reply_send(struct corerole *c, const struct waiting_reply *w)
{
    struct str body = codec_reply_pack(&c->arena, &w->reply);
    struct zframe f[3] = {
        {w->peer, w->peer_n}, zframe_of(codec_name(CODEC_INGEST_REPLY)), zframe_of(body)};

    /* An edge that has gone asks again when it is back: the message is stored, or it is not. */
    if (zsock_send(c->ingest, f, 3) != ZSEND_OK)
        log_note_limited("core.reply_undelivered");
}

static void
wake_out(struct corerole *c)
{
    uint64_t head = store_outbox_head(core_store(c->core));
    struct zframe f[3] = {{"out", 3},
                          zframe_of(codec_name(CODEC_WAKE)),
                          zframe_of(codec_wake_pack(&c->arena, head, str_from_c(c->boot)))};

    if (head != c->told_head && zsock_send(c->out, f, 3) == ZSEND_OK)
        c->told_head = head;
}

static void
batch_answer(struct corerole *c, bool stored)
{
    for (size_t i = 0; i < c->batched; i++) {
        struct ingest_reply *r = &c->batch[i].reply;

        if (!stored) {
            r->outcome = OUTCOME_BUSY;
            r->reason = STR("disk_full");
            r->journal = 0;
        }
        reply_send(c, &c->batch[i]);
    }
    c->batched = 0;
}

/* Promise 1: nothing is answered before the batch is on disk. */
static void
commit(struct corerole *c)
{
    if (!core_has_batch(c->core))
        return;
    for (size_t i = 0; i < c->batched; i++) { /* texts of the batch end with it */
        struct ingest_reply *r = &c->batch[i].reply;

        r->reason = str_dup(&c->arena, r->reason);
    }
    if (testhook_answers_early()) /* what test_kill.py must find out */
        batch_answer(c, true);
    batch_answer(c, core_commit(c->core));
    role_progress(c->env);
    wake_out(c);
    mem_arena_trim(&c->arena, ARENA_KEEP);
}

/* What the batch has put into the arena goes first, when the rest is too small for this one. */
static bool
request_unpack(struct corerole *c, struct str body, struct ingest_request *out, const char **why)
{
    if (codec_request_unpack(&c->arena, body, out, why))
        return true;
    if (c->batched == 0)
        return false;
    commit(c);
    return codec_request_unpack(&c->arena, body, out, why);
}

/* Answered too: without an answer it would come again and again, and hold its edge's window up. */
static void
refuse(struct corerole *c, struct str peer, struct str body, const char *why)
{
    struct waiting_reply *w = &c->batch[c->batched];
    struct ingest_envelope env;
    const char *no_name = "";

    log_warn_limited("core.bad_request", LOG_NAME("reason", why));
    core_count(c->core, "refused", STR("unknown bad_request"), 1);
    if (!codec_envelope_unpack(&c->arena, body, &env, &no_name))
        return;
    memcpy(w->peer, peer.p, peer.n);
    w->peer_n = peer.n;
    w->reply = (struct ingest_reply){.boot = env.boot,
                                     .number = env.number,
                                     .server_boot = str_from_c(c->boot),
                                     .outcome = OUTCOME_REFUSED,
                                     .reason = str_from_c(why)};
    reply_send(c, w);
}

static void
take_request(struct corerole *c, struct str peer, struct str body)
{
    struct ingest_request rq;
    const char *why = "";
    struct waiting_reply *w;

    rfd_assert(peer.n <= PEER_MAX); /* ZeroMQ's own limit */
    if (!request_unpack(c, body, &rq, &why)) {
        refuse(c, peer, body, why);
        return;
    }
    w = &c->batch[c->batched];
    memcpy(w->peer, peer.p, peer.n);
    w->peer_n = peer.n;
    if (c->disk_low) { /* DESIGN.md section 3: busy; AR on MLLP */
        w->reply = (struct ingest_reply){.boot = rq.boot,
                                         .number = rq.number,
                                         .server_boot = str_from_c(c->boot),
                                         .outcome = OUTCOME_BUSY,
                                         .reason = STR("disk_low")};
        reply_send(c, w);
        return;
    }
    w->reply = core_ingest(c->core, &rq, wall_now(c));
    w->reply.boot = str_dup(&c->arena, rq.boot);
    c->batched++;
}

/* --- messages read again */

static void
take_offer(struct corerole *c, struct str peer, struct str body)
{
    struct reparse_offer offer;
    const char *why = "";

    if (!codec_reparse_offer_unpack(&c->arena, body, &offer, &why) || peer.n > PEER_MAX ||
        offer.boot.n >= sizeof(c->edge_boot))
        return;
    memcpy(c->edge_peer, peer.p, peer.n);
    c->edge_peer_n = peer.n;
    c->edge_ms = clock_mono_ms();
    if (str_eq_c(offer.boot, c->edge_boot))
        return;
    (void)snprintf(c->edge_boot, sizeof(c->edge_boot), "%.*s", STR_FMT(offer.boot));
    reparse_again(c->core);
}

static bool
reread_one(struct corerole *c, int64_t now)
{
    struct reparse_request rq;
    size_t mark = arena_mark(&c->arena);
    bool more = reparse_next(c->core, now, &c->arena, &rq);

    if (more) {
        struct zframe f[3] = {{c->edge_peer, c->edge_peer_n},
                              zframe_of(codec_name(CODEC_REPARSE_REQUEST)),
                              zframe_of(codec_reparse_request_pack(&c->arena, &rq))};

        RFD_IGNORE(zsock_send(c->ingest, f, 3)); /* not there: asked for again */
    }
    arena_release(&c->arena, mark);
    return more;
}

/* A few at a time, behind what comes in. */
static void
reread(struct corerole *c)
{
    int64_t now = clock_mono_ms();

    if (core_has_batch(c->core) || c->disk_low || c->edge_peer_n == 0 ||
        now - c->edge_ms > OFFER_MS)
        return;
    while (reparse_is_active(c->core) && reread_one(c, now))
        ;
}

static void
on_reread(struct loop *loop, void *arg)
{
    struct corerole *c = arg;

    reread(c);
    if (!reparse_is_active(c->core)) {
        loop_del_timer(loop, c->reread_timer);
        c->reread_timer = 0;
    }
    mem_arena_trim(&c->arena, ARENA_KEEP);
}

static void
reread_begin(struct corerole *c)
{
    if (reparse_is_active(c->core) && c->reread_timer == 0)
        c->reread_timer = loop_add_timer(c->env->loop, 1, REREAD_MS, on_reread, c);
}

/* From edge or out: [peer][name][body]. */
static void
take_status(struct corerole *c, const struct zmsg *m)
{
    if (m->n == 3 && codec_kind_of(zmsg_str(m, 1)) == CODEC_STATUS_REPORT)
        core_note_status(c->core, zmsg_str(m, 2));
}

static void
on_ingest(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    struct corerole *c = arg;

    (void)loop;
    (void)events;
    /* One batch: then out, control and time have their turn, and the rest is offered again. */
    while (c->batched < LIMIT_BATCH && arena_mark(&c->arena) < ARENA_BATCH &&
           zsock_recv(z, &c->in) == ZRECV_OK) {
        if (c->in.n == 3 && codec_kind_of(zmsg_str(&c->in, 1)) == CODEC_INGEST_REQUEST)
            take_request(c, zmsg_str(&c->in, 0), zmsg_str(&c->in, 2));
        else if (c->in.n == 3 && codec_kind_of(zmsg_str(&c->in, 1)) == CODEC_REPARSE_OFFER)
            take_offer(c, zmsg_str(&c->in, 0), zmsg_str(&c->in, 2));
        else
            take_status(c, &c->in);
    }
    commit(c);
    if (c->reread_timer != 0)
        reread(c);
    mem_arena_trim(&c->arena, ARENA_KEEP);
}

/* --- out */

static void
send_to_out(struct corerole *c, struct str peer, const struct fetch_reply *r)
{
    struct zframe f[3] = {zframe_of(peer), zframe_of(codec_name(CODEC_FETCH_REPLY)),
                          zframe_of(codec_fetch_reply_pack(&c->arena, r))};

    RFD_IGNORE(zsock_send(c->out, f, 3)); /* not there: it asks again */
}

static void
events_fill(struct corerole *c, struct str route, const struct outbox_row *row, size_t n,
            uint64_t after, struct feed_event *e)
{
    bool named = routes_is_named(route);

    for (size_t i = 0; i < n; i++) {
        e[i] = (struct feed_event){.seq = row[i].seq,
                                   .prev_seq = after,
                                   .kind = (enum event_kind)row[i].kind,
                                   .quiet = row[i].quiet};
        if (e[i].kind == EVENT_DIGEST)
            e[i].digest = row[i].packed;
        else
            e[i].alert = row[i].packed;
        if (named)
            routes_told(c->core, route, row[i].alert_id, &c->arena, &e[i]);
        after = row[i].seq;
    }
}

/* How many of the rows go into one answer: at least one. */
static size_t
rows_that_fit(const struct outbox_row *row, size_t n)
{
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += row[i].packed.n;
        if (i > 0 && bytes > FETCH_BYTES)
            return i;
    }
    return n;
}

static void
fetch_answer(struct corerole *c, struct str peer, const struct fetch *q)
{
    struct store *s = core_store(c->core);
    struct outbox_row *row;
    struct feed_event *e;
    size_t max = q->max < FETCH_MAX ? q->max : FETCH_MAX;
    struct fetch_reply r = {.number = q->number,
                            .route = q->route,
                            .head = store_outbox_head(s),
                            .first_kept = store_outbox_first_kept(s)};

    routes_fetch(c->core, q, &c->arena, &r);
    if (r.held)
        max = 0;
    if (store_outbox_fetch(s, q->after_seq, max, &c->arena, &row, &r.event_count) != STORE_OK)
        return;
    r.event_count = rows_that_fit(row, r.event_count);
    e = ARENA_ARRAY(&c->arena, r.event_count, struct feed_event);
    events_fill(c, q->route, row, r.event_count, q->after_seq, e);
    r.event = e;
    send_to_out(c, peer, &r);
}

/* Receivers' confirms are durable before out hears of them: all that have come, in one go. */
static void
advances_end(struct corerole *c)
{
    routes_commit(c->core);
    for (size_t i = 0; i < c->advanced_n; i++)
        fetch_answer(c, str_from_c("out"), &(struct fetch){.route = str_from_c(c->advanced[i])});
    c->advanced_n = 0;
    c->advances = 0;
}

static void
advance(struct corerole *c, const struct advance *v)
{
    size_t i = 0;

    routes_advance(c->core, v, wall_now(c), &c->arena);
    while (i < c->advanced_n && !str_eq_c(v->route, c->advanced[i]))
        i++;
    if (i == c->advanced_n && v->route.n < sizeof(c->advanced[0]))
        (void)snprintf(c->advanced[c->advanced_n++], sizeof(c->advanced[0]), "%.*s",
                       STR_FMT(v->route));
    if (++c->advances >= LIMIT_BATCH || c->advanced_n == ADVANCED_MAX)
        advances_end(c);
}

/* What a person did at a receiver, such as a FHIR server's Task: nothing else is heard from
 * there. */
static void
act_from_out(struct corerole *c, struct str body)
{
    struct control_request rq;
    struct control_reply reply;
    const char *why = "";

    if (codec_control_request_unpack(&c->arena, body, &rq, &why) &&
        (str_eq_c(rq.verb, "ack") || str_eq_c(rq.verb, "override")))
        control_answer(c->core, &rq, CONTROL_ACT, wall_now(c), &c->arena, &reply);
}

static void
take_from_out(struct corerole *c, struct str peer, enum codec_kind kind, struct str body)
{
    const char *why = "";
    struct fetch q;
    struct advance v;

    if (kind == CODEC_ADVANCE && codec_advance_unpack(&c->arena, body, &v, &why)) {
        advance(c, &v);
        return;
    }
    advances_end(c);
    if (kind == CODEC_FETCH && codec_fetch_unpack(&c->arena, body, &q, &why))
        fetch_answer(c, peer, &q);
    else if (kind == CODEC_CONTROL_REQUEST)
        act_from_out(c, body);
    else if (kind == CODEC_STATUS_REPORT)
        core_note_status(c->core, body);
    else
        log_warn_limited("core.bad_word_from_out", LOG_NAME("reason", why));
}

static void
on_out(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    struct corerole *c = arg;

    (void)loop;
    (void)events;
    commit(c);
    /* No more than that: then intake has its turn, and the rest is offered again. */
    for (size_t i = 0; i < OUT_TURN && zsock_recv(z, &c->in) == ZRECV_OK; i++) {
        if (c->in.n == 3)
            take_from_out(c, zmsg_str(&c->in, 0), codec_kind_of(zmsg_str(&c->in, 1)),
                          zmsg_str(&c->in, 2));
        mem_arena_trim(&c->arena, ARENA_KEEP);
    }
    advances_end(c);
    mem_arena_trim(&c->arena, ARENA_KEEP);
}

/* --- time */

static void
check_disk(struct corerole *c)
{
    struct statvfs v;
    bool low;
    uint64_t room;

    if (statvfs(c->env->settings->state_dir, &v) != 0)
        return;
    room = (uint64_t)v.f_bavail * (uint64_t)v.f_frsize;
    low = room < (uint64_t)c->env->settings->disk_mark_bytes;
    if (low != c->disk_low)
        log_warn(low ? "core.disk_low" : "core.disk_ok", LOG_NUM("bytes_free", room));
    c->disk_low = low;
}

/* A new trial is told within seconds: slice after slice, but not so long that intake would wait. */
static void
sweep(struct corerole *c)
{
    int64_t begin = clock_mono_ms();

    while (core_tick(c->core, wall_now(c)) == LIMIT_BATCH && clock_mono_ms() - begin < SWEEP_MS) {
    }
    wake_out(c);
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct corerole *c = arg;

    (void)loop;
    check_disk(c);
    if (!core_has_batch(c->core) && !c->disk_low)
        sweep(c);
    if (store_outbox_head(core_store(c->core)) != 0)
        c->told_head = 0; /* said again each second: out may be a new process */
    wake_out(c);
    role_progress(c->env);
    mem_arena_trim(&c->arena, ARENA_KEEP);
    testhook_ticked();
}

/* What an operator does with a route, out hears at once. */
static void
tell_route(struct corerole *c, const struct control_request *rq)
{
    bool of_route =
        str_eq_c(rq->verb, "hold") || str_eq_c(rq->verb, "release") || str_eq_c(rq->verb, "skip");

    if (of_route && rq->arg_count > 0)
        fetch_answer(c, STR("out"), &(struct fetch){.route = rq->arg[0]});
}

static void
on_control(void *arg, const struct control_request *rq, enum control_right right, struct arena *a,
           struct control_reply *out)
{
    struct corerole *c = arg;

    commit(c);
    if (c->disk_low && str_eq_c(rq->verb, "take")) {
        *out = (struct control_reply){
            .last = true, .exit_code = CONTROL_BUSY, .error = STR("disk_low")};
        return;
    }
    control_answer(c->core, rq, right, wall_now(c), a, out);
    tell_route(c, rq);
    reread_begin(c);
    wake_out(c);
}

static void
on_drain(struct role_env *env, void *arg)
{
    struct corerole *c = arg;

    commit(c);
    loop_stop(env->loop);
}

static void
open_core(struct corerole *c)
{
    struct diags d;
    struct knowledge_set *set = NULL;
    char error[STORE_ERROR_TEXT_MAX] = "";
    struct core_config cfg = {.store_path = c->env->settings->store,
                              .boot = c->boot,
                              .poison = c->env->poison,
                              .document_max = (size_t)c->env->settings->document_bytes_max};

    diags_init(&d, c->env->arena);
    if (!knowledge_load(c->env->config->bundle, c->env->settings, c->env->arena, &d, &set))
        fatal(FATAL_CONFIG, "core.knowledge_refused", LOG_NUM("errors", d.errors));
    role_sites_init(&c->sites, c->env->settings, set);
    cfg.knowledge = &set->knowledge;
    cfg.duty = &set->duty;
    c->zone = set->zone;
    cfg.sites = &c->sites.sites;
    cfg.knowledge_bytes =
        (struct str){c->env->config->bundle->map, c->env->config->bundle->map_size};
    if (core_open(&cfg, &c->core, error) != STORE_OK)
        fatal(FATAL_STORE, "core.store_refused", LOG_NAME("why", error));
}

/* Before anything comes in, so that a new route misses nothing and repeats nothing. */
static void
begin_routes(struct corerole *c)
{
    const struct config *cfg = c->env->config;
    struct routes routes;
    struct diags d;
    const struct tree *root;

    diags_init(&d, c->env->arena);
    root = config_tree(bundle_find(cfg->bundle, CONFIG_MAIN), c->env->arena, &d);
    if (root == NULL || !routes_load(root, c->env->arena, &d, &routes))
        fatal(FATAL_CONFIG, "core.routes_refused");
    for (size_t i = 0; i < routes.count; i++)
        routes_begin(c->core, str_from_c(routes.route[i].name), routes.route[i].from_beginning,
                     &c->arena);
    mem_arena_trim(&c->arena, ARENA_KEEP);
}

static struct zsock *
bind_router(struct corerole *c, const char *name, loop_zsock_cb *cb)
{
    struct zsock *z = zsock_new(c->zc, ZSOCK_ROUTER, HWM, HWM);
    const char *endpoint = role_ipc(c->env, name);

    if (!zsock_bind(z, endpoint))
        fatal(FATAL_MACHINE, "core.cannot_bind", LOG_NAME("endpoint", endpoint));
    loop_add_zsock(c->env->loop, z, LOOP_READ, cb, c);
    return z;
}

int
role_core_main(struct role_env *env)
{
    struct corerole *c = xcalloc(1, sizeof(*c));
    struct controlsock *control;

    c->env = env;
    c->in = ZMSG_INIT;
    (void)snprintf(c->boot, sizeof(c->boot), "%016llx", (unsigned long long)env->boot_id);
    mem_arena_new(&c->arena, ARENA_BYTES);
    open_core(c);
    begin_routes(c);
    c->zc = zctx_new();
    c->ingest = bind_router(c, "ingest", on_ingest);
    c->out = bind_router(c, "out", on_out);
    control = controlsock_new(env->loop, env->settings->runtime_dir, on_control, c);
    role_on_drain(env, on_drain, c);
    (void)loop_add_timer(env->loop, TICK_MS, testhook_tick_ms(TICK_MS), on_tick, c);
    check_disk(c);
    role_track_progress(env);
    role_ready(env);
    loop_run(env->loop);
    controlsock_free(&control);
    store_checkpoint(core_store(c->core));
    core_close(&c->core);
    zmsg_close(&c->in);
    loop_del_zsock(env->loop, c->ingest);
    loop_del_zsock(env->loop, c->out);
    zsock_free(&c->ingest);
    zsock_free(&c->out);
    zctx_free(&c->zc);
    mem_arena_free(&c->arena);
    xfree(c);
    return 0;
}
