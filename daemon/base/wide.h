/*
 * What:    signed integers of up to 512 bits, for exact comparisons in base/rat.c.
 * Owns:    nothing; a value is a plain struct.
 * Threads: plain data.
 * Errors:  a result past 512 bits is a bug of ours and aborts. The largest that legal decimals and
 *          ratios lead to has fewer than 370 bits: 3 factors below 10^15, 10^24, two of 63 bits.
 */
#ifndef RFD_BASE_WIDE_H
#define RFD_BASE_WIDE_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIDE_LIMBS = 16 };

/* limb[0] is the lowest; limb[n - 1] is not 0; those from n on are 0. Zero: n = 0 and no sign. */
struct wide {
    uint32_t limb[WIDE_LIMBS];
    size_t n;
    bool negative;
};

struct wide wide_of(int64_t v);
void wide_mul(struct wide *w, uint64_t by);
void wide_mul_pow10(struct wide *w, unsigned exp);
void wide_shift(struct wide *w, unsigned bits); /* times 2^bits */
struct wide wide_add(const struct wide *a, const struct wide *b);
struct wide wide_sub(const struct wide *a, const struct wide *b);
struct wide wide_abs(struct wide w);
int wide_cmp(const struct wide *a, const struct wide *b);
int wide_sign(const struct wide *w);
unsigned wide_bits(const struct wide *w); /* of its size; 0 for zero */
/* |a| / |b| without the rest, b not 0. False when it could pass 64 bits. */
RFD_MUSTCHECK bool wide_div(const struct wide *a, const struct wide *b, uint64_t *quotient_out);

#endif
