/*
 * What:    exact decimals as laboratories print them, and comparisons of them without division.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  dec_parse() is false for what is not a plain decimal or is outside the limits of
 *          DESIGN.md section 5: at most 15 digits x 10^e, -12 <= e <= 12.
 */
#ifndef RFD_BASE_DEC_H
#define RFD_BASE_DEC_H

#include "base/assert.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { DEC_DIGITS_MAX = 15, DEC_EXP_MAX = 12, DEC_TEXT_MAX = 48 };

/* coef * 10^exp. Keep the exponent as reported: "1.0" is {10, -1} and prints as "1.0". */
struct dec {
    int64_t coef;
    int32_t exp;
};

/* A quantity in another unit: v * num / den, both > 0, below 10^15. dec_rat() gives 1 / 1. */
struct rat {
    struct dec v;
    int64_t num;
    int64_t den;
};

/* What a reported value says of the true one: "<0.1" is CMP_LT. */
enum cmp_op {
    CMP_EQ,
    CMP_LT,
    CMP_LE,
    CMP_GT,
    CMP_GE,
    CMP_OP_COUNT,
};

/* Plain decimal: optional sign, digits, optional '.' and digits; no exponent, no grouping. */
RFD_MUSTCHECK bool dec_parse(struct str s, struct dec *out);
struct dec dec_from_i64(int64_t v); /* |v| < 10^15 (asserted) */
/* As reported, NUL-terminated in buf. */
struct str dec_format(struct dec d, char buf[DEC_TEXT_MAX]);
int dec_cmp(struct dec a, struct dec b);
int dec_sign(struct dec a);

struct rat dec_rat(struct dec v);
int64_t rat_gcd(int64_t a, int64_t b); /* both > 0 */
/* Reduces; asserts on overflow of 10^15. */
struct rat rat_scale(struct rat r, int64_t num, int64_t den);
int rat_cmp(struct rat a, struct rat b);
/* a <=> b * num / den, e.g. 125/100 for "a 25 % rise". num >= 0, den > 0. */
int rat_cmp_times(struct rat a, struct rat b, int64_t num, int64_t den);
/* (a - b) <=> c */
int rat_cmp_diff(struct rat a, struct rat b, struct rat c);
/* |a - b| <=> b * num / den, for "within 10 %" */
int rat_cmp_spread(struct rat a, struct rat b, int64_t num, int64_t den);
/* a in percent over b: 100 * (a - b) / b rounded half away from zero to one tenth, in tenths of a
 * percent. For display only. False when b is 0 or the figure is past 10^15. */
RFD_MUSTCHECK bool rat_rise_permille(struct rat a, struct rat b, int64_t *permille_out);
/* r as the decimal that it is, with the zeros that were reported. False: it is no finite one of 15
 * digits and 12 places. */
RFD_MUSTCHECK bool rat_exact(struct rat r, struct dec *out);
/* r as a decimal rounded to at most digits (0..12) places after the point, for display only. What
 * no decimal holds, 10^27 and more, gives the largest one. */
struct dec rat_round(struct rat r, int digits);
/* ln(a / b) * 2^32, a, b > 0, by an integer algorithm, |error| <= 2^-28 of ln. */
int64_t rat_ln_ratio_q32(struct rat a, struct rat b);

#endif
