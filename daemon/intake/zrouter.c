#include "intake/zrouter.h"

#include "base/limits.h"
#include "codec/frames.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <string.h>

enum { HWM = 1000, PEER_MAX = 255, BOOT_MAX = 64 };

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)4 << 20;

/* A request handed to core: whom to answer. */
struct asked {
    bool used;
    unsigned char peer[PEER_MAX];
    size_t peer_n;
    char boot[BOOT_MAX];
    size_t boot_n;
    uint64_t number;
};

struct zrouter {
    struct loop *loop;
    struct corepipe *pipe;
    struct native_feed feed;
    struct zsock *z;
    struct zmsg in;
    struct arena arena;
    struct asked asked[LIMIT_INTAKE_WINDOW];
    bool paused;
};

static void
answer(struct zrouter *r, const struct asked *to, const struct ingest_reply *reply)
{
    struct ingest_reply own = *reply;
    struct zframe f[3];

    own.boot = (struct str){to->boot, to->boot_n};
    own.number = to->number;
    f[0] = (struct zframe){to->peer, to->peer_n};
    f[1] = zframe_of(codec_name(CODEC_INGEST_REPLY));
    f[2] = zframe_of(codec_reply_pack(&r->arena, &own));
    /* A peer that has gone sends again and is answered as a duplicate. */
    if (zsock_send(r->z, f, 3) != ZSEND_OK)
        log_debug("ingest.reply_undelivered", LOG_NAME("feed", r->feed.feed));
}

static void
on_reply(void *arg, uint64_t tag, const struct ingest_reply *reply)
{
    struct zrouter *r = arg;
    struct asked *to = &r->asked[tag];

    rfd_assert(tag < LIMIT_INTAKE_WINDOW && to->used);
    answer(r, to, reply);
    to->used = false;
}

static struct asked *
asked_slot(struct zrouter *r)
{
    for (size_t i = 0; i < LIMIT_INTAKE_WINDOW; i++) {
        if (!r->asked[i].used)
            return &r->asked[i];
    }
    return NULL;
}

static bool
has_room(struct zrouter *r)
{
    return !corepipe_is_full(r->pipe) && asked_slot(r) != NULL;
}

static void
refuse(struct zrouter *r, const struct asked *to, const char *reason)
{
    struct ingest_reply reply = {.outcome = OUTCOME_REFUSED, .reason = str_from_c(reason)};

    corepipe_refuse(r->pipe, r->feed.feed, "bad_request");
    log_note_limited("ingest.refused", LOG_NAME("feed", r->feed.feed), LOG_NAME("reason", reason));
    if (to != NULL)
        answer(r, to, &reply);
}

static void
take(struct zrouter *r)
{
    struct asked *to = asked_slot(r);
    struct str peer = zmsg_str(&r->in, 0);
    struct str body = zmsg_str(&r->in, 2);
    struct ingest_envelope env;
    struct result_message m;
    const char *why = "not_a_request";

    if (r->in.n != 3 || peer.n > PEER_MAX ||
        codec_kind_of(zmsg_str(&r->in, 1)) != CODEC_INGEST_REQUEST ||
        !codec_envelope_unpack(&r->arena, body, &env, &why) || env.boot.n > BOOT_MAX) {
        refuse(r, NULL, why);
        return;
    }
    memcpy(to->peer, peer.p, peer.n);
    to->peer_n = peer.n;
    if (env.boot.n > 0)
        memcpy(to->boot, env.boot.p, env.boot.n);
    to->boot_n = env.boot.n;
    to->number = env.number;
    if (str_is_empty(env.message)) {
        refuse(r, to, "no_message");
        return;
    }
    if (env.message.n > LIMIT_MESSAGE_BYTES) {
        refuse(r, to, "too_large");
        return;
    }
    to->used = true;
    native_read(&r->feed, env.message, &r->arena, &m);
    corepipe_send(r->pipe, &m, on_reply, r, (uint64_t)(to - r->asked));
}

static void
read_all(struct zrouter *r)
{
    enum zrecv got = ZRECV_NONE;

    while (has_room(r) && (got = zsock_recv(r->z, &r->in)) != ZRECV_NONE) {
        if (got == ZRECV_TOO_MANY)
            refuse(r, NULL, "too_many_frames");
        else
            take(r);
        mem_arena_trim(&r->arena, ARENA_KEEP);
    }
    r->paused = !has_room(r);
    loop_mod_zsock(r->loop, r->z, r->paused ? 0 : LOOP_READ);
}

static void
on_readable(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    (void)loop;
    (void)z;
    (void)events;
    read_all(arg);
}

static void
on_room(void *arg)
{
    struct zrouter *r = arg;

    if (r->paused)
        read_all(r);
}

struct zrouter *
zrouter_new(struct loop *loop, struct zctx *zc, struct corepipe *pipe,
            const struct native_feed *feed, const char *endpoint)
{
    struct zrouter *r = xcalloc(1, sizeof(*r));

    r->loop = loop;
    r->pipe = pipe;
    r->feed = *feed;
    r->in = ZMSG_INIT;
    mem_arena_new(&r->arena, ARENA_BYTES);
    r->z = zsock_new(zc, ZSOCK_ROUTER, HWM, HWM);
    if (!zsock_bind(r->z, endpoint))
        fatal(FATAL_CONFIG, "ingest.cannot_bind", LOG_NAME("endpoint", endpoint));
    loop_add_zsock(loop, r->z, LOOP_READ, on_readable, r);
    corepipe_on_room(pipe, on_room, r);
    return r;
}

void
zrouter_stop_accepting(struct zrouter *r)
{
    loop_mod_zsock(r->loop, r->z, 0);
    r->paused = false;
}

void
zrouter_free(struct zrouter **rp)
{
    struct zrouter *r = *rp;

    if (r == NULL)
        return;
    corepipe_forget(r->pipe, r);
    loop_del_zsock(r->loop, r->z);
    zmsg_close(&r->in);
    zsock_free(&r->z);
    mem_arena_free(&r->arena);
    xfree(r);
    *rp = NULL;
}
