#include "wire/charset.h"

#include "wire/charset_tables.h"

#include <string.h>

/* Which table a single-byte set is read by. */
static const struct {
    enum charset cs;
    enum charset_table table;
} tables[] = {
    {CHARSET_LATIN1, CHARSET_TABLE_CP1252},   {CHARSET_LATIN2, CHARSET_TABLE_8859_2},
    {CHARSET_LATIN3, CHARSET_TABLE_8859_3},   {CHARSET_LATIN4, CHARSET_TABLE_8859_4},
    {CHARSET_CYRILLIC, CHARSET_TABLE_8859_5}, {CHARSET_ARABIC, CHARSET_TABLE_8859_6},
    {CHARSET_GREEK, CHARSET_TABLE_8859_7},    {CHARSET_HEBREW, CHARSET_TABLE_8859_8},
    {CHARSET_LATIN5, CHARSET_TABLE_8859_9},   {CHARSET_LATIN9, CHARSET_TABLE_8859_15},
    {CHARSET_CP1250, CHARSET_TABLE_CP1250},   {CHARSET_CP1251, CHARSET_TABLE_CP1251},
};

/* Names but for those of ISO 8859, whose number alone counts. */
static const struct {
    const char *name;
    enum charset cs;
} names[] = {
    {"ASCII", CHARSET_UNSAID},       {"US-ASCII", CHARSET_UNSAID},
    {"UNICODE UTF-8", CHARSET_UTF8}, {"UTF-8", CHARSET_UTF8},
    {"UTF8", CHARSET_UTF8},          {"UNICODE", CHARSET_UNSAID}, /* withdrawn; says no encoding */
    {"LATIN1", CHARSET_LATIN1},      {"WINDOWS-1252", CHARSET_LATIN1},
    {"CP1252", CHARSET_LATIN1},      {"WINDOWS-1250", CHARSET_CP1250},
    {"CP1250", CHARSET_CP1250},      {"WINDOWS-1251", CHARSET_CP1251},
    {"CP1251", CHARSET_CP1251},
};

static const struct {
    const char *part;
    enum charset cs;
} parts[] = {
    {"1", CHARSET_LATIN1},   {"2", CHARSET_LATIN2},  {"3", CHARSET_LATIN3}, {"4", CHARSET_LATIN4},
    {"5", CHARSET_CYRILLIC}, {"6", CHARSET_ARABIC},  {"7", CHARSET_GREEK},  {"8", CHARSET_HEBREW},
    {"9", CHARSET_LATIN5},   {"15", CHARSET_LATIN9},
};

/* 8859/1 is HL7's; 8859-1, ISO8859-1, ISO-8859-1, ISO_8859-1 and ISO 8859-1 are other people's. */
static bool
iso_name(struct str name, enum charset *out)
{
    if (name.n > 3 && str_eq_nocase(str_sub(name, 0, 3), STR("ISO")))
        name = str_sub(name, 3, name.n);
    if (name.n > 0 && (name.p[0] == '-' || name.p[0] == '_' || name.p[0] == ' '))
        name = str_sub(name, 1, name.n);
    if (!str_starts(name, STR("8859")) || name.n < 6 || (name.p[4] != '/' && name.p[4] != '-'))
        return false;
    name = str_sub(name, 5, name.n);
    for (size_t i = 0; i < RFD_COUNT(parts); i++) {
        if (!str_eq_c(name, parts[i].part))
            continue;
        *out = parts[i].cs;
        return true;
    }
    return false;
}

enum charset
charset_by_name(struct str name)
{
    enum charset cs;

    name = str_trim(name);
    if (str_is_empty(name))
        return CHARSET_UNSAID;
    if (iso_name(name, &cs))
        return cs;
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
    if (said != CHARSET_UNSAID && said != CHARSET_OTHER)
        return said;
    if (charset_utf8_valid(bytes))
        return CHARSET_UTF8;
    return said == CHARSET_UNSAID ? CHARSET_LATIN1 : CHARSET_OTHER;
}

/* Of the bytes above 127; NULL: not a single-byte set of ours. */
static const uint16_t *
table_of(enum charset cs)
{
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        if (tables[i].cs == cs)
            return charset_high[tables[i].table];
    }
    return NULL;
}

/* The character of one byte; U+FFFD when it has none. */
static unsigned
byte_char(const uint16_t *table, unsigned char c)
{
    if (c > 0 && c < 0x80)
        return c;
    if (c == 0 || table == NULL || table[c - 0x80] == 0)
        return 0xfffd;
    return table[c - 0x80];
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
    const uint16_t *table;
    struct str s;
    char *out;

    if (plain == bytes.n)
        return bytes;
    cs = charset_settle(cs, bytes);
    table = table_of(cs);
    out = arena_array(a, bytes.n, 3);
    for (size_t i = 0; i < bytes.n;) {
        size_t len = cs == CHARSET_UTF8 ? charset_utf8_len(str_sub(bytes, i, bytes.n - i)) : 0;

        if (len > 0 && bytes.p[i] != '\0') {
            memcpy(out + n, bytes.p + i, len);
            n += len;
            i += len;
        } else {
            n += utf8_put(out + n, byte_char(table, (unsigned char)bytes.p[i]));
            i++;
        }
    }
    s = (struct str){out, n};
    return s;
}
