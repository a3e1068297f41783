#include "wire/csv.h"

#include "wire/charset.h"

#include <string.h>

static const char candidates[] = {',', ';', '\t'};

static bool
is_delimiter(char delimiter, char c)
{
    return delimiter == '\0' ? memchr(candidates, c, sizeof(candidates)) != NULL : c == delimiter;
}

static bool
is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* The one grammar, for finding a row's end and for cutting it. c is no line end outside of
 * quotes. */
static enum csv_state
step(enum csv_state s, char delimiter, char c)
{
    switch (s) {
    case CSV_QUOTED: return c == '"' ? CSV_QUOTE : CSV_QUOTED;
    case CSV_QUOTE:
    case CSV_START:
        if (c == '"')
            return CSV_QUOTED;
        break;
    case CSV_FIELD:
    case CSV_STATE_COUNT: break;
    }
    if (is_delimiter(delimiter, c))
        return CSV_START;
    return s == CSV_QUOTE && c == ' ' ? CSV_QUOTE : CSV_FIELD;
}

void
csv_init(struct csv_dec *d, char *buf, size_t size, char delimiter)
{
    *d = (struct csv_dec){
        .buf = buf, .size = size, .delimiter = delimiter, .line = 1, .col = 1, .row_line = 1};
}

void
csv_seek(struct csv_dec *d, const struct csv_row *row)
{
    csv_init(d, d->buf, d->size, d->delimiter);
    d->at = row->at;
    d->row_at = row->at;
    d->line = row->line;
    d->row_line = row->line;
}

static void
row_begin(struct csv_dec *d)
{
    d->n = 0;
    d->over = false;
    d->state = CSV_START;
    d->row_line = d->line;
    d->row_at = d->at;
}

/* "sep=;" is Excel's way to say the delimiter. */
static bool
is_sep_line(struct csv_dec *d, struct str raw)
{
    if (raw.n != 5 || !str_starts(raw, STR("sep=")) || d->row_line != 1)
        return false;
    d->delimiter = raw.p[4];
    return true;
}

static bool
is_utf16(struct str raw)
{
    return str_starts(raw, STR("\xff\xfe")) || str_starts(raw, STR("\xfe\xff"));
}

/* False: the receiver pauses. */
static bool
row_end(struct csv_dec *d, enum csv_error error, csv_on_row *cb, void *arg)
{
    struct csv_row row = {.error = error,
                          .raw = {d->buf, d->n},
                          .at = d->row_at,
                          .line = d->row_line,
                          .error_line = d->row_line,
                          .error_col = 1};
    bool go_on = true;

    if (d->row_at == 0 && str_starts(row.raw, STR("\xef\xbb\xbf")))
        row.raw = str_sub(row.raw, 3, row.raw.n);
    if (d->row_at == 0 && is_utf16(row.raw))
        row.error = CSV_UTF16;
    if (error == CSV_QUOTE_OPEN) {
        row.error_line = d->quote_line;
        row.error_col = d->quote_col;
    }
    d->dead = row.error == CSV_QUOTE_OPEN || row.error == CSV_UTF16;
    if (d->delimiter == '\0' && row.error == CSV_OK && row.raw.n > 0 && !is_sep_line(d, row.raw))
        d->delimiter = csv_delimiter(row.raw);
    else if (is_sep_line(d, row.raw))
        row.raw.n = 0;
    if (row.raw.n > 0)
        go_on = cb(arg, &row);
    row_begin(d);
    return go_on;
}

static void
keep(struct csv_dec *d, char c)
{
    if (d->n < d->size)
        d->buf[d->n++] = c;
    else
        d->over = true;
}

/* Counts lines; false: the byte is the second half of a CR LF, or the end of this line. */
static bool
count_line(struct csv_dec *d, char c)
{
    bool second = c == '\n' && d->after_cr;

    d->at++;
    d->after_cr = c == '\r';
    if (!is_line_end(c)) {
        d->col++;
        return true;
    }
    if (!second)
        d->line++;
    d->col = 1;
    return false;
}

/* A byte order mark begins no field. */
static bool
is_mark(const struct csv_dec *d, char c)
{
    return d->at < 3 && d->n == d->at && c == "\xef\xbb\xbf"[d->at];
}

static void
take_inside(struct csv_dec *d, char c)
{
    if (!is_mark(d, c)) {
        enum csv_state next = step(d->state, d->delimiter, c);

        if (next == CSV_QUOTED && d->state == CSV_START) {
            d->quote_line = d->line;
            d->quote_col = d->col;
        }
        d->state = next;
    } else {
        d->col--;
    }
    keep(d, c);
    (void)count_line(d, c);
}

/* False: pause. */
static bool
take(struct csv_dec *d, char c, csv_on_row *cb, void *arg)
{
    bool over = d->over;

    if (d->state == CSV_QUOTED || !is_line_end(c)) {
        take_inside(d, c);
        if (d->over && !over && d->state == CSV_QUOTED)
            return row_end(d, CSV_QUOTE_OPEN, cb, arg);
        return true;
    }
    if (count_line(d, c) || d->n == 0) {
        row_begin(d);
        return true;
    }
    return row_end(d, over ? CSV_TOO_LARGE : CSV_OK, cb, arg);
}

