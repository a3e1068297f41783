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

/* A line that values of the patient were held against, as it stood for him: the rule's numbers
 * applied to his own baseline or nadir. Of several for one role, all have to be passed; the one
 * that is passed last decides. */
struct threshold {
    struct str analyte;   /* whose values */
    struct str unit;      /* UCUM: of limit and reference */
    struct str side;      /* at_least, more_than, at_most, less_than */
    struct str limit;     /* decimal */
    bool rounded;         /* limit is no finite decimal: rounded here, compared exactly */
    struct str role;      /* candidate, confirmation, context: of which value it is asked */
    struct str basis;     /* baseline, nadir, first, upper_limit; absent: the rule's own number */
    struct str reference; /* decimal, with its sign when it is a limit: "<0.1" */
    day_t reference_day;  /* DAY_NONE: of none */
    day_t from;           /* the days that it speaks of, of a milestone or a line of therapy; */
    day_t until;          /* DAY_NONE: any */
    bool decides;
    struct str text; /* "at least 2.90 ng/mL (2.0 ng/mL over the nadir of 0.90 ng/mL (…))" */
};

struct finding {
    const struct rule_head *rule;
    enum finding_status status;
    day_t first_event; /* DAY_NONE unless unconfirmed or met */
    const struct evidence *evidence;
    size_t evidence_count;
    const struct threshold *threshold; /* unconfirmed or met, of a series of values */
    size_t threshold_count;
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
