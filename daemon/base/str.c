#include "base/str.h"

#include <string.h>

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char
to_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* memcmp, which must not be called with NULL even for no bytes. */
static int
bytes_cmp(const char *a, const char *b, size_t n)
{
    return n == 0 ? 0 : memcmp(a, b, n);
}

struct str
str_from_c(const char *c)
{
    return c == NULL ? STR_NONE : (struct str){c, strlen(c)};
}

bool
str_eq(struct str a, struct str b)
{
    return str_is_absent(a) == str_is_absent(b) && a.n == b.n && bytes_cmp(a.p, b.p, a.n) == 0;
}

bool
str_eq_c(struct str a, const char *c)
{
    return str_eq(a, str_from_c(c));
}

bool
str_eq_nocase(struct str a, struct str b)
{
    if (str_is_absent(a) != str_is_absent(b) || a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (to_lower(a.p[i]) != to_lower(b.p[i]))
            return false;
    }
    return true;
}

int
str_cmp(struct str a, struct str b)
{
    int by_bytes;

    if (str_is_absent(a) || str_is_absent(b))
        return (int)str_is_absent(b) - (int)str_is_absent(a);
    by_bytes = bytes_cmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    if (by_bytes != 0)
        return by_bytes < 0 ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

bool
str_place(const struct str *sorted, size_t count, struct str s, size_t *at_out)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (str_cmp(sorted[mid], s) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == count || str_cmp(sorted[low], s) != 0)
        return false;
    *at_out = low;
    return true;
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && bytes_cmp(s.p, prefix.p, prefix.n) == 0;
}

bool
str_ends(struct str s, struct str suffix)
{
    if (s.n < suffix.n)
        return false;
    return suffix.n == 0 || memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0;
}

bool
str_has(struct str s, struct str part)
{
    if (part.n == 0)
        return true;
    for (size_t i = 0; i + part.n <= s.n; i++) {
        if (memcmp(s.p + i, part.p, part.n) == 0)
            return true;
    }
    return false;
}

struct str
str_trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str
str_sub(struct str s, size_t from, size_t n)
{
    size_t left;

    if (str_is_absent(s))
        return STR_NONE;
    if (from > s.n)
        from = s.n;
    left = s.n - from;
    return (struct str){s.p + from, n < left ? n : left};
}

bool
str_cut(struct str s, char sep, struct str *head, struct str *rest)
{
    const char *at = s.n == 0 ? NULL : memchr(s.p, sep, s.n);
    size_t n;

    if (at == NULL) {
        *head = s;
        *rest = STR_NONE;
        return false;
    }
    n = (size_t)(at - s.p);
    *head = (struct str){s.p, n};
    *rest = (struct str){at + 1, s.n - n - 1};
    return true;
}

size_t
str_find_any(struct str s, const char *set)
{
    size_t set_n = strlen(set); /* strchr would find the NUL, which a message may hold */

    for (size_t i = 0; i < s.n; i++) {
        if (memchr(set, s.p[i], set_n) != NULL)
            return i;
    }
    return s.n;
}

struct str
str_dup(struct arena *a, struct str s)
{
    if (str_is_absent(s))
        return STR_NONE;
    return (struct str){str_cz(a, s), s.n};
}

struct str
str_lower(struct arena *a, struct str s)
{
    char *p;

    if (str_is_absent(s))
        return STR_NONE;
    p = arena_alloc(a, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] = to_lower(s.p[i]);
    return (struct str){p, s.n};
}

struct str
str_cat(struct arena *a, struct str x, struct str y)
{
    char *p;

    if (str_is_absent(x) && str_is_absent(y))
        return STR_NONE;
    rfd_assert(x.n <= SIZE_MAX - y.n);
    p = arena_alloc(a, x.n + y.n);
    if (x.n != 0)
        memcpy(p, x.p, x.n);
    if (y.n != 0)
        memcpy(p + x.n, y.p, y.n);
    return (struct str){p, x.n + y.n};
}

const char *
str_cz(struct arena *a, struct str s)
{
    char *p;

    rfd_assert(s.n < SIZE_MAX);
    p = arena_alloc(a, s.n + 1); /* zeroed: the NUL is there */
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    return p;
}

bool
str_to_u64(struct str s, uint64_t *out)
{
    uint64_t v = 0;

    if (str_is_empty(s))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';

        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool
str_to_i64(struct str s, int64_t *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    bool sign = negative || (s.n > 0 && s.p[0] == '+');
    uint64_t size;

    if (!str_to_u64(str_sub(s, sign ? 1 : 0, s.n), &size))
        return false;
    if (size > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    if (size == 0)
        *out = 0;
    else
        *out = negative ? -(int64_t)(size - 1) - 1 : (int64_t)size;
    return true;
}

uint64_t
str_hash(struct str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a, 64 bits: offset basis and prime */

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return h;
}
