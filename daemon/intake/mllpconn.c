#include "intake/mllpconn.h"

#include "base/limits.h"
#include "intake/refusal.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <string.h>

enum {
    READ_BYTES = 64 * 1024,
    FIRST_BUF_BYTES = 64 * 1024,
    FIRST_OUT_BYTES = 4096,
    OUT_MAX_BYTES = 1024 * 1024, /* a peer that reads no answers is read no further */
    ACK_MAX_BYTES = 8192,
    HALF_FRAME_MS = 30000, /* hl7.md item 8: silence is an error only inside a frame */
    IDLE_FLUSH_MS = 1000,  /* FS without CR, then silence: the frame has ended */
    REASON_MAX_BYTES = 200,
    GOOD_MS = 30000,      /* a connection that lived so long was one */
    MSH_MAX_BYTES = 4096, /* of a message that is too large: enough to answer it */
};

static const size_t ARENA_KEEP = (size_t)4 << 20;

static void
update_interest(struct mllpconn *c)
{
    unsigned ev = 0;

    if (!c->paused && !c->ended && !c->owner->draining)
        ev |= LOOP_READ;
    if (c->out_n > c->out_at || stream_wants_write(&c->io))
        ev |= LOOP_WRITE;
    loop_mod_fd(c->owner->loop, c->io.fd, ev);
}

/* --- answers */

/* The answers outlive the message. */
static void
answer_keep(struct mllpanswer *a, struct str accepted, struct str rejected, struct str errored)
{
    const struct str from[] = {accepted, rejected, errored};
    struct str *to[] = {&a->accepted, &a->rejected, &a->errored};
    size_t n = 0;

    a->memory = xmalloc(accepted.n + rejected.n + errored.n);
    for (size_t i = 0; i < RFD_COUNT(from); i++) {
        if (from[i].n > 0)
            memcpy(a->memory + n, from[i].p, from[i].n);
        *to[i] = (struct str){a->memory + n, from[i].n};
        n += from[i].n;
    }
}

static void
answer_free(struct mllpanswer *a)
{
    xfree(a->memory);
    memset(a, 0, sizeof(*a));
}

static void
out_add(struct mllpconn *c, struct str framed)
{
    if (c->out_at > 0) {
        memmove(c->out, c->out + c->out_at, c->out_n - c->out_at);
        c->out_n -= c->out_at;
        c->out_at = 0;
    }
    while (c->out_n + framed.n > c->out_size) {
        c->out_size = c->out_size == 0 ? FIRST_OUT_BYTES : 2 * c->out_size;
        c->out = xrealloc_array(c->out, c->out_size, 1);
    }
    memcpy(c->out + c->out_n, framed.p, framed.n);
    c->out_n += framed.n;
}

/* False: the connection was closed. */
static bool
out_flush(struct mllpconn *c)
{
    while (c->out_at < c->out_n) {
        size_t n = 0;
        enum io_result r = stream_send(&c->io, c->out + c->out_at, c->out_n - c->out_at, &n);

        if (r == IO_AGAIN)
            return true;
        if (r != IO_OK) {
            mllpconn_close(c, "write failed");
            return false;
        }
        c->out_at += n;
    }
    c->out_at = 0;
    c->out_n = 0;
    return true;
}

/* Sends what is settled at the head of the queue. False: the connection was closed. */
static bool
answers_flush(struct mllpconn *c)
{
    size_t done = 0;

    while (done < c->answers && c->answer[done].settled) {
        if (c->answer[done].close) {
            if (out_flush(c))
                mllpconn_close(c, "core is busy");
            return false;
        }
        if (c->answer[done].text.n > 0)
            out_add(c, c->answer[done].text);
        answer_free(&c->answer[done]);
        done++;
    }
    memmove(c->answer, c->answer + done, (c->answers - done) * sizeof(c->answer[0]));
    c->answers -= done;
    return out_flush(c);
}

/* Closes when the peer has ended its side and everything is answered. */
static void
settle(struct mllpconn *c)
{
    if (c->ended && !c->batching && c->in_at == c->in_n && c->answers == 0 && c->out_n == 0)
        mllpconn_close(c, "done");
    else
        update_interest(c);
}

/* A sender that wants no answers learns only by the connection that its message was not taken. */
static void
answer_settle(struct mllpconn *c, struct mllpanswer *a, enum outcome outcome)
{
    bool taken = outcome != OUTCOME_BUSY && outcome != OUTCOME_REFUSED;

    a->settled = true;
    a->text = !taken ? a->rejected : outcome == OUTCOME_QUARANTINED ? a->errored : a->accepted;
    a->close = !taken && a->rejected.n == 0;
    if (a->close && outcome == OUTCOME_BUSY)
        corepipe_refuse(c->owner->pipe, c->owner->read.feed, "busy_unanswered");
}

