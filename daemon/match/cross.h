/*
 * What:    the cross-resistance table: what is known of one drug after the disease progressed on
 *          another. Drug to drug and cited; never by class alone.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  cross_compile() is false and the set is refused: an unknown drug, a pair twice, a
 *          verdict without citation, a variant that is missing.
 */
#ifndef RFD_MATCH_CROSS_H
#define RFD_MATCH_CROSS_H

#include "match/expr.h"

enum cross_verdict {
    CROSS_EXCLUDED,      /* resistance is to be expected: set aside */
    CROSS_NEEDS_VARIANT, /* an option only if the variant says so */
    CROSS_ALLOWED,       /* works after it */
    CROSS_BACKBONE,      /* goes on, whatever comes beside it */
    CROSS_VERDICT_COUNT,
};

struct cross_entry {
    struct str from; /* the disease progressed on it; absent: the row for "the same drug again" */
    struct str to;
    enum cross_verdict verdict;
    int32_t variant;                     /* node of the eligibility table; EXPR_NONE: none */
    const struct oncotree_node *disease; /* holds only there; NULL: anywhere */
    struct str reason;
    struct str citation;
    struct str verified; /* verified, partial, memory */
};

struct cross_table {
    struct cross_entry *entry; /* by from, to, disease */
    size_t count;
    struct cross_entry same_drug; /* reason absent: not given */
};

RFD_MUSTCHECK bool
cross_compile(struct expr_build *b, const struct tree *file, struct cross_table *out);

/* The entry for this pair, one for the disease before a general one; NULL: the table is silent. */
const struct cross_entry *cross_find(const struct cross_table *t, struct str from, struct str to,
                                     const struct oncotree_node *disease);

#endif
