/*
 * What:    why a patient has the alerts he has and no others: every rule that applies, as text.
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
