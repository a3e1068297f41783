/*
 * What:    a message that is in the journal, read again: its facts, its reports, links and its
 *          outcome are those of the new reading from then on.
 * Owns:    nothing; works in the core's arenas.
 * Threads: the core role.
 * Errors:  STORE_FULL passes through; STORE_NONE: too large to evaluate, nothing has changed.
 *
 * The message's own row and its number stay, and so does the instant that it was received at: what
 * a duplicate is, and as of when a fact was known, do not change. The new reading is a journal row
 * of its own (kind entry, type reparse) with the facts as its payload, so that the journal alone
 * says which facts held from when on; alerts that follow carry that row's number. The facts before
 * are kept in fact_replaced, which nothing reads.
 */
#ifndef RFD_CORE_REAPPLY_H
#define RFD_CORE_REAPPLY_H

#include "core/core.h"

struct reapplied {
    enum outcome was;
    enum outcome is;
    struct str reason; /* in the arena of the batch */
    struct str place;
    size_t facts;
};

/* Inside of a batch. actor: who asked for it. */
RFD_MUSTCHECK enum store_result
reapply_message(struct core *c, uint64_t seq, const struct result_message *m, struct stamp now,
                struct str actor, struct reapplied *out);

#endif
