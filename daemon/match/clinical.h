/*
 * What:    clinical leaves: disease, age, sex, biomarkers, performance, laboratory values.
 * Owns:    nothing.
 * Threads: read-only.
 * Errors:  none.
 */
#ifndef RFD_MATCH_CLINICAL_H
#define RFD_MATCH_CLINICAL_H

#include "base/sb.h"
#include "match/leaf.h"

struct leaf_result clinical_disease(const struct leaf_disease *l, const struct match_case *c);
struct leaf_result clinical_age(const struct leaf_limit *b, const struct match_case *c);
struct leaf_result clinical_sex(enum sex asked, const struct match_case *c);
struct leaf_result clinical_ecog(const struct leaf_limit *b, const struct match_case *c);
struct leaf_result clinical_biomarker(const struct leaf_biomarker *l, const struct match_case *c);
struct leaf_result clinical_repair(bool deficient, const struct match_case *c);
struct leaf_result clinical_lab(const struct leaf_lab *l, const struct match_case *c);
/* One sentence for a leaf of these kinds. */
void clinical_text(struct sb *b, const struct leaf *l, const struct match_case *c,
                   const struct leaf_result *r);

#endif
