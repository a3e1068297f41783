#define _GNU_SOURCE /* strerrordesc_np() */
#include "console/asking.h"

#include "codec/frames.h"
#include "sys/io.h"
#include "sys/unixsock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { LENGTH_BYTES = 4 };

/* io_recv() and io_send() never wait; here there is nothing else to do. */
static bool
wait_for(int fd, short events, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int rc;

    do
        rc = poll(&p, 1, wait_ms);
    while (rc < 0 && errno == EINTR);
    return rc > 0;
}

static bool
send_all(int fd, const unsigned char *p, size_t n, int wait_ms)
{
    while (n > 0) {
        size_t done = 0;
        enum io_result r = io_send(fd, p, n, &done);

        if (r == IO_AGAIN && wait_for(fd, POLLOUT, wait_ms))
            continue;
        if (r != IO_OK)
            return false;
        p += done;
        n -= done;
    }
    return true;
}

static bool
recv_all(int fd, unsigned char *p, size_t n, int wait_ms)
{
    while (n > 0) {
        size_t done = 0;
        enum io_result r = io_recv(fd, p, n, &done);

        if (r == IO_AGAIN && wait_for(fd, POLLIN, wait_ms))
            continue;
        if (r != IO_OK)
            return false;
        p += done;
        n -= done;
    }
    return true;
}

/* u32 big-endian length of the rest, u8 length of the type name, name, body (control.proto). */
static bool
send_request(int fd, const struct control_request *rq, int wait_ms, struct arena *a)
{
    struct str name = codec_name(CODEC_CONTROL_REQUEST);
    struct str body = codec_control_request_pack(a, rq);
    size_t n = 1 + name.n + body.n;
    unsigned char *p = arena_alloc(a, LENGTH_BYTES + n);

    for (int i = 0; i < LENGTH_BYTES; i++)
        p[i] = (unsigned char)(n >> (8 * (LENGTH_BYTES - 1 - i)));
    p[LENGTH_BYTES] = (unsigned char)name.n;
    memcpy(p + LENGTH_BYTES + 1, name.p, name.n);
    if (body.n > 0)
        memcpy(p + LENGTH_BYTES + 1 + name.n, body.p, body.n);
    return send_all(fd, p, LENGTH_BYTES + n, wait_ms);
}

static bool
recv_reply(int fd, int wait_ms, struct arena *a, struct control_reply *out, const char **why)
{
    unsigned char head[LENGTH_BYTES];
    unsigned char *bytes;
    struct str whole;
    size_t n = 0;
    size_t name_n;

    *why = "refractd has closed the connection";
    if (!recv_all(fd, head, sizeof head, wait_ms))
        return false;
    for (int i = 0; i < LENGTH_BYTES; i++)
        n = n << 8 | head[i];
    *why = "the answer is not one of refractd's";
    if (n < 1 || n > ASKING_REPLY_MAX)
        return false;
    bytes = arena_alloc(a, n);
    if (!recv_all(fd, bytes, n, wait_ms))
        return false;
    whole = (struct str){(const char *)bytes, n};
    name_n = bytes[0];
    return n >= 1 + name_n && codec_kind_of(str_sub(whole, 1, name_n)) == CODEC_CONTROL_REPLY &&
           codec_control_reply_unpack(a, str_sub(whole, 1 + name_n, n - 1 - name_n), out, why);
}

/* Until the reply that says it is the last; texts of error and codes are that one's. */
static bool
recv_replies(int fd, int wait_ms, struct arena *a, struct control_reply *out, const char **why)
{
    struct control_reply r = {.last = false};
    struct str *line = NULL;
    size_t count = 0;

    while (!r.last) {
        struct str *more;

        if (!recv_reply(fd, wait_ms, a, &r, why))
            return false;
        more = ARENA_ARRAY(a, count + r.line_count, struct str);
        if (count > 0)
            memcpy(more, line, count * sizeof *more);
        if (r.line_count > 0)
            memcpy(more + count, r.line, r.line_count * sizeof *more);
        line = more;
        count += r.line_count;
    }
    *out = r;
    out->line = line;
    out->line_count = count;
    return true;
}

bool
asking_core(const char *path, const struct control_request *rq, int wait_ms, struct arena *a,
            struct control_reply *out, const char **why_out)
{
    int fd = unixsock_connect(path);
    volatile bool ok = false;
    jmp_buf trap;
    jmp_buf *before;

    if (fd < 0) {
        *why_out = strerrordesc_np(errno);
        return false;
    }
    before = arena_trap_set(a, &trap); /* a full arena must not jump over the descriptor */
    *why_out = "refractd has closed the connection";
    if (setjmp(trap) == 0)
        ok = send_request(fd, rq, wait_ms, a) && recv_replies(fd, wait_ms, a, out, why_out);
    else
        *why_out = "the answer is more than fits";
    (void)arena_trap_set(a, before);
    io_close(&fd);
    return ok;
}
