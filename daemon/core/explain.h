/*
 * What:    why a patient has the alerts he has, and why not others: every rule that applies, in text.
 * Owns:    nothing.
 * Threads: any.
 * Errors:  none.
 */
#ifndef RFD_CORE_EXPLAIN_H
#define RFD_CORE_EXPLAIN_H

#include "core/lines.h"
#include "engine/step.h"

void explain_effects(struct lines *l, const struct effects *fx, bool json);

#endif
