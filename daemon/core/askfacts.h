/*
 * What:    the verb "facts": what is in force of a patient, fact by fact, each with its name.
 * Owns:    nothing.
 * Threads: the core role, between batches.
 * Errors:  as core/ask.h.
 */
#ifndef RFD_CORE_ASKFACTS_H
#define RFD_CORE_ASKFACTS_H

#include "core/ask.h"

/* facts PATIENT [KIND]: therapy, response, diagnosis … */
void ask_facts(struct ask *k);

#endif