/* Reads no further: whose turn that is, corepipe_on_room() says, so that all get one. */
static void
on_reply(void *arg, uint64_t tag, const struct ingest_reply *reply)
{
    struct mllpconn *c = arg;

    for (size_t i = 0; i < c->answers; i++) {
        if (c->answer[i].tag == tag && !c->answer[i].settled) {
            answer_settle(c, &c->answer[i], reply->outcome);
            break;
        }
    }
    if (answers_flush(c))
        settle(c);
}

/* --- messages */

static struct stamp
wall_now(void)
{
    return stamp_of_utc(clock_wall_s());
}

static struct str
ack_text(struct mllpconn *c, const struct hl7read *r, enum hl7ack_outcome outcome,
         enum hl7ack_error error, const char *text)
{
    struct mllpshared *d = c->owner;
    const struct hl7 *m = r->indexed ? &r->hl7 : NULL;
    bool said = m != NULL || d->ack == HL7ACK_ENHANCED; /* what cannot be read asks for nothing */
    enum hl7ack_mode mode = !said ? HL7ACK_ORIGINAL : m == NULL ? d->ack : hl7ack_mode(m, d->ack);
    struct hl7ack ack = {
        .code = hl7ack_code_for(mode, outcome), .at = wall_now(), .error = error, .text = text};
    struct sb b;
    struct sb id;

    if (m != NULL && !hl7ack_wanted(m, d->ack, ack.code))
        return STR_NONE;
    sb_init_arena(&id, &d->arena, 64);
    sb_addf(&id, "R%s-%llu", d->boot, (unsigned long long)++d->acks);
    ack.control_id = sb_str(&id);
    sb_init_arena(&b, &d->arena, ACK_MAX_BYTES);
    if (!c->bare)
        sb_add(&b, (struct str){(const char *)mllp_frame_head, MLLP_HEAD_SIZE});
    if (!hl7ack_write(&b, m, &ack))
        return STR_NONE;
    if (!c->bare)
        sb_add(&b, (struct str){(const char *)mllp_frame_tail, MLLP_TAIL_SIZE});
    return sb_ok(&b) ? sb_str(&b) : STR_NONE;
}

/* For feeds whose map wants to know what was not understood. By default it is answered as stored,
 * which it is: a negative answer stops many engines' queues for good. */
static struct str
error_text(struct mllpconn *c, const struct hl7read *r)
{
    const struct result_message *m = &r->message;
    struct refusal_words words = refusal_words(m->quarantine_reason);
    struct sb b;

    sb_init_arena(&b, &c->owner->arena, REASON_MAX_BYTES);
    sb_add_c(&b, "kept, not understood");
    if (!str_is_absent(m->quarantine_reason))
        sb_addf(&b, ": %.*s", STR_FMT(m->quarantine_reason));
    else /* core's word, whose reply has no reason */
        sb_add_c(&b, ": identity_conflict, or too_large_to_evaluate");
    if (!str_is_empty(m->quarantine_place))
        sb_addf(&b, " at %.*s", STR_FMT(m->quarantine_place));
    return ack_text(c, r, words.outcome, words.error, sb_cz(&b));
}

static void
message_send(struct mllpconn *c, struct str payload)
{
    struct mllpshared *d = c->owner;
    struct hl7read r;
    struct mllpanswer *a = &c->answer[c->answers++];
    struct str accepted;

    hl7intake_read(&d->read, payload, wall_now(), &d->arena, &r);
    memset(a, 0, sizeof(*a));
    a->tag = ++c->last_tag;
    accepted = ack_text(c, &r, HL7ACK_ACCEPTED, HL7ACK_ERR_NONE, NULL);
    answer_keep(
        a, accepted,
        ack_text(c, &r, HL7ACK_REJECTED, HL7ACK_ERR_INTERNAL, "not stored, please send again"),
        d->read.map->refuse_quarantined ? error_text(c, &r) : accepted);
    corepipe_send(d->pipe, &r.message, on_reply, c, a->tag);
    mem_arena_trim(&d->arena, ARENA_KEEP);
}

