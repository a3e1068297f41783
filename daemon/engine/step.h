/*
 * What:    the program as a function: one patient's facts and alerts in, changes out.
 * Owns:    nothing; everything made lives in the arena given.
 * Threads: one thread, no clock, no I/O: the same journal gives the same effects, always.
 * Errors:  a full arena jumps to its trap: the caller quarantines the message ("too large").
 */
#ifndef RFD_ENGINE_STEP_H
#define RFD_ENGINE_STEP_H

#include "engine/effects.h"
#include "engine/knowledge.h"

/* One person: the facts of all identifiers that live links join, every version ever received. */
struct engine_patient {
    struct patient_ref ref; /* the identifier that survives */
    const struct fact *fact;
    size_t fact_count;
    const struct alert *alert; /* of all identifiers, open and closed, by id */
    size_t alert_count;
};

void engine_step(const struct knowledge *k, const struct engine_patient *p,
                 const struct engine_event *ev, struct arena *a, struct effects *out);

#endif
