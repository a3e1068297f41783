/*
 * What:    the latest result of another analyte than the series', for a test and for an exclusion.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  compile: false with a diag.
 */
#ifndef RFD_CRITERIA_LATEST_H
#define RFD_CRITERIA_LATEST_H

#include "criteria/compile.h"

bool latest_compile(struct compiler *c, const struct tree *from, struct test *out);

/* The result, when there is one on or before the candidate's day, within the span, and it surely
 * lies within plain bounds; NULL: none. */
const struct fact *latest_find(const struct test *t, const struct scope *s);

#endif
