#include "intake/zsub.h"

#include "base/limits.h"
#include "codec/frames.h"
#include "intake/seqtrack.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <string.h>

enum {
    HWM = 10000,
    REPLAY_HWM = 1000,
    TICK_MS = 500,
    ASK_EVERY_MS = 1000,     /* while a gap stands */
    QUIET_ASK_MS = 5000,     /* nothing heard: the last ones may be lost, which shows no gap */
    WAIT_FOR_FILL_MS = 3000, /* without a replay: what is out of order may still come */
    PUBLISHER_MAX = 128,
    SEQ_BITS = 48, /* of a tag; the rest tells epochs apart */
};

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)4 << 20;

struct zsub {
    struct loop *loop;
    struct corepipe *pipe;
    struct zsub_config cfg;
    struct zsock *sub;
    struct zsock *replay; /* DEALER; NULL: none */
    struct zmsg in;
    struct arena arena;
    char publisher[PUBLISHER_MAX]; /* of the sequence that is tracked */
    uint64_t epoch;
    uint64_t generation; /* counts epochs begun: an answer of an earlier one is not for this one */
    bool tracking;
    struct seqtrack track;
    int64_t heard_ms;
    int64_t asked_ms;
    int64_t gap_ms; /* since when a gap stands; 0: none */
    bool stopped;
    int timer;
};

static void
ask(struct zsub *s)
{
    struct replay_request q = {.publisher = str_from_c(s->publisher),
                               .epoch = s->epoch,
                               .from_seq = s->tracking ? s->track.next : 1,
                               .to_seq = 0}; /* 0: to the head */
    struct zframe f[2];

    if (s->replay == NULL)
        return;
    f[0] = zframe_of(codec_name(CODEC_REPLAY_REQUEST));
    f[1] = zframe_of(codec_replay_request_pack(&s->arena, &q));
    s->asked_ms = clock_mono_ms();
    if (zsock_send(s->replay, f, 2) != ZSEND_OK)
        log_debug("sub.replay_away", LOG_NAME("feed", s->cfg.feed.feed));
}

static uint64_t
tag_of(const struct zsub *s, uint64_t seq)
{
    return seq == 0 ? 0 : s->generation << SEQ_BITS | seq;
}

/* The gap below next will not be filled any more. */
static void
give_up(struct zsub *s, uint64_t next, const char *reason)
{
    uint64_t lost = seqtrack_skip_to(&s->track, next);

    if (lost == 0)
        return;
    log_warn_limited("sub.lost", LOG_NAME("feed", s->cfg.feed.feed), LOG_NUM("messages", lost),
                     LOG_NAME("reason", reason));
    corepipe_refuse_many(s->pipe, s->cfg.feed.feed, reason, lost);
}

/* A busy core did not take it: it counts as not come, and is asked for again. Where nobody can be
 * asked, it is lost, and counted. */
static void
on_reply(void *arg, uint64_t tag, const struct ingest_reply *reply)
{
    struct zsub *s = arg;
    uint64_t seq = tag & (((uint64_t)1 << SEQ_BITS) - 1);
    bool ours = s->tracking && tag != 0 && tag == tag_of(s, seq);

    if (reply->outcome == OUTCOME_BUSY) {
        log_note_limited("sub.core_busy", LOG_NAME("feed", s->cfg.feed.feed));
        if (s->replay != NULL && ours)
            return;
        corepipe_refuse(s->pipe, s->cfg.feed.feed, "busy_unanswered");
    }
    if (!ours)
        return;
    if (s->replay == NULL && seqtrack_is_beyond(&s->track, seq))
        give_up(s, seq, "lost_on_the_way");
    seqtrack_add(&s->track, seq);
}

/* Can the message's place in a sequence be followed? */
static bool
is_numbered(const struct publisher *p)
{
    return !str_is_empty(p->id) && p->id.n < PUBLISHER_MAX &&
           memchr(p->id.p, '\0', p->id.n) == NULL && p->seq > 0 && p->seq < (uint64_t)1 << SEQ_BITS;
}

static void
start_epoch(struct zsub *s, const struct publisher *p)
{
    memset(s->publisher, 0, sizeof(s->publisher));
    memcpy(s->publisher, p->id.p, p->id.n);
    s->epoch = p->epoch;
    s->generation = (s->generation + 1) % ((uint64_t)1 << (64 - SEQ_BITS));
    s->tracking = true;
    /* With a replay everything that the publisher keeps is fetched once after a start: what was
     * stored before is recognised as a duplicate. Without one there is nothing to go back to. */
    seqtrack_start(&s->track, s->replay != NULL ? 1 : p->seq);
}

static void
take(struct zsub *s, struct str body)
{
    struct result_message m;
    const struct publisher *p = &m.publisher;
    bool numbered;

    if (body.n > LIMIT_MESSAGE_BYTES) {
        corepipe_refuse(s->pipe, s->cfg.feed.feed, "too_large");
        return;
    }
    native_read(&s->cfg.feed, body, &s->arena, &m);
    numbered = is_numbered(p);
    if (numbered) {
        if (!s->tracking || s->epoch != p->epoch || !str_eq_c(p->id, s->publisher))
            start_epoch(s, p);
        if (seqtrack_has(&s->track, p->seq))
            return; /* answered or on its way: a replay that overlaps the stream */
    }
    s->heard_ms = clock_mono_ms();
    corepipe_send(s->pipe, &m, on_reply, s, numbered ? tag_of(s, p->seq) : 0);
}

