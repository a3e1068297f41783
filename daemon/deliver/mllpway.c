#include "deliver/mllpway.h"

#include "base/limits.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"
#include "sys/stream.h"
#include "sys/tcp.h"
#include "sys/tlskeep.h"
#include "wire/hl7.h"
#include "wire/mllp.h"

#include <errno.h>
#include <string.h>

enum {
    ANSWER_MAX = 256 * 1024,
    READ_BYTES = 8192,
    READS_MAX = 64, /* in one go: who sends without end does not hold the others up */
    MESSAGE_MAX = 4 * 1024 * 1024,
    QUIET_MS = 300, /* an answer that ends without its CR is whole then */
};

static const size_t ARENA_BYTES = (size_t)32 << 20;

enum phase {
    PHASE_CLOSED,
    PHASE_CONNECTING,
    PHASE_HANDSHAKE,
    PHASE_OPEN,
    PHASE_COUNT,
};

struct mllpway {
    struct loop *loop;
    struct outroute *route;
    const struct mllpway_config *cfg;
    struct tcp_addr to;
    struct tlskeep *tls; /* NULL: plain */
    struct stream stream;
    enum phase phase;
    int timer;       /* 0: none */
    int quiet_timer; /* 0: none */
    bool waiting;    /* for an answer */
    char control[HL7OUT_CONTROL_MAX];
    char before[HL7OUT_CONTROL_MAX]; /* answered on this connection; it may be answered twice */
    char *out;
    size_t out_n;
    size_t out_at;
    struct mllp_dec dec;
    struct arena arena;
    uint8_t answer[ANSWER_MAX];
    enum outroute_result result; /* of the answer that was found */
    const char *why;
    bool found;
    bool
        strange; /* something came that answers nothing of ours: the connection is of no more use */
};

static void on_fd(struct loop *loop, int fd, unsigned events, void *arg);

static void
drop_message(struct mllpway *w)
{
    if (w->out != NULL)
        memset(w->out, 0, w->out_n);
    xfree(w->out);
    w->out = NULL;
    w->out_n = 0;
    w->out_at = 0;
    w->waiting = false;
    loop_del_timer(w->loop, w->timer);
    loop_del_timer(w->loop, w->quiet_timer);
    w->timer = 0;
    w->quiet_timer = 0;
}

static void
hang_up(struct mllpway *w)
{
    if (w->phase != PHASE_CLOSED) {
        loop_del_fd(w->loop, w->stream.fd);
        stream_close(&w->stream);
    }
    w->phase = PHASE_CLOSED;
    w->before[0] = '\0';
    mllp_init(&w->dec, w->answer, sizeof w->answer, sizeof w->answer);
}

static void
fail(struct mllpway *w, const char *why)
{
    bool waited = w->waiting;
    bool sent = w->out_at > 0;

    hang_up(w);
    drop_message(w);
    if (waited)
        outroute_finished(w->route, sent ? OUTROUTE_AWAY : OUTROUTE_UNSENT, why, 0);
}

static void
listen_for(struct mllpway *w)
{
    unsigned events = LOOP_READ;

    if (w->phase == PHASE_CONNECTING || (w->phase == PHASE_OPEN && w->out_at < w->out_n) ||
        stream_wants_write(&w->stream))
        events |= LOOP_WRITE;
    loop_mod_fd(w->loop, w->stream.fd, events);
}

/* --- the answer --- */

static bool
one_of(struct str code, const char *x, const char *y)
{
    return str_eq_c(code, x) || str_eq_c(code, y);
}

static void
strange(struct mllpway *w, const char *why)
{
    w->strange = true;
    if (!w->found)
        w->why = why;
}

static void
judge_code(struct mllpway *w, struct str code)
{
    w->found = true;
    w->result = OUTROUTE_AWAY;
    w->why = "unknown_answer_code";
    if (one_of(code, "AA", "CA"))
        w->result = OUTROUTE_DONE;
    if (!one_of(code, "AE", "CE") && !one_of(code, "AR", "CR"))
        return;
    w->result = OUTROUTE_REFUSED;
    w->why = one_of(code, "AE", "CE") ? "error_AE" : "rejected_AR";
}

