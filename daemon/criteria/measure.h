/*
 * What:    thresholds in three values: exact comparison, censored results, references.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_MEASURE_H
#define RFD_CRITERIA_MEASURE_H

#include "criteria/scope.h"

/* A reference as it stands for one candidate. */
struct measure_ref {
    struct rat value;
    enum cmp_op cmp;
    const struct point *point; /* NULL: an upper limit of normal */
    enum ref_kind kind;
    bool first; /* the first event of a confirmation */
};

/* False: there is none. of: the point that is compared with it (an upper limit is its own). */
RFD_MUSTCHECK bool
measure_ref(const struct scope *s, int ref, const struct point *of, struct measure_ref *out);

/* Does "value op threshold" hold, when the reported value lies sign (<0, 0, >0) of the threshold
 * and says cmp of the true one? "<0.1" is surely below 0.1 and not surely above anything. */
enum kleene measure_holds(enum bound_op op, enum cmp_op cmp, int sign);

/* The same where the threshold is built on a reference that may be censored itself. A low one
 * ("<0.1" as nadir) is used as its limit, which never overstates a rise; a high one is unknown. */
enum kleene measure_holds_over(enum bound_op op, enum cmp_op cmp, int sign, enum cmp_op ref_cmp);

int measure_sign_day(day_t day, day_t from, struct span span); /* day <=> from + span */
bool measure_day_holds(enum bound_op op, int sign);

#endif
