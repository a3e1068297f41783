#include "base/sb.h"

#include <stdio.h>
#include <string.h>

enum { SB_FIRST_SIZE = 64 };

void
sb_init(struct sb *b, char *buf, size_t size)
{
    rfd_assert(buf != NULL && size > 0);
    *b = (struct sb){.buf = buf, .size = size, .size_max = size};
    b->buf[0] = '\0';
}

void
sb_init_arena(struct sb *b, struct arena *a, size_t size_max)
{
    size_t size = size_max < SB_FIRST_SIZE ? size_max : SB_FIRST_SIZE;

    rfd_assert(size_max > 0);
    *b = (struct sb){.size = size, .size_max = size_max, .arena = a};
    b->buf = arena_alloc(a, size);
}

/* Makes room for n more bytes and the NUL; else the builder has failed, for good. */
static bool
sb_reserve(struct sb *b, size_t n)
{
    size_t size = b->size;
    char *grown;

    if (b->failed)
        return false;
    if (n < b->size - b->n)
        return true;
    if (n >= b->size_max - b->n) {
        b->failed = true;
        return false;
    }
    while (n >= size - b->n) /* ends: n < size_max - b->n, and a size never passes size_max */
        size = size > b->size_max / 2 ? b->size_max : size * 2;
    grown = arena_alloc(b->arena, size);
    memcpy(grown, b->buf, b->n);
    b->buf = grown;
    b->size = size;
    return true;
}

void
sb_add(struct sb *b, struct str s)
{
    if (s.n == 0 || !sb_reserve(b, s.n))
        return;
    memcpy(b->buf + b->n, s.p, s.n);
    b->n += s.n;
    b->buf[b->n] = '\0';
}

void
sb_add_c(struct sb *b, const char *c)
{
    sb_add(b, str_from_c(c));
}

void
sb_add_char(struct sb *b, char c)
{
    sb_add(b, (struct str){&c, 1});
}

void
sb_add_i64(struct sb *b, int64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (v < 0)
        digits[--at] = '-';
    sb_add(b, (struct str){digits + at, sizeof digits - at});
}

void
sb_addv(struct sb *b, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    if (b->failed)
        return;
    va_copy(again, ap);
    n = vsnprintf(b->buf + b->n, b->size - b->n, fmt, ap);
    rfd_assert(n >= 0); /* formats are ours, and none is wide */
    if ((size_t)n >= b->size - b->n) {
        b->buf[b->n] = '\0'; /* all or nothing */
        if (sb_reserve(b, (size_t)n))
            n = vsnprintf(b->buf + b->n, b->size - b->n, fmt, again);
    }
    va_end(again);
    if (!b->failed)
        b->n += (size_t)n;
}

void
sb_addf(struct sb *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    sb_addv(b, fmt, ap);
    va_end(ap);
}

bool
sb_ok(const struct sb *b)
{
    return !b->failed;
}

struct str
sb_str(const struct sb *b)
{
    return (struct str){b->buf, b->n};
}

const char *
sb_cz(const struct sb *b)
{
    return b->buf;
}
