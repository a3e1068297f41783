#define _GNU_SOURCE /* strerrordesc_np() */
#include "ctl/mllpclient.h"

#include "sys/clock.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "wire/hl7.h"
#include "wire/mllp.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* An answer names no patient and is short; some senders echo a text. */
enum { ANSWER_BYTES_MAX = 1024 * 1024, READ_BYTES = 4096 };

static const size_t ARENA_BYTES = (size_t)64 << 20;

struct mllpclient {
    int fd;
    int timeout_ms;
    struct mllp_dec dec;
    struct arena arena;
    struct str wanted; /* of the wait under way */
    struct mllpclient_answer answer;
    bool found;
    unsigned char in[READ_BYTES];
    size_t in_at;
    size_t in_n;
    uint8_t buf[ANSWER_BYTES_MAX];
};

static bool
wait_for(const struct mllpclient *m, short events, int64_t until_ms)
{
    struct pollfd p = {.fd = m->fd, .events = events};
    int64_t left = until_ms - clock_mono_ms();

    return left > 0 && poll(&p, 1, (int)left) > 0;
}

static bool
connected(struct mllpclient *m, const char **why)
{
    if (m->fd >= 0 && !wait_for(m, POLLOUT, clock_mono_ms() + m->timeout_ms)) {
        *why = "no connection within the timeout";
        return false;
    }
    if (m->fd >= 0 && tcp_connected(m->fd))
        return true;
    *why = strerrordesc_np(errno);
    return false;
}

struct mllpclient *
mllpclient_open(const struct tcp_addr *to, int timeout_ms, const char **why_out)
{
    struct mllpclient *m = xcalloc(1, sizeof *m);

    m->timeout_ms = timeout_ms;
    m->fd = tcp_connect(to);
    mem_arena_new(&m->arena, ARENA_BYTES);
    mllp_init(&m->dec, m->buf, sizeof m->buf, sizeof m->buf);
    if (!connected(m, why_out))
        mllpclient_close(&m);
    return m;
}

void
mllpclient_close(struct mllpclient **m)
{
    if (*m == NULL)
        return;
    io_close(&(*m)->fd);
    mem_arena_free(&(*m)->arena);
    xfree(*m);
    *m = NULL;
}

static bool
send_part(struct mllpclient *m, const void *p, size_t n, const char **why)
{
    int64_t until = clock_mono_ms() + m->timeout_ms;
    const char *at = p;

    while (n > 0) {
        size_t done = 0;
        enum io_result r = io_send(m->fd, at, n, &done);

        if (r == IO_OK) {
            at += done;
            n -= done;
        } else if (r != IO_AGAIN) {
            *why = strerrordesc_np(errno);
            return false;
        } else if (!wait_for(m, POLLOUT, until)) {
            *why = "the receiver takes nothing more";
            return false;
        }
    }
    return true;
}

bool
mllpclient_send(struct mllpclient *m, struct str payload, const char **why_out)
{
    size_t n = MLLP_HEAD_SIZE + payload.n + MLLP_TAIL_SIZE;
    char *frame = xmalloc(n);
    bool ok;

    memcpy(frame, mllp_frame_head, MLLP_HEAD_SIZE);
    memcpy(frame + MLLP_HEAD_SIZE, payload.p, payload.n);
    memcpy(frame + MLLP_HEAD_SIZE + payload.n, mllp_frame_tail, MLLP_TAIL_SIZE);
    ok = send_part(m, frame, n, why_out);
    memset(frame, 0, n); /* it held a patient's message */
    xfree(frame);
    return ok;
}

/* Pauses after the wanted answer: what follows it belongs to the next wait. */
static bool
on_answer(void *arg, const struct mllp_frame *frame)
{
    struct mllpclient *m = arg;
    struct hl7 h;
    size_t seg;
    struct str code;

    arena_reset(&m->arena);
    if (frame->kind != MLLP_FRAME || hl7_index(&h, &m->arena, frame->payload) != HL7_OK)
        return true;
    seg = hl7_next(&h, 0, h.seg_count, "MSA");
    if (seg == h.seg_count)
        return true;
    code = hl7_value(&h, seg, 1, 1);
    if (!str_is_empty(m->wanted) && !str_eq(hl7_value(&h, seg, 2, 1), m->wanted)) {
        m->answer.others++;
        return true;
    }
    if (code.n < sizeof m->answer.code) {
        memcpy(m->answer.code, code.n == 0 ? "" : code.p, code.n);
        m->answer.code[code.n] = '\0';
    }
    m->found = true;
    return false;
}

static bool
read_more(struct mllpclient *m, int64_t until, const char **why)
{
    enum io_result r;

    m->in_at = 0;
    m->in_n = 0;
    for (;;) {
        r = io_recv(m->fd, m->in, sizeof m->in, &m->in_n);
        if (r != IO_AGAIN)
            break;
        if (!wait_for(m, POLLIN, until)) {
            *why = "no answer within the timeout";
            return false;
        }
    }
    *why = r == IO_END ? "the receiver has closed the connection" : strerrordesc_np(errno);
    return r == IO_OK;
}

bool
mllpclient_wait(struct mllpclient *m, struct str control_id, struct mllpclient_answer *out,
                const char **why_out)
{
    int64_t until = clock_mono_ms() + m->timeout_ms;

    m->wanted = control_id;
    m->found = false;
    m->answer = (struct mllpclient_answer){"", 0};
    while (!m->found) {
        if (m->in_at == m->in_n && !read_more(m, until, why_out))
            return false;
        m->in_at += mllp_feed(&m->dec, m->in + m->in_at, m->in_n - m->in_at, on_answer, m);
    }
    *out = m->answer;
    return true;
}
