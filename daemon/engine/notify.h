/*
 * What:    of an alert that the facts call for: whom it is for, and whether it waits for the team
 *          to act by itself (a rule's act_watch).
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ENGINE_NOTIFY_H
#define RFD_ENGINE_NOTIFY_H

#include "alert/duty.h"
#include "model/finding.h"
#include "model/timeline.h"

struct notify_in {
    const struct timeline *timeline;
    const struct finding *const *finding; /* of the alert */
    size_t finding_count;
    const struct oncotree_node *disease;
    bool confidential;
    bool inherited;          /* it rests on a variant that may be: one role hears of it */
    const struct duty *duty; /* NULL: none */
};

/* Fills waiting_until and acted. */
void notify_wait(const struct notify_in *in, struct arena *a, struct alert *al);
/* Fills the recipients. The first day on which time alone could change them; DAY_NONE. */
day_t notify_recipients(const struct notify_in *in, struct arena *a, struct alert *al);

#endif
