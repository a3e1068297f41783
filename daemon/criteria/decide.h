/*
 * What:    from single candidates to a status: runs and their confirmation.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_DECIDE_H
#define RFD_CRITERIA_DECIDE_H

#include "criteria/scope.h"

struct decision {
    enum finding_status status;
    bool has_point;  /* there is something that it speaks of */
    size_t point;    /* the first event; not met, not evaluable: the latest that was looked at */
    bool has_second; /* a second value confirmed it */
    size_t second;
    bool at_once;                      /* needed no confirmation */
    const struct milestone *milestone; /* whose limit it is; NULL: none */
};

/* The candidate's test at i, with what excludes it. */
enum kleene decide_candidate(const struct scope *s, size_t i);
struct decision decide_runs(const struct scope *s);

#endif
