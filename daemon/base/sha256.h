/*
 * What:    SHA-256 (FIPS 180-4), for row chains, content and key hashes.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_BASE_SHA256_H
#define RFD_BASE_SHA256_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_HEX_MAX = 65 };

struct sha256 {
    uint8_t b[SHA256_SIZE];
};

struct sha256_ctx {
    uint32_t h[8];
    uint64_t bytes;
    uint8_t block[64];
    size_t fill;
};

void sha256_init(struct sha256_ctx *c);
void sha256_add(struct sha256_ctx *c, const void *p, size_t n);
/* A field of a key: its length (absent is told apart from empty), then its bytes. */
void sha256_add_str(struct sha256_ctx *c, struct str s);
void sha256_add_u64(struct sha256_ctx *c, uint64_t v);
struct sha256 sha256_end(struct sha256_ctx *c);
struct sha256 sha256_of(const void *p, size_t n);
int sha256_cmp(const struct sha256 *a, const struct sha256 *b);
struct str sha256_hex(const struct sha256 *s, char buf[SHA256_HEX_MAX]);
struct str sha256_short(struct arena *a, const struct sha256 *s); /* the first 16 digits of it */

#endif
