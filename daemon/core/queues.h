/*
 * What:    the verb queues: each route's place, state and last problem, for whoever keeps an eye on
 *          them.
 * Owns:    nothing.
 * Threads: the core role, between batches.
 * Errors:  what out has not said of late stays empty.
 */
#ifndef RFD_CORE_QUEUES_H
#define RFD_CORE_QUEUES_H

#include "core/ask.h"

void queues_run(struct ask *k);

#endif
