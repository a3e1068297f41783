/*
 * What:    the verb audit: that somebody has looked at something on the page, or logged in.
 * Owns:    nothing.
 * Threads: the core role.
 * Errors:  a view that cannot be written down is refused: nothing is shown then.
 */
#ifndef RFD_CORE_ASKAUDIT_H
#define RFD_CORE_ASKAUDIT_H

#include "core/ask.h"

void askaudit_run(struct ask *k); /* audit EVENT SUBJECT */

#endif
