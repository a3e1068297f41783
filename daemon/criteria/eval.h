/*
 * What:    one rule on one timeline: what it finds, why, and what is missing.
 * Owns:    nothing; the finding lives in the arena given.
 * Threads: any; pure.
 * Errors:  none: what cannot be evaluated is FINDING_NOT_EVALUABLE, with what is missing in words.
 */
#ifndef RFD_CRITERIA_EVAL_H
#define RFD_CRITERIA_EVAL_H

#include "criteria/rule.h"
#include "model/course.h"
#include "model/finding.h"
#include "model/timeline.h"

/* Does the rule speak of a tumour known as deep as n? NULL: no diagnosis, K_UNKNOWN unless the rule
 * is for any. */
enum kleene criteria_applies(const struct rule *r, const struct oncotree_node *n);

/* finding.course, line and first_event speak of the latest line of the rule's classes: a new line
 * is a new baseline. finding.diagnosis is left NULL for the caller. */
struct finding criteria_eval(const struct rule *r, const struct timeline *t,
                             const struct therapies *th, struct arena *a);

/* The same for one of many rules on one timeline: memo, of series.h, begins zeroed and is kept from
 * rule to rule. */
struct series_memo;
struct finding
criteria_eval_next(const struct rule *r, const struct timeline *t, const struct therapies *th,
                   struct series_memo *memo, struct arena *a);

#endif
