/*
 * What:    the verbs of refractctl that the running core answers, as one table.
 * Owns:    nothing; lines live in the arena.
 * Threads: the core role, between batches.
 * Errors:  an unknown verb or a bad argument is a text and exit code 1 or 2, for refractctl.
 */
#ifndef RFD_CORE_CONTROL_H
#define RFD_CORE_CONTROL_H

#include "codec/feed.h"
#include "core/core.h"

/* What a peer of control.sock may do. The group reads, the service's own user acts. */
enum control_right {
    CONTROL_READ,
    CONTROL_ACT,
    CONTROL_RIGHT_COUNT,
};

/* Exit code of a request that may be made again later: the disk is nearly full. */
enum { CONTROL_BUSY = 75 };

/* Answers rq; everything of *out lives in a. Not while a batch is open. */
void control_answer(struct core *c, const struct control_request *rq, enum control_right has,
                    struct stamp now, struct arena *a, struct control_reply *out);

#endif
