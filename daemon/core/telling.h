/*
 * What:    who is interrupted by an alert and who reads it in the digest: budgets, the digest of a
 *          day, escalation. Decided here, at journal instants, never by a route.
 * Owns:    nothing.
 * Threads: the core role; telling_tick() not while a batch is open.
 * Errors:  STORE_FULL passes through; telling_tick() logs and undoes.
 */
#ifndef RFD_CORE_TELLING_H
#define RFD_CORE_TELLING_H

#include "core/core.h"

/* Fills in how each recipient hears of it, and makes it quiet when nobody has budget left. Inside
 * the caller's transaction. */
RFD_MUSTCHECK enum store_result telling_decide(struct store *s, const struct duty *duty,
                                               struct effect *fx, struct stamp at, struct arena *a);

/* The digest and the escalations that are due; whether there were any. */
bool telling_tick(struct core *c, struct stamp at);

/* Adds the pool to the alert's recipients, which are copied into a. */
void telling_add_pool(struct alert *al, struct str pool, struct str why, struct arena *a);

#endif
