/*
 * What:    one trial clause against one case, for whoever asks why: every leaf with its answer, of
 *          a "no" the smallest set of leaves that makes it one, of an unknown what is missing.
 * Owns:    nothing; lives in the arena given.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MATCH_TRIALVIEW_H
#define RFD_MATCH_TRIALVIEW_H

#include "match/trial.h"

struct trialview_leaf {
    enum leaf_role role;
    enum kleene verdict; /* with its sign */
    struct str text;     /* says the fact and its day, or what is not known */
    uint64_t journal;    /* message that says so; 0: none */
    bool decides;        /* of the set that makes the "no", or one of those that are missing */
};

struct trialview {
    const struct trial_clause *clause;
    enum kleene verdict;               /* of the conditions; whether it is open says clause */
    const struct trialview_leaf *leaf; /* in order of role, then of content */
    size_t leaf_count;
    bool smallest; /* of a "no": no smaller set of leaves makes it one; see match/blocking.h */
};

/* v: the answers of the table that the clause was compiled into. */
struct trialview trialview_of(const struct trial_clause *clause, const struct expr_values *v,
                              const struct match_case *c, struct arena *a);

/* Is this how somebody names the trial: protocol number, registry number or the clause's own id? */
bool trialview_names(const struct trial_clause *clause, struct str name);

#endif
