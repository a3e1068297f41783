/*
 * What:    gates: for each open trial clause the few words ("d:NSCLC", "g:EGFR") of which a case
 *          must have one before the clause can be shown for it, and the clauses by word. A clause
 *          whose gate a case does not open is never walked.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  none. A gate is only a condition that must hold: what it lets through is still asked.
 *
 * Sound for VIEW_FIT, by which trials are shown: there a disease or biomarker leaf counts only when
 * it is true, and it is true only of a case that has its word. An "and" is gated by any one of its
 * children, an "or" by all of them together.
 */
#ifndef RFD_MATCH_GATE_H
#define RFD_MATCH_GATE_H

#include "match/trial.h"

struct gate_words {
    const struct str *word; /* sorted, each once */
    size_t count;
    bool everyone; /* no word is needed: nothing gates it */
};

struct gate_index {
    const struct oncotree *oncotree;
    const struct str *word; /* sorted */
    size_t word_count;
    const uint32_t *first; /* per word, into clause; one more at the end */
    const uint32_t *clause;
    const uint32_t *always; /* clauses that nothing gates */
    size_t always_count;
    size_t clause_count; /* of the set */
};

/* Of the clauses that are open, not suspended, and ask for a disease or a biomarker. */
void gate_index_build(const struct expr_table *t, const struct trial_set *set,
                      const struct oncotree *oncotree, struct arena *a, struct gate_index *out);
/* The gate of every clause of the set; of one that cannot be shown: no word at all. */
const struct gate_words *
gate_of_clauses(const struct expr_table *t, const struct trial_set *set, struct arena *a);
/* What a case has: its disease and all above it, genes with a variant, biomarkers with a result. */
struct gate_words
gate_of_case(const struct oncotree *oncotree, const struct match_case *c, struct arena *a);

struct gate_words
gate_join(const struct gate_words *x, const struct gate_words *y, struct arena *a);

/* Numbers of the clauses that may be shown for the case, ascending. */
struct gate_clauses {
    const uint32_t *clause;
    size_t count;
};
struct gate_clauses
gate_open(const struct gate_index *g, const struct match_case *c, struct arena *a);

#endif
