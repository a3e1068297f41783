/*
 * What:    the verbs on reports: the queue, one of them, taken out of the queue.
 * Owns:    nothing; everything lives in the request's arena.
 * Threads: the core role, between batches.
 * Errors:  by ask_fail().
 */
#ifndef RFD_CORE_ASKREPORTS_H
#define RFD_CORE_ASKREPORTS_H

#include "core/ask.h"

void ask_reports(struct ask *k);     /* [all] [quote] */
void ask_report(struct ask *k);      /* NUMBER [bytes]: read by somebody, so audited */
void ask_report_done(struct ask *k); /* NUMBER [coded] */

#endif
