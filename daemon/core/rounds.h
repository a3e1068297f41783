/*
 * What:    what the hour brings for all alerts together: the digest of a day, and escalations.
 * Owns:    nothing.
 * Threads: the core role; not while a batch is open.
 * Errors:  logged and undone; the next tick tries again.
 */
#ifndef RFD_CORE_ROUNDS_H
#define RFD_CORE_ROUNDS_H

#include "base/date.h"

struct core;

/* Was there anything? */
bool rounds_tick(struct core *c, struct stamp at);

#endif
