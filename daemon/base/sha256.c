#include "base/sha256.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, LENGTH_AT = 56 };

/* FIPS 180-4 section 4.2.2: the first 32 bits of the fractions of the cube roots of 64 primes. */
static const uint32_t ROUND_KEYS[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate(uint32_t x, unsigned n)
{
    return (x >> n) | (x << (32 - n));
}

/* Section 6.2.2 step 1: the message schedule. */
static void
schedule(const uint8_t *block, uint32_t w[ROUNDS])
{
    for (size_t t = 0; t < 16; t++) {
        const uint8_t *p = block + 4 * t;

        w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (size_t t = 16; t < ROUNDS; t++) {
        uint32_t x = w[t - 15];
        uint32_t y = w[t - 2];
        uint32_t s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >> 3);
        uint32_t s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >> 10);

        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

/* Steps 2 to 4; a to h are the standard's names. */
static void
compress(uint32_t hash[8], const uint8_t *block)
{
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
    uint32_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];
    uint32_t w[ROUNDS];

    schedule(block, w);
    for (size_t t = 0; t < ROUNDS; t++) {
        uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + ROUND_KEYS[t] + w[t];
        uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));

        h = g, g = f, f = e;
        e = d + t1;
        d = c, c = b, b = a;
        a = t1 + t2;
    }
    hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d;
    hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
}

void
sha256_init(struct sha256_ctx *c)
{
    /* Section 5.3.3: the fractions of the square roots of the first eight primes. */
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    *c = (struct sha256_ctx){0};
    memcpy(c->h, first, sizeof first);
}

void
sha256_add(struct sha256_ctx *c, const void *p, size_t n)
{
    const uint8_t *from = p;

    c->bytes += n;
    while (n > 0) {
        size_t part = BLOCK - c->fill < n ? BLOCK - c->fill : n;

        if (part == BLOCK) {
            compress(c->h, from); /* a whole block, straight from the caller's bytes */
        } else {
            memcpy(c->block + c->fill, from, part);
            c->fill += part;
        }
        if (c->fill == BLOCK) {
            compress(c->h, c->block);
            c->fill = 0;
        }
        from += part;
        n -= part;
    }
}

static void
put_be64(uint8_t out[8], uint64_t v)
{
    for (size_t i = 8; i > 0; i--, v >>= 8)
        out[i - 1] = (uint8_t)(v & 0xff);
}

void
sha256_add_u64(struct sha256_ctx *c, uint64_t v)
{
    uint8_t be[8];

    put_be64(be, v);
    sha256_add(c, be, sizeof be);
}

void
sha256_add_str(struct sha256_ctx *c, struct str s)
{
    /* No slice is UINT64_MAX long, so that length can stand for "absent". */
    sha256_add_u64(c, str_is_absent(s) ? UINT64_MAX : (uint64_t)s.n);
    sha256_add(c, s.p, s.n);
}

struct sha256
sha256_end(struct sha256_ctx *c)
{
    struct sha256 out;
    uint64_t bits = c->bytes * 8;

    c->block[c->fill++] = 0x80; /* section 5.1.1 */
    memset(c->block + c->fill, 0, BLOCK - c->fill);
    if (c->fill > LENGTH_AT) {
        compress(c->h, c->block);
        memset(c->block, 0, BLOCK);
    }
    put_be64(c->block + LENGTH_AT, bits);
    compress(c->h, c->block);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        out.b[i] = (uint8_t)(c->h[i / 4] >> (24 - 8 * (i % 4)) & 0xff);
    *c = (struct sha256_ctx){0}; /* the block held what was hashed */
    return out;
}

struct sha256
sha256_of(const void *p, size_t n)
{
    struct sha256_ctx c;

    sha256_init(&c);
    sha256_add(&c, p, n);
    return sha256_end(&c);
}

int
sha256_cmp(const struct sha256 *a, const struct sha256 *b)
{
    int by_bytes = memcmp(a->b, b->b, SHA256_SIZE);

    return (by_bytes > 0) - (by_bytes < 0);
}

struct str
sha256_hex(const struct sha256 *s, char buf[SHA256_HEX_MAX])
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < SHA256_SIZE; i++) {
        buf[2 * i] = digit[s->b[i] >> 4];
        buf[2 * i + 1] = digit[s->b[i] & 0xf];
    }
    buf[SHA256_HEX_MAX - 1] = '\0';
    return (struct str){buf, SHA256_HEX_MAX - 1};
}

struct str
sha256_short(struct arena *a, const struct sha256 *s)
{
    char hex[SHA256_HEX_MAX];

    return str_dup(a, str_sub(sha256_hex(s, hex), 0, 16));
}
