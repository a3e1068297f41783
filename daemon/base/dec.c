#include "base/dec.h"

#include "base/sb.h"
#include "base/wide.h"

static const int64_t COEF_LIMIT = INT64_C(1000000000000000); /* 10^15 */

static void
dec_check(struct dec d)
{
    rfd_assert(d.coef > -COEF_LIMIT && d.coef < COEF_LIMIT);
    rfd_assert(d.exp >= -DEC_EXP_MAX && d.exp <= DEC_EXP_MAX);
}

static bool
all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return s.n > 0;
}

/* The digits of a decimal, as if it had no point. */
struct digits {
    struct str whole;
    struct str fraction;
};

static int
digit_at(const struct digits *d, size_t i)
{
    return (i < d->whole.n ? d->whole.p[i] : d->fraction.p[i - d->whole.n]) - '0';
}

/* Zeros at the end stay as reported; only where they do not fit they go into the exponent. */
static bool
digits_value(const struct digits *d, struct dec *out)
{
    size_t end = d->whole.n + d->fraction.n;
    size_t lead = 0;
    int64_t places = (int64_t)d->fraction.n;
    int64_t coef = 0;

    while (lead < end && digit_at(d, lead) == 0)
        lead++;
    for (; end > lead && digit_at(d, end - 1) == 0; end--, places--) {
        if (end - lead <= DEC_DIGITS_MAX && places <= DEC_EXP_MAX)
            break;
    }
    if (end == lead && places > DEC_EXP_MAX)
        places = DEC_EXP_MAX; /* nothing but zeros */
    if (end - lead > DEC_DIGITS_MAX || places > DEC_EXP_MAX || places < -DEC_EXP_MAX)
        return false;
    for (size_t i = lead; i < end; i++)
        coef = coef * 10 + digit_at(d, i);
    *out = (struct dec){coef, (int32_t)-places};
    return true;
}

bool
dec_parse(struct str s, struct dec *out)
{
    bool negative = str_starts(s, STR("-"));
    bool sign = negative || str_starts(s, STR("+"));
    struct digits d;
    bool point = str_cut(str_sub(s, sign ? 1 : 0, s.n), '.', &d.whole, &d.fraction);

    if (!all_digits(d.whole) || (point && !all_digits(d.fraction)) || !digits_value(&d, out))
        return false;
    if (negative)
        out->coef = -out->coef;
    return true;
}

struct dec
dec_from_i64(int64_t v)
{
    struct dec d = {v, 0};

    dec_check(d);
    return d;
}

struct str
dec_format(struct dec d, char buf[DEC_TEXT_MAX])
{
    char digits[DEC_DIGITS_MAX + DEC_EXP_MAX]; /* from the lowest */
    int64_t left = d.coef < 0 ? -d.coef : d.coef;
    int places = d.exp < 0 ? -d.exp : 0;
    int n = 0;
    struct sb b;

    dec_check(d);
    for (int zeros = d.coef == 0 ? 0 : d.exp; zeros > 0; zeros--)
        digits[n++] = '0';
    for (; left > 0 || n <= places; left /= 10)
        digits[n++] = (char)('0' + left % 10);
    sb_init(&b, buf, DEC_TEXT_MAX);
    if (d.coef < 0)
        sb_add_char(&b, '-');
    while (n > 0) {
        if (n == places)
            sb_add_char(&b, '.');
        sb_add_char(&b, digits[--n]);
    }
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

/* d in units of 10^unit_exp, a whole number because unit_exp <= d.exp. */
static struct wide
dec_in_units(struct dec d, int32_t unit_exp)
{
    struct wide w = wide_of(d.coef);

    wide_mul_pow10(&w, (unsigned)(d.exp - unit_exp));
    return w;
}

int
dec_cmp(struct dec a, struct dec b)
{
    int32_t unit_exp = a.exp < b.exp ? a.exp : b.exp;
    struct wide x, y;

    dec_check(a);
    dec_check(b);
    if (a.exp == b.exp)
        return (a.coef > b.coef) - (a.coef < b.coef);
    x = dec_in_units(a, unit_exp);
    y = dec_in_units(b, unit_exp);
    return wide_cmp(&x, &y);
}

int
dec_sign(struct dec a)
{
    return (a.coef > 0) - (a.coef < 0);
}