/* A second answer to what was answered already is nothing strange: in enhanced mode there is one of
 * receipt and one of the application. */
static bool
on_answer(void *arg, const struct mllp_frame *frame)
{
    struct mllpway *w = arg;
    struct hl7 h;
    size_t seg;
    struct str id;

    arena_reset(&w->arena);
    if (frame->kind != MLLP_FRAME || hl7_index(&h, &w->arena, frame->payload) != HL7_OK) {
        strange(w, "no_acknowledgement");
        return true;
    }
    seg = hl7_next(&h, 0, h.seg_count, "MSA");
    id = seg == h.seg_count ? STR("") : hl7_value(&h, seg, 2, 1);
    if (str_is_empty(id))
        strange(w, "no_acknowledgement");
    else if (w->waiting && !w->found && str_eq_c(id, w->control))
        judge_code(w, hl7_value(&h, seg, 1, 1));
    else if (!str_eq_c(id, w->before) && !(w->waiting && str_eq_c(id, w->control)))
        strange(w, "answer_to_another_message");
    return true;
}

static void
answered(struct mllpway *w, bool open)
{
    enum outroute_result result = w->result;
    const char *why = w->why;

    if (result == OUTROUTE_AWAY) {
        fail(w, why);
        return;
    }
    drop_message(w);
    memcpy(w->before, w->control, sizeof w->before);
    if (!open || w->strange || !w->cfg->keep)
        hang_up(w);
    outroute_finished(w->route, result, why, 0);
}

/* What was read: an answer, or a reason to hang up. */
static void
judge(struct mllpway *w, bool open)
{
    if (w->waiting && w->found)
        answered(w, open);
    else if (!open)
        fail(w, "connection_closed");
    else if (w->strange || (!w->waiting && w->dec.junk_bytes > 0))
        fail(w, w->waiting ? w->why : "answer_unasked");
}

static void
on_quiet(struct loop *loop, void *arg)
{
    struct mllpway *w = arg;

    (void)loop;
    w->quiet_timer = 0;
    w->found = false;
    w->strange = false;
    mllp_idle(&w->dec, on_answer, w);
    judge(w, true);
}

/* False: no more comes. */
static bool
read_some(struct mllpway *w)
{
    for (int i = 0; i < READS_MAX; i++) {
        uint8_t bytes[READ_BYTES];
        size_t n = 0;
        enum io_result r = stream_recv(&w->stream, bytes, sizeof bytes, &n);

        if (r == IO_AGAIN)
            return true;
        if (r != IO_OK) {
            mllp_end(&w->dec, on_answer, w);
            return false;
        }
        RFD_IGNORE(mllp_feed(&w->dec, bytes, n, on_answer, w) == n); /* nobody pauses it */
    }
    return true;
}

static void
read_answers(struct mllpway *w)
{
    w->found = false;
    w->strange = false;
    judge(w, read_some(w));
    if (!w->waiting || w->phase != PHASE_OPEN)
        return;
    loop_del_timer(w->loop, w->quiet_timer);
    w->quiet_timer = loop_add_timer(w->loop, QUIET_MS, 0, on_quiet, w);
}

/* --- the way there --- */

static void
write_on(struct mllpway *w)
{
    while (w->out_at < w->out_n) {
        size_t n = 0;
        enum io_result r = stream_send(&w->stream, w->out + w->out_at, w->out_n - w->out_at, &n);

        if (r == IO_AGAIN)
            break;
        if (r != IO_OK) {
            fail(w, "connection_lost");
            return;
        }
        w->out_at += n;
    }
    listen_for(w);
}

static void
shake_hands(struct mllpway *w)
{
    enum io_result r = stream_handshake(&w->stream);

    if (r == IO_AGAIN) {
        listen_for(w);
        return;
    }
    if (r != IO_OK) {
        log_note_limited("route.tls", LOG_NAME("route", outroute_name(w->route)),
                         LOG_NAME("why", stream_why(&w->stream)));
        fail(w, "tls_handshake");
        return;
    }
    w->phase = PHASE_OPEN;
    write_on(w);
}

