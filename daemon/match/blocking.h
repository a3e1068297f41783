/*
 * What:    why a node is "no" or unknown: of a "no" the smallest set of false leaves that makes it
 *          one whatever the others were, of an unknown the leaves that are missing.
 * Owns:    nothing; lives in the arena given.
 * Threads: plain data.
 * Errors:  none. Where branches share leaves the smallest set is searched for, up to
 *          BLOCKING_STEPS; beyond it the set is one that blocks, not proven smallest, and
 *          `smallest` says so.
 */
#ifndef RFD_MATCH_BLOCKING_H
#define RFD_MATCH_BLOCKING_H

#include "match/expr.h"

enum {
    /* To find the smallest set is to find a smallest hitting set, which is exponential at worst
     * (Karp 1972). Real clauses (median 3 leaves, largest 65) need below 100 steps. */
    BLOCKING_STEPS = 20000,
};

struct blocking {
    bool *decides; /* per place in below; of a "yes" none */
    bool smallest; /* proven */
};

struct blocking
blocking_of(const struct expr_values *v, const struct expr_below *below, struct arena *a);

#endif
