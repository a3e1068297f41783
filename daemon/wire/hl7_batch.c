#include "wire/hl7_batch.h"

#include "wire/hl7.h"

enum line_kind {
    LINE_BLANK,
    LINE_MSH,
    LINE_HEAD, /* FHS, BHS */
    LINE_TAIL, /* BTS, FTS */
    LINE_BODY,
    LINE_KIND_COUNT,
};

void
hl7_batch_init(struct hl7_batch *b, struct str payload)
{
    *b = (struct hl7_batch){.payload = payload, .declared = -1};
    if (str_starts(payload, STR("\xef\xbb\xbf")))
        b->at = 3;
}

/* The line at `at`, without its end. */
static struct str
line_at(struct str s, size_t at)
{
    return str_sub(s, at, hl7_line_end(s, at) - at);
}

static bool
is_sep(char c)
{
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

    return c > ' ' && c < 0x7f && !letter;
}

/* A header needs its separator (MSH-1); a trailer may stand alone. */
static enum line_kind
line_kind(struct str line)
{
    bool sep = line.n > 3 && is_sep(line.p[3]);

    if (line.n == 0)
        return LINE_BLANK;
    if (sep && str_starts(line, STR("MSH")))
        return LINE_MSH;
    if (sep && (str_starts(line, STR("FHS")) || str_starts(line, STR("BHS"))))
        return LINE_HEAD;
    if ((sep || line.n == 3) && (str_starts(line, STR("BTS")) || str_starts(line, STR("FTS"))))
        return LINE_TAIL;
    return LINE_BODY;
}

/* BTS-1, the number of messages in the batch. (FTS-1 counts batches.) */
static void
tail_read(struct hl7_batch *b, struct str line)
{
    struct str one, rest;
    int64_t n;

    if (!str_starts(line, STR("BTS")) || line.n < 5)
        return;
    one = str_sub(line, 4, line.n - 4);
    (void)str_cut(one, line.p[3], &one, &rest);
    if (str_to_i64(str_trim(one), &n) && n >= 0 && n <= INT32_MAX)
        b->declared = (b->declared < 0 ? 0 : b->declared) + n;
}

/* Skips blank lines and wrappers. False at the end. */
static bool
skip_wrappers(struct hl7_batch *b)
{
    while (b->at < b->payload.n) {
        struct str line = line_at(b->payload, b->at);
        enum line_kind kind = line_kind(line);

        if (kind == LINE_MSH || kind == LINE_BODY)
            return true;
        if (kind == LINE_HEAD)
            b->wrapped = true;
        if (kind == LINE_TAIL)
            tail_read(b, line);
        b->at += line.n + 1;
    }
    return false;
}

bool
hl7_batch_next(struct hl7_batch *b, struct str *out)
{
    size_t from, at;

    if (!skip_wrappers(b))
        return false;
    from = b->at;
    at = from;
    do {
        at += line_at(b->payload, at).n + 1;
        if (at >= b->payload.n)
            break;
        switch (line_kind(line_at(b->payload, at))) {
        case LINE_BLANK:
        case LINE_BODY: continue;
        case LINE_MSH:
        case LINE_HEAD:
        case LINE_TAIL:
        case LINE_KIND_COUNT: break;
        }
        break;
    } while (true);
    b->at = at < b->payload.n ? at : b->payload.n;
    b->count++;
    *out = str_sub(b->payload, from, b->at - from);
    return true;
}