static void
refuse(struct mllpconn *c, const struct mllp_frame *f)
{
    struct mllpshared *d = c->owner;
    struct hl7read r = {0};
    struct mllpanswer *a = &c->answer[c->answers++];
    struct str head;
    struct str rest;

    (void)str_cut(f->payload, '\r', &head, &rest);
    corepipe_refuse(d->pipe, d->read.feed, "too_large");
    log_warn_limited("mllp.too_large", LOG_NAME("feed", d->read.feed),
                     LOG_NUM("bytes", f->payload_size));
    r.indexed = hl7_index_as(&r.hl7, &d->arena, str_sub(head, 0, MSH_MAX_BYTES),
                             &d->read.map->reading) == HL7_OK;
    memset(a, 0, sizeof(*a));
    a->tag = ++c->last_tag;
    answer_keep(a, STR_NONE,
                ack_text(c, &r, HL7ACK_REJECTED, HL7ACK_ERR_INTERNAL, "message too large"),
                STR_NONE);
    a->settled = true;
    a->text = a->rejected;
    mem_arena_trim(&d->arena, ARENA_KEEP);
}

static bool
has_room(const struct mllpconn *c)
{
    return c->answers < MLLPCONN_ANSWERS_MAX && !corepipe_is_full(c->owner->pipe) &&
           c->out_n - c->out_at < OUT_MAX_BYTES;
}

static void
batch_end(struct mllpconn *c)
{
    if (c->rest != NULL)
        memset(c->rest, 0, c->batch.payload.n);
    xfree(c->rest);
    c->rest = NULL;
    c->batching = false;
}

/* The messages of the frame in hand, as far as there is room. */
static void
batch_take(struct mllpconn *c)
{
    struct hl7_batch before = c->batch;
    struct str one;

    while (hl7_batch_next(&c->batch, &one)) {
        if (!has_room(c)) {
            c->batch = before;
            return;
        }
        message_send(c, one);
        before = c->batch;
    }
    if (c->batch.declared >= 0 && (uint64_t)c->batch.declared != c->batch.count) {
        log_warn_limited("mllp.batch_count", LOG_NAME("feed", c->owner->read.feed),
                         LOG_NUM("declared", (uint64_t)c->batch.declared),
                         LOG_NUM("found", c->batch.count));
    }
    if (c->batch.count == 0) { /* wrappers around nothing: held as it is, and answered */
        if (!has_room(c))
            return;
        message_send(c, c->batch.payload);
    }
    batch_end(c);
}

/* The decoder takes its buffer back: what had no room yet is kept. */
static void
batch_keep(struct mllpconn *c)
{
    struct str payload = c->batch.payload;

    c->rest = xmalloc(payload.n);
    memcpy(c->rest, payload.p, payload.n);
    c->batch.payload.p = c->rest;
}

/* A frame is one message; batches of several are cut, each with its own answer. */
static bool
on_frame(void *arg, const struct mllp_frame *f)
{
    struct mllpconn *c = arg;

    if (f->kind == MLLP_TOO_LARGE) {
        refuse(c, f);
        return has_room(c);
    }
    hl7_batch_init(&c->batch, f->payload);
    c->batching = true;
    c->bare = c->dec.bare;
    batch_take(c);
    if (c->batching)
        batch_keep(c);
    return !c->batching && has_room(c);
}

/* --- bytes */

static void
deviations_log(struct mllpconn *c)
{
    for (int i = 0; i < MLLP_DEV_COUNT; i++) {
        const struct mllp_counter *n = &c->dec.dev[i];
        uint64_t more = n->count - c->dev_seen[i];

        if (more == 0)
            continue;
        c->dev_seen[i] = n->count;
        log_note_limited("mllp.deviation", LOG_NAME("feed", c->owner->read.feed),
                         LOG_NAME("kind", mllp_deviation_name((enum mllp_deviation)i)),
                         LOG_NUM("count", n->count), LOG_NUM("at", n->last_at));
        if ((i == MLLP_DEV_BARE_MSH && !c->dec.bare_ok) || i == MLLP_DEV_CUT ||
            i == MLLP_DEV_RESTART)
            corepipe_refuse_many(c->owner->pipe, c->owner->read.feed,
                                 mllp_deviation_name((enum mllp_deviation)i), more);
    }
}

/* After the decoder had its turn. While not paused there is room for one answer more, always.
 * False: the connection was closed. */
static bool
frames_done(struct mllpconn *c)
{
    deviations_log(c);
    if (!answers_flush(c))
        return false;
    c->paused = c->in_at < c->in_n || c->batching || !has_room(c);
    if (!c->paused) {
        c->in_at = 0;
        c->in_n = 0;
    }
    return true;
}

