/*
 * What:    a decision in words, with its evidence and what is missing.
 * Owns:    nothing; texts live in the scope's arena.
 * Threads: plain functions.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_EXPLAIN_H
#define RFD_CRITERIA_EXPLAIN_H

#include "criteria/decide.h"

/* Fills why, evidence, missing and next_due of a finding whose status is set. */
void explain(const struct scope *s, const struct decision *d, struct finding *out);

#endif
