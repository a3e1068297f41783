/*
 * What:    the verb `feeds`: each feed with its state, connections, messages and last message.
 * Owns:    nothing.
 * Threads: the core role.
 * Errors:  ask_fail() when edge has said nothing yet.
 */
#ifndef RFD_CORE_FEEDS_H
#define RFD_CORE_FEEDS_H

#include "core/ask.h"

void feeds_run(struct ask *k);

#endif
