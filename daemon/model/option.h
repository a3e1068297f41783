/*
 * What:    a therapy option or a trial arm weighed for one case, with its reasons.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MODEL_OPTION_H
#define RFD_MODEL_OPTION_H

#include "base/date.h"
#include "base/kleene.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_THERAPY,
    OPTION_TRIAL,
    OPTION_KIND_COUNT,
};

enum option_standing {
    OPTION_FITS, /* every leaf is true */
    /* disease and biomarker fit, something else is unknown: shown with what is missing */
    OPTION_OPEN,
    /* would fit, but the cross-resistance table or a contraindication speaks against it */
    OPTION_SET_ASIDE,
    OPTION_STANDING_COUNT,
};

struct option_reason {
    enum kleene verdict;
    struct str text;  /* "EGFR T790M found on 2026-03-02", "ECOG not known" */
    uint64_t journal; /* message that says so; 0: none */
};

struct option {
    enum option_kind kind;
    enum option_standing standing;
    struct str id;    /* our id of the option, or protocol and arm */
    struct str title; /* "osimertinib", "NCT… arm B: amivantamab + lazertinib" */
    struct str level; /* "ESCAT I-A", "FDA label": the scale is named */
    struct str basis; /* one line: what the evidence is */
    struct str citation;
    struct str jurisdiction; /* US, EU, …; with status_date */
    struct str status;       /* approved; open to accrual … */
    day_t status_date;
    struct str labels;  /* of a therapy: where it is labelled, and where not; absent: nothing */
    bool own;           /* of a trial: the site's own; for one step, not stored */
    struct str contact; /* of a trial */
    struct str set_aside_by; /* the cited reason */
    const struct option_reason *reason;
    size_t reason_count;
    const struct str *unchecked; /* free-text criteria, organ function … that nobody evaluated */
    size_t unchecked_count;
    int32_t rank; /* order within its group: smaller first; ties by id */
};

const char *option_standing_name(enum option_standing s); /* fits, open, set_aside */

#endif
