/*
 * What:    the review gate: what is held or in shadow, and a person's word on what is held.
 * Owns:    nothing.
 * Threads: the core role, between batches.
 * Errors:  as core/ask.h.
 */
#ifndef RFD_CORE_ASKGATE_H
#define RFD_CORE_ASKGATE_H

#include "core/ask.h"

void ask_approve(struct ask *k); /* approve ID: it goes out now, as a new alert */
void ask_refuse(struct ask *k);  /* refuse ID REASON: it stays in, until its certainty changes */
/* The live alerts of that gate, a line each. */
void ask_gate_list(struct ask *k, enum alert_gate gate);

#endif
