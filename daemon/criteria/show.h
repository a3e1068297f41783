/*
 * What:    a whole rule in plain English, for those who review and sign it.
 * Owns:    nothing; the text lives in the arena given.
 * Threads: any; pure.
 * Errors:  none; a text past its bound is cut.
 */
#ifndef RFD_CRITERIA_SHOW_H
#define RFD_CRITERIA_SHOW_H

#include "criteria/rule.h"

/* Many lines, the last one without its newline: thresholds, windows, exclusions, confirmation,
 * citation, standing. */
struct str criteria_show(const struct rule *r, struct arena *a);

#endif
