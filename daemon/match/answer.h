/*
 * What:    answers any leaf for one case, and says the answer in a sentence.
 * Owns:    nothing; texts live in the arena given.
 * Threads: read-only after load.
 * Errors:  none: what cannot be answered is unknown.
 */
#ifndef RFD_MATCH_ANSWER_H
#define RFD_MATCH_ANSWER_H

#include "match/leaf.h"

struct leaf_result answer_evaluate(const struct leaf *l, const struct match_case *c);

/* "EGFR T790M found on 2026-03-02 (tissue)"; for an unknown, what is missing. */
struct str answer_text(struct arena *a, const struct leaf *l, const struct match_case *c,
                       const struct leaf_result *r);

/* The message that says so; 0: none. */
uint64_t answer_journal(const struct leaf_result *r);

#endif
