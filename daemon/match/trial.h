/*
 * What:    trials compiled from the CTML files of config/trials: each match list, at whatever
 *          level, is one clause of its own.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  a name that is not known is a warning with its place, the leaf stays unknown and the
 *          trial is kept. trial_compile() is false when a file is no CTML trial or a condition is
 *          malformed; the clauses that could be read are kept then too.
 */
#ifndef RFD_MATCH_TRIAL_H
#define RFD_MATCH_TRIAL_H

#include "match/expr.h"

enum trial_level {
    TRIAL_TOP,
    TRIAL_STEP,
    TRIAL_ARM,
    TRIAL_DOSE,
    TRIAL_LEVEL_COUNT,
};

/* What all clauses of one trial share. */
struct trial {
    struct str id; /* protocol_no, else nct_id */
    struct str title;
    struct str phase;
    struct str status; /* as written */
    bool open;         /* "open to accrual" */
    day_t status_date; /* DAY_NONE: not given */
    struct str contact;
    struct str citation;         /* the registry's number, where one is given */
    const struct str *unchecked; /* free-text requirements, word for word */
    size_t unchecked_count;
    /* What the site's own list says beats the file (match/openness.h). */
    struct str said_by; /* "site list, Haus West"; absent: the file says status and date */
    day_t stale_from;   /* the list's word is old from that day on; DAY_NONE */
    bool own;           /* the site's own: on its list, or there is no list */
};

struct trial_clause {
    const struct trial *trial;
    enum trial_level level;
    struct str id;    /* "SAMPLE-0001/A" */
    struct str title; /* "SAMPLE-0001 arm A: amivantamab + lazertinib" */
    int32_t root;
    bool specific; /* asks for a disease by name */
    bool suspended;
};

struct gate_index;

struct trial_set {
    struct trial_clause *clause;
    size_t count;
    size_t room;
    const struct gate_index *gates; /* NULL: not built, every clause is asked */
};

/* Adds the clauses of one file to the set, which starts as all zero. */
RFD_MUSTCHECK bool
trial_compile(struct expr_build *b, const struct tree *file, struct trial_set *set);

#endif
