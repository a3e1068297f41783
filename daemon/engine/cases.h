/*
 * What:    a patient's cases: one per primary tumour, from the diagnoses in force.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none. Diagnoses whose codes are not mapped make no case.
 */
#ifndef RFD_ENGINE_CASES_H
#define RFD_ENGINE_CASES_H

#include "model/oncotree.h"
#include "model/timeline.h"

struct tumour_case {
    struct str key; /* OncoTree code of the tissue, with the disease if two share it */
    const struct oncotree_node *node; /* as deep as known */
    const struct fact *diagnosis;
};

struct cases {
    const struct tumour_case *item; /* by key */
    size_t count;
};

/* Two diagnoses are of one tumour when one code lies below the other: lung and, later, LUAD. */
struct cases cases_of(const struct timeline *t, const struct oncotree *tree);

/* The code of the tissue (level 1) that a node lies in; of the node itself at the root. */
struct str cases_tissue(const struct oncotree *tree, const struct oncotree_node *n);

#endif