size_t
csv_feed(struct csv_dec *d, const char *bytes, size_t n, csv_on_row *cb, void *arg)
{
    for (size_t i = 0; i < n; i++) {
        if (d->dead)
            return i;
        if (!take(d, bytes[i], cb, arg))
            return i + 1;
    }
    return n;
}

void
csv_end(struct csv_dec *d, csv_on_row *cb, void *arg)
{
    enum csv_error e = d->over ? CSV_TOO_LARGE : CSV_OK;

    if (!d->dead && d->n > 0)
        (void)row_end(d, d->state == CSV_QUOTED ? CSV_QUOTE_OPEN : e, cb, arg);
}

char
csv_delimiter(struct str row)
{
    size_t count[sizeof(candidates)] = {0};
    enum csv_state s = CSV_START;
    size_t best = 0;

    for (size_t i = 0; i < row.n; i++) {
        const char *found = memchr(candidates, row.p[i], sizeof(candidates));

        s = step(s, '\0', row.p[i]);
        if (found != NULL && s == CSV_START)
            count[found - candidates]++;
    }
    for (size_t i = 1; i < sizeof(candidates); i++) {
        if (count[i] > count[best])
            best = i;
    }
    return candidates[best];
}

/* A row being cut. */
struct cutter {
    struct arena *arena;
    struct csv_row *row;
    char delimiter;
    size_t i;
    int line;
    int col;
};

static void
advance(struct cutter *k)
{
    char c = k->row->raw.p[k->i++];
    bool crlf = c == '\n' && k->i > 1 && k->row->raw.p[k->i - 2] == '\r';

    k->col = is_line_end(c) ? 1 : k->col + 1;
    k->line += is_line_end(c) && !crlf;
}

static struct str
unquoted(struct cutter *k, struct str quoted)
{
    char *out = arena_alloc(k->arena, quoted.n);
    size_t n = 0;

    for (size_t i = 0; i < quoted.n; i++) {
        if (quoted.p[i] == '"' && i + 1 < quoted.n && quoted.p[i + 1] == '"')
            i++;
        out[n++] = quoted.p[i];
    }
    return (struct str){out, n};
}

/* Up to the delimiter or the end. False: text after the closing quote. */
static bool
cut_field(struct cutter *k, struct csv_field *f)
{
    struct str raw = k->row->raw;
    enum csv_state s = CSV_START;
    size_t from = k->i;
    size_t close = from;
    bool quoted = from < raw.n && raw.p[from] == '"';

    *f = (struct csv_field){.line = k->line, .col = k->col};
    while (k->i < raw.n) {
        enum csv_state next = step(s, k->delimiter, raw.p[k->i]);

        if (s != CSV_QUOTED && next == CSV_START)
            break;
        if (quoted && s == CSV_QUOTE && next == CSV_FIELD)
            return false;
        if (s == CSV_QUOTED && next == CSV_QUOTE)
            close = k->i;
        s = next;
        advance(k);
    }
    f->text = str_sub(raw, from, k->i - from);
    if (quoted)
        f->text = unquoted(k, str_sub(raw, from + 1, close - from - 1));
    return true;
}

/* NUL would end the text for whoever takes it as a C string. */
static bool
is_text(struct str s)
{
    return (s.n == 0 || memchr(s.p, '\0', s.n) == NULL) && charset_utf8_valid(s);
}

static enum csv_error
fail(struct csv_row *row, enum csv_error e, int line, int col)
{
    row->error = e;
    row->error_line = line;
    row->error_col = col;
    return e;
}

enum csv_error
csv_split(struct arena *a, struct csv_row *row, char delimiter, struct csv_field *out,
          size_t *count_out)
{
    struct cutter k = {a, row, delimiter, 0, row->line, 1};
    size_t n = 0;
    bool more = true;

    *count_out = 0;
    if (row->error != CSV_OK)
        return row->error;
    while (more) {
        if (n == CSV_FIELDS_MAX)
            return fail(row, CSV_TOO_MANY, k.line, k.col);
        if (!cut_field(&k, &out[n]))
            return fail(row, CSV_QUOTE_TAIL, k.line, k.col);
        if (!is_text(out[n].text))
            return fail(row, CSV_NOT_UTF8, out[n].line, out[n].col);
        n++;
        more = k.i < row->raw.n;
        if (more)
            advance(&k);
    }
    *count_out = n;
    return CSV_OK;
}

bool
csv_is_blank(const struct csv_field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_trim(f[i].text).n > 0)
            return false;
    }
    return true;
}

const char *
csv_error_text(enum csv_error e)
{
    static const char *const text[CSV_ERROR_COUNT] = {
        [CSV_OK] = "",
        [CSV_TOO_LARGE] = "the row is too long",
        [CSV_TOO_MANY] = "the row has too many fields",
        [CSV_QUOTE_TAIL] = "text after a closing quote: within quotes a quote is written twice",
        [CSV_NOT_UTF8] = "not UTF-8: save the file as \"CSV UTF-8\"",
        [CSV_QUOTE_OPEN] = "this quote is never closed: from here on no row can be told",
        [CSV_UTF16] = "the file is UTF-16: save it as \"CSV UTF-8\"",
    };

    rfd_assert((unsigned)e < CSV_ERROR_COUNT);
    return text[e];
}
