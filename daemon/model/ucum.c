#include "model/ucum.h"

#include "base/dec.h"

#include <string.h>

/* Limit of struct rat (base/dec.h). */
static const int64_t factor_max = INT64_C(1000000000000000);

enum { EXPONENT_MAX = 99, POWER_MAX = 9 };

struct atom {
    const char *code;
    int64_t num;
    int64_t den;
    int32_t exp10;
    bool metric;                /* takes a prefix */
    int8_t dim[UCUM_DIM_COUNT]; /* mass length time substance IU arb body */
};

/* UCUM 2.1 tables 1-3; ounce and pound: international avoirdupois, 0.45359237 kg; the litre is both
 * "l" and "L"; the year is Julian (365.25 d) and the month a twelfth of it. [IU] and its elder
 * spelling [iU] are one. [arb'U] takes a prefix here because LOINC's own unit for CA 125 does
 * (k[arb'U]/L). */
static const struct atom atoms[] = {
    {"g", 1, 1, 0, true, {1}},
    {"m", 1, 1, 0, true, {0, 1}},
    {"L", 1, 1, -3, true, {0, 3}},
    {"l", 1, 1, -3, true, {0, 3}},
    {"s", 1, 1, 0, true, {0, 0, 1}},
    {"min", 6, 1, 1, false, {0, 0, 1}},
    {"h", 36, 1, 2, false, {0, 0, 1}},
    {"d", 864, 1, 2, false, {0, 0, 1}},
    {"wk", 6048, 1, 2, false, {0, 0, 1}},
    {"mo", 26298, 1, 2, false, {0, 0, 1}},
    {"mo_j", 26298, 1, 2, false, {0, 0, 1}},
    {"mo_g", 2629746, 1, 0, false, {0, 0, 1}},
    {"a", 315576, 1, 2, false, {0, 0, 1}},
    {"a_j", 315576, 1, 2, false, {0, 0, 1}},
    {"a_g", 31556952, 1, 0, false, {0, 0, 1}},
    {"mol", 1, 1, 0, true, {0, 0, 0, 1}},
    {"kat", 1, 1, 0, true, {0, 0, -1, 1}},
    {"U", 1, 6, -7, true, {0, 0, -1, 1}}, /* 1 umol/min */
    {"[IU]", 1, 1, 0, true, {0, 0, 0, 0, 1}},
    {"[iU]", 1, 1, 0, true, {0, 0, 0, 0, 1}},
    {"[arb'U]", 1, 1, 0, true, {0, 0, 0, 0, 0, 1}},
    {"%", 1, 1, -2, false, {0}},
    {"[ppth]", 1, 1, -3, false, {0}},
    {"[ppm]", 1, 1, -6, false, {0}},
    {"[ppb]", 1, 1, -9, false, {0}},
    {"[HPF]", 1, 1, 0, false, {0}},
    {"[in_i]", 254, 1, -4, false, {0, 1}},
    {"[lb_av]", 45359237, 1, -5, false, {1}},
    {"[oz_av]", 45359237, 16, -5, false, {1}},
    {"Pa", 1, 1, 3, true, {1, -1, -2}},
    {"m[Hg]", 133322, 1, 3, true, {1, -1, -2}},
    {"Gy", 1, 1, 0, true, {0, 2, -2}},
};

static const struct prefix {
    char letter;
    int32_t exp10;
} prefixes[] = {
    {'T', 12}, {'G', 9},  {'M', 6},  {'k', 3},   {'d', -1},  {'c', -2},
    {'m', -3}, {'u', -6}, {'n', -9}, {'p', -12}, {'f', -15},
};

bool
ucum_scale(int64_t *num, int64_t *den, int64_t mul, int64_t div)
{
    rfd_assert(*num > 0 && *den > 0 && mul > 0 && div > 0);
    int64_t g = rat_gcd(mul, div);
    mul /= g;
    div /= g;
    g = rat_gcd(*num, div);
    int64_t n = *num / g;
    div /= g;
    g = rat_gcd(mul, *den);
    mul /= g;
    int64_t d = *den / g;
    if (mul > factor_max / n || div > factor_max / d)
        return false;
    *num = n * mul;
    *den = d * div;
    return true;
}

static const struct atom *
atom_of(struct str code)
{
    for (size_t i = 0; i < RFD_COUNT(atoms); i++)
        if (str_eq_c(code, atoms[i].code))
            return &atoms[i];
    return NULL;
}

