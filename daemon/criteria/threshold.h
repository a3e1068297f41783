/*
 * What:    where a rule's thresholds lie for one patient: numbers in the unit of the series.
 * Owns:    nothing; texts live in the scope's arena.
 * Threads: plain functions.
 * Errors:  a line whose place is no number of 15 digits is left out, never guessed.
 */
#ifndef RFD_CRITERIA_THRESHOLD_H
#define RFD_CRITERIA_THRESHOLD_H

#include "criteria/measure.h"

/* A line while it is told. */
struct threshold_line {
    enum bound_op op;
    struct rat at;
    const struct measure_ref *ref; /* what it is counted from; NULL: the rule's own number */
    struct dec number;             /* the rule's number, of a measure over the reference … */
    struct str measure; /* "% over", "ng/mL over", "times"; absent: the reference itself */
    enum evidence_part role;
    struct str analyte;
    struct str unit;  /* UCUM */
    struct str shown; /* the same as the rule writes it */
};

/* One of the rule's series, asked of the candidate; at, number and measure are the caller's. */
struct threshold_line
threshold_line(const struct scope *s, enum bound_op op, const struct measure_ref *ref);

/* ref * num / den, and ref + add: exact. False: there is no such line (a reference of nothing, one
 * that is itself only a lower limit) or it cannot be told. */
RFD_MUSTCHECK bool threshold_times(struct rat ref, int64_t num, int64_t den, struct rat *out);
RFD_MUSTCHECK bool threshold_sum(struct rat ref, struct dec add, struct rat *out);

/* Adds the line to what the leaf says. */
void threshold_note(const struct scope *s, const struct threshold_line *l, struct note *n);

#endif
