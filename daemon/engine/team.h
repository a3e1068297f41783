/*
 * What:    whom the messages in force name for a patient, and as what: of a visit, of roles that
 *          begin and end, and of the results that an alert rests on.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ENGINE_TEAM_H
#define RFD_ENGINE_TEAM_H

#include "alert/directory.h"
#include "model/finding.h"
#include "model/timeline.h"

struct team {
    const struct directory_said *said; /* as of the timeline's today */
    size_t count;
    day_t next_due; /* the first day on which a role begins or has ended; DAY_NONE */
};

/* A pure function of the facts in force: however they came, the same people. */
struct team team_of(const struct timeline *t, const struct finding *const *finding, size_t count,
                    struct arena *a);

#endif
