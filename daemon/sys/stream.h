/*
 * What:    one byte stream over TCP, plain or in TLS: the same calls for both.
 * Owns:    its descriptor and its TLS state; stream_close() frees both.
 * Threads: one.
 * Errors:  enum io_result; stream_why() says why a handshake or TLS failed.
 */
#ifndef RFD_SYS_STREAM_H
#define RFD_SYS_STREAM_H

#include "sys/io.h"
#include "sys/tls.h"

struct stream {
    int fd;          /* -1: closed */
    struct tls *tls; /* NULL: plain */
    bool ready;      /* the handshake is over; plain ones are born ready */
};

/* Takes over fd. ctx NULL: plain. address: see tls_new(). */
void stream_open(struct stream *s, int fd, struct tls_ctx *ctx, const char *address);
/* Goodbye as far as it goes without waiting, then close. */
void stream_close(struct stream *s);

RFD_MUSTCHECK enum io_result stream_handshake(struct stream *s);
RFD_MUSTCHECK enum io_result stream_recv(struct stream *s, void *buf, size_t size, size_t *n_out);
RFD_MUSTCHECK enum io_result
stream_send(struct stream *s, const void *buf, size_t n, size_t *n_out);
/* No more from us; what the peer still says can be read. */
void stream_end(struct stream *s);

/* What to wait for when the last call said IO_AGAIN, beside what the caller waits for. */
bool stream_wants_write(const struct stream *s);
const char *stream_why(const struct stream *s);

#endif
