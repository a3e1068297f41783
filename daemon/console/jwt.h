/*
 * What:    signed tokens of CDS clients (RFC 7519; CDS Hooks 2.0, "Security and Safety"), checked
 *          against a JWK set that the site has pinned: no key is ever fetched.
 * Owns:    the keys and the memory of tokens seen, until jwt_keys_free(&k).
 * Threads: one.
 * Errors:  a token is good, or why it is not. Nothing of it may be logged.
 */
#ifndef RFD_CONSOLE_JWT_H
#define RFD_CONSOLE_JWT_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct jwt_keys;

enum {
    JWT_WHY_MAX = 200,
    JWT_SKEW_S = 60,       /* between the client's clock and ours */
    JWT_LIFE_MAX_S = 3600, /* the specification recommends five minutes */
};

enum jwt_result {
    JWT_OK,
    JWT_MALFORMED,
    JWT_ALGORITHM, /* another than ES384, RS384, ES256, RS256: "none" and HMAC are forbidden */
    JWT_KEY,       /* its kid is none of the pinned ones: has the client changed its keys? */
    JWT_SIGNATURE, /* no pinned key has made it */
    JWT_ISSUER,
    JWT_AUDIENCE,
    JWT_TIME,  /* not yet valid, no longer, or for too long */
    JWT_AGAIN, /* its jti was here before */
    JWT_RESULT_COUNT,
};

struct jwt_want {
    const char *const *issuer;
    size_t issuers;
    const char *const *audience;
    size_t audiences;
};

/* A JWK set (RFC 7517) of public keys. False: the reason, with the file's name. */
RFD_MUSTCHECK bool jwt_keys_open(const char *path, struct jwt_keys **out, char why[JWT_WHY_MAX]);
/* The file has changed. False: the reason, and the keys stay as they were. What was good once is
 * not forgotten. */
RFD_MUSTCHECK bool jwt_keys_renew(struct jwt_keys *k, const char *path, char why[JWT_WHY_MAX]);
void jwt_keys_free(struct jwt_keys **k);

/* now: seconds UTC. issuer_out: who has signed, w's own text. */
RFD_MUSTCHECK enum jwt_result
jwt_check(struct jwt_keys *k, struct str token, const struct jwt_want *w, int64_t now,
          struct str *issuer_out);
const char *jwt_result_name(enum jwt_result r); /* "signature" … */

#endif
