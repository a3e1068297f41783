/*
 * What:    what a molecular result says about the variants that a rule names.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_VARIANTS_H
#define RFD_CRITERIA_VARIANTS_H

#include "criteria/scope.h"

enum bearing {
    BEARING_NONE, /* of another gene or residue: says nothing */
    BEARING_FOUND,
    BEARING_ABSENT, /* tested for and not found */
    BEARING_WEAK,   /* not found in plasma that shows no tumour DNA: says nothing either */
};

/* t: a test with gene and names; "G719X" stands for any amino acid there. */
enum bearing
variants_bearing(const struct test *t, const struct timeline *tl, const struct fact *f);

#endif
