/*
 * What:    a test and a rule in plain English, from the compiled form alone.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  none; a text past its bound is cut.
 */
#ifndef RFD_CRITERIA_TELL_H
#define RFD_CRITERIA_TELL_H

#include "criteria/scope.h"

/* One for each primitive, in its table: "at least 25 % over the nadir". */
primitive_tell tell_all;
primitive_tell tell_any;
primitive_tell tell_not;
primitive_tell tell_rise_pct;
primitive_tell tell_rise_abs;
primitive_tell tell_ratio;
primitive_tell tell_value;
primitive_tell tell_ref;
primitive_tell tell_ever;
primitive_tell tell_declined;
primitive_tell tell_rising;
primitive_tell tell_plateau;
primitive_tell tell_at_least;
primitive_tell tell_since;
primitive_tell tell_since_stop;
primitive_tell tell_on;
primitive_tell tell_code;
primitive_tell tell_best;
primitive_tell tell_responded;
primitive_tell tell_biomarker;
primitive_tell tell_variant;
primitive_tell tell_variant_before;
primitive_tell tell_variant_before_line;
primitive_tell tell_acquired;
primitive_tell tell_weak_plasma;
primitive_tell tell_ttn;
primitive_tell tell_halflife;
primitive_tell tell_doubling;
primitive_tell tell_fall_pct;
primitive_tell tell_fall_abs;
primitive_tell tell_line_has;
primitive_tell tell_line_number;
primitive_tell tell_cycles;
primitive_tell tell_intent;
primitive_tell tell_progressed_on;

/* ", else unknown" */
void tell_else(struct sb *b, const struct test *t);
/* The test as an outline, a line for each leaf, indented by depth. */
void tell_tree(struct sb *b, const struct rule *r, const struct test *t, int depth);

#endif
