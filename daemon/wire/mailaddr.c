#include "wire/mailaddr.h"

#include "base/base64.h"

#include <string.h>

enum {
    LINE_MAX_BYTES = 76,
    WORD_BYTES = 45,      /* of UTF-8 in one encoded word: 60 of Base64 and 12 around them */
    CHARACTER_DIGITS = 8, /* a character of four bytes in Base64 */
    WORD_FRAME = 12,      /* =?UTF-8?B? and ?= */
};

static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_one_of(char c, const char *set)
{
    for (; *set != '\0'; set++) {
        if (*set == c)
            return true;
    }
    return false;
}

/* atom ("." atom)*, and nothing but these beside letters and digits. */
static bool
is_dot_atom(struct str s, const char *more, size_t max)
{
    bool dot = true;

    for (size_t i = 0; i < s.n; i++) {
        bool now = s.p[i] == '.';

        if ((now && dot) || (!now && !is_alnum(s.p[i]) && !is_one_of(s.p[i], more)))
            return false;
        dot = now;
    }
    return !dot && s.n <= max;
}

bool
mailaddr_ok(struct str s)
{
    struct str local = STR("");
    struct str host = STR("");

    return s.n <= MAILADDR_MAX && str_cut(s, '@', &local, &host) &&
           is_dot_atom(local, "!#$%&'*+-/=?^_`{|}~", MAILADDR_LOCAL_MAX) &&
           is_dot_atom(host, "-", MAILADDR_MAX);
}

struct str
mailaddr_host(struct str s)
{
    struct str local = STR("");
    struct str host = STR("");

    (void)str_cut(s, '@', &local, &host);
    return host;
}

static bool
is_plain(struct str s, const char *more)
{
    if (str_has(s, STR("=?")))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], " !#$%&'*+-/=?^_`{|}~") &&
            !is_one_of(s.p[i], more))
            return false;
    }
    return true;
}

/* As many bytes as an encoded word of this room takes; a character is never cut (RFC 2047, 5). */
static size_t
word_end(struct str s, size_t from, size_t room)
{
    size_t end = from + room < s.n ? from + room : s.n;

    while (end > from + 1 && end < s.n && ((unsigned char)s.p[end] & 0xC0) == 0x80)
        end--;
    return end;
}

static void
encoded(struct sb *b, struct arena *a, struct str s, size_t column)
{
    char part[WORD_BYTES];
    size_t used = column + WORD_FRAME;
    size_t room = WORD_BYTES;

    if (used + CHARACTER_DIGITS > LINE_MAX_BYTES)
        sb_add_c(b, "\r\n ");
    else if ((LINE_MAX_BYTES - used) / 4 * 3 < room)
        room = (LINE_MAX_BYTES - used) / 4 * 3;
    for (size_t from = 0; from < s.n; room = WORD_BYTES) {
        size_t end = word_end(s, from, room);

        memcpy(part, s.p + from, end - from);
        for (size_t i = 0; i < end - from; i++) {
            if ((unsigned char)part[i] < ' ' || part[i] == 0x7F)
                part[i] = ' ';
        }
        sb_add_c(b, from > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        sb_add(b, base64_encode(a, (struct str){part, end - from}));
        sb_add_c(b, "?=");
        from = end;
    }
}

void
mailaddr_text(struct sb *b, struct arena *a, struct str s, size_t column)
{
    if (is_plain(s, ".,:;()<>[]@\\\"") && column + s.n <= LINE_MAX_BYTES)
        sb_add(b, s);
    else
        encoded(b, a, s, column);
}

void
mailaddr_phrase(struct sb *b, struct arena *a, struct str s, size_t column)
{
    if (is_plain(s, "") && column + s.n <= LINE_MAX_BYTES)
        sb_add(b, s);
    else
        encoded(b, a, s, column);
}
