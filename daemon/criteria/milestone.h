/*
 * What:    response milestones: what a value in a window of time means.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  compile: false with a diag.
 */
#ifndef RFD_CRITERIA_MILESTONE_H
#define RFD_CRITERIA_MILESTONE_H

#include "criteria/compile.h"
#include "criteria/decide.h"

bool milestone_compile(struct compiler *c, const struct tree *list);
struct decision milestone_decide(const struct scope *s);
const struct milestone_limit *milestone_limit(const struct decision *d);

#endif
