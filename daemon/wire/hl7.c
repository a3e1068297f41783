#include "wire/hl7.h"

#include "base/limits.h"
#include "base/sb.h"

#include <string.h>

enum { NAMES_COUNTED = 32 };

static const char *const error_names[HL7_ERROR_COUNT] = {
    "ok",
    "empty",
    "utf16",
    "no_msh",
    "bad_delimiters",
    "too_long",
    "too_many_segments",
    "too_many_fields",
};

const char *
hl7_error_name(enum hl7_error e)
{
    rfd_assert((unsigned)e < HL7_ERROR_COUNT);
    return error_names[e];
}

const char *
hl7_error_place(enum hl7_error e)
{
    switch (e) {
    case HL7_NO_MSH: return "MSH";
    case HL7_BAD_DELIMITERS: return "MSH-2";
    case HL7_OK:
    case HL7_EMPTY:
    case HL7_UTF16:
    case HL7_TOO_LONG:
    case HL7_TOO_MANY_SEGMENTS:
    case HL7_TOO_MANY_FIELDS:
    case HL7_ERROR_COUNT: break;
    }
    return "";
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_name(const char *p) /* three bytes */
{
    for (int i = 1; i < 3; i++) {
        if (!is_upper(p[i]) && !(p[i] >= '0' && p[i] <= '9'))
            return false;
    }
    return is_upper(p[0]);
}

/* ASCII punctuation, and no quotation mark: "" has a meaning of its own. */
static bool
is_delimiter(char c)
{
    bool letter = is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

    return c > ' ' && c < 0x7f && !letter && c != '"';
}

static bool
starts_utf16(struct str s)
{
    static const char marks[4][4] = {
        {'\xff', '\xfe', 'M', 0},
        {'\xfe', '\xff', 0, 'M'},
        {'M', 0, 'S', 0},
        {0, 'M', 0, 'S'},
    };

    for (size_t i = 0; i < RFD_COUNT(marks); i++) {
        if (s.n >= 4 && memcmp(s.p, marks[i], 4) == 0)
            return true;
    }
    return false;
}

/* MSH-1 and what follows it, up to the next MSH-1 or the line's end: at most 6 characters. */
static size_t
delims_take(struct str s, char c[6])
{
    size_t n = 0;

    while (3 + n < s.n && n < 6) {
        c[n] = s.p[3 + n];
        if (c[n] == '\r' || c[n] == '\n' || (n > 0 && c[n] == c[0]))
            break;
        n++;
    }
    return n;
}

/* What passing through somebody's string literal does to "^~\\&": the escape character is lost or
 * doubled (22 of the 1,247 public messages that python3-hl7 reads). */
static size_t
delims_mend(char c[6], size_t n)
{
    if (n == 4 && c[3] == '&') {
        c[3] = '\\';
        c[4] = '&';
        return 5;
    }
    if (n == 6 && c[3] == '\\' && c[4] == '\\') {
        c[4] = c[5];
        return 5;
    }
    return n;
}

/* MSH-1 and MSH-2 at s, which starts with "MSH". Four delimiters are usual, 2.7 has a fifth. */
static bool
delims_read(struct str s, bool lenient, struct hl7_delims *out)
{
    char c[6];
    size_t n = delims_take(s, c);

    if (n == 6 && s.n > 9 && s.p[9] != c[0] && s.p[9] != '\r' && s.p[9] != '\n')
        return false;
    if (lenient)
        n = delims_mend(c, n);
    if (n < 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_delimiter(c[i]) || memchr(c, c[i], i) != NULL)
            return false;
    }
    *out = (struct hl7_delims){c[0], c[1], c[2], c[3], c[4], '\0'};
    if (n == 6)
        out->trunc = c[5];
    return true;
}

