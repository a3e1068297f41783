/*
 * What:    the routes' side in core: where each stands, which an operator holds, what receivers
 *          refused; and the verbs hold, release, dead, retry, skip, drop.
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

/* A route of the config, not a subscriber of the feed or the log: it is told what its receiver has
 * got of an alert before. */
bool routes_is_named(struct str route);

/* Whether such a route has sent that alert before, and to whom. */
void routes_told(struct core *c, struct str route, struct str alert, struct arena *a,
                 struct feed_event *e);

/* Beside the events: whether the route is held, what is asked for again, the cursor. */
void routes_fetch(struct core *c, const struct fetch *q, struct arena *a, struct fetch_reply *out);

/* A receiver's confirm, or what it refused for good: into a transaction that stays open for more of
 * them, until routes_commit(). */
void routes_advance(struct core *c, const struct advance *v, struct stamp now, struct arena *a);
void routes_commit(struct core *c);

void routes_hold(struct ask *k);    /* hold ROUTE */
void routes_release(struct ask *k); /* release ROUTE */
void routes_dead(struct ask *k);    /* dead [ROUTE] */
void routes_retry(struct ask *k);   /* retry ROUTE [EVENT] */
void routes_skip(struct ask *k);    /* skip ROUTE: puts aside what is at the head */
void routes_drop(struct ask *k);    /* drop ROUTE EVENT: of what was put aside */

#endif
