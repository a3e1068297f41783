#include "intake/mllpconn.h"

#include "base/limits.h"
#include "intake/mllpd_internal.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/mem.h"
#include "wire/hl7_batch.h"

#include <string.h>

enum {
    READ_BYTES = 64 * 1024,
    FIRST_BUF_BYTES = 64 * 1024,
    FIRST_OUT_BYTES = 4096,
    OUT_MAX_BYTES = 1024 * 1024, /* a peer that reads no answers is read no further */
    ACK_MAX_BYTES = 8192,
    HALF_FRAME_MS = 30000, /* hl7.md item 8: silence is an error only inside a frame */
    IDLE_FLUSH_MS = 1000,  /* FS without CR, then silence: the frame has ended */
};

static const size_t ARENA_KEEP = (size_t)4 << 20;

static void
update_interest(struct mllpconn *c)
{
    unsigned ev = 0;

    if (!c->paused && !c->ended)
        ev |= LOOP_READ;
    if (c->out_n > c->out_at)
        ev |= LOOP_WRITE;
    loop_mod_fd(c->owner->loop, c->fd, ev);
}

/* --- answers */

static struct str
text_keep(struct str s)
{
    char *p;

    if (s.n == 0)
        return STR_NONE;
    p = xmalloc(s.n);
    memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

static void
answer_free(struct mllpanswer *a)
{
    xfree((void *)(uintptr_t)a->accepted.p);
    xfree((void *)(uintptr_t)a->rejected.p);
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
        enum io_result r = io_send(c->fd, c->out + c->out_at, c->out_n - c->out_at, &n);

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

static void
on_reply(void *arg, uint64_t tag, const struct ingest_reply *reply)
{
    struct mllpconn *c = arg;

    for (size_t i = 0; i < c->answers; i++) {
        struct mllpanswer *a = &c->answer[i];

        if (a->tag != tag)
            continue;
        a->settled = true;
        a->text = reply->outcome == OUTCOME_BUSY || reply->outcome == OUTCOME_REFUSED ? a->rejected
                                                                                      : a->accepted;
        break;
    }
    if (!answers_flush(c))
        return;
    if (c->ended && c->answers == 0 && c->out_n == 0)
        mllpconn_close(c, "done");
    else
        mllpconn_resume(c);
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
    struct mllpd *d = c->owner;
    const struct hl7 *m = r->indexed ? &r->hl7 : NULL;
    enum hl7ack_mode mode = m == NULL ? HL7ACK_ORIGINAL : hl7ack_mode(m, d->cfg.ack);
    struct hl7ack ack = {
        .code = hl7ack_code_for(mode, outcome), .at = wall_now(), .error = error, .text = text};
    struct sb b;
    struct sb id;

    if (m != NULL && !hl7ack_wanted(m, d->cfg.ack, ack.code))
        return STR_NONE;
    sb_init_arena(&id, &d->arena, 64);
    sb_addf(&id, "R%s-%llu", d->cfg.boot, (unsigned long long)++d->acks);
    ack.control_id = sb_str(&id);
    sb_init_arena(&b, &d->arena, ACK_MAX_BYTES);
    sb_add(&b, (struct str){(const char *)mllp_frame_head, MLLP_HEAD_SIZE});
    if (!hl7ack_write(&b, m, &ack))
        return STR_NONE;
    sb_add(&b, (struct str){(const char *)mllp_frame_tail, MLLP_TAIL_SIZE});
    return sb_ok(&b) ? sb_str(&b) : STR_NONE;
}

static void
message_send(struct mllpconn *c, struct str payload)
{
    struct mllpd *d = c->owner;
    struct hl7read r;
    struct mllpanswer *a = &c->answer[c->answers++];

    hl7intake_read(&d->cfg.read, payload, wall_now(), &d->arena, &r);
    memset(a, 0, sizeof(*a));
    a->tag = ++c->last_tag;
    a->accepted = text_keep(ack_text(c, &r, HL7ACK_ACCEPTED, HL7ACK_ERR_NONE, NULL));
    a->rejected = text_keep(
        ack_text(c, &r, HL7ACK_REJECTED, HL7ACK_ERR_INTERNAL, "not stored, please send again"));
    corepipe_send(d->pipe, &r.message, on_reply, c, a->tag);
    mem_arena_trim(&d->arena, ARENA_KEEP);
}

static void
refuse(struct mllpconn *c, const struct mllp_frame *f)
{
    struct mllpd *d = c->owner;
    struct hl7read r = {0};
    struct mllpanswer *a = &c->answer[c->answers++];

    corepipe_refuse(d->pipe, d->cfg.read.feed, "too_large");
    log_warn("mllp.too_large", LOG_NAME("feed", d->cfg.read.feed),
             LOG_NUM("bytes", f->payload_size));
    r.indexed = hl7_index(&r.hl7, &d->arena, f->payload) == HL7_OK;
    memset(a, 0, sizeof(*a));
    a->tag = ++c->last_tag;
    a->rejected =
        text_keep(ack_text(c, &r, HL7ACK_REJECTED, HL7ACK_ERR_INTERNAL, "message too large"));
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

/* A frame is one message; batches of several are cut, each with its own answer. A batch that does
 * not fit the window is held as one message: core quarantines what it cannot read as one. */
static bool
on_frame(void *arg, const struct mllp_frame *f)
{
    struct mllpconn *c = arg;
    struct hl7_batch b;
    struct str one;

    if (f->kind == MLLP_TOO_LARGE) {
        refuse(c, f);
        return has_room(c);
    }
    hl7_batch_init(&b, f->payload);
    while (hl7_batch_next(&b, &one)) {
        if (!has_room(c)) {
            corepipe_refuse(c->owner->pipe, c->owner->cfg.read.feed, "batch_too_large");
            continue;
        }
        message_send(c, one);
    }
    return has_room(c);
}

/* --- bytes */

static void
deviations_log(struct mllpconn *c)
{
    for (int i = 0; i < MLLP_DEV_COUNT; i++) {
        const struct mllp_counter *n = &c->dec.dev[i];

        if (n->count == c->dev_seen[i])
            continue;
        c->dev_seen[i] = n->count;
        log_note("mllp.deviation", LOG_NAME("feed", c->owner->cfg.read.feed),
                 LOG_NAME("kind", mllp_deviation_name((enum mllp_deviation)i)),
                 LOG_NUM("count", n->count), LOG_NUM("at", n->last_at));
        if (i == MLLP_DEV_BARE_MSH || i == MLLP_DEV_CUT)
            corepipe_refuse(c->owner->pipe, c->owner->cfg.read.feed,
                            mllp_deviation_name((enum mllp_deviation)i));
    }
}

/* Takes what was read as far as there is room. False: the connection was closed. */
static bool
take_bytes(struct mllpconn *c)
{
    while (c->in_at < c->in_n && has_room(c))
        c->in_at += mllp_feed(&c->dec, c->in + c->in_at, c->in_n - c->in_at, on_frame, c);
    deviations_log(c);
    c->paused = c->in_at < c->in_n || !has_room(c);
    if (!c->paused) {
        c->in_at = 0;
        c->in_n = 0;
    }
    return answers_flush(c);
}

static void
peer_ended(struct mllpconn *c)
{
    c->ended = true;
    mllp_end(&c->dec, on_frame, c);
    deviations_log(c);
    if (!answers_flush(c))
        return;
    if (c->answers == 0 && c->out_n == 0)
        mllpconn_close(c, "peer closed");
    else
        update_interest(c);
}

static void
on_readable(struct mllpconn *c)
{
    size_t n = 0;
    enum io_result r;

    if (c->in_n != 0)
        return; /* paused in between */
    r = io_recv(c->fd, c->in, READ_BYTES, &n);
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
        update_interest(c);
}

static void
on_ready(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct mllpconn *c = arg;

    (void)loop;
    (void)fd;
    if ((events & LOOP_WRITE) != 0 && !out_flush(c))
        return;
    if ((events & LOOP_WRITE) != 0 && c->paused) { /* perhaps only by a peer that read no answers */
        mllpconn_resume(c);
        return;
    }
    if ((events & (LOOP_READ | LOOP_ERROR)) != 0 && !c->paused && !c->ended) {
        on_readable(c);
        return;
    }
    if ((events & LOOP_ERROR) != 0) {
        mllpconn_close(c, "hung up");
        return;
    }
    if (c->ended && c->answers == 0 && c->out_n == 0)
        mllpconn_close(c, "done");
    else
        update_interest(c);
}

void
mllpconn_resume(struct mllpconn *c)
{
    if (c->in_at < c->in_n || c->paused) {
        if (!take_bytes(c))
            return;
    }
    update_interest(c);
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
mllpconn_start(struct mllpconn *c, struct mllpd *owner, int fd)
{
    memset(c, 0, sizeof(*c));
    c->owner = owner;
    c->fd = fd;
    c->buf = xmalloc(FIRST_BUF_BYTES);
    c->in = xmalloc(READ_BYTES);
    mllp_init(&c->dec, c->buf, FIRST_BUF_BYTES, LIMIT_MESSAGE_BYTES);
    c->dec.grow = buf_grow;
    c->dec.owner = c;
    c->heard_ms = clock_mono_ms();
    loop_add_fd(owner->loop, fd, LOOP_READ, on_ready, c);
}

void
mllpconn_close(struct mllpconn *c, const char *why)
{
    log_debug("mllp.closed", LOG_NAME("feed", c->owner->cfg.read.feed), LOG_NAME("why", why),
              LOG_NUM("frames", c->dec.frames), LOG_NUM("unanswered", c->answers));
    corepipe_forget(c->owner->pipe, c);
    loop_del_fd(c->owner->loop, c->fd);
    io_close(&c->fd);
    for (size_t i = 0; i < c->answers; i++)
        answer_free(&c->answer[i]);
    memset(c->buf, 0, c->dec.size);
    memset(c->in, 0, READ_BYTES);
    xfree(c->buf);
    xfree(c->in);
    xfree(c->out);
    memset(c, 0, sizeof(*c));
    c->fd = -1;
}

void
mllpconn_tick(struct mllpconn *c, int64_t now_ms)
{
    int64_t silent = now_ms - c->heard_ms;

    if (silent >= IDLE_FLUSH_MS && has_room(c)) {
        mllp_idle(&c->dec, on_frame, c);
        if (!answers_flush(c))
            return;
    }
    if (mllp_in_frame(&c->dec) && !c->paused && silent > HALF_FRAME_MS) {
        corepipe_refuse(c->owner->pipe, c->owner->cfg.read.feed, "half_frame");
        mllpconn_close(c, "silence inside a frame");
        return;
    }
    if (c->owner->cfg.idle_ms > 0 && silent > c->owner->cfg.idle_ms && c->answers == 0) {
        mllpconn_close(c, "idle");
        return;
    }
    update_interest(c);
}
