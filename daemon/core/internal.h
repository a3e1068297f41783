/*
 * What:    what core.c and ingest.c share.
 * Owns:    see core.h.
 * Threads: the core role.
 * Errors:  none.
 */
#ifndef RFD_CORE_INTERNAL_H
#define RFD_CORE_INTERNAL_H

#include "core/core.h"

struct core {
    struct store *store;
    const struct knowledge *knowledge;
    struct poison_page *poison;
    char boot[CORE_BOOT_MAX];
    struct arena step;  /* of one message */
    struct arena batch; /* of the open batch: texts of answers */
    bool batch_lost;    /* the disk is full: the open batch was undone */
    int64_t last_s;     /* newest journal instant, so that time never runs back */
};

/* The journal instant: max(last journal instant, wall clock), in the wall clock's offset. */
struct stamp core_instant(struct core *c, struct stamp now);
struct engine_event
core_event(const struct core *c, uint64_t journal, struct stamp at, bool history);

#endif
