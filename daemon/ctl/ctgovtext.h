/*
 * What:    what is free text in a registry's study: conditions as disease names, eligibility
 *          criteria as lines, the kind of trial from its interventions.
 * Owns:    nothing; texts live in the arena given.
 * Threads: one.
 * Errors:  none: what is not understood is absent.
 */
#ifndef RFD_CTL_CTGOVTEXT_H
#define RFD_CTL_CTGOVTEXT_H

#include "normalize/terms.h"
#include "wire/tree.h"

/* The disease names of CTML for a condition ("Metastatic Non-small Cell Lung Cancer"): OncoTree's
 * display names, _SOLID_ or _LIQUID_. count 0: not known. */
struct term_strs ctgovtext_disease(const struct terms *t, struct arena *a, struct str condition);

/* The next requirement of the criteria, without bullet and escapes, with "Exclude - " before what
 * stands below the exclusion heading. False: the end. */
struct ctgovtext_criteria {
    struct str rest;
    bool excluding;
};
RFD_MUSTCHECK bool
ctgovtext_requirement(struct arena *a, struct ctgovtext_criteria *c, struct str *out);

/* "personalised vaccine", "vaccine", "cell therapy", "combination", "single agent", "other". */
struct str ctgovtext_kind(const struct tree *interventions, struct str title);

#endif
