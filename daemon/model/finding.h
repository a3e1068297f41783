/*
 * What:    what a rule found in a timeline, with its evidence.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MODEL_FINDING_H
#define RFD_MODEL_FINDING_H

#include "model/course.h"
#include "model/fact.h"
#include "model/rule.h"

/* T, F, U with T confirmed or not (DESIGN.md section 6). For display; no maximum is ever taken. */
enum finding_status {
    FINDING_NOT_EVALUABLE,
    FINDING_NOT_MET,
    FINDING_UNCONFIRMED,
    FINDING_MET,
    FINDING_STATUS_COUNT,
};

enum evidence_part {
    EVIDENCE_BASELINE,
    EVIDENCE_NADIR,
    EVIDENCE_REFERENCE, /* earlier test without the variant, upper limit … */
    EVIDENCE_CANDIDATE, /* the event itself */
    EVIDENCE_CONFIRMATION,
    EVIDENCE_THERAPY,
    EVIDENCE_CONTEXT,
    EVIDENCE_PART_COUNT,
};

struct evidence {
    enum evidence_part part;
    const struct fact *fact;
};

struct finding {
    const struct rule_head *rule;
    enum finding_status status;
    day_t first_event; /* DAY_NONE unless unconfirmed or met */
    const struct evidence *evidence;
    size_t evidence_count;
    struct str why;            /* values, dates, thresholds: one or two plain sentences */
    const struct str *missing; /* what blocks the evaluation, or the confirmation */
    size_t missing_count;
    const struct str *seen; /* what else could explain it, as the case itself shows */
    size_t seen_count;
    const struct course *course;  /* the course that the rule is anchored to; NULL: none */
    const struct line *line;      /* its line: the episode; NULL: none known */
    const struct fact *diagnosis; /* the diagnosis that made the rule apply; NULL: none */
    day_t next_due;               /* first day on which time alone could change this; DAY_NONE */
    day_t confirm_by;             /* when the confirmation is due; DAY_NONE: none is awaited */
    bool overdue;                 /* that day has gone by */
    bool capped;                  /* never above unconfirmed by the rule's own words */
};

const char *
finding_status_name(enum finding_status s); /* not_evaluable, not_met, unconfirmed, met */
const char *evidence_part_name(enum evidence_part p);

/* "PSA 8 ng/mL on 2025-05-10", "EGFR T790M found (VAF 3.1 %) on …", "PD on …": no patient names. */
struct str evidence_text(struct arena *a, const struct fact *f);
/* One of our names as clinicians write it: bcr_abl_is is BCR::ABL1 (IS). */
struct str evidence_shown(struct str name);

#endif
