/*
 * What:    how closely an option's questions name what the alert speaks of: osimertinib asks for
 *          T790M itself, another option only for a mutation of EGFR.
 * Owns:    nothing; the text lives in the step's arena.
 * Threads: one step at a time.
 * Errors:  none.
 */
#ifndef RFD_MATCH_CLOSENESS_H
#define RFD_MATCH_CLOSENESS_H

#include "match/weigh.h"

/* Closer first. */
enum closeness_step {
    CLOSE_OWN,       /* names the finding's own variant */
    CLOSE_CHANGE,    /* names another change that was found */
    CLOSE_BIOMARKER, /* asks for a gene, an exon or a biomarker, and it is so */
    CLOSE_NONE,      /* asks for none */
    CLOSENESS_STEP_COUNT,
};

struct closeness {
    enum closeness_step step;
    struct str text;  /* with CLOSE_OWN: why it stands before its equals; else absent */
    uint64_t journal; /* of the variant */
};

/* The finding's own variants are those that the alert's findings rest on; where none does, those
 * first found since the therapy that failed began. */
struct closeness closeness_of(const struct weighing *w, int32_t root);

#endif
