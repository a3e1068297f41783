/*
 * What:    civil days, instants with precision and offset, calendar spans. No clock is read here.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  parsers return false and leave *out alone.
 */
#ifndef RFD_BASE_DATE_H
#define RFD_BASE_DATE_H

#include "base/assert.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar: a *local* civil day. */
typedef int32_t day_t;

enum { DAY_NONE = INT32_MIN, DAY_TEXT_MAX = 16, STAMP_TEXT_MAX = 40 };

/* How much of a time was said. A partial date widens, it is never filled up in silence. */
enum precision {
    PRECISION_NONE, /* absent */
    PRECISION_YEAR,
    PRECISION_MONTH,
    PRECISION_DAY,
    PRECISION_MINUTE,
    PRECISION_SECOND,
    PRECISION_COUNT,
};

/* An instant. utc_s is the *first* second of what was said, in UTC by offset_min. */
struct stamp {
    int64_t utc_s;
    int16_t offset_min; /* local minus UTC, minutes */
    uint8_t precision;  /* enum precision; PRECISION_NONE: absent */
};

#define STAMP_NONE ((struct stamp){0, 0, PRECISION_NONE})

/* A duration as papers state it: days, or calendar months (clamped to the month's end). */
struct span {
    int32_t n;
    bool months;
};

static inline bool
stamp_is_absent(struct stamp s)
{
    return s.precision == PRECISION_NONE;
}

RFD_MUSTCHECK bool day_from_ymd(int y, int m, int d, day_t *out); /* 1800..2199 */
void day_to_ymd(day_t day, int *y, int *m, int *d);
day_t day_add_months(day_t day, int32_t months); /* 31 Jan + 1 mo = 28/29 Feb */
day_t day_add(day_t day, struct span s);
RFD_MUSTCHECK bool day_parse(struct str s, day_t *out);   /* YYYY-MM-DD */
struct str day_format(day_t day, char buf[DAY_TEXT_MAX]); /* the same */

/* 28d 12w 6mo 1y; w = 7 d, y = 12 mo; at most 400 years */
RFD_MUSTCHECK bool span_parse(struct str s, struct span *out);
struct str span_format(struct span s, char buf[DAY_TEXT_MAX]); /* in words: "28 days", "6 months" */

struct stamp stamp_of_day(day_t day, int16_t offset_min);
struct stamp stamp_of_utc(int64_t utc_s);      /* offset 0, to the second */
day_t stamp_day(struct stamp s);               /* the local day of its first second */
int stamp_cmp(struct stamp a, struct stamp b); /* by instant, absent first */
/* RFC 3339 as far as said: 2026, 2026-11, 2026-11-23, 2026-11-23T10:15+01:00, ...:30Z */
struct str stamp_format(struct stamp s, char buf[STAMP_TEXT_MAX]);
RFD_MUSTCHECK bool stamp_parse(struct str s, struct stamp *out); /* what stamp_format() prints */

#endif
