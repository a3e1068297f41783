#include "base/date.h"

#include "base/sb.h"

enum {
    YEAR_MIN = 1800,
    YEAR_MAX = 2199,
    DAYS_TO_1970 = 719162, /* from 0001-01-01 */
    DAYS_IN_400_YEARS = 146097,
    SPAN_MONTHS_MAX = 4800, /* 400 years, as many as dates have */
    DAY_SECONDS = 86400,
};

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool
is_leap(int64_t y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Days from 0001-01-01 to the first of January of y, of any sign. */
static int64_t
days_before_year(int64_t y)
{
    int64_t past = y - 1;

    return past * 365 + floor_div(past, 4) - floor_div(past, 100) + floor_div(past, 400);
}

/* Days of year y before month m, 1..13. */
static int
days_before_month(int64_t y, int m)
{
    static const int16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

    rfd_assert(m >= 1 && m <= 13);
    return before[m - 1] + (m > 2 && is_leap(y) ? 1 : 0);
}

static int
month_days(int64_t y, int m)
{
    return days_before_month(y, m + 1) - days_before_month(y, m);
}

/* A day past what day_t counts (5.8 million years) becomes the last one that it does. */
static day_t
day_clamp(int64_t day)
{
    if (day > INT32_MAX)
        return INT32_MAX;
    return day <= DAY_NONE ? DAY_NONE + 1 : (day_t)day;
}

static day_t
day_of(int64_t y, int m, int d)
{
    return day_clamp(days_before_year(y) - DAYS_TO_1970 + days_before_month(y, m) + d - 1);
}

bool
day_from_ymd(int y, int m, int d, day_t *out)
{
    if (y < YEAR_MIN || y > YEAR_MAX || m < 1 || m > 12 || d < 1 || d > month_days(y, m))
        return false;
    *out = day_of(y, m, d);
    return true;
}

void
day_to_ymd(day_t day, int *y, int *m, int *d)
{
    int64_t from_1 = (int64_t)day + DAYS_TO_1970;
    int64_t year = floor_div(from_1 * 400, DAYS_IN_400_YEARS) + 1; /* right, or one off */
    int month = 1;
    int rest;

    rfd_assert(day != DAY_NONE);
    while (days_before_year(year) > from_1)
        year--;
    while (days_before_year(year + 1) <= from_1)
        year++;
    rest = (int)(from_1 - days_before_year(year));
    while (days_before_month(year, month + 1) <= rest)
        month++;
    *y = (int)year;
    *m = month;
    *d = rest - days_before_month(year, month) + 1;
}

day_t
day_add_months(day_t day, int32_t months)
{
    int y, m, d, last;
    int64_t from_0; /* months from January of year 0 */
    int64_t year;

    day_to_ymd(day, &y, &m, &d);
    from_0 = (int64_t)y * 12 + (m - 1) + months;
    year = floor_div(from_0, 12);
    m = (int)(from_0 - year * 12) + 1;
    last = month_days(year, m);
    return day_of(year, m, d < last ? d : last);
}

day_t
day_add(day_t day, struct span s)
{
    rfd_assert(day != DAY_NONE);
    return s.months ? day_add_months(day, s.n) : day_clamp((int64_t)day + s.n);
}

/* Takes n digits, no more and no fewer, off the front of s. */
static bool
take_number(struct str *s, size_t n, int *out)
{
    uint64_t v;

    if (s->n < n || !str_to_u64(str_sub(*s, 0, n), &v))
        return false;
    *out = (int)v; /* n is at most 4 */
    *s = str_sub(*s, n, s->n);
    return true;
}

static bool
take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

/* The largest prefix of YYYY-MM-DD that is there. */
static bool
take_date(struct str *s, day_t *day, enum precision *precision)
{
    int y, m = 1, d = 1;

    *precision = PRECISION_YEAR;
    if (!take_number(s, 4, &y))
        return false;
    if (take_char(s, '-')) {
        *precision = PRECISION_MONTH;
        if (!take_number(s, 2, &m))
            return false;
        if (take_char(s, '-')) {
            *precision = PRECISION_DAY;
            if (!take_number(s, 2, &d))
                return false;
        }
    }
    return day_from_ymd(y, m, d, day);
}

/* hh:mm or hh:mm:ss. No leap second: utc_s cannot say it. */
static bool
take_time(struct str *s, int *seconds, enum precision *precision)
{
    int hour, minute, second = 0;

    *precision = PRECISION_MINUTE;
    if (!take_number(s, 2, &hour) || !take_char(s, ':') || !take_number(s, 2, &minute))
        return false;
    if (take_char(s, ':')) {
        *precision = PRECISION_SECOND;
        if (!take_number(s, 2, &second))
            return false;
    }
    *seconds = (hour * 60 + minute) * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

/* Z or +hh:mm. Zero is only ever printed as Z. */
static bool
take_offset(struct str *s, int *minutes)
{
    bool negative;
    int hour, minute;

    *minutes = 0;
    if (take_char(s, 'Z'))
        return true;
    negative = take_char(s, '-');
    if (!negative && !take_char(s, '+'))
        return false;
    if (!take_number(s, 2, &hour) || !take_char(s, ':') || !take_number(s, 2, &minute))
        return false;
    *minutes = (negative ? -1 : 1) * (hour * 60 + minute);
    return hour < 24 && minute < 60 && *minutes != 0;
}

bool
day_parse(struct str s, day_t *out)
{
    enum precision precision;
    day_t day;

    if (!take_date(&s, &day, &precision) || precision != PRECISION_DAY || !str_is_empty(s))
        return false;
    *out = day;
    return true;
}

struct str
day_format(day_t day, char buf[DAY_TEXT_MAX])
{
    struct sb b;
    int y, m, d;

    day_to_ymd(day, &y, &m, &d);
    sb_init(&b, buf, DAY_TEXT_MAX);
    sb_addf(&b, "%04d-%02d-%02d", y, m, d);
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

bool
span_parse(struct str s, struct span *out)
{
    static const struct {
        const char *suffix;
        int32_t times;
        bool months;
    } units[] = {{"d", 1, false}, {"w", 7, false}, {"mo", 1, true}, {"y", 12, true}};
    static const uint64_t max[] = {[false] = DAYS_IN_400_YEARS, [true] = SPAN_MONTHS_MAX};

    for (size_t i = 0; i < RFD_COUNT(units); i++) {
        struct str suffix = str_from_c(units[i].suffix);
        uint64_t n;

        if (!str_ends(s, suffix) || !str_to_u64(str_sub(s, 0, s.n - suffix.n), &n))
            continue;
        if (n > max[units[i].months] / (uint64_t)units[i].times)
            return false;
        *out = (struct span){(int32_t)n * units[i].times, units[i].months};
        return true;
    }
    return false;
}

struct str
span_format(struct span s, char buf[DAY_TEXT_MAX])
{
    struct sb b;

    sb_init(&b, buf, DAY_TEXT_MAX);
    sb_add_i64(&b, s.n);
    sb_add_c(&b, s.months ? " month" : " day");
    if (s.n != 1 && s.n != -1)
        sb_add_char(&b, 's');
    rfd_assert(sb_ok(&b)); /* span_parse() lets no more than six digits in */
    return sb_str(&b);
}

struct stamp
stamp_of_day(day_t day, int16_t offset_min)
{
    rfd_assert(day != DAY_NONE);
    return (struct stamp){(int64_t)day * DAY_SECONDS - offset_min * INT64_C(60), offset_min,
                          PRECISION_DAY};
}

struct stamp
stamp_of_utc(int64_t utc_s)
{
    return (struct stamp){utc_s, 0, PRECISION_SECOND};
}

/* The local day and the second of it, without passing the ends of int64_t on the way. */
static day_t
stamp_split(struct stamp s, int *second_out)
{
    int64_t utc_days = s.utc_s / DAY_SECONDS;
    int64_t local = s.utc_s % DAY_SECONDS + s.offset_min * INT64_C(60);
    int64_t days = floor_div(local, DAY_SECONDS);

    *second_out = (int)(local - days * DAY_SECONDS);
    return day_clamp(utc_days + days);
}

day_t
stamp_day(struct stamp s)
{
    int second;

    return stamp_is_absent(s) ? DAY_NONE : stamp_split(s, &second);
}

int
stamp_cmp(struct stamp a, struct stamp b)
{
    if (stamp_is_absent(a) || stamp_is_absent(b))
        return (int)stamp_is_absent(b) - (int)stamp_is_absent(a);
    return (a.utc_s > b.utc_s) - (a.utc_s < b.utc_s);
}

static void
add_time(struct sb *b, struct stamp s, int second)
{
    int offset = s.offset_min < 0 ? -s.offset_min : s.offset_min;

    sb_addf(b, "T%02d:%02d", second / 3600, second / 60 % 60);
    if (s.precision == PRECISION_SECOND)
        sb_addf(b, ":%02d", second % 60);
    if (offset == 0)
        sb_add_char(b, 'Z');
    else
        sb_addf(b, "%c%02d:%02d", s.offset_min < 0 ? '-' : '+', offset / 60, offset % 60);
}

struct str
stamp_format(struct stamp s, char buf[STAMP_TEXT_MAX])
{
    struct sb b;
    int y, m, d, second;

    sb_init(&b, buf, STAMP_TEXT_MAX);
    if (stamp_is_absent(s))
        return STR_NONE; /* absent stays absent; buf is an empty text */
    rfd_assert(s.precision < PRECISION_COUNT);
    day_to_ymd(stamp_split(s, &second), &y, &m, &d);
    sb_addf(&b, "%04d", y);
    if (s.precision >= PRECISION_MONTH)
        sb_addf(&b, "-%02d", m);
    if (s.precision >= PRECISION_DAY)
        sb_addf(&b, "-%02d", d);
    if (s.precision >= PRECISION_MINUTE)
        add_time(&b, s, second);
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

bool
stamp_parse(struct str s, struct stamp *out)
{
    enum precision precision;
    day_t day;
    int seconds = 0;
    int offset = 0;

    if (!take_date(&s, &day, &precision))
        return false;
    if (precision == PRECISION_DAY && take_char(&s, 'T') &&
        (!take_time(&s, &seconds, &precision) || !take_offset(&s, &offset)))
        return false;
    if (!str_is_empty(s))
        return false;
    out->utc_s = (int64_t)day * DAY_SECONDS + seconds - offset * INT64_C(60);
    out->offset_min = (int16_t)offset;
    out->precision = (uint8_t)precision;
    return true;
}
