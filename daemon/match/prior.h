/*
 * What:    leaves about therapy: prior, present, washout, line number, CTML's disease_status.
 * Owns:    nothing.
 * Threads: read-only.
 * Errors:  none. A drug that no message shows is unknown, never "not given".
 */
#ifndef RFD_MATCH_PRIOR_H
#define RFD_MATCH_PRIOR_H

#include "base/sb.h"
#include "match/leaf.h"

struct leaf_result prior_given(const struct leaf_drugs *l, const struct match_case *c);
struct leaf_result prior_on(const struct leaf_drugs *l, const struct match_case *c);
struct leaf_result prior_washout(const struct leaf_drugs *l, const struct match_case *c);
struct leaf_result prior_line(const struct leaf_line *l, const struct match_case *c);
struct leaf_result prior_status(const struct leaf_status *l, const struct match_case *c);
void prior_text(struct sb *b, const struct leaf *l, const struct match_case *c,
                const struct leaf_result *r);

#endif
