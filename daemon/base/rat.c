/* Ratios of decimals: the second half of base/dec.h. Everything is cross-multiplied in base/wide.h,
 * so that no legal input can overflow and nothing is rounded before it is compared. */
#include "base/dec.h"
#include "base/wide.h"

static const int64_t RATIO_LIMIT = INT64_C(1000000000000000); /* 10^15 */

__extension__ typedef unsigned __int128 uint128;

static void
rat_check(struct rat r)
{
    rfd_assert(r.v.coef > -RATIO_LIMIT && r.v.coef < RATIO_LIMIT);
    rfd_assert(r.v.exp >= -DEC_EXP_MAX && r.v.exp <= DEC_EXP_MAX);
    rfd_assert(r.num > 0 && r.num < RATIO_LIMIT);
    rfd_assert(r.den > 0 && r.den < RATIO_LIMIT);
}

static int32_t
exp_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* r over the denominator 10^-exp * r.den * others, exp <= r.v.exp: the numerator. */
static struct wide
rat_over(struct rat r, int32_t exp, int64_t others)
{
    struct wide w = wide_of(r.v.coef);

    rat_check(r);
    wide_mul(&w, (uint64_t)r.num);
    wide_mul(&w, (uint64_t)others);
    wide_mul_pow10(&w, (unsigned)(r.v.exp - exp));
    return w;
}

/* Two numerators over one positive denominator. */
struct pair {
    struct wide a;
    struct wide b;
};

static struct pair
rat_align(struct rat a, struct rat b)
{
    int32_t exp = exp_min(a.v.exp, b.v.exp);

    return (struct pair){rat_over(a, exp, b.den), rat_over(b, exp, a.den)};
}

struct rat
dec_rat(struct dec v)
{
    return (struct rat){v, 1, 1};
}

int64_t
rat_gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static void
cancel(int64_t *a, int64_t *b)
{
    int64_t common = rat_gcd(*a, *b);

    *a /= common;
    *b /= common;
}

struct rat
rat_scale(struct rat r, int64_t num, int64_t den)
{
    rat_check(r);
    rfd_assert(num > 0 && den > 0);
    if (num == 1 && den == 1 && r.num == 1 && r.den == 1)
        return r; /* most values come in the unit that they are read in */
    cancel(&num, &den);
    cancel(&r.num, &r.den);
    cancel(&num, &r.den);
    cancel(&r.num, &den);
    rfd_assert(r.num > 0 && r.den > 0);
    rfd_assert(num <= (RATIO_LIMIT - 1) / r.num && den <= (RATIO_LIMIT - 1) / r.den);
    r.num *= num;
    r.den *= den;
    return r;
}

/* Nearly all values are plain decimals with few places and nearly all factors small: then 128 bits
 * hold what is compared, 10^15 * 10^12 * 2^31 at most, and wide integers need not be asked. */
__extension__ typedef __int128 int128;

enum { SMALL_PLACES = 12 };
static const int64_t SMALL_FACTOR = INT64_C(1) << 31;

static bool
is_small(struct rat r, int32_t exp)
{
    return r.num == 1 && r.den == 1 && r.v.exp - exp <= SMALL_PLACES;
}

/* The coefficient over 10^-exp. */
static int128
small_over(struct rat r, int32_t exp)
{
    int128 x = r.v.coef;

    rat_check(r);
    for (int32_t e = r.v.exp; e > exp; e--)
        x *= 10;
    return x;
}

static int
small_cmp(int128 a, int128 b)
{
    return a < b ? -1 : a > b;
}

int
rat_cmp(struct rat a, struct rat b)
{
    return rat_cmp_times(a, b, 1, 1);
}

