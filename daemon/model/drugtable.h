/*
 * What:    the drugs that the terminology knows, for those who may not read it themselves: core, to
 *          check what a person enters.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only.
 * Errors:  none: a word that is no drug's gives NULL.
 */
#ifndef RFD_MODEL_DRUGTABLE_H
#define RFD_MODEL_DRUGTABLE_H

#include "base/str.h"

struct drug_known {
    struct str name;
    const struct str *classes; /* with its own name, last */
    size_t class_count;
};

/* A generic name, a synonym or a brand, in lower case. */
struct drug_word {
    struct str word;
    size_t drug;
};

struct drug_table {
    const struct drug_known *drug;
    size_t count;
    const struct drug_word *word;
    size_t word_count;
};

/* By any of its words, in capitals or not. */
const struct drug_known *drug_table_find(const struct drug_table *t, struct str word);
/* The word that a mistyped one is nearest to; absent: none is near. lower: of small letters. */
struct str drug_table_nearest(const struct drug_table *t, struct str lower);

#endif