static void
on_fd(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct mllpway *w = arg;

    (void)loop;
    if (w->phase == PHASE_CONNECTING) {
        if (!tcp_connected(fd)) {
            fail(w, "cannot_connect");
            return;
        }
        w->phase = PHASE_HANDSHAKE;
        shake_hands(w);
        return;
    }
    if (w->phase == PHASE_HANDSHAKE) {
        shake_hands(w);
        return;
    }
    if ((events & (LOOP_READ | LOOP_ERROR)) != 0)
        read_answers(w);
    if (w->phase == PHASE_OPEN && w->out_at < w->out_n)
        write_on(w);
    else if (w->phase == PHASE_OPEN)
        listen_for(w);
}

static void
dial(struct mllpway *w)
{
    int fd = tcp_connect(&w->to);

    if (fd < 0) {
        fail(w, "cannot_connect");
        return;
    }
    stream_open(&w->stream, fd, tlskeep_ctx(w->tls), w->to.host);
    w->phase = PHASE_CONNECTING;
    loop_add_fd(w->loop, fd, LOOP_READ | LOOP_WRITE, on_fd, w);
}

static void
on_late(struct loop *loop, void *arg)
{
    struct mllpway *w = arg;

    (void)loop;
    w->timer = 0;
    fail(w, "no_answer_in_time");
}

static enum hl7out_what
what_of(const struct outroute_item *item)
{
    enum alert_state s = item->alert.state;

    if (item->kind == EVENT_RETRACTED || s == ALERT_RETRACTED || s == ALERT_SUPERSEDED ||
        s == ALERT_EXPIRED)
        return HL7OUT_WITHDRAWN;
    return item->first ? HL7OUT_NEW : HL7OUT_CORRECTED;
}

static void
compose(struct mllpway *w, const struct outroute_item *item, struct arena *a)
{
    struct sb b;
    struct str payload;

    sb_init_arena(&b, a, MESSAGE_MAX);
    if (w->cfg->mdm)
        hl7out_mdm(&b, &item->alert, what_of(item), &w->cfg->hl7);
    else
        hl7out_oru(&b, &item->alert, what_of(item), &w->cfg->hl7);
    payload = sb_str(&b);
    w->out_n = MLLP_HEAD_SIZE + payload.n + MLLP_TAIL_SIZE;
    w->out = xmalloc(w->out_n);
    w->out_at = 0;
    memcpy(w->out, mllp_frame_head, MLLP_HEAD_SIZE);
    memcpy(w->out + MLLP_HEAD_SIZE, payload.p, payload.n);
    memcpy(w->out + MLLP_HEAD_SIZE + payload.n, mllp_frame_tail, MLLP_TAIL_SIZE);
    (void)hl7out_control(&item->alert, w->control);
}

static void
send_item(void *way, const struct outroute_item *item, struct arena *a)
{
    struct mllpway *w = way;

    compose(w, item, a);
    w->waiting = true;
    w->timer = loop_add_timer(w->loop, w->cfg->timeout_ms, 0, on_late, w);
    if (w->phase == PHASE_CLOSED)
        dial(w);
    else
        write_on(w);
}

const struct outroute_way mllpway_how = {.kind = "mllp", .send = send_item};

static bool
wants_tls(const struct tls_want *t)
{
    return t->ca != NULL || t->cert != NULL || t->name != NULL;
}

struct mllpway *
mllpway_new(struct loop *loop, struct outroute *route, const struct mllpway_config *cfg)
{
    struct mllpway *w = xcalloc(1, sizeof *w);

    w->loop = loop;
    w->route = route;
    w->cfg = cfg;
    if (!tcp_addr_parse(cfg->connect, &w->to))
        fatal(FATAL_CONFIG, "route.bad_address", LOG_NAME("route", outroute_name(route)));
    if (wants_tls(&cfg->tls))
        w->tls = tlskeep_new(outroute_name(route), &cfg->tls, false);
    mem_arena_new(&w->arena, ARENA_BYTES);
    mllp_init(&w->dec, w->answer, sizeof w->answer, sizeof w->answer);
    return w;
}

void
mllpway_free(struct mllpway **wp)
{
    struct mllpway *w = *wp;

    if (w == NULL)
        return;
    hang_up(w);
    drop_message(w);
    tlskeep_free(&w->tls);
    mem_arena_free(&w->arena);
    xfree(w);
    *wp = NULL;
}
