#!/usr/bin/python3
"""Writes base_rat_cases.h: comparisons of ratios with the answers of Python's fractions and decimal.

Run by hand after a change:  /usr/bin/python3 gen_rat_cases.py > base_rat_cases.h
The same seed gives the same file."""
import random
from decimal import Decimal, getcontext
from fractions import Fraction

LIMIT = 10**15
I64_MAX = 2**63 - 1
getcontext().prec = 60
rnd = random.Random(20261123)

HEAD = '''/*
 * What:    comparisons of ratios and the answers of Python's fractions; see gen_rat_cases.py.
 * Owns:    nothing.
 * Threads: constants.
 * Errors:  none.
 */
#ifndef RFD_UNIT_BASE_RAT_CASES_H
#define RFD_UNIT_BASE_RAT_CASES_H

#include "base/dec.h"

struct rat_case {
    struct rat a, b, c;
    int64_t num, den;
    int cmp, times, diff, spread; /* what the four comparisons say */
    bool has_rise;
    int64_t rise; /* rat_rise_permille(a, b) */
    int digits;
    struct dec round; /* rat_round(a, digits) */
    bool has_ln;
    int64_t ln; /* ln(|a| / |b|) * 2^32 */
};

/* clang-format off */
static const struct rat_case RAT_CASES[] = {'''


def sign(x):
    return (x > 0) - (x < 0)


def value(r):
    (coef, exp), num, den = r
    return Fraction(coef) * Fraction(10)**exp * Fraction(num, den)


def half_away(x):
    whole = (2 * abs(x).numerator + abs(x).denominator) // (2 * abs(x).denominator)
    return whole if x >= 0 else -whole


def rounded(r, digits):
    (coef, exp), num, den = r
    if num == den and -exp <= digits:
        return coef, exp
    for places in range(digits, -13, -1):
        q = half_away(abs(value(r)) * Fraction(10)**places)
        if q < LIMIT:
            while places > 0 and q % 10 == 0:
                q, places = q // 10, places - 1
            return (q if coef >= 0 else -q), -places
    return (LIMIT - 1 if coef >= 0 else 1 - LIMIT), 12


def ln_q32(x):
    return half_away(Fraction((Decimal(x.numerator).ln() - Decimal(x.denominator).ln()) * 2**32))


def some_coef():
    size = rnd.choice([lambda: LIMIT - 1, lambda: rnd.randrange(LIMIT), lambda: rnd.randrange(1000),
                       lambda: rnd.randrange(10**7)])()
    return size if rnd.random() < 0.75 else -size


def some_rat():
    num = rnd.choice([1, 1, 1000, LIMIT - 1, rnd.randrange(1, LIMIT)])
    den = rnd.choice([1, 1, 100, LIMIT - 1, rnd.randrange(1, LIMIT)])
    exp = rnd.choice([-12, 12, 0, -1, -2, rnd.randrange(-12, 13)])
    return (some_coef(), exp), num, den


def some_factor():
    return rnd.choice([(125, 100), (1, 2), (0, 1), (2, 1), (I64_MAX, I64_MAX - 1), (I64_MAX, 1),
                       (1, I64_MAX), (rnd.randrange(I64_MAX), rnd.randrange(1, I64_MAX))])


def tie():
    """a == b * num / den exactly, or beside it by one in the last place; a - b beside c likewise."""
    num, den = rnd.choice([(125, 100), (3, 4), (150, 100), (1001, 1000), (2, 3)])
    k = rnd.randrange(1, 10**9)
    off = rnd.choice([0, 0, 1, -1])
    b = (k * den, -3), 1, rnd.choice([1, 7, 999999999989])
    a = (k * num * 10 + off, -4), 1, b[2]
    c = (k * (num - den), -3), 1, b[2]
    return a, b, c, num, den


def extreme():
    top = (LIMIT - 1, 12), LIMIT - 1, 1
    low = (1, -12), 1, LIMIT - 1
    for a, b in ((top, low), (low, top), (top, top), (low, low)):
        yield a, b, low, I64_MAX, 1
        yield a, b, top, 1, I64_MAX
        yield ((-a[0][0], a[0][1]), *a[1:]), b, low, I64_MAX, I64_MAX - 1
        yield ((0, -12), 1, 1), b, a, 0, 1


def text_rat(r):
    return '{{%d, %d}, %d, %d}' % (*r[0], r[1], r[2])


def row(a, b, c, num, den):
    x, y, z, f = value(a), value(b), value(c), Fraction(num, den)
    rise = half_away(1000 * (x - y) / y) if y else LIMIT
    has_rise = abs(rise) < LIMIT
    digits = rnd.choice([0, 1, 2, 3, 12])
    has_ln = x != 0 and y != 0
    print('    {%s,\n     %s,\n     %s,' % (text_rat(a), text_rat(b), text_rat(c)))
    print('     %d, %d,' % (num, den))
    print('     %d, %d, %d, %d, %s, %d, %d, {%d, %d}, %s, %d},' % (
        sign(x - y), sign(x - y * f), sign(x - y - z), sign(abs(x - y) - y * f),
        str(has_rise).lower(), rise if has_rise else 0, digits, *rounded(a, digits),
        str(has_ln).lower(), ln_q32(abs(x) / abs(y)) if has_ln else 0))


def main():
    print(HEAD)
    for case in extreme():
        row(*case)
    for _ in range(45):
        row(*tie())
    for _ in range(115):
        row(some_rat(), some_rat(), some_rat(), *some_factor())
    print('};\n/* clang-format on */\n\n#endif')


main()