int
rat_cmp_times(struct rat a, struct rat b, int64_t num, int64_t den)
{
    int32_t exp = exp_min(a.v.exp, b.v.exp);
    struct pair p;

    rfd_assert(num >= 0 && den > 0);
    if (is_small(a, exp) && is_small(b, exp) && num < SMALL_FACTOR && den < SMALL_FACTOR)
        return small_cmp(small_over(a, exp) * den, small_over(b, exp) * num);
    p = rat_align(a, b);
    wide_mul(&p.a, (uint64_t)den);
    wide_mul(&p.b, (uint64_t)num);
    return wide_cmp(&p.a, &p.b);
}

int
rat_cmp_diff(struct rat a, struct rat b, struct rat c)
{
    int32_t exp = exp_min(exp_min(a.v.exp, b.v.exp), c.v.exp);
    struct wide x;
    struct wide y;
    struct wide z;
    struct wide diff;

    if (is_small(a, exp) && is_small(b, exp) && is_small(c, exp))
        return small_cmp(small_over(a, exp) - small_over(b, exp), small_over(c, exp));
    x = rat_over(a, exp, b.den);
    y = rat_over(b, exp, a.den);
    z = rat_over(c, exp, a.den);
    diff = wide_sub(&x, &y);
    wide_mul(&diff, (uint64_t)c.den);
    wide_mul(&z, (uint64_t)b.den);
    return wide_cmp(&diff, &z);
}

int
rat_cmp_spread(struct rat a, struct rat b, int64_t num, int64_t den)
{
    struct pair p = rat_align(a, b);
    struct wide spread = wide_abs(wide_sub(&p.a, &p.b));

    rfd_assert(num >= 0 && den > 0);
    wide_mul(&spread, (uint64_t)den);
    wide_mul(&p.b, (uint64_t)num);
    return wide_cmp(&spread, &p.b);
}

/* |a| / |b| rounded half up: the whole part of (2|a| + |b|) / 2|b|. False from 10^15 on. */
RFD_MUSTCHECK static bool
divide_rounded(const struct wide *a, const struct wide *b, int64_t *out)
{
    struct wide one = wide_abs(*b);
    struct wide two = one;
    struct wide top = wide_abs(*a);
    uint64_t quotient;

    wide_shift(&two, 1);
    wide_shift(&top, 1);
    top = wide_add(&top, &one);
    if (!wide_div(&top, &two, &quotient) || quotient >= (uint64_t)RATIO_LIMIT)
        return false;
    *out = (int64_t)quotient;
    return true;
}

bool
rat_rise_permille(struct rat a, struct rat b, int64_t *permille_out)
{
    struct pair p = rat_align(a, b);
    struct wide rise = wide_sub(&p.a, &p.b);
    int64_t size;

    if (wide_sign(&p.b) == 0)
        return false;
    wide_mul(&rise, 1000);
    if (!divide_rounded(&rise, &p.b, &size))
        return false;
    *permille_out = wide_sign(&rise) * wide_sign(&p.b) < 0 ? -size : size;
    return true;
}

/* |r| in units of 10^-places, rounded. */
RFD_MUSTCHECK static bool
round_at(struct rat r, int places, int64_t *coef_out)
{
    int shift = r.v.exp + places;
    struct wide top = wide_of(r.v.coef);
    struct wide bottom = wide_of(r.den);

    wide_mul(&top, (uint64_t)r.num);
    if (shift >= 0)
        wide_mul_pow10(&top, (unsigned)shift);
    else
        wide_mul_pow10(&bottom, (unsigned)-shift);
    return divide_rounded(&top, &bottom, coef_out);
}

struct dec
rat_round(struct rat r, int digits)
{
    struct dec out = {RATIO_LIMIT - 1, DEC_EXP_MAX}; /* stays for what no decimal holds: 10^27 on */

    rat_check(r);
    rfd_assert(digits >= 0 && digits <= DEC_EXP_MAX);
    if (r.num == r.den && -r.v.exp <= digits)
        return r.v; /* as reported, with its zeros */
    for (int places = digits; places >= -DEC_EXP_MAX; places--) {
        if (round_at(r, places, &out.coef)) {
            out.exp = -places;
            break;
        }
    }
    for (; out.exp < 0 && out.coef % 10 == 0; out.exp++)
        out.coef /= 10; /* zeros that nobody reported */
    if (r.v.coef < 0)
        out.coef = -out.coef;
    return out;
}

