/*
 * What:    the routes' side in core: where each stands, which an operator holds, what receivers
 *          refused; and the verbs hold, release, retry, dead.
 * Owns:    nothing; the store has it all.
 * Threads: the core role, between batches.
 * Errors:  a full disk changes nothing: out says it again.
 */
#ifndef RFD_CORE_ROUTES_H
#define RFD_CORE_ROUTES_H

#include "core/ask.h"

/* At start, before anything comes in: a route that is new has its cursor at the head, or at the
 * beginning of what is kept. */
void routes_begin(struct core *c, struct str route, bool from_beginning, struct arena *a);

/* Beside the events: whether the route is held, what is asked for again, the cursor. */
void routes_fetch(struct core *c, const struct fetch *q, struct arena *a, struct fetch_reply *out);

/* A receiver's confirm, or what it refused for good. Durable when it returns. */
void routes_advance(struct core *c, const struct advance *v, struct stamp now, struct arena *a);

void routes_queues(struct ask *k);  /* queues */
void routes_hold(struct ask *k);    /* hold ROUTE */
void routes_release(struct ask *k); /* release ROUTE */
void routes_retry(struct ask *k);   /* retry ROUTE */
void routes_dead(struct ask *k);    /* dead ROUTE */

#endif
