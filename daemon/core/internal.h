/*
 * What:    what core.c and ingest.c share.
 * Owns:    see core.h.
 * Threads: the core role.
 * Errors:  none.
 */
#ifndef RFD_CORE_INTERNAL_H
#define RFD_CORE_INTERNAL_H

#include "base/limits.h"
#include "engine/step.h"
#include "store/store.h"
#include "sys/sharedpage.h"

enum { EDGE_BOOT_MAX = 32 };

/* A count of refused messages that was taken: asked again, it is not taken twice. */
struct counted {
    char boot[EDGE_BOOT_MAX];
    uint64_t number;
};

struct core {
    struct store *store;
    const struct knowledge *knowledge;
    struct poison_page *poison;
    char *boot;
    struct arena step;  /* of one message */
    struct arena batch; /* of the open batch: texts of answers */
    bool batch_open;    /* without a transaction: the disk is full, the batch was undone */
    struct counted counted[LIMIT_INTAKE_WINDOW]; /* a ring */
    size_t counted_next;
    int64_t last_s; /* newest journal instant, so that time never runs back */
};

/* The journal instant: max(last journal instant, wall clock), in the wall clock's offset. */
struct stamp core_instant(struct core *c, struct stamp now);
struct engine_event
core_event(const struct core *c, uint64_t journal, struct stamp at, bool history);

#endif
