/*
 * What:    the verbs `board` (all options and trials of a person, for a tumour board) and `trials`
 *          (every trial file of the set: what it gave, whether it is open here, what is wrong).
 * Owns:    nothing; lines live in the arena of the request.
 * Threads: the core role, between batches.
 * Errors:  ask_fail(): a person or an alert that nobody knows.
 */
#ifndef RFD_CORE_TUMOURBOARD_H
#define RFD_CORE_TUMOURBOARD_H

#include "core/ask.h"

/* Of each case of a stored person one text or one line of JSON, in order of case; what console and
 * refractctl show. False: the store did not answer. */
RFD_MUSTCHECK bool
core_tumour_board(struct core *c, uint64_t patient, struct stamp now, bool json, struct lines *out);

void ask_board(struct ask *k);
void ask_trials(struct ask *k);

#endif
