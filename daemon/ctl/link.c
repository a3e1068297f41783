#define _GNU_SOURCE /* strerrordesc_np() */
#include "ctl/link.h"

#include "codec/frames.h"
#include "sys/io.h"
#include "sys/unixsock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* `verify` of a large store reads every row before it answers. */
enum { LENGTH_BYTES = 4, ANSWER_MS = 600000 };

/* io_recv() and io_send() never wait; here there is nothing else to do. */
static bool
wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int rc;

    do
        rc = poll(&p, 1, ANSWER_MS);
    while (rc < 0 && errno == EINTR);
    return rc > 0;
}

static bool
send_all(int fd, const unsigned char *p, size_t n)
{
    while (n > 0) {
        size_t done = 0;
        enum io_result r = io_send(fd, p, n, &done);

        if (r == IO_AGAIN && wait_for(fd, POLLOUT))
            continue;
        if (r != IO_OK)
            return false;
        p += done;
        n -= done;
    }
    return true;
}

static bool
recv_all(int fd, unsigned char *p, size_t n)
{
    while (n > 0) {
        size_t done = 0;
        enum io_result r = io_recv(fd, p, n, &done);

        if (r == IO_AGAIN && wait_for(fd, POLLIN))
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
send_request(int fd, const struct control_request *rq, struct arena *a)
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
    return send_all(fd, p, LENGTH_BYTES + n);
}

static bool
recv_reply(int fd, struct arena *a, struct control_reply *out, const char **why)
{
    unsigned char head[LENGTH_BYTES];
    unsigned char *bytes;
    struct str whole;
    size_t n = 0;
    size_t name_n;

    *why = "refractd has closed the connection";
    if (!recv_all(fd, head, sizeof head))
        return false;
    for (int i = 0; i < LENGTH_BYTES; i++)
        n = n << 8 | head[i];
    *why = "the answer is not one of refractd's";
    if (n < 1 || n > LINK_REPLY_BYTES_MAX)
        return false;
    bytes = arena_alloc(a, n);
    if (!recv_all(fd, bytes, n))
        return false;
    whole = (struct str){(const char *)bytes, n};
    name_n = bytes[0];
    return n >= 1 + name_n && codec_kind_of(str_sub(whole, 1, name_n)) == CODEC_CONTROL_REPLY &&
           codec_control_reply_unpack(a, str_sub(whole, 1 + name_n, n - 1 - name_n), out, why);
}

/* Until the reply that says it is the last; texts of error and codes are that one's. */
static bool
recv_replies(int fd, struct arena *a, struct control_reply *out, const char **why)
{
    struct control_reply r = {.last = false};
    struct str *line = NULL;
    size_t count = 0;

    while (!r.last) {
        struct str *more;

        if (!recv_reply(fd, a, &r, why))
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
link_ask(const char *path, const struct control_request *rq, struct arena *a,
         struct control_reply *out, const char **why_out)
{
    int fd = unixsock_connect(path);
    bool ok;

    if (fd < 0) {
        *why_out = strerrordesc_np(errno);
        return false;
    }
    *why_out = "refractd has closed the connection";
    ok = send_request(fd, rq, a) && recv_replies(fd, a, out, why_out);
    io_close(&fd);
    return ok;
}
