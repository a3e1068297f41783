#include "sys/zone.h"

#include "base/date.h"
#include "base/sb.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* RFC 8536: a header and a block for 32-bit times, then the same for 64 bits, then a rule in the
 * manner of the TZ variable (POSIX) for the time after the last transition. */
enum {
    HEADER = 44,
    TYPE = 6,
    ZONE_FILE_MAX = 64 * 1024, /* the largest of tzdata has 4 KB */
    ZONE_NAME_MAX = 64,
    ZONE_PATH_MAX = 512,
    WEEK = 7,
    DAY_S = 86400,
};

/* When summer time begins or ends: Mm.w.d, Jn or n, with a time of day. */
struct change {
    char kind; /* 'M', 'J', 'n' */
    int month;
    int week;
    int day;
    int32_t time_s;
};

struct rule {
    bool given;
    bool summer;
    int32_t std_s;
    int32_t dst_s;
    struct change begin;
    struct change end;
};

struct zone {
    size_t count;
    const int64_t *at;     /* of each transition, UTC */
    const int32_t *offset; /* from then on */
    int32_t first;         /* before the first */
    struct rule rule;      /* after the last */
};

/* --- the rule's text */

struct cursor {
    const char *p;
    const char *end;
};

static bool
take(struct cursor *c, char want)
{
    if (c->p == c->end || *c->p != want)
        return false;
    c->p++;
    return true;
}

static bool
take_number(struct cursor *c, int max, int *out)
{
    const char *from = c->p;
    int v = 0;

    while (c->p < c->end && *c->p >= '0' && *c->p <= '9' && v <= max)
        v = v * 10 + (*c->p++ - '0');
    *out = v;
    return c->p > from && v <= max;
}

/* [+-]hh[:mm[:ss]]; up to 167 hours in a change's time. */
static bool
take_time(struct cursor *c, int32_t *out)
{
    bool negative = take(c, '-');
    int h, m = 0, s = 0;

    if (!negative)
        (void)take(c, '+');
    if (!take_number(c, 167, &h))
        return false;
    if (take(c, ':') && (!take_number(c, 59, &m) || (take(c, ':') && !take_number(c, 59, &s))))
        return false;
    *out = (int32_t)(h * 3600 + m * 60 + s) * (negative ? -1 : 1);
    return true;
}

/* CET, or <+03> when it is no word. */
static bool
take_name(struct cursor *c)
{
    const char *from = c->p;
    bool quoted = take(c, '<');

    while (c->p < c->end && ((*c->p >= 'A' && *c->p <= 'Z') || (*c->p >= 'a' && *c->p <= 'z') ||
                             (quoted && *c->p != '>')))
        c->p++;
    return (!quoted || take(c, '>')) && c->p - from >= 3;
}

static bool
take_change(struct cursor *c, struct change *out)
{
    bool ok;

    *out = (struct change){.kind = 'n', .time_s = 2 * 3600};
    if (take(c, 'M')) {
        out->kind = 'M';
        ok = take_number(c, 12, &out->month) && take(c, '.') && take_number(c, 5, &out->week) &&
             take(c, '.') && take_number(c, 6, &out->day) && out->month > 0 && out->week > 0;
    } else {
        if (take(c, 'J'))
            out->kind = 'J';
        ok = take_number(c, 365, &out->day);
    }
    return ok && (!take(c, '/') || take_time(c, &out->time_s));
}

/* std offset [dst [offset] , begin , end]; the text's offsets count westward. */
static bool
rule_read(struct str text, struct rule *r)
{
    struct cursor c = {text.p, text.p + text.n};
    int32_t west;

    *r = (struct rule){0};
    if (text.n == 0)
        return true;
    if (!take_name(&c) || !take_time(&c, &west))
        return false;
    r->given = true;
    r->std_s = -west;
    if (c.p == c.end)
        return true;
    if (!take_name(&c))
        return false;
    r->summer = true;
    r->dst_s = r->std_s + 3600;
    if (c.p < c.end && *c.p != ',') {
        if (!take_time(&c, &west))
            return false;
        r->dst_s = -west;
    }
    return take(&c, ',') && take_change(&c, &r->begin) && take(&c, ',') &&
           take_change(&c, &r->end) && c.p == c.end;
}

