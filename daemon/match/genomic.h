/*
 * What:    genomic leaves: variants, copy numbers, fusions, and what tests cover.
 * Owns:    nothing.
 * Threads: read-only.
 * Errors:  none.
 */
#ifndef RFD_MATCH_GENOMIC_H
#define RFD_MATCH_GENOMIC_H

#include "base/sb.h"
#include "match/leaf.h"

struct leaf_result genomic_evaluate(const struct leaf_genomic *g, const struct match_case *c);
struct leaf_result genomic_tested(const struct leaf_genomic *g, const struct match_case *c);
/* "EGFR T790M", "ALK fusion", "EGFR exon 20 mutation" */
void genomic_label(struct sb *b, const struct leaf_genomic *g);
void genomic_text(struct sb *b, const struct leaf_genomic *g, const struct leaf_result *r);
void genomic_tested_text(struct sb *b, const struct leaf_genomic *g, const struct leaf_result *r);

#endif
