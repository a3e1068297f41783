/*
 * What:    what should stand against what stands: the alerts of a patient, old and new, as effects.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ENGINE_DIFF_H
#define RFD_ENGINE_DIFF_H

#include "engine/effects.h"

/* An alert that the facts call for: complete but for id, version, state and stamps. */
struct wanted {
    struct alert alert;
    bool past;          /* its line has ended: keeps an alert from being retracted, opens none */
    int32_t notify_age; /* days; an older event opens silently; 0: no limit */
};

struct diff_in {
    const struct wanted *wanted; /* by case, episode */
    size_t wanted_count;
    const struct alert *alert; /* that he has */
    size_t alert_count;
    const struct engine_event *event;
    struct str
        ended; /* why nothing is wanted at all (deceased, opted out); absent: wanted counts */
    day_t today;
};

/* Fills out->item, out->count. */
void diff_alerts(const struct diff_in *in, struct arena *a, struct effects *out);

#endif
