/*
 * What:    courses (one drug, from first to last evidence) and lines of therapy built from them.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none. What is not known is said: an open end is DAY_NONE, lines before the first
 *          message are unknown and are not counted.
 */
#ifndef RFD_MODEL_COURSE_H
#define RFD_MODEL_COURSE_H

#include "model/timeline.h"

/* One drug without a gap longer than its covered interval allows. */
struct course {
    struct str drug; /* absent when only the class is known */
    const struct str *classes;
    size_t class_count;
    day_t start;
    day_t stop;             /* day of a stated or inferred end; DAY_NONE: none known */
    day_t last_evidence;    /* last day on which evidence says that it was taken */
    day_t covered_until;    /* last_evidence + covered interval: beyond it, on therapy is unknown */
    enum therapy_rung rung; /* the surest evidence */
    struct str intent;
    struct str stop_reason;
    const struct fact *const *evidence;
    size_t evidence_count;
    int32_t line; /* number of the line that it belongs to, from 1 of those seen; 0: background */
};

/* A line of therapy: courses that start together or replace each other without progression. */
struct line {
    int32_t number; /* from 1, of those that messages show; earlier ones are unknown */
    day_t start;
    day_t end;        /* DAY_NONE: open */
    struct str label; /* "osimertinib", "carboplatin + paclitaxel" */
    const struct course *const *courses;
    size_t course_count;
};

struct therapies {
    const struct course *course; /* by start, then drug */
    size_t course_count;
    const struct line *line;
    size_t line_count;
};

/* A pause of up to so many days is a pause, not an end: of a course, and of a line. */
enum { COURSE_GAP_DAYS = 120 };

/* How a course is inferred: START/DOSE open or extend it, STOP ends it, NOT_GIVEN is no evidence,
 * ORDERED alone opens it with rung "ordered". ENTERED outranks the rest. What makes a line of them:
 * lines.c, with its sources. */
struct therapies course_build(const struct timeline *t);
/* The courses alone, by start, as yet in no line. */
struct course *course_infer(const struct timeline *t, size_t *count_out);

bool course_has_class(const struct course *c, struct str name); /* "any" is every class */

/* The last day that a piece of evidence speaks for: a dispensed pack, an infusion's interval. */
day_t course_cover_end(const struct fact *f);

/* Is the drug being taken on that day? */
enum course_state {
    COURSE_OFF,
    COURSE_UNKNOWN, /* past the covered interval, no stop known */
    COURSE_ON,
};
enum course_state course_state_on(const struct course *c, day_t day);

/* The line that a day falls in (the latest started on or before it), NULL: none known. */
const struct line *line_at(const struct therapies *t, day_t day);

#endif
