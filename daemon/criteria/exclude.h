/*
 * What:    what makes a candidate not evaluable: a change of method, an intervention, a therapy.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  compile: false with a diag.
 */
#ifndef RFD_CRITERIA_EXCLUDE_H
#define RFD_CRITERIA_EXCLUDE_H

#include "criteria/compile.h"

bool exclude_compile(struct compiler *c, const struct tree *list);
/* NULL: nothing excludes the candidate. n, when wanted, gets a clause and what is missing. */
const struct exclusion *exclude_find(const struct scope *s, struct note *n);

#endif