/* What must hold before a message is indexed. Sets p, n, delims. */
static enum hl7_error
head_read(struct hl7 *m, struct str payload, bool lenient)
{
    size_t skip = 0;

    if (payload.n > LIMIT_MESSAGE_BYTES)
        return HL7_TOO_LONG;
    if (starts_utf16(payload))
        return HL7_UTF16;
    if (str_starts(payload, STR("\xef\xbb\xbf")))
        skip = 3;
    while (skip < payload.n && (payload.p[skip] == '\r' || payload.p[skip] == '\n'))
        skip++;
    m->fault_at = skip;
    if (skip == payload.n)
        return HL7_EMPTY;
    payload = str_sub(payload, skip, payload.n - skip);
    if (!str_starts(payload, STR("MSH")))
        return HL7_NO_MSH;
    m->fault_at = skip + 3;
    if (!delims_read(payload, lenient, &m->delims))
        return HL7_BAD_DELIMITERS;
    m->p = payload.p;
    m->n = payload.n;
    m->fault_at = 0;
    return HL7_OK;
}

/* Upper bounds for the two arrays, so that each is allocated once. */
static void
count_all(const struct hl7 *m, size_t *lines_out, size_t *fields_out)
{
    char field = m->delims.field;
    size_t lines = 1, fields = 0;

    for (size_t i = 0; i < m->n; i++) {
        char c = m->p[i];

        fields += c == field;
        lines += (c == '\r') | (c == '\n');
    }
    *lines_out = lines;
    *fields_out = fields;
}

/* Is there a segment at that line: a name, then a field separator or the line's end? */
static bool
line_is_segment(const struct hl7 *m, size_t at, size_t end)
{
    if (end - at < 3 || !is_name(m->p + at))
        return false;
    return end - at == 3 || m->p[at + 3] == m->delims.field;
}

/* Bit 7 of each byte of w that is c; bytes above the first such may be set wrongly (a borrow). */
static uint64_t
bytes_equal(uint64_t w, unsigned char c)
{
    uint64_t x = w ^ (0x0101010101010101U * c);

    return (x - 0x0101010101010101U) & ~x & 0x8080808080808080U;
}

size_t
hl7_line_end(struct str s, size_t from)
{
    size_t i = from;

    for (; i + 8 <= s.n; i += 8) {
        uint64_t w;

        memcpy(&w, s.p + i, 8);
        if ((bytes_equal(w, '\r') | bytes_equal(w, '\n')) != 0)
            break;
    }
    while (i < s.n && s.p[i] != '\r' && s.p[i] != '\n')
        i++;
    return i;
}

static bool
is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)p[i] > ' ')
            return false;
    }
    return true;
}

/* Segments first: a line that is none belongs to the one before (a raw line break in a text). Sets
 * offsets in segs, which has room for all lines. */
static bool
segments_read(struct hl7 *m, size_t room)
{
    for (size_t at = 0; at < m->n;) {
        size_t end = hl7_line_end((struct str){m->p, m->n}, at);

        if (end > at && line_is_segment(m, at, end)) {
            struct hl7_seg *s = &m->segs[m->seg_count];

            if (m->seg_count == room) {
                m->fault_at = at;
                return false;
            }
            *s = (struct hl7_seg){.at = (uint32_t)at, .end = (uint32_t)end};
            memcpy(s->name, m->p + at, 3);
            m->seg_count++;
        } else if (!is_blank(m->p + at, end - at)) {
            m->segs[m->seg_count - 1].end = (uint32_t)end;
            m->joined++;
        }
        at = end + 1;
    }
    return true;
}

/* Which of its name each segment is. Messages have few names; what is past the table is counted
 * when asked for. */
static void
number_segments(struct hl7 *m)
{
    struct {
        char name[4];
        uint32_t count;
    } names[NAMES_COUNTED];
    size_t n = 0;

    for (size_t i = 0; i < m->seg_count; i++) {
        size_t k = 0;

        while (k < n && memcmp(names[k].name, m->segs[i].name, 4) != 0)
            k++;
        if (k == NAMES_COUNTED)
            continue;
        if (k == n) {
            memcpy(names[n].name, m->segs[i].name, 4);
            names[n++].count = 0;
        }
        m->segs[i].nth = ++names[k].count;
    }
}

static void
fields_read(struct hl7 *m)
{
    for (size_t i = 0; i < m->seg_count; i++) {
        struct hl7_seg *s = &m->segs[i];
        const char *p = m->p + s->at, *end = m->p + s->end;

        s->first = (uint32_t)m->field_count;
        while ((p = memchr(p, m->delims.field, (size_t)(end - p))) != NULL) {
            p++;
            m->fields[m->field_count++] = (uint32_t)(p - m->p);
        }
        s->fields = (uint32_t)m->field_count - s->first;
    }
}

