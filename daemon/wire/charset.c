#include "wire/charset.h"

#include <string.h>

/* Windows-1252, 0x80..0x9f (the Unicode mapping table CP1252.TXT); 0: not assigned. */
static const uint16_t cp1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static const struct {
    const char *name;
    enum charset cs;
} names[] = {
    {"ASCII", CHARSET_UNSAID},       {"US-ASCII", CHARSET_UNSAID},
    {"UNICODE UTF-8", CHARSET_UTF8}, {"UTF-8", CHARSET_UTF8},
    {"UTF8", CHARSET_UTF8},          {"UNICODE", CHARSET_UNSAID}, /* withdrawn; says no encoding */
    {"8859/1", CHARSET_LATIN1},      {"8859-1", CHARSET_LATIN1},
    {"ISO-8859-1", CHARSET_LATIN1},  {"ISO8859-1", CHARSET_LATIN1},
    {"ISO_8859-1", CHARSET_LATIN1},  {"ISO 8859-1", CHARSET_LATIN1},
    {"LATIN1", CHARSET_LATIN1},      {"WINDOWS-1252", CHARSET_LATIN1},
    {"CP1252", CHARSET_LATIN1},      {"8859/15", CHARSET_LATIN9},
    {"8859-15", CHARSET_LATIN9},     {"ISO-8859-15", CHARSET_LATIN9},
    {"ISO8859-15", CHARSET_LATIN9},
};

enum charset
charset_by_name(struct str name)
{
    name = str_trim(name);
    if (str_is_empty(name))
        return CHARSET_UNSAID;
    for (size_t i = 0; i < RFD_COUNT(names); i++) {
        if (str_eq_nocase(name, str_from_c(names[i].name)))
            return names[i].cs;
    }
    return CHARSET_OTHER;
}

/* RFC 3629, table of well-formed sequences: the second byte's range depends on the first. */
static size_t
utf8_shape(unsigned char first, unsigned char *lo, unsigned char *hi)
{
    *lo = 0x80;
    *hi = 0xbf;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef) {
        *lo = first == 0xe0 ? 0xa0 : 0x80;
        *hi = first == 0xed ? 0x9f : 0xbf;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *lo = first == 0xf0 ? 0x90 : 0x80;
        *hi = first == 0xf4 ? 0x8f : 0xbf;
        return 4;
    }
    return 0;
}

size_t
charset_utf8_len(struct str s)
{
    unsigned char lo, hi, c;
    size_t n;

    rfd_assert(s.n > 0);
    n = utf8_shape((unsigned char)s.p[0], &lo, &hi);
    if (n < 2)
        return n;
    if (n > s.n)
        return 0;
    c = (unsigned char)s.p[1];
    if (c < lo || c > hi)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if (((unsigned char)s.p[i] & 0xc0) != 0x80)
            return 0;
    }
    return n;
}

/* The first byte that is not ASCII (or is NUL), or s.n: eight at a time. */
static size_t
plain_run(struct str s)
{
    size_t i = 0;

    for (; i + 8 <= s.n; i += 8) {
        uint64_t w, low;

        memcpy(&w, s.p + i, 8);
        low = (w - 0x0101010101010101U) & ~w; /* bit 7 of a byte: it was NUL (the first such is) */
        if (((w | low) & 0x8080808080808080U) != 0)
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80 && s.p[i] != '\0')
        i++;
    return i;
}

bool
charset_utf8_valid(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t step = plain_run(str_sub(s, i, s.n - i));

        i += step;
        if (i == s.n)
            break;
        step = charset_utf8_len(str_sub(s, i, s.n - i));
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

enum charset
charset_settle(enum charset said, struct str bytes)
{
    switch (said) {
    case CHARSET_UNSAID: return charset_utf8_valid(bytes) ? CHARSET_UTF8 : CHARSET_LATIN1;
    case CHARSET_OTHER: return charset_utf8_valid(bytes) ? CHARSET_UTF8 : CHARSET_OTHER;
    case CHARSET_UTF8:
    case CHARSET_LATIN1:
    case CHARSET_LATIN9:
    case CHARSET_COUNT: break;
    }
    return said;
}

/* The eight places where ISO 8859-15 differs from 8859-1. */
static unsigned
latin9(unsigned char c)
{
    switch (c) {
    case 0xa4: return 0x20ac;
    case 0xa6: return 0x0160;
    case 0xa8: return 0x0161;
    case 0xb4: return 0x017d;
    case 0xb8: return 0x017e;
    case 0xbc: return 0x0152;
    case 0xbd: return 0x0153;
    case 0xbe: return 0x0178;
    default: return c;
    }
}

/* The character of one byte of a single-byte set; U+FFFD when it has none. */
static unsigned
byte_char(enum charset cs, unsigned char c)
{
    if (c == 0)
        return 0xfffd;
    if (c < 0x80)
        return c;
    if (cs == CHARSET_LATIN9)
        return c < 0xa0 ? 0xfffd : latin9(c);
    if (cs != CHARSET_LATIN1)
        return 0xfffd;
    if (c >= 0xa0)
        return c;
    return cp1252[c - 0x80] != 0 ? cp1252[c - 0x80] : 0xfffd;
}

static size_t
utf8_put(char *out, unsigned c) /* below U+10000 */
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | (c >> 6));
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | (c >> 12));
    out[1] = (char)(0x80 | ((c >> 6) & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

struct str
charset_to_utf8(struct arena *a, enum charset cs, struct str bytes)
{
    size_t plain = plain_run(bytes), n = 0;
    struct str s;
    char *out;

    if (plain == bytes.n)
        return bytes;
    cs = charset_settle(cs, bytes);
    out = arena_array(a, bytes.n, 3);
    for (size_t i = 0; i < bytes.n;) {
        size_t len = cs == CHARSET_UTF8 ? charset_utf8_len(str_sub(bytes, i, bytes.n - i)) : 0;

        if (len > 0 && bytes.p[i] != '\0') {
            memcpy(out + n, bytes.p + i, len);
            n += len;
            i += len;
        } else {
            n += utf8_put(out + n, byte_char(cs, (unsigned char)bytes.p[i]));
            i++;
        }
    }
    s = (struct str){out, n};
    return s;
}
