/*
 * What:    one genomic leaf against one row: a variant that was found, or a test that found
 *          nothing.
 * Owns:    nothing.
 * Threads: read-only.
 * Errors:  none.
 */
#ifndef RFD_MATCH_GENOMIC_ROW_H
#define RFD_MATCH_GENOMIC_ROW_H

#include "match/leaf.h"

/* Do all keys hold on this variant? Unknown where it says less than is asked. */
enum kleene genomic_row_holds(const struct leaf_genomic *g, const struct variant *v);
/* Does this variant, tested for and absent, answer the question with no? */
bool genomic_row_excludes(const struct leaf_genomic *g, const struct variant *v);
/* Does a test that reported nothing cover the question? "EGFR", "EGFR:T790M", "ALK:fusion" */
bool genomic_row_covered(const struct leaf_genomic *g, const struct negative *n);
/* tissue, plasma …; absent: not said */
struct str genomic_row_source(const struct fact *f);

#endif
