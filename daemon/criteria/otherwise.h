/*
 * What:    what else could explain a finding, as far as it can be seen in the case itself.
 * Owns:    nothing; lives in the scope's arena.
 * Threads: plain functions.
 * Errors:  none. What no feed tells is on the rule's own lists (consider, unchecked).
 */
#ifndef RFD_CRITERIA_OTHERWISE_H
#define RFD_CRITERIA_OTHERWISE_H

#include "criteria/decide.h"
#include "criteria/scope.h"
#include "model/finding.h"

/* Fills out->seen for what is met or unconfirmed. */
void otherwise_seen(const struct scope *s, const struct decision *d, struct finding *out);

#endif
