#include "sys/stream.h"

#include <sys/socket.h>

void
stream_open(struct stream *s, int fd, struct tls_ctx *ctx, const char *address)
{
    *s = (struct stream){.fd = fd, .ready = ctx == NULL};
    if (ctx != NULL)
        s->tls = tls_new(ctx, fd, address);
}

void
stream_close(struct stream *s)
{
    if (s->tls != NULL)
        tls_end(s->tls);
    tls_free(&s->tls);
    io_close(&s->fd);
    s->ready = false;
}

enum io_result
stream_handshake(struct stream *s)
{
    enum io_result r = s->ready ? IO_OK : tls_handshake(s->tls);

    s->ready = r == IO_OK;
    return r;
}

enum io_result
stream_recv(struct stream *s, void *buf, size_t size, size_t *n_out)
{
    return s->tls == NULL ? io_recv(s->fd, buf, size, n_out) : tls_recv(s->tls, buf, size, n_out);
}

enum io_result
stream_send(struct stream *s, const void *buf, size_t n, size_t *n_out)
{
    return s->tls == NULL ? io_send(s->fd, buf, n, n_out) : tls_send(s->tls, buf, n, n_out);
}

void
stream_end(struct stream *s)
{
    if (s->tls != NULL)
        tls_end(s->tls);
    else
        (void)shutdown(s->fd, SHUT_WR);
}

bool
stream_wants_write(const struct stream *s)
{
    return s->tls != NULL && tls_wants_write(s->tls);
}

const char *
stream_why(const struct stream *s)
{
    return s->tls == NULL ? "" : tls_why(s->tls);
}
