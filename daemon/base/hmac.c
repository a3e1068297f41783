#include "base/hmac.h"

#include <string.h>

enum { BLOCK = 64, INNER = 0x36, OUTER = 0x5c };

static struct sha256
half(const unsigned char block[BLOCK], unsigned char pad, const void *p, size_t n)
{
    unsigned char padded[BLOCK];
    struct sha256_ctx c;

    for (size_t i = 0; i < BLOCK; i++)
        padded[i] = block[i] ^ pad;
    sha256_init(&c);
    sha256_add(&c, padded, sizeof padded);
    sha256_add(&c, p, n);
    return sha256_end(&c);
}

struct sha256
hmac_sha256(struct str key, struct str text)
{
    unsigned char block[BLOCK] = {0};
    struct sha256 inner;

    if (key.n > BLOCK) {
        struct sha256 h = sha256_of(key.p, key.n);

        memcpy(block, h.b, sizeof h.b);
    } else if (key.n > 0) {
        memcpy(block, key.p, key.n);
    }
    inner = half(block, INNER, text.p, text.n);
    return half(block, OUTER, inner.b, sizeof inner.b);
}
