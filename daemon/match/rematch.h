/*
 * What:    posting lists from a changed fact: which leaves it can change, which nodes and clauses
 *          stand above those; and one case's answers, kept from fact to fact, of which a change
 *          re-makes only what it reaches.
 * Owns:    nothing; the index lives in the knowledge's arena, a case's answers in the arena given.
 * Threads: the index is read-only after load; one rematch, one thread.
 * Errors:  none. The answers are those of a full walk, always.
 */
#ifndef RFD_MATCH_REMATCH_H
#define RFD_MATCH_REMATCH_H

#include "match/gate.h"

/* Lists of one number each: those of n stand at first[n] … first[n + 1] - 1. */
struct posting {
    uint32_t *first;
    uint32_t *item;
};

struct rematch_index {
    const struct expr_table *table;
    const struct trial_set *trials; /* with gates */
    const struct str *subject;      /* "g:EGFR", "l:creatinine", "t:egfr_tki" …, sorted */
    size_t subject_count;
    struct posting leaves;  /* nodes of the leaves that ask about a subject */
    struct posting parents; /* nodes above a node */
    struct posting clauses; /* clauses whose root a node is */
};

void rematch_index_build(const struct expr_table *t, const struct trial_set *trials,
                         struct arena *a, struct rematch_index *out);

struct rematch {
    const struct rematch_index *index;
    struct arena *arena;
    struct expr_values v;
    struct gate_words has; /* of the case, as last seen */
    uint64_t *may;         /* a bit per clause: its gate is open */
    uint64_t *fits;        /* … and its disease and biomarkers fit */
    size_t asked;          /* leaves that the last change had answered anew */
};

/* From scratch. The case, its facts and its courses must live as long as the answers. */
void rematch_begin(const struct rematch_index *x, const struct match_case *c, struct arena *a,
                   struct rematch *out);
/* The same case after facts came, changed or went: all versions that are in force now, or were
 * before, and are not both. Returns the clauses that fit now and did not, or the reverse. Another
 * day asks everything again. */
struct gate_clauses rematch_change(struct rematch *r, const struct match_case *now,
                                   const struct fact *const *changed, size_t count);
bool rematch_fits(const struct rematch *r, size_t clause);

#endif
