/*
 * What:    why a stored person fits a trial, or does not: every leaf with its answer, as lines.
 * Owns:    nothing; everything lives in the arena of the lines.
 * Threads: the core role, not while a batch is open.
 * Errors:  TRIALS_NO_TRIAL: no clause is of that name. TRIALS_NO_STORE: the store did not answer.
 */
#ifndef RFD_CORE_TRIALS_H
#define RFD_CORE_TRIALS_H

#include "core/core.h"
#include "core/lines.h"

enum trials_result {
    TRIALS_EXPLAINED,
    TRIALS_NO_TRIAL,
    TRIALS_NO_STORE,
    TRIALS_RESULT_COUNT,
};

/* name: protocol number, registry number or the id of one clause. */
RFD_MUSTCHECK enum trials_result
core_explain_trial(struct core *c, uint64_t patient, struct str name, struct stamp now, bool json,
                   struct lines *out);

#endif