enum { MANTISSA_BITS = 62, LOG_BITS = 48 };

/* log2(m / 2^62) * 2^48 for m in [2^62, 2^63): squaring doubles a logarithm, so that each squaring
 * brings out one more binary digit. A cut of 2^-62 in step i weighs 2^-i: 2^-60 over all steps. */
static uint64_t
log2_q48(uint64_t m)
{
    uint64_t log = 0;

    for (int i = 0; i < LOG_BITS; i++) {
        uint64_t square = (uint64_t)(((uint128)m * m) >> MANTISSA_BITS);

        log <<= 1;
        if (square >> (MANTISSA_BITS + 1) != 0) {
            log |= 1;
            square >>= 1;
        }
        m = square;
    }
    return log;
}

/* log2(top / bottom) * 2^48 for top >= bottom > 0, |error| < 2^-47. */
static uint64_t
log2_ratio_q48(struct wide top, struct wide bottom)
{
    unsigned whole = wide_bits(&top) - wide_bits(&bottom);
    struct wide scaled = bottom;
    uint64_t m;
    bool fits;

    wide_shift(&scaled, whole); /* now as long as top: the quotient is in (1/2, 2) */
    if (wide_cmp(&top, &scaled) < 0) {
        whole--;
        wide_shift(&top, 1);
    }
    wide_shift(&top, MANTISSA_BITS);
    fits = wide_div(&top, &scaled, &m); /* it is below 2 */
    rfd_assert(fits);
    return ((uint64_t)whole << LOG_BITS) + log2_q48(m);
}

int64_t
rat_ln_ratio_q32(struct rat a, struct rat b)
{
    const uint64_t ln2_q64 = UINT64_C(0xb17217f7d1cf79ab); /* ln 2 * 2^64, cut */
    struct pair p = rat_align(a, b);
    bool below = wide_cmp(&p.a, &p.b) < 0;
    uint64_t log2;
    uint64_t ln;

    rfd_assert(wide_sign(&p.a) > 0 && wide_sign(&p.b) > 0);
    log2 = below ? log2_ratio_q48(p.b, p.a) : log2_ratio_q48(p.a, p.b);
    /* 2^48 * 2^64 -> 2^32, rounded */
    ln = (uint64_t)(((uint128)log2 * ln2_q64 + ((uint128)1 << 79)) >> 80);
    return below ? -(int64_t)ln : (int64_t)ln;
}

/* coef * by, coef >= 0, while it stays within 15 digits. */
static bool
grow(int64_t *coef, int64_t by)
{
    if (*coef > 0 && by > (RATIO_LIMIT - 1) / *coef)
        return false;
    *coef *= by;
    return true;
}

bool
rat_exact(struct rat r, struct dec *out)
{
    struct dec d = r.v;
    int64_t negative = d.coef < 0 ? -1 : 1;

    rat_check(r);
    d.coef *= negative;
    cancel(&r.num, &r.den);
    if (d.coef != 0)
        cancel(&d.coef, &r.den);
    else
        r.den = 1;
    for (int64_t by; r.den != 1; r.den /= 10 / by, d.exp--) {
        by = r.den % 10 == 0 ? 1 : r.den % 2 == 0 ? 5 : 2;
        if (r.den % (10 / by) != 0 || !grow(&d.coef, by))
            return false;
    }
    if (!grow(&d.coef, r.num))
        return false;
    for (; d.exp < r.v.exp && d.exp < 0 && d.coef != 0 && d.coef % 10 == 0; d.exp++)
        d.coef /= 10; /* zeros that nobody reported */
    if (d.exp < -DEC_EXP_MAX)
        return false;
    d.coef *= negative;
    *out = d;
    return true;
}
