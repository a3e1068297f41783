/*
 * What:    one therapy option against the drugs that failed, its contraindications and its
 *          standing.
 * Owns:    nothing; texts and reasons live in the step's arena.
 * Threads: one step at a time.
 * Errors:  none.
 */
#ifndef RFD_MATCH_WEIGH_H
#define RFD_MATCH_WEIGH_H

#include "match/knowledge.h"

/* What one weighing looks at. */
struct weighing {
    const struct match_knowledge *k;
    const struct match_case *c;
    const struct expr_values *v;
    struct arena *a;
};

struct verdict {
    struct str against;           /* cited; absent: nothing speaks against it */
    struct option_reason *reason; /* from the table, to stand behind the tree's own */
    size_t reason_count;
    struct str *unchecked;
    size_t unchecked_count;
    bool open; /* something of it is unknown */
};

/* The cross-resistance table, drug by drug, and the contraindications. */
struct verdict weigh_therapy(const struct weighing *w, const struct therapy_option *o);

#endif
