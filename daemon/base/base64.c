#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

enum { END = 64, NOT_ONE = 64, BLANK = 65, PAD = 66 };

static void
values_fill(uint8_t values[256])
{
    for (unsigned i = 0; i < 256; i++)
        values[i] = NOT_ONE;
    for (unsigned i = 0; i < 64; i++)
        values[(unsigned char)digits[i]] = (uint8_t)i;
    values[' '] = values['\t'] = values['\r'] = values['\n'] = BLANK;
    values['='] = PAD;
}

/* What stands behind the last digit: up to two "=", and blanks. */
static bool
is_end(const uint8_t values[256], struct str s, size_t from)
{
    size_t pads = 0;

    for (size_t i = from; i < s.n; i++) {
        uint8_t v = values[(unsigned char)s.p[i]];

        if (v == PAD)
            pads++;
        else if (v != BLANK)
            return false;
    }
    return pads <= 2;
}

bool
base64_decode(struct arena *a, struct str text, struct str *out)
{
    uint8_t values[256];
    size_t mark = arena_mark(a);
    char *p = arena_alloc(a, text.n / 4 * 3 + 3);
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    size_t i = 0;

    values_fill(values);
    for (; i < text.n; i++) {
        uint8_t v = values[(unsigned char)text.p[i]];

        if (v == BLANK)
            continue;
        if (v >= NOT_ONE)
            break;
        bits = bits << 6 | v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (char)(unsigned char)(bits >> have);
        }
    }
    if (have >= 6 || !is_end(values, text, i)) { /* one digit alone says nothing */
        arena_release(a, mark);
        return false;
    }
    *out = (struct str){p, n};
    return true;
}

struct str
base64_encode(struct arena *a, struct str bytes)
{
    size_t room = (bytes.n + 2) / 3 * 4;
    char *p = arena_alloc(a, room);
    size_t n = 0;

    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t bits = (uint32_t)(unsigned char)bytes.p[i] << 16;

        if (left > 1)
            bits |= (uint32_t)(unsigned char)bytes.p[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)bytes.p[i + 2];
        p[n++] = digits[bits >> 18];
        p[n++] = digits[bits >> 12 & 63];
        p[n++] = digits[left > 1 ? bits >> 6 & 63 : END];
        p[n++] = digits[left > 2 ? bits & 63 : END];
    }
    return (struct str){p, n};
}
