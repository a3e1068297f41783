/*
 * What:    a trial clause in 256 bits: all of it that an alert could show or that could decide
 *          whether it is shown. Equal digests in two sets of knowledge: nothing of it has changed.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MATCH_DIGEST_H
#define RFD_MATCH_DIGEST_H

#include "base/sha256.h"
#include "match/trial.h"

struct sha256 digest_of_clause(const struct expr_table *t, const struct trial_clause *c);

#endif
