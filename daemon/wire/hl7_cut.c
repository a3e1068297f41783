#include "wire/hl7_cut.h"

#include "wire/hl7_batch.h"
#include "wire/mllp.h"

#include <string.h>

enum { HEAD_BYTES = 4 /* "MSH|" */ };

void
hl7_cut_init(struct hl7_cut *c, char *buf, size_t size, uint64_t at)
{
    *c = (struct hl7_cut){.buf = buf, .size = size, .at = at};
}

char *
hl7_cut_room(struct hl7_cut *c, size_t *n_out)
{
    memmove(c->buf, c->buf + c->from, c->n - c->from);
    c->at += c->from;
    c->n -= c->from;
    c->unframed -= c->unframed < c->from ? c->unframed : c->from;
    c->from = 0;
    *n_out = c->size - c->n;
    return c->buf + c->n;
}

void
hl7_cut_add(struct hl7_cut *c, size_t n)
{
    rfd_assert(n <= c->size - c->n);
    c->n += n;
}

void
hl7_cut_end(struct hl7_cut *c)
{
    c->ended = true;
}

static bool
is_line_end(char b)
{
    return b == '\r' || b == '\n';
}

/* Before the byte i of the file there is nothing but a byte order mark. */
static bool
is_first(const struct hl7_cut *c, size_t i)
{
    return i == 0 || (c->at == 0 && i == 3 && memcmp(c->buf, "\xef\xbb\xbf", 3) == 0);
}

/* As wire/mllp.c takes them: FS ends a frame when CR, LF, VT or nothing follows, VT begins one
 * after a line. Within text both stay what they are. */
static bool
is_mark(const struct hl7_cut *c, size_t i)
{
    if (c->buf[i] == MLLP_VT)
        return is_first(c, i) || is_line_end(c->buf[i - 1]);
    return c->buf[i] == MLLP_FS &&
           (i + 1 == c->n || is_line_end(c->buf[i + 1]) || c->buf[i + 1] == MLLP_VT);
}

static void
unframe(struct hl7_cut *c)
{
    size_t end = c->ended || c->n == 0 ? c->n : c->n - 1;

    for (; c->unframed < end; c->unframed++) {
        if (is_mark(c, c->unframed))
            c->buf[c->unframed] = '\r';
    }
}

/* Where a message begins after a line end, or c->n. */
static size_t
find_head(const struct hl7_cut *c)
{
    for (size_t i = c->from + 1; i + HEAD_BYTES <= c->n; i++) {
        if (is_line_end(c->buf[i - 1]) && memcmp(c->buf + i, "MSH", 3) == 0)
            return i;
    }
    return c->n;
}

/* Drops what is too large. False: all of it so far, and its end may be cut. */
static bool
skip(struct hl7_cut *c)
{
    size_t head = find_head(c);

    if (head == c->n) {
        if (c->ended)
            c->from = c->n;
        else if (c->n - c->from > HEAD_BYTES)
            c->from = c->n - HEAD_BYTES;
        return false;
    }
    c->from = head;
    c->skipping = false;
    return true;
}

/* Without the empty lines that marks have become, but with the end of its last line. */
static struct str
trimmed(struct str s)
{
    size_t n = s.n;

    while (n > 1 && is_line_end(s.p[n - 1]) && is_line_end(s.p[n - 2]))
        n--;
    return str_sub(s, 0, n);
}

enum hl7_cut_result
hl7_cut_next(struct hl7_cut *c, struct str *out, uint64_t *at_out)
{
    struct hl7_batch b;
    struct str one;
    size_t usable;

    unframe(c);
    if (c->skipping && !skip(c))
        return c->ended ? HL7_CUT_END : HL7_CUT_MORE;
    usable = c->unframed;
    hl7_batch_init(&b, (struct str){c->buf + c->from, usable - c->from});
    if (!hl7_batch_next(&b, &one)) {
        if (c->ended)
            return HL7_CUT_END;
        return HL7_CUT_MORE;
    }
    if (b.at < usable - c->from || c->ended) {
        *at_out = c->at + (uint64_t)(one.p - c->buf);
        *out = trimmed(one);
        c->from += b.at;
        return HL7_CUT_MESSAGE;
    }
    if (c->n - c->from < c->size)
        return HL7_CUT_MORE;
    c->skipping = true;
    return HL7_CUT_TOO_LARGE;
}
