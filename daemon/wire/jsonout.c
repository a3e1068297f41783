#include "wire/jsonout.h"

#include "wire/charset.h"

#include <inttypes.h>
#include <stddef.h>

void
jsonout_init(struct jsonout *j, struct sb *b)
{
    *j = (struct jsonout){.b = b};
}

static uint32_t
level(const struct jsonout *j)
{
    return (uint32_t)1 << (j->depth - 1);
}

/* Before a value: the comma of a list; in a map its key has been written. */
static void
value_start(struct jsonout *j)
{
    if (j->depth == 0)
        return;
    if ((j->in_map & level(j)) != 0) {
        rfd_assert(j->keyed);
        j->keyed = false;
        return;
    }
    if ((j->filled & level(j)) != 0)
        sb_add_char(j->b, ',');
    j->filled |= level(j);
}

static void
open_level(struct jsonout *j, bool map)
{
    value_start(j);
    rfd_assert(j->depth < JSONOUT_DEPTH_MAX);
    j->depth++;
    j->filled &= ~level(j);
    j->in_map = map ? j->in_map | level(j) : j->in_map & ~level(j);
    sb_add_char(j->b, map ? '{' : '[');
}

static void
close_level(struct jsonout *j, bool map)
{
    rfd_assert(j->depth > 0 && !j->keyed && ((j->in_map & level(j)) != 0) == map);
    j->depth--;
    sb_add_char(j->b, map ? '}' : ']');
}

void
jsonout_map(struct jsonout *j)
{
    open_level(j, true);
}

void
jsonout_map_end(struct jsonout *j)
{
    close_level(j, true);
}

void
jsonout_list(struct jsonout *j)
{
    open_level(j, false);
}

void
jsonout_list_end(struct jsonout *j)
{
    close_level(j, false);
}

/* The letter of a short escape, or 0. */
static char
short_escape(char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

/* One character at s; returns its bytes. */
static size_t
char_add(struct sb *b, struct str s)
{
    size_t n = charset_utf8_len(s);
    char letter = short_escape(s.p[0]);

    if (n == 0) {
        sb_add_c(b, "\xef\xbf\xbd");
        return 1;
    }
    if (letter != '\0')
        sb_addf(b, "\\%c", letter);
    else if ((unsigned char)s.p[0] < 0x20 || s.p[0] == 0x7f)
        sb_addf(b, "\\u%04x", (unsigned)(unsigned char)s.p[0]);
    else
        sb_add(b, str_sub(s, 0, n));
    return n;
}

/* Bytes that need no care, taken in one go. */
static size_t
plain_run(struct str s)
{
    size_t i = 0;

    while (i < s.n && s.p[i] >= ' ' && s.p[i] < 0x7f && s.p[i] != '"' && s.p[i] != '\\')
        i++;
    return i;
}

static void
text_add(struct sb *b, struct str s)
{
    sb_add_char(b, '"');
    for (size_t i = 0; i < s.n;) {
        size_t run = plain_run(str_sub(s, i, s.n - i));

        sb_add(b, str_sub(s, i, run));
        i += run;
        if (i < s.n)
            i += char_add(b, str_sub(s, i, s.n - i));
    }
    sb_add_char(b, '"');
}

void
jsonout_key_str(struct jsonout *j, struct str key)
{
    rfd_assert(j->depth > 0 && !j->keyed && (j->in_map & level(j)) != 0);
    if ((j->filled & level(j)) != 0)
        sb_add_char(j->b, ',');
    j->filled |= level(j);
    text_add(j->b, key);
    sb_add_char(j->b, ':');
    j->keyed = true;
}

void
jsonout_key(struct jsonout *j, const char *key)
{
    jsonout_key_str(j, str_from_c(key));
}

void
jsonout_str(struct jsonout *j, struct str s)
{
    if (str_is_absent(s)) {
        jsonout_null(j);
        return;
    }
    value_start(j);
    text_add(j->b, s);
}

void
jsonout_c(struct jsonout *j, const char *s)
{
    jsonout_str(j, str_from_c(s));
}

void
jsonout_i64(struct jsonout *j, int64_t v)
{
    value_start(j);
    sb_add_i64(j->b, v);
}

void
jsonout_u64(struct jsonout *j, uint64_t v)
{
    value_start(j);
    sb_addf(j->b, "%" PRIu64, v);
}

void
jsonout_dec(struct jsonout *j, struct dec v)
{
    char buf[DEC_TEXT_MAX];

    value_start(j);
    sb_add(j->b, dec_format(v, buf));
}

void
jsonout_bool(struct jsonout *j, bool v)
{
    value_start(j);
    sb_add_c(j->b, v ? "true" : "false");
}

void
jsonout_null(struct jsonout *j)
{
    value_start(j);
    sb_add_c(j->b, "null");
}

bool
jsonout_ok(const struct jsonout *j)
{
    return j->depth == 0 && !j->keyed && sb_ok(j->b);
}
