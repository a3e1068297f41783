/*
 * What:    the series that a rule reads: its values, responses or molecular results by day.
 * Owns:    nothing; lives in the arena given.
 * Threads: plain functions.
 * Errors:  none: a value in a unit that cannot be converted is left out and counted (unread).
 */
#ifndef RFD_CRITERIA_SERIES_H
#define RFD_CRITERIA_SERIES_H

#include "criteria/scope.h"

/* More values of one analyte than any course has; each candidate looks at all earlier ones. */
enum { SERIES_POINTS_MAX = 2000 };

/* The series of one timeline, each read once for all the rules that read the same. */
enum {
    SERIES_MEMO_MAX = 64
}; /* more than a disease has analytes; what does not fit is read anew */
struct series_memo {
    const struct rule *rule[SERIES_MEMO_MAX]; /* one that reads it */
    struct series series[SERIES_MEMO_MAX];
    size_t count;
};

/* memo: NULL, or of this very timeline and arena. */
struct series series_build(const struct rule *r, const struct timeline *t,
                           const struct anchor *anchor, struct series_memo *memo, struct arena *a);

/* Are they surely two specimens? By their numbers, else by the day or the minute. */
bool series_is_distinct(const struct point *x, const struct point *y);

#endif
