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

enum { ANSWER_MAX = 256 * 1024, READ_BYTES = 8192, MESSAGE_MAX = 4 * 1024 * 1024 };

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
    int timer;    /* 0: none */
    bool waiting; /* for an answer */
    char control[HL7OUT_CONTROL_MAX];
    char *out;
    size_t out_n;
    size_t out_at;
    struct mllp_dec dec;
    struct arena arena;
    uint8_t answer[ANSWER_MAX];
    enum outroute_result result; /* of the answer that was found */
    const char *why;
    bool found;
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
    w->timer = 0;
}

static void
hang_up(struct mllpway *w)
{
    if (w->phase != PHASE_CLOSED) {
        loop_del_fd(w->loop, w->stream.fd);
        stream_close(&w->stream);
    }
    w->phase = PHASE_CLOSED;
    mllp_init(&w->dec, w->answer, sizeof w->answer, sizeof w->answer);
}

static void
fail(struct mllpway *w, const char *why)
{
    bool waited = w->waiting;

    hang_up(w);
    drop_message(w);
    if (waited)
        outroute_finished(w->route, OUTROUTE_AWAY, why, 0);
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

static bool
on_answer(void *arg, const struct mllp_frame *frame)
{
    struct mllpway *w = arg;
    struct hl7 h;
    size_t seg;
    struct str code;

    arena_reset(&w->arena);
    w->found = true;
    w->result = OUTROUTE_AWAY;
    w->why = "no_acknowledgement"; /* garbage: the connection is of no more use */
    if (frame->kind != MLLP_FRAME || hl7_index(&h, &w->arena, frame->payload) != HL7_OK)
        return false;
    seg = hl7_next(&h, 0, h.seg_count, "MSA");
    if (seg == h.seg_count)
        return false;
    code = hl7_value(&h, seg, 1, 1);
    w->why = "answer_to_another_message";
    if (!str_eq_c(hl7_value(&h, seg, 2, 1), w->control))
        return false;
    w->result = one_of(code, "AA", "CA") ? OUTROUTE_DONE : OUTROUTE_REFUSED;
    w->why = one_of(code, "AE", "CE")   ? "error_AE"
             : one_of(code, "AR", "CR") ? "rejected_AR"
                                        : "unknown_answer_code";
    return false;
}

static void
answered(struct mllpway *w)
{
    enum outroute_result result = w->result;
    const char *why = w->why;

    if (result == OUTROUTE_AWAY) {
        fail(w, why);
        return;
    }
    drop_message(w);
    if (!w->cfg->keep)
        hang_up(w);
    outroute_finished(w->route, result, why, 0);
}

static void
read_answers(struct mllpway *w)
{
    uint8_t bytes[READ_BYTES];
    size_t n = 0;
    enum io_result r = stream_recv(&w->stream, bytes, sizeof bytes, &n);

    if (r == IO_AGAIN)
        return;
    if (r != IO_OK) {
        fail(w, "connection_closed");
        return;
    }
    w->found = false;
    /* One message is under way: what comes behind its answer is nobody's. */
    if (!w->waiting || mllp_feed(&w->dec, bytes, n, on_answer, w) < n) {
        if (!w->waiting || !w->found) {
            fail(w, "answer_unasked");
            return;
        }
    }
    if (w->found)
        answered(w);
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
        log_note("route.tls", LOG_NAME("route", outroute_name(w->route)),
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