static void
take_some(struct mllpconn *c)
{
    if (c->batching)
        batch_take(c);
    while (c->in_at < c->in_n && !c->batching && has_room(c))
        c->in_at += mllp_feed(&c->dec, c->in + c->in_at, c->in_n - c->in_at, on_frame, c);
}

/* Takes what was read as far as there is room, and again while sending answers makes room: nobody
 * would wake a connection that pauses with nothing to wait for. False: it was closed. */
static bool
take_bytes(struct mllpconn *c)
{
    do {
        take_some(c);
        if (!frames_done(c))
            return false;
    } while (c->paused && has_room(c));
    return true;
}

static void
peer_ended(struct mllpconn *c)
{
    c->ended = true;
    mllp_end(&c->dec, on_frame, c);
    if (take_bytes(c))
        settle(c);
}

static void
on_readable(struct mllpconn *c)
{
    size_t n = 0;
    enum io_result r;

    if (c->in_n != 0)
        return; /* paused in between */
    r = stream_recv(&c->io, c->in, READ_BYTES, &n);
    if (r == IO_AGAIN)
        return;
    if (r == IO_END) {
        peer_ended(c);
        return;
    }
    if (r != IO_OK) {
        mllpconn_close(c, "read failed");
        return;
    }
    c->heard_ms = clock_mono_ms();
    c->in_n = n;
    if (take_bytes(c))
        settle(c);
}

/* --- TLS */

/* The whole fingerprint, which LOG_SHA would shorten: it is what the list of peers wants. */
static void
turn_away(struct mllpconn *c, const char *why)
{
    char hex[SHA256_HEX_MAX] = "none";
    struct sha256 sha;

    c->owner->counts.turned_away++;
    if (c->io.tls != NULL && tls_peer_sha(c->io.tls, &sha))
        (void)sha256_hex(&sha, hex);
    /* The reason first, so that many of one do not hide another. */
    log_warn_limited("tls.refused", LOG_NAME("why", why), LOG_NAME("feed", c->owner->read.feed),
                     LOG_NAME("peer", c->peer), LOG_NAME("sha256", hex));
    mllpconn_close(c, why);
}

static void
shake_hands(struct mllpconn *c)
{
    switch (stream_handshake(&c->io)) {
    case IO_OK:
        c->owner->counts.connections++;
        c->heard_ms = clock_mono_ms();
        log_debug("tls.up", LOG_NAME("feed", c->owner->read.feed),
                  LOG_NAME("version", tls_version(c->io.tls)));
        update_interest(c);
        break;
    case IO_AGAIN:
        loop_mod_fd(c->owner->loop, c->io.fd, stream_wants_write(&c->io) ? LOOP_WRITE : LOOP_READ);
        break;
    case IO_END:
    case IO_FAILED:
    case IO_RESULT_COUNT: turn_away(c, stream_why(&c->io)); break;
    }
}

static void
on_ready(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct mllpconn *c = arg;

    (void)loop;
    (void)fd;
    if (!c->io.ready) {
        shake_hands(c);
        return;
    }
    if ((events & LOOP_WRITE) != 0 && !out_flush(c))
        return;
    if ((events & LOOP_WRITE) != 0 && c->paused) { /* perhaps only by a peer that read no answers */
        mllpconn_resume(c);
        return;
    }
    if (stream_wants_write(&c->io)) /* TLS has something of its own to say before it reads on */
        events |= (events & LOOP_WRITE) != 0 ? LOOP_READ : 0;
    if ((events & (LOOP_READ | LOOP_ERROR)) != 0 && !c->paused && !c->ended) {
        on_readable(c);
        return;
    }
    if ((events & LOOP_ERROR) != 0) {
        mllpconn_close(c, "hung up");
        return;
    }
    settle(c);
}

void
mllpconn_resume(struct mllpconn *c)
{
    if (c->paused) {
        c->heard_ms = clock_mono_ms(); /* the silence was ours */
        c->slow_since_ms = 0;
        if (!take_bytes(c))
            return;
    }
    settle(c);
}

static bool
buf_grow(struct mllp_dec *dec, size_t need)
{
    struct mllpconn *c = dec->owner;
    size_t size = dec->size;
    uint8_t *bigger;

    while (size < need)
        size *= 2;
    bigger = xmalloc(size);
    memcpy(bigger, c->buf, dec->n);
    memset(c->buf, 0, dec->n);
    xfree(c->buf);
    c->buf = bigger;
    mllp_buf_set(dec, bigger, size);
    return true;
}

