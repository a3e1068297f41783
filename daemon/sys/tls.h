/*
 * What:    TLS 1.2 and 1.3 over a non-blocking descriptor.
 * Owns:    tls_free(&t); descriptors are the caller's.
 * Threads: one.
 * Errors:  a handshake that fails: IO_FAILED and a text of ours or OpenSSL's.
 */
#ifndef RFD_SYS_TLS_H
#define RFD_SYS_TLS_H

#include "base/sha256.h"
#include "sys/io.h"
#include "sys/tlsctx.h"

struct tls;

/* address: of the server, numeric, for a client without a name; NULL in a server. */
struct tls *tls_new(struct tls_ctx *x, int fd, const char *address);
void tls_free(struct tls **t);
/* Says goodbye (close_notify) as far as that goes without waiting. */
void tls_end(struct tls *t);

/* IO_OK when both sides are sure of each other. IO_AGAIN: see tls_wants_write(). */
RFD_MUSTCHECK enum io_result tls_handshake(struct tls *t);
/* As in sys/io.h. With at least 16 KiB of room nothing that has come stays behind in tls_recv(). */
RFD_MUSTCHECK enum io_result tls_recv(struct tls *t, void *buf, size_t size, size_t *n_out);
RFD_MUSTCHECK enum io_result tls_send(struct tls *t, const void *buf, size_t n, size_t *n_out);
bool tls_wants_write(const struct tls *t); /* the last IO_AGAIN waits for LOOP_WRITE */

const char *tls_why(const struct tls *t);     /* of IO_FAILED; our words or OpenSSL's */
const char *tls_version(const struct tls *t); /* "TLSv1.3" */
/* The SHA-256 of the peer's certificate, whatever came of it; false: it has shown none. */
RFD_MUSTCHECK bool tls_peer_sha(const struct tls *t, struct sha256 *out);

#endif
