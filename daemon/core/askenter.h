/*
 * What:    the verb "enter": a person's words, checked, as facts of an entry.
 * Owns:    nothing.
 * Threads: the core role, between batches.
 * Errors:  as core/ask.h; nothing is stored of what is refused.
 */
#ifndef RFD_CORE_ASKENTER_H
#define RFD_CORE_ASKENTER_H

#include "core/ask.h"

/* enter therapy|stop|response|diagnosis|wrong|restriction PATIENT [WORD...] [key=value...] */
void ask_enter(struct ask *k);

#endif