/* A whole code first ("min", "mol", "cd"), then a prefix and a metric one. */
static const struct atom *
atom_find(struct str code, int32_t *prefix_out)
{
    *prefix_out = 0;
    const struct atom *whole = atom_of(code);
    if (whole != NULL || code.n < 2)
        return whole;
    const struct atom *rest = atom_of(str_sub(code, 1, code.n - 1));
    if (rest == NULL || !rest->metric)
        return NULL;
    for (size_t i = 0; i < RFD_COUNT(prefixes); i++) {
        if (prefixes[i].letter == code.p[0]) {
            *prefix_out = prefixes[i].exp10;
            return rest;
        }
    }
    return NULL;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Cuts an exponent off the end: "m2", "L-1", "10*3" after its star. */
static bool
exponent_cut(struct str *s, int32_t *power_out)
{
    size_t n = s->n;
    while (n > 0 && is_digit(s->p[n - 1]))
        n--;
    *power_out = 1;
    if (n == s->n)
        return true;
    if (n > 0 && (s->p[n - 1] == '-' || s->p[n - 1] == '+'))
        n--;
    int64_t v = 0;
    if (!str_to_i64(str_sub(*s, n, s->n - n), &v) || v < -EXPONENT_MAX || v > EXPONENT_MAX)
        return false;
    *power_out = (int32_t)v;
    s->n = n;
    return true;
}

static bool
apply_integer(struct ucum *u, struct str digits, int32_t sign)
{
    int64_t v = 0;
    if (!str_to_i64(digits, &v) || v <= 0 || v > factor_max)
        return false;
    return sign > 0 ? ucum_scale(&u->num, &u->den, v, 1) : ucum_scale(&u->num, &u->den, 1, v);
}

static bool
apply_atom(struct ucum *u, const struct atom *a, int32_t prefix, int32_t power)
{
    if (power > POWER_MAX || power < -POWER_MAX)
        return false;
    u->exp10 += power * (a->exp10 + prefix);
    for (size_t i = 0; i < UCUM_DIM_COUNT; i++)
        u->dim[i] += power * a->dim[i];
    for (int32_t i = 0; i < (power < 0 ? -power : power); i++) {
        bool fits = power > 0 ? ucum_scale(&u->num, &u->den, a->num, a->den)
                              : ucum_scale(&u->num, &u->den, a->den, a->num);
        if (!fits)
            return false;
    }
    return true;
}

static bool
apply_token(struct ucum *u, struct str token, int32_t sign)
{
    size_t digits = 0;
    while (digits < token.n && is_digit(token.p[digits]))
        digits++;
    if (digits == token.n)
        return apply_integer(u, token, sign);
    int32_t power = 1;
    if (!exponent_cut(&token, &power))
        return false;
    if (str_eq_c(token, "10*") || str_eq_c(token, "10^")) {
        u->exp10 += sign * power;
        return true;
    }
    int32_t prefix = 0;
    const struct atom *a = atom_find(token, &prefix);
    return a != NULL && apply_atom(u, a, prefix, sign * power);
}

/* "{...}" says nothing about size, but {1.73_m2} alone marks a clearance as indexed. */
static void
apply_annotation(struct ucum *u, struct str note, int32_t sign)
{
    if (str_eq_c(note, "{1.73_m2}"))
        u->dim[UCUM_BODY] += sign;
}

static size_t
token_length(struct str s)
{
    bool bracket = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '[')
            bracket = true;
        else if (c == ']')
            bracket = false;
        else if (!bracket && memchr("./(){}", c, 6) != NULL)
            return i;
    }
    return s.n;
}

/* The length of the annotation that s begins with; 0: none; false: it does not end. */
static bool
annotation_length(struct str s, size_t *n_out)
{
    *n_out = 0;
    if (s.n == 0 || s.p[0] != '{')
        return true;
    const char *end = memchr(s.p, '}', s.n);
    if (end == NULL)
        return false;
    *n_out = (size_t)(end - s.p) + 1;
    return true;
}

static bool
component(struct ucum *u, struct str s, int32_t sign, size_t *n_out)
{
    size_t n = token_length(s);
    size_t note = 0;
    if (!annotation_length(str_sub(s, n, s.n - n), &note) || n + note == 0)
        return false;
    if (n == 0)
        apply_annotation(u, str_sub(s, 0, note), sign);
    else if (!apply_token(u, str_sub(s, 0, n), sign))
        return false;
    *n_out = n + note;
    return true;
}

static bool
printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return s.n > 0;
}

struct cursor {
    struct str s;
    size_t at;
    int32_t sign;  /* of the next component */
    int32_t outer; /* sign of the bracket that we are in; 0: in none */
};

/* One component with what stands around it: at most one level of brackets, as in mg/(24.h). */
static bool
step(struct cursor *c, struct ucum *u)
{
    if (c->at < c->s.n && c->s.p[c->at] == '(') {
        if (c->outer != 0)
            return false;
        c->outer = c->sign;
        c->at++;
    }
    size_t n = 0;
    if (!component(u, str_sub(c->s, c->at, c->s.n - c->at), c->sign, &n))
        return false;
    c->at += n;
    if (c->at < c->s.n && c->s.p[c->at] == ')') {
        if (c->outer == 0)
            return false;
        c->outer = 0;
        c->at++;
    }
    if (c->at == c->s.n)
        return c->outer == 0;
    int32_t base = c->outer == 0 ? 1 : c->outer;
    c->sign = c->s.p[c->at] == '/' ? -base : base;
    if (c->s.p[c->at] != '/' && c->s.p[c->at] != '.')
        return false;
    c->at++;
    return c->at < c->s.n;
}

bool
ucum_parse(struct str s, struct ucum *out)
{
    if (!printable(s))
        return false;
    bool divides = s.p[0] == '/';
    struct cursor c = {.s = s, .at = divides ? 1 : 0, .sign = divides ? -1 : 1};
    struct ucum u = {.num = 1, .den = 1};
    do {
        if (!step(&c, &u))
            return false;
    } while (c.at < s.n);
    *out = u;
    return true;
}
