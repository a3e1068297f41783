/*
 * What:    the line of therapy that a rule is anchored to, and how long ago its therapy ended.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  none: without a therapy of the rule's classes anchor.found is false.
 */
#ifndef RFD_CRITERIA_ANCHOR_H
#define RFD_CRITERIA_ANCHOR_H

#include "criteria/scope.h"

/* The latest line with a course of one of the rule's classes, from the first of these courses on.
 * Background therapy (androgen deprivation) is a line of its own as long as it goes on. A rule that
 * counts from a procedure is anchored to the last one. */
struct anchor anchor_find(const struct rule *r, const struct timeline *t,
                          const struct therapies *th, struct arena *a);

/* When the anchor's therapy was last taken, seen from a day: between first and last. Equal to the
 * day itself while it is being taken. */
struct anchor_end {
    day_t first;
    day_t last;
    bool on;
};
struct anchor_end anchor_end(const struct anchor *a, day_t day);

#endif
