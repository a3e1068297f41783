/*
 * What:    eval --explain: after each message, what every rule that applies to its patient says:
 *          met, unconfirmed, not met, or not evaluable and what is missing.
 * Owns:    nothing; everything lives in the arena given.
 * Threads: one.
 * Errors:  none: a patient whom the store does not know has nothing to explain.
 */
#ifndef RFD_CTL_EVALEXPLAIN_H
#define RFD_CTL_EVALEXPLAIN_H

#include "core/core.h"

struct evalexplain {
    struct core *core;
    struct stamp now;
    bool text; /* as `refractctl explain` prints it; else JSON lines */
    struct arena *arena;
};

void evalexplain_message(const struct evalexplain *x, const struct result_message *m);

#endif
