/*
 * What:    the words that CIViC has for a variant, as conditions of an eligibility tree.
 * Owns:    nothing; text goes to the builder given.
 * Threads: one.
 * Errors:  false: the words name something that a result cannot answer (expression, methylation, a
 *          polymorphism), or nothing that is understood. Nothing is written then.
 */
#ifndef RFD_CTL_CIVICVARIANT_H
#define RFD_CTL_CIVICVARIANT_H

#include "base/sb.h"

/* "      - genomic: {…}" lines. Layout of 2021: ALK, "EML4-ALK C1156Y". */
RFD_MUSTCHECK bool civicvariant_lines(struct arena *a, struct str gene, struct str variant,
                                      bool germline, struct sb *out);
/* Layout of 2026: "EML4::ALK Fusion AND ALK F1174L". */
RFD_MUSTCHECK bool
civicvariant_profile(struct arena *a, struct str profile, bool germline, struct sb *out);

#endif