static void
take_end(struct zsub *s, struct str body)
{
    struct replay_end e;
    const char *why = "";

    if (!codec_replay_end_unpack(&s->arena, body, &e, &why) || !s->tracking ||
        e.epoch != s->epoch || e.first_kept <= s->track.next ||
        e.first_kept >= (uint64_t)1 << SEQ_BITS)
        return;
    give_up(s, e.first_kept, "lost_by_publisher");
}

static void
read_from(struct zsub *s, struct zsock *z, size_t skip)
{
    enum zrecv got = ZRECV_NONE;

    while (!s->stopped && !corepipe_is_full(s->pipe) &&
           (got = zsock_recv(z, &s->in)) != ZRECV_NONE) {
        enum codec_kind kind = codec_kind_of(zmsg_str(&s->in, skip));

        if (got == ZRECV_OK && kind == CODEC_RESULT_MESSAGE && s->in.n == skip + 2)
            take(s, zmsg_str(&s->in, skip + 1));
        else if (got == ZRECV_OK && kind == CODEC_REPLAY_END && s->in.n == skip + 2)
            take_end(s, zmsg_str(&s->in, skip + 1));
        else
            corepipe_refuse(s->pipe, s->cfg.feed.feed, "bad_frames");
        mem_arena_trim(&s->arena, ARENA_KEEP);
    }
    if (corepipe_is_full(s->pipe)) {
        loop_mod_zsock(s->loop, s->sub, 0);
        if (s->replay != NULL)
            loop_mod_zsock(s->loop, s->replay, 0);
    }
}

static void
on_sub(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    (void)loop;
    (void)events;
    read_from(arg, z, 1); /* the topic stands first */
}

static void
on_replay(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    (void)loop;
    (void)events;
    read_from(arg, z, 0);
}

static void
on_room(void *arg)
{
    struct zsub *s = arg;

    if (s->stopped)
        return;
    loop_mod_zsock(s->loop, s->sub, LOOP_READ);
    if (s->replay != NULL)
        loop_mod_zsock(s->loop, s->replay, LOOP_READ);
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct zsub *s = arg;
    int64_t now = clock_mono_ms();
    bool gap = s->tracking && seqtrack_has_gap(&s->track);

    (void)loop;
    if (!gap)
        s->gap_ms = 0;
    else if (s->gap_ms == 0)
        s->gap_ms = now;
    if (s->replay != NULL) {
        int64_t every = gap ? ASK_EVERY_MS : QUIET_ASK_MS;

        if (now - s->asked_ms >= every && (gap || now - s->heard_ms >= QUIET_ASK_MS))
            ask(s);
    } else if (gap && now - s->gap_ms >= WAIT_FOR_FILL_MS) {
        give_up(s, s->track.high + 1, "lost_on_the_way");
    }
    mem_arena_trim(&s->arena, ARENA_KEEP);
}

static struct zsock *
connect_or_die(struct zctx *zc, enum zsock_kind kind, int hwm, const char *endpoint)
{
    struct zsock *z = zsock_new(zc, kind, hwm, hwm);

    if (!zsock_connect(z, endpoint))
        fatal(FATAL_CONFIG, "sub.cannot_connect", LOG_NAME("endpoint", endpoint));
    return z;
}

struct zsub *
zsub_new(struct loop *loop, struct zctx *zc, struct corepipe *pipe, const struct zsub_config *cfg)
{
    struct zsub *s = xcalloc(1, sizeof(*s));

    s->loop = loop;
    s->pipe = pipe;
    s->cfg = *cfg;
    s->in = ZMSG_INIT;
    mem_arena_new(&s->arena, ARENA_BYTES);
    s->sub = connect_or_die(zc, ZSOCK_SUB, HWM, cfg->connect);
    zsock_subscribe(s->sub, cfg->topic == NULL ? "" : cfg->topic);
    loop_add_zsock(loop, s->sub, LOOP_READ, on_sub, s);
    if (cfg->replay != NULL) {
        s->replay = connect_or_die(zc, ZSOCK_DEALER, REPLAY_HWM, cfg->replay);
        loop_add_zsock(loop, s->replay, LOOP_READ, on_replay, s);
    }
    s->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, s);
    corepipe_on_room(pipe, on_room, s);
    return s;
}

void
zsub_stop_accepting(struct zsub *s)
{
    s->stopped = true;
    loop_mod_zsock(s->loop, s->sub, 0);
    if (s->replay != NULL)
        loop_mod_zsock(s->loop, s->replay, 0);
}

void
zsub_free(struct zsub **sp)
{
    struct zsub *s = *sp;

    if (s == NULL)
        return;
    corepipe_forget(s->pipe, s);
    loop_del_timer(s->loop, s->timer);
    loop_del_zsock(s->loop, s->sub);
    if (s->replay != NULL)
        loop_del_zsock(s->loop, s->replay);
    zmsg_close(&s->in);
    zsock_free(&s->sub);
    zsock_free(&s->replay);
    mem_arena_free(&s->arena);
    xfree(s);
    *sp = NULL;
}
