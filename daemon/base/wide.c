#include "base/wide.h"

enum { LIMB_BITS = 32 };

static void
wide_trim(struct wide *w)
{
    while (w->n > 0 && w->limb[w->n - 1] == 0)
        w->n--;
    if (w->n == 0)
        w->negative = false;
}

struct wide
wide_of(int64_t v)
{
    uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
    struct wide w = {.n = 2, .negative = v < 0};

    w.limb[0] = (uint32_t)size;
    w.limb[1] = (uint32_t)(size >> LIMB_BITS);
    wide_trim(&w);
    return w;
}

/* out += in * by, with in of n limbs. No step can pass 64 bits: (2^32 - 1)^2 + 2 (2^32 - 1). */
static void
limbs_add_product(uint32_t *out, const uint32_t *in, size_t n, uint32_t by)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)in[i] * by + out[i];
        out[i] = (uint32_t)carry;
        carry >>= LIMB_BITS;
    }
    out[n] += (uint32_t)carry;
}

void
wide_mul(struct wide *w, uint64_t by)
{
    struct wide out = {.n = w->n + 2, .negative = w->negative};

    if (by == 1) /* what most values are multiplied by: no unit factor */
        return;
    rfd_assert(out.n <= WIDE_LIMBS);
    limbs_add_product(out.limb, w->limb, w->n, (uint32_t)by);
    limbs_add_product(out.limb + 1, w->limb, w->n, (uint32_t)(by >> LIMB_BITS));
    wide_trim(&out);
    *w = out;
}

void
wide_mul_pow10(struct wide *w, unsigned exp)
{
    uint64_t by = 1;

    for (; exp > 0; exp--) {
        by *= 10;
        if (by >= UINT64_C(1000000000000000000) || exp == 1) {
            wide_mul(w, by);
            by = 1;
        }
    }
}

void
wide_shift(struct wide *w, unsigned bits)
{
    for (; bits >= LIMB_BITS; bits -= LIMB_BITS)
        wide_mul(w, UINT64_C(1) << LIMB_BITS);
    wide_mul(w, UINT64_C(1) << bits);
}

static int
size_cmp(const struct wide *a, const struct wide *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i > 0; i--) {
        if (a->limb[i - 1] != b->limb[i - 1])
            return a->limb[i - 1] < b->limb[i - 1] ? -1 : 1;
    }
    return 0;
}

static struct wide
size_add(const struct wide *a, const struct wide *b)
{
    struct wide out = {.n = (a->n > b->n ? a->n : b->n) + 1};
    uint64_t carry = 0;

    rfd_assert(out.n <= WIDE_LIMBS);
    for (size_t i = 0; i < out.n; i++) {
        carry += (uint64_t)a->limb[i] + b->limb[i];
        out.limb[i] = (uint32_t)carry;
        carry >>= LIMB_BITS;
    }
    return out;
}

/* For a of at least the size of b. */
static struct wide
size_sub(const struct wide *a, const struct wide *b)
{
    struct wide out = {.n = a->n};
    uint32_t borrow = 0;

    for (size_t i = 0; i < a->n; i++) {
        uint64_t less = (uint64_t)b->limb[i] + borrow;

        borrow = less > a->limb[i];
        out.limb[i] = (uint32_t)(a->limb[i] - less);
    }
    return out;
}

struct wide
wide_add(const struct wide *a, const struct wide *b)
{
    bool a_larger = size_cmp(a, b) >= 0;
    struct wide out;

    if (a->negative == b->negative)
        out = size_add(a, b);
    else
        out = a_larger ? size_sub(a, b) : size_sub(b, a);
    out.negative = a_larger ? a->negative : b->negative;
    wide_trim(&out);
    return out;
}

struct wide
wide_sub(const struct wide *a, const struct wide *b)
{
    struct wide minus = *b;

    minus.negative = b->n != 0 && !b->negative;
    return wide_add(a, &minus);
}

struct wide
wide_abs(struct wide w)
{
    w.negative = false;
    return w;
}

int
wide_cmp(const struct wide *a, const struct wide *b)
{
    int by_size = size_cmp(a, b);

    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? -by_size : by_size;
}

int
wide_sign(const struct wide *w)
{
    return w->negative ? -1 : w->n != 0;
}

unsigned
wide_bits(const struct wide *w)
{
    unsigned top = 0;

    if (w->n == 0)
        return 0;
    for (uint32_t limb = w->limb[w->n - 1]; limb != 0; limb >>= 1)
        top++;
    return (unsigned)(w->n - 1) * LIMB_BITS + top;
}

bool
wide_div(const struct wide *a, const struct wide *b, uint64_t *quotient_out)
{
    struct wide rest = wide_abs(*a);
    unsigned a_bits = wide_bits(a);
    unsigned b_bits = wide_bits(b);
    uint64_t quotient = 0;

    rfd_assert(b_bits > 0);
    if (a_bits > b_bits + 63)
        return false;
    /* Long division in binary. It serves display and logarithms, not comparisons: slow is fine. */
    for (unsigned i = a_bits >= b_bits ? a_bits - b_bits + 1 : 0; i > 0; i--) {
        struct wide part = wide_abs(*b);

        wide_shift(&part, i - 1);
        quotient <<= 1;
        if (size_cmp(&rest, &part) >= 0) {
            rest = wide_sub(&rest, &part);
            quotient |= 1;
        }
    }
    *quotient_out = quotient;
    return true;
}