/* --- what the rule says of a year */

static int64_t
day_of(int year, int month, int day)
{
    day_t d = 0;

    return day_from_ymd(year, month, day, &d) ? d : 0;
}

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The week'th weekday of a month; 5: the last. 1970-01-01 was a Thursday, 4. */
static int64_t
weekday_of_month(int year, const struct change *c)
{
    int64_t first = day_of(year, c->month, 1);
    int64_t next = c->month == 12 ? day_of(year + 1, 1, 1) : day_of(year, c->month + 1, 1);
    int64_t weekday = ((first + 4) % WEEK + WEEK) % WEEK;
    int64_t day = first + (c->day - weekday + WEEK) % WEEK + (int64_t)WEEK * (c->week - 1);

    return day >= next ? day - WEEK : day;
}

/* Seconds on the wall, by the clock that is in force before the change. */
static int64_t
change_local(int year, const struct change *c)
{
    int64_t jan1 = day_of(year, 1, 1);
    int64_t day;

    if (c->kind == 'M')
        day = weekday_of_month(year, c);
    else if (c->kind == 'J') /* 1..365, 29 February never counts */
        day = jan1 + c->day - 1 + (is_leap(year) && c->day >= 60 ? 1 : 0);
    else
        day = jan1 + c->day;
    return day * DAY_S + c->time_s;
}

static int32_t
rule_offset(const struct rule *r, int64_t utc_s)
{
    int64_t local = utc_s + r->std_s;
    int64_t day = local >= 0 ? local / DAY_S : -((-local + DAY_S - 1) / DAY_S);
    int64_t begin, end;
    int year, month, dom;
    bool within;

    if (!r->summer || day < INT32_MIN / 2 || day > INT32_MAX / 2)
        return r->std_s;
    day_to_ymd((day_t)day, &year, &month, &dom);
    begin = change_local(year, &r->begin) - r->std_s;
    end = change_local(year, &r->end) - r->dst_s;
    if (begin < end)
        within = utc_s >= begin && utc_s < end;
    else /* southern hemisphere: summer holds over New Year */
        within = utc_s >= begin || utc_s < end;
    return within ? r->dst_s : r->std_s;
}

/* --- the file */

static int64_t
big_endian(const char *p, size_t n)
{
    uint64_t v = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | (uint8_t)p[i];
    return (int64_t)v;
}

/* The six counts of a header, in their order: isut, isstd, leap, time, type, char. */
struct counts {
    size_t n[6];
};

static bool
header_read(struct str s, struct counts *out)
{
    if (s.n < HEADER || !str_starts(s, STR("TZif")) || s.p[4] < '2')
        return false;
    for (size_t i = 0; i < RFD_COUNT(out->n); i++) {
        int64_t v = big_endian(s.p + 20 + 4 * i, 4);

        if (v < 0 || v > ZONE_FILE_MAX)
            return false;
        out->n[i] = (size_t)v;
    }
    return out->n[4] > 0;
}

static size_t
block_size(const struct counts *c, size_t time_size)
{
    return c->n[3] * (time_size + 1) + c->n[4] * TYPE + c->n[5] + c->n[2] * (time_size + 4) +
           c->n[1] + c->n[0];
}

/* s: from the times of the 64-bit block on. */
static bool
block_read(struct str s, const struct counts *c, struct arena *a, struct zone *z)
{
    size_t count = c->n[3];
    int64_t *at = ARENA_ARRAY(a, count, int64_t);
    int32_t *offset = ARENA_ARRAY(a, count, int32_t);
    const char *index = s.p + count * 8;
    const char *types = index + count;

    for (size_t i = 0; i < count; i++) {
        if ((uint8_t)index[i] >= c->n[4])
            return false;
        at[i] = big_endian(s.p + i * 8, 8);
        offset[i] = (int32_t)big_endian(types + (size_t)(uint8_t)index[i] * TYPE, 4);
        if (i > 0 && at[i] <= at[i - 1])
            return false;
    }
    *z = (struct zone){
        .count = count, .at = at, .offset = offset, .first = (int32_t)big_endian(types, 4)};
    return true;
}

