/*
 * What:    who is told: where an alert has arrived, for `show`; and `unresolved`: whom messages
 *          name that the site's directory does not have.
 * Owns:    nothing.
 * Threads: the core role, between batches.
 * Errors:  as core/ask.h.
 */
#ifndef RFD_CORE_ASKTOLD_H
#define RFD_CORE_ASKTOLD_H

#include "core/ask.h"

/* A line for each route. */
void asktold_lines(struct ask *k, const struct alert *al);

void ask_unresolved(struct ask *k); /* unresolved */

#endif
