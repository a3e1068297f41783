/*
 * What:    weighs every therapy option and trial clause of the knowledge for one case.
 * Owns:    nothing; the result lives in the arena given.
 * Threads: one step at a time.
 * Errors:  none. What is not known makes an option open, with what is missing, or keeps it away.
 */
#ifndef RFD_MATCH_MATCH_H
#define RFD_MATCH_MATCH_H

#include "match/knowledge.h"
#include "model/option.h"

enum { MATCH_SHOW_DEFAULT = 3, MATCH_MISSING_MAX = 5 };

/* Lists are in order; `more` says how many stand behind them. */
struct match_result {
    const struct option *therapy; /* fits and open */
    size_t therapy_count;
    size_t therapies_more;
    const struct option *trial; /* one clause per trial */
    size_t trial_count;
    size_t trials_more;
    const struct str *behind; /* ids of those */
    size_t behind_count;
    const struct option *aside; /* would fit, with the cited reason against it */
    size_t aside_count;
    size_t asides_more;
    const struct str *missing; /* tests that would decide an option whose disease and line fit */
    size_t missing_count;
    size_t for_board; /* case reports and preclinical evidence: for the tumour board only */
    size_t in_shadow; /* would be shown if a site had signed them off */
    day_t next_due;   /* first day on which time alone could change this; DAY_NONE */
};

/* What a tumour board looks at: all of it, none left behind. */
struct match_board {
    struct match_result all;
    const struct option *evidence; /* case reports and preclinical: shown nowhere else */
    size_t evidence_count;
    const struct option *shadow; /* fits or open, but the site has signed none of them */
    size_t shadow_count;
};

void match_board_options(const struct match_knowledge *k, const struct match_case *c,
                         struct arena *a, struct match_board *out);

/* For a dead patient: nothing. */
void match_case_options(const struct match_knowledge *k, const struct match_case *c,
                        struct arena *a, struct match_result *out);

#endif
