/*
 * What:    a TLS context (OpenSSL 3): certificates, trust, what of TLS we speak at all.
 * Owns:    tls_ctx_free(&x); each connection holds a share, so that a context can be replaced while
 *          connections live.
 * Threads: one.
 * Errors:  a file that cannot be used: false and a text with the file and the reason, never with
 *          its content.
 */
#ifndef RFD_SYS_TLSCTX_H
#define RFD_SYS_TLSCTX_H

#include "base/assert.h"
#include "sys/tlswant.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLS_WHY_MAX = 400, TLS_NO_EXPIRY = INT32_MAX };

struct tls_ctx;

/* "sha256:" and 64 hex digits with or without colons; "dns:NAME", "email:…", "uri:…", "ip:…" for a
 * name in the certificate; "subject:CN=…,O=…" for the whole subject as RFC 2253 writes it. */
RFD_MUSTCHECK bool tls_peer_ok(const char *text);

RFD_MUSTCHECK bool
tls_ctx_new(const struct tls_want *w, bool server, struct tls_ctx **out, char why[TLS_WHY_MAX]);
void tls_ctx_free(struct tls_ctx **x);

/* Whole days until the first of its certificates ends (negative: since), TLS_NO_EXPIRY when it has
 * none. now: seconds UTC. *file_out: which file. */
int32_t tls_ctx_days_left(const struct tls_ctx *x, int64_t now, const char **file_out);

#endif
