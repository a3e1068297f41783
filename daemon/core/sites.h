/*
 * What:    what core asks of the maps in force and of the terminologies, which it may not include:
 *          the role hands it these functions.
 * Owns:    nothing; answers live in the arena given or as long as the knowledge.
 * Threads: the core role.
 * Errors:  a feed that is not configured has no map: nothing is known of it.
 */
#ifndef RFD_CORE_SITES_H
#define RFD_CORE_SITES_H

#include "base/arena.h"
#include "model/likely.h"
#include "model/message.h"

struct sites {
    const void *arg;
    /* Hash of the feed's present map; absent: no such feed. */
    struct str (*map_hash)(const void *arg, struct str feed);
    /* Does the feed's present map, or a terminology, know it by now? */
    bool (*known)(const void *arg, struct str feed, const struct unmapped *u, struct arena *a);
    struct likely (*likely)(const void *arg, struct str feed, const struct unmapped *u,
                            struct arena *a);
};

#endif
