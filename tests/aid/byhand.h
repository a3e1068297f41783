/*
 * What:    what the simulations share: seeded dice, and facts made by hand, without a patient and
 *          without times, which the caller adds.
 * Owns:    nothing; texts live in the arena given, the others are the caller's.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_BYHAND_H
#define RFD_TESTS_BYHAND_H

#include "model/fact.h"

uint64_t prng(uint64_t *state); /* splitmix64 */
int32_t byhand_pick(uint64_t *state, int32_t below);
struct str byhand_name(struct arena *a, const char *what, int32_t n); /* "c17" */

struct fact byhand_diagnosis(const char *oncotree);
/* value: coef times ten to exp. */
struct fact byhand_value(struct arena *a, const char *analyte, const char *unit, struct dec value);
struct fact byhand_response(enum response_code code);
/* One piece of evidence of that rung; classes hold the drug's own name, as the terminology has
 * them. */
struct fact byhand_therapy(enum therapy_rung rung, struct str drug, const struct str *classes,
                           size_t class_count);
/* The patient of the fact survives; other leads to him, or does so no longer. */
struct fact byhand_link(struct patient_ref other, bool live);

#endif
