/*
 * What:    what tls.c and tlsctx.c share: a context, and the part of a connection that checks it.
 * Owns:    see tlsctx.h.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_SYS_TLSINT_H
#define RFD_SYS_TLSINT_H

#include "base/assert.h"
#include "sys/tlswant.h"

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stdint.h>

struct tls_ctx {
    SSL_CTX *ssl;
    struct tls_want want;
    bool server;
    int64_t ends_s; /* of the first of its certificates to end; INT64_MAX: none */
    const char *ends_file;
    unsigned users; /* the owner and each connection */
};

enum { TLS_PEER_UNLISTED = X509_V_ERR_APPLICATION_VERIFICATION };

struct tls_ctx *tls_ctx_share(struct tls_ctx *x);
/* Whether the list has this certificate; an empty list has all. */
RFD_MUSTCHECK bool tls_peer_listed(const struct tls_want *w, X509 *cert);
/* The reason of OpenSSL's last error as a word or a few; "" when there was none. */
const char *tls_last_error(void);
bool tls_time_of(const ASN1_TIME *t, int64_t *out);

#endif
