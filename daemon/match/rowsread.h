/*
 * What:    reads one leaf of a match list as MatchMiner does: {clinical: …}, {genomic: …},
 *          {prior_treatments: …}, into questions about a patient's rows.
 * Owns:    nothing; leaves are interned in the table.
 * Threads: at load.
 * Errors:  a leaf that is no map: diag and EXPR_NONE. A value that MatchMiner cannot read is a
 *          warning and never holds. A key that it does not know is compared with the field of that
 *          name, as it does, with a warning; so is an OncoTree name that is not in the table.
 */
#ifndef RFD_MATCH_ROWSREAD_H
#define RFD_MATCH_ROWSREAD_H

#include "match/expr.h"

/* b->rows is set. */
int32_t
rowsread(struct expr_build *b, const struct tree *key, const struct tree *value, bool negate);
/* A list without items, or a leaf without keys: it asks nothing. */
int32_t rowsread_nothing(struct expr_build *b);

#endif