/* Segments and fields of m->p, in two arrays that are allocated once. */
static enum hl7_error
index_all(struct hl7 *m, struct arena *a)
{
    size_t lines, fields;

    m->seg_count = 0;
    m->field_count = 0;
    m->joined = 0;
    count_all(m, &lines, &fields);
    if (fields > HL7_FIELDS_MAX)
        return HL7_TOO_MANY_FIELDS;
    if (lines > HL7_SEGMENTS_MAX) /* many may be blank or joined: only segments count */
        lines = HL7_SEGMENTS_MAX;
    m->segs = ARENA_ARRAY(a, lines, struct hl7_seg);
    if (!segments_read(m, lines))
        return HL7_TOO_MANY_SEGMENTS;
    number_segments(m);
    m->fields = ARENA_ARRAY(a, fields, uint32_t);
    fields_read(m);
    rfd_assert(m->field_count <= fields);
    return HL7_OK;
}

/* ADD continues the last field of the segment before it (2.9.1 section 2.9.2). One behind MSH,
 * or one
 * without content, belongs to another message: this one is a part only. */
static size_t
continued(struct hl7 *m)
{
    size_t count = 0;

    for (size_t i = 1; i < m->seg_count; i++) {
        const struct hl7_seg *s = &m->segs[i];

        if (strcmp(s->name, "ADD") != 0)
            continue;
        m->fragment = m->fragment || i == 1 || s->end - s->at <= 4;
        count++;
    }
    return count;
}

/* The message with each ADD put behind what it continues. */
static void
join_continued(struct hl7 *m, struct arena *a)
{
    char *p = arena_alloc(a, m->n);
    size_t n = 0;

    for (size_t i = 0; i < m->seg_count; i++) {
        const struct hl7_seg *s = &m->segs[i];
        size_t skip = strcmp(s->name, "ADD") == 0 ? 4 : 0;

        if (skip == 0 && i > 0)
            p[n++] = '\r';
        memcpy(p + n, m->p + s->at + skip, s->end - s->at - skip);
        n += s->end - s->at - skip;
    }
    m->p = p;
    m->n = n;
}

static enum charset
charset_of(const struct hl7 *m, const struct hl7_reading *how)
{
    enum charset said = charset_by_name(hl7_rep(m, hl7_field(m, 0, 18), 1));
    enum charset settled = charset_settle(said, (struct str){m->p, m->n});
    bool silent = said == CHARSET_UNSAID || said == CHARSET_OTHER; /* or in words nobody knows */

    if (how->charset == CHARSET_UNSAID)
        return settled;
    if (how->charset_always || (silent && settled != CHARSET_UTF8))
        return how->charset;
    return settled;
}

enum hl7_error
hl7_index_as(struct hl7 *m, struct arena *a, struct str payload, const struct hl7_reading *how)
{
    enum hl7_error e;

    *m = (struct hl7){0};
    e = head_read(m, payload, how->lenient_delims);
    if (e == HL7_OK)
        e = index_all(m, a);
    if (e != HL7_OK)
        return e;
    if (continued(m) > 0 && !m->fragment) {
        join_continued(m, a);
        e = index_all(m, a);
    }
    if (e == HL7_OK)
        m->charset = charset_of(m, how);
    return e;
}

enum hl7_error
hl7_index(struct hl7 *m, struct arena *a, struct str payload)
{
    return hl7_index_as(m, a, payload, &(struct hl7_reading){.charset = CHARSET_UNSAID});
}

const char *
hl7_seg_name(const struct hl7 *m, size_t seg)
{
    rfd_assert(seg < m->seg_count);
    return m->segs[seg].name;
}

bool
hl7_seg_is(const struct hl7 *m, size_t seg, const char *name)
{
    return seg < m->seg_count && strcmp(m->segs[seg].name, name) == 0;
}

struct str
hl7_seg_text(const struct hl7 *m, size_t seg)
{
    rfd_assert(seg < m->seg_count);
    return (struct str){m->p + m->segs[seg].at, m->segs[seg].end - m->segs[seg].at};
}