bool
zone_read(struct str bytes, struct arena *a, const struct zone **out)
{
    struct zone *z = ARENA_NEW(a, struct zone);
    struct counts c;
    size_t skip;
    struct str rest, footer;

    if (!header_read(bytes, &c))
        return false;
    skip = HEADER + block_size(&c, 4);
    rest = str_sub(bytes, skip, bytes.n);
    if (!header_read(rest, &c) || rest.n < HEADER + block_size(&c, 8) + 2 ||
        !block_read(str_sub(rest, HEADER, rest.n), &c, a, z))
        return false;
    footer = str_sub(rest, HEADER + block_size(&c, 8), rest.n);
    if (footer.p[0] != '\n' || footer.p[footer.n - 1] != '\n' || footer.n < 2 ||
        !rule_read(str_sub(footer, 1, footer.n - 2), &z->rule))
        return false;
    *out = z;
    return true;
}

/* Europe/Oslo; never a path that leaves the folder. */
static bool
is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!word && c != '/' && c != '_' && c != '-' && c != '+')
            return false;
    }
    return s.n > 0 && s.n < ZONE_NAME_MAX && s.p[0] != '/';
}

static struct str
file_read(const char *path, struct arena *a)
{
    char *p = arena_alloc(a, ZONE_FILE_MAX);
    size_t n = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return STR_NONE;
    while (n < ZONE_FILE_MAX && (got = read(fd, p + n, ZONE_FILE_MAX - n)) > 0)
        n += (size_t)got;
    (void)close(fd);
    return (struct str){p, n};
}

bool
zone_load(const char *folder, struct str name, struct arena *a, const struct zone **out)
{
    char path[ZONE_PATH_MAX];
    struct sb b;
    struct str bytes;

    if (!is_name(name))
        return false;
    sb_init(&b, path, sizeof(path));
    sb_addf(&b, "%s/%.*s", folder != NULL ? folder : "/usr/share/zoneinfo", STR_FMT(name));
    if (!sb_ok(&b))
        return false;
    bytes = file_read(sb_cz(&b), a);
    return bytes.n > 0 && zone_read(bytes, a, out);
}

/* --- questions */

int32_t
zone_offset(const struct zone *z, int64_t utc_s)
{
    size_t lo = 0, hi = z->count;

    if (z->count == 0 || utc_s < z->at[0])
        return z->count == 0 && z->rule.given ? rule_offset(&z->rule, utc_s) : z->first;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (utc_s >= z->at[mid])
            lo = mid;
        else
            hi = mid;
    }
    return lo + 1 == z->count && z->rule.given ? rule_offset(&z->rule, utc_s) : z->offset[lo];
}

static int16_t
minutes(int32_t s)
{
    return (int16_t)((s >= 0 ? s + 30 : s - 30) / 60);
}

/* Changes lie more than a day apart, so the offsets of the day before and after are all there
 * are. */
enum zone_local
zone_at_local(const struct zone *z, int64_t local_s, int16_t *offset_min_out)
{
    int32_t before = zone_offset(z, local_s - DAY_S - zone_offset(z, local_s));
    int32_t after = zone_offset(z, local_s + DAY_S - zone_offset(z, local_s));
    bool is_before = zone_offset(z, local_s - before) == before;
    bool is_after = zone_offset(z, local_s - after) == after;

    *offset_min_out = minutes(is_before || !is_after ? before : after);
    if (before == after)
        return ZONE_ONCE;
    if (is_before && is_after) /* the larger offset is the earlier instant, and it comes first */
        return ZONE_TWICE;
    return is_before || is_after ? ZONE_ONCE : ZONE_NEVER;
}
