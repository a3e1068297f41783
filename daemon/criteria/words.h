/*
 * What:    the words of an explanation: values, days, references, thresholds in plain English.
 * Owns:    nothing; texts live in the scope's arena.
 * Threads: plain functions.
 * Errors:  none; a text past its bound is cut.
 */
#ifndef RFD_CRITERIA_WORDS_H
#define RFD_CRITERIA_WORDS_H

#include "base/sb.h"
#include "criteria/measure.h"
#include "criteria/scope.h"

struct sb words_begin(const struct scope *s);

void words_day(struct sb *b, day_t day);
void words_span(struct sb *b, struct span span);
void words_dec(struct sb *b, struct dec d);
void words_names(struct sb *b, struct name_list names, const char *last); /* "a, b or c" */
/* The same of classes of drugs: anti_pd1 as "anti pd1". */
void words_classes(struct sb *b, struct name_list names);
/* "8 ng/mL", "PD", "EGFR T790M found": what the point says, without its date. */
void words_value(struct sb *b, const struct scope *s, const struct point *p);
/* "PSA 8 ng/mL on 2025-05-10": the point as a subject. */
void words_point(struct sb *b, const struct scope *s, const struct point *p);
/* "the nadir of 4 ng/mL (2025-03-10)" */
void words_ref(struct sb *b, const struct scope *s, const struct measure_ref *r);
/* "at least", "more than", "at most", "less than" */
const char *words_op(enum bound_op op);
/* "PSA", "response assessment", "test for EGFR T790M": one item of the series. */
void words_item(struct sb *b, const struct scope *s);
/* "no PSA within 90 days before the line's start (2025-01-10)": why a reference is missing. */
struct str words_no_ref(const struct scope *s, int ref);
/* "the line's start (2025-01-10)", "radiotherapy (2025-01-10)": what the rule counts from. */
void words_start(struct sb *b, const struct scope *s);
/* "12 days" */
void words_days_between(struct sb *b, day_t from, day_t to);

#endif