/* MSH, and the batch wrappers, count the separator itself as field 1. */
static uint32_t
header_shift(const struct hl7_seg *s)
{
    const char *n = s->name;

    return strcmp(n, "MSH") == 0 || strcmp(n, "FHS") == 0 || strcmp(n, "BHS") == 0;
}

int
hl7_field_count(const struct hl7 *m, size_t seg)
{
    rfd_assert(seg < m->seg_count);
    return (int)(m->segs[seg].fields + header_shift(&m->segs[seg]));
}

struct str
hl7_field(const struct hl7 *m, size_t seg, int field)
{
    const struct hl7_seg *s;
    uint32_t shift, k, from, to;

    rfd_assert(seg < m->seg_count && field >= 0);
    s = &m->segs[seg];
    if (field == 0)
        return (struct str){m->p + s->at, 3};
    shift = header_shift(s);
    if (shift == 1 && field == 1 && s->fields > 0)
        return (struct str){m->p + s->at + 3, 1};
    k = (uint32_t)field - 1 - (field > 1 ? shift : 0);
    if (k >= s->fields)
        return STR_NONE;
    from = m->fields[s->first + k];
    to = k + 1 < s->fields ? m->fields[s->first + k + 1] - 1 : s->end;
    return (struct str){m->p + from, to - from};
}

/* Part number i (from 1) of s between seps. */
static struct str
part(struct str s, char sep, int i)
{
    rfd_assert(i >= 1);
    if (s.p == NULL)
        return STR_NONE;
    for (;;) {
        const char *end = memchr(s.p, sep, s.n);
        size_t n = end == NULL ? s.n : (size_t)(end - s.p);

        if (i == 1)
            return (struct str){s.p, n};
        if (end == NULL)
            return STR_NONE;
        i--;
        s.p += n + 1;
        s.n -= n + 1;
    }
}

struct str
hl7_rep(const struct hl7 *m, struct str field, int rep)
{
    return part(field, m->delims.rep, rep);
}

int
hl7_rep_count(const struct hl7 *m, struct str field)
{
    int count = 1;

    if (field.p == NULL)
        return 0;
    for (size_t i = 0; i < field.n; i++)
        count += field.p[i] == m->delims.rep;
    return count;
}

struct str
hl7_comp(const struct hl7 *m, struct str rep, int comp)
{
    return part(rep, m->delims.comp, comp);
}

struct str
hl7_sub(const struct hl7 *m, struct str comp, int sub)
{
    return part(comp, m->delims.sub, sub);
}

struct str
hl7_value(const struct hl7 *m, size_t seg, int field, int comp)
{
    struct str s = hl7_field(m, seg, field);

    if (field <= 2 && header_shift(&m->segs[seg]) == 1)
        return comp == 1 ? s : STR_NONE;
    return hl7_comp(m, hl7_rep(m, s, 1), comp);
}

bool
hl7_is_delete(struct str s)
{
    return s.n == 2 && s.p[0] == '"' && s.p[1] == '"';
}

bool
hl7_is_valued(struct str s)
{
    return s.n > 0 && !hl7_is_delete(s);
}

size_t
hl7_next_of(const struct hl7 *m, size_t from, size_t to, const char *const *names, size_t count)
{
    rfd_assert(to <= m->seg_count);
    for (; from < to; from++) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(m->segs[from].name, names[i]) == 0)
                return from;
        }
    }
    return to;
}

size_t
hl7_next(const struct hl7 *m, size_t from, size_t to, const char *name)
{
    return hl7_next_of(m, from, to, &name, 1);
}

int
hl7_seg_nth(const struct hl7 *m, size_t seg)
{
    int nth = 1;

    rfd_assert(seg < m->seg_count);
    if (m->segs[seg].nth > 0)
        return (int)m->segs[seg].nth;
    for (size_t i = 0; i < seg; i++)
        nth += strcmp(m->segs[i].name, m->segs[seg].name) == 0;
    return nth;
}

const char *
hl7_place(const struct hl7 *m, size_t seg, int field, char buf[HL7_PLACE_MAX])
{
    struct sb b;

    sb_init(&b, buf, HL7_PLACE_MAX);
    sb_addf(&b, "%s[%d]", hl7_seg_name(m, seg), hl7_seg_nth(m, seg));
    if (field > 0)
        sb_addf(&b, "-%d", field);
    return sb_cz(&b);
}
