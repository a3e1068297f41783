/*
 * What:    the age that a rule is for: most papers speak of adults, a few of children.
 * Owns:    nothing; texts live in the arena given.
 * Threads: plain functions.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_AGE_H
#define RFD_CRITERIA_AGE_H

#include "criteria/rule.h"
#include "model/timeline.h"

/* On the timeline's day. K_UNKNOWN: no date of birth, or not exact enough to tell. */
enum kleene age_fits(const struct rule *r, const struct timeline *t);

/* "BEFORE patients aged 18 or over" */
struct str words_age(struct arena *a, const struct rule *r, const char *before);

#endif
