/*
 * What:    a blinded chart review: a sheet of cases, half findings and half not, in random order,
 *          for
 *          people to judge; and what their answers say of each rule.
 * Owns:    nothing. FILE has the cases, FILE.key what the rules say of them: keep it from
 *          reviewers.
 * Threads: one.
 * Errors:  an exit code, said on stderr.
 */
#ifndef RFD_CTL_REVIEW_H
#define RFD_CTL_REVIEW_H

#include "ctl/backtest.h"

int review_sample(struct backtest *b); /* --review-sample N FILE */
int review_read(const struct call *c); /* --review-read FILE */

#endif
