/*
 * What:    a finding's thresholds: the lines of all that made it one.
 * Owns:    nothing; they live in the scope's arena.
 * Threads: plain functions.
 * Errors:  none; of a rule without numeric lines there are none.
 */
#ifndef RFD_CRITERIA_GATHER_H
#define RFD_CRITERIA_GATHER_H

#include "criteria/decide.h"

/* Of the leaves that made the candidate one (note), of the milestone, of the confirmation. s stands
 * at the candidate. */
void gather_thresholds(const struct scope *s, const struct decision *d, const struct note *note,
                       size_t count, struct finding *out);

#endif
