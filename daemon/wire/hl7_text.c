#include "wire/hl7_text.h"

#include <string.h>

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* \Xhh..\ : body is "Xhh..". Writes the bytes; false when it is no even row of digits. */
static bool
hex_escape(struct str body, char *out, size_t *n)
{
    size_t at = *n;

    if (body.n < 3 || body.n % 2 == 0)
        return false;
    for (size_t i = 1; i < body.n; i += 2) {
        int hi = hex_digit(body.p[i]), lo = hex_digit(body.p[i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        out[at++] = (char)(unsigned char)(hi * 16 + lo);
    }
    *n = at;
    return true;
}

static char
delim_escape(const struct hl7_delims *d, char letter)
{
    switch (letter) {
    case 'F': return d->field;
    case 'S': return d->comp;
    case 'T': return d->sub;
    case 'R': return d->rep;
    case 'E': return d->esc;
    case 'P': return d->trunc;
    default: return '\0';
    }
}

/* One escape; body is what stands between the two escape characters. False: not known. */
static bool
escape_read(const struct hl7_delims *d, struct str body, char *out, size_t *n)
{
    if (body.n == 1) {
        char c = delim_escape(d, body.p[0]);

        if (c != '\0')
            out[(*n)++] = c;
        return c != '\0' || body.p[0] == 'H' || body.p[0] == 'N';
    }
    if (body.n > 0 && body.p[0] == 'X')
        return hex_escape(body, out, n);
    if (str_eq(body, STR(".br")) || str_eq(body, STR(".sp")) || str_eq(body, STR(".ce"))) {
        out[(*n)++] = '\n';
        return true;
    }
    return false;
}

/* Where the escape that starts at s[0] ends, or 0: an escape is short, and no text with blanks. */
static size_t
escape_end(const struct hl7_delims *d, struct str s)
{
    const char *end = s.n > 1 ? memchr(s.p + 1, d->esc, s.n - 1) : NULL;

    return end == NULL ? 0 : (size_t)(end - s.p);
}

struct str
hl7_text(struct arena *a, const struct hl7 *m, struct str s)
{
    const struct hl7_delims *d = &m->delims;
    size_t n = 0;
    bool unclosed = false; /* no escape character is left that could close one */
    char *out;

    if (s.n == 0)
        return s;
    if (memchr(s.p, d->esc, s.n) == NULL)
        return charset_to_utf8(a, m->charset, s);
    out = arena_alloc(a, s.n); /* an escape is never longer than what it stands for */
    for (size_t i = 0; i < s.n;) {
        struct str rest = str_sub(s, i, s.n - i);
        size_t end = 0;

        if (rest.p[0] == d->esc && !unclosed) {
            end = escape_end(d, rest);
            unclosed = end == 0;
        }
        if (end > 0 && escape_read(d, str_sub(rest, 1, end - 1), out, &n)) {
            i += end + 1;
        } else {
            out[n++] = s.p[i];
            i++;
        }
    }
    return charset_to_utf8(a, m->charset, (struct str){out, n});
}

static char
escape_letter(const struct hl7_delims *d, char c)
{
    if (c == d->field)
        return 'F';
    if (c == d->comp)
        return 'S';
    if (c == d->sub)
        return 'T';
    if (c == d->rep)
        return 'R';
    if (c == d->esc)
        return 'E';
    if (d->trunc != '\0' && c == d->trunc)
        return 'P';
    return '\0';
}

void
hl7_text_escape(struct sb *b, const struct hl7_delims *delims, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], letter = escape_letter(delims, c);

        if (letter != '\0')
            sb_addf(b, "%c%c%c", delims->esc, letter, delims->esc);
        else if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            continue; /* the LF speaks for both */
        else if (c == '\n' || c == '\r')
            sb_addf(b, "%c.br%c", delims->esc, delims->esc);
        else if ((unsigned char)c < 0x20)
            sb_addf(b, "%cX%02X%c", delims->esc, (unsigned)(unsigned char)c, delims->esc);
        else
            sb_add_char(b, c);
    }
}
