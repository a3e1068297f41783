/*
 * What:    how each recipient hears of a new version of an alert: at once, within his budget, or in
 *          the digest. Decided here, at journal instants, never by a route.
 * Owns:    nothing.
 * Threads: the core role.
 * Errors:  STORE_FULL passes through.
 */
#ifndef RFD_CORE_TELLING_H
#define RFD_CORE_TELLING_H

#include "engine/effects.h"
#include "store/store.h"

/* Fills in how, and makes the version quiet when nobody has budget left. Inside the caller's
 * transaction. */
RFD_MUSTCHECK enum store_result telling_decide(struct store *s, const struct duty *duty,
                                               struct effect *fx, struct stamp at, struct arena *a);

struct pool_call {
    const struct directory *directory;
    struct str pool;
    struct str why;
    day_t today; /* whoever is on call for the pool on that day is asked */
};

/* Adds the pool to the alert's recipients, which are copied into a. */
void telling_add_pool(struct alert *al, const struct pool_call *call, struct arena *a);

#endif
