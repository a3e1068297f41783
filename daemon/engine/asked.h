/*
 * What:    a person's cases as matching sees them, for whoever asks about one trial or option
 *          outside of a step.
 * Owns:    nothing; lives in the arena given.
 * Threads: plain data.
 * Errors:  none. Somebody without a mapped diagnosis has one case whose disease is not known.
 */
#ifndef RFD_ENGINE_ASKED_H
#define RFD_ENGINE_ASKED_H

#include "engine/step.h"

struct asked_case {
    struct str key; /* of the case; absent: no diagnosis is known */
    struct match_case match;
};

struct asked_cases {
    const struct asked_case *item;
    size_t count;
};

struct asked_cases asked_cases(const struct knowledge *k, const struct engine_patient *p,
                               const struct engine_event *ev, struct arena *a);

#endif