void
mllpconn_start(struct mllpconn *c, struct mllpshared *owner, int fd, const struct tcp_addr *peer)
{
    memset(c, 0, sizeof(*c));
    c->owner = owner;
    (void)tcp_addr_format(peer, c->peer);
    stream_open(&c->io, fd, tlskeep_ctx(owner->tls), peer->host);
    c->buf = xmalloc(FIRST_BUF_BYTES);
    c->in = xmalloc(READ_BYTES);
    mllp_init(&c->dec, c->buf, FIRST_BUF_BYTES, LIMIT_MESSAGE_BYTES);
    c->dec.bare_ok = owner->read.map->bare;
    c->dec.grow = buf_grow;
    c->dec.owner = c;
    c->heard_ms = clock_mono_ms();
    c->since_ms = c->heard_ms;
    loop_add_fd(owner->loop, fd, LOOP_READ, on_ready, c);
    if (c->io.ready)
        owner->counts.connections++;
    else
        shake_hands(c); /* who has dialled speaks first */
}

void
mllpconn_close(struct mllpconn *c, const char *why)
{
    struct mllpshared *owner = c->owner;
    bool good = c->dec.frames > 0 || clock_mono_ms() - c->since_ms >= GOOD_MS;

    log_debug("mllp.closed", LOG_NAME("feed", c->owner->read.feed), LOG_NAME("why", why),
              LOG_NUM("frames", c->dec.frames), LOG_NUM("unanswered", c->answers));
    corepipe_forget(c->owner->pipe, c);
    loop_del_fd(c->owner->loop, c->io.fd);
    stream_close(&c->io);
    for (size_t i = 0; i < c->answers; i++)
        answer_free(&c->answer[i]);
    batch_end(c);
    memset(c->buf, 0, c->dec.size);
    memset(c->in, 0, READ_BYTES);
    xfree(c->buf);
    xfree(c->in);
    xfree(c->out);
    memset(c, 0, sizeof(*c));
    c->io.fd = -1;
    if (owner->gone != NULL)
        owner->gone(owner->gone_arg, good);
}

int64_t
mllpconn_useless_ms(const struct mllpconn *c, int64_t now_ms)
{
    return c->dec.frames > 0 ? 0 : now_ms - c->since_ms;
}

/* A sender without MLLP would wait for an answer for ever. */
static bool
is_without_frames(const struct mllpconn *c)
{
    return !c->dec.bare_ok && c->dec.frames == 0 && c->dec.dev[MLLP_DEV_BARE_MSH].count > 0;
}

/* A byte now and then is no silence; but a message that takes for ever holds a slot as well. */
static bool
is_too_slow(struct mllpconn *c, int64_t now_ms)
{
    bool same = c->slow_since_ms != 0 && c->slow_frames == c->dec.frames;

    if (!mllp_in_frame(&c->dec)) {
        c->slow_since_ms = 0;
        return false;
    }
    if (!same) {
        c->slow_since_ms = now_ms;
        c->slow_frames = c->dec.frames;
    }
    return c->owner->frame_ms > 0 && now_ms - c->slow_since_ms > c->owner->frame_ms;
}

void
mllpconn_tick(struct mllpconn *c, int64_t now_ms)
{
    int64_t silent = now_ms - c->heard_ms;

    if (!c->io.ready) {
        if (now_ms - c->since_ms > c->owner->handshake_ms)
            turn_away(c, "no handshake in time");
        return;
    }
    if (c->paused || c->owner->draining) {
        update_interest(c);
        return;
    }
    if (silent >= IDLE_FLUSH_MS) {
        mllp_idle(&c->dec, on_frame, c);
        if (!take_bytes(c))
            return;
    }
    if (silent >= IDLE_FLUSH_MS && is_without_frames(c)) {
        mllpconn_close(c, "no MLLP frames");
        return;
    }
    if (mllp_in_frame(&c->dec) && silent > HALF_FRAME_MS) {
        corepipe_refuse(c->owner->pipe, c->owner->read.feed, "half_frame");
        mllpconn_close(c, "silence inside a frame");
        return;
    }
    if (is_too_slow(c, now_ms)) {
        corepipe_refuse(c->owner->pipe, c->owner->read.feed, "slow_frame");
        mllpconn_close(c, "frame too slow");
        return;
    }
    if (c->owner->idle_ms > 0 && silent > c->owner->idle_ms && c->answers == 0) {
        mllpconn_close(c, "idle");
        return;
    }
    settle(c);
}
