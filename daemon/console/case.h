/*
 * What:    the parts of a case's page that have files of their own: what a person can do, and
 * what was done so far.
 * Owns:    nothing; everything lives in the page's arena.
 * Threads: one, the worker's.
 * Errors:  the builder's sticky error; history is left out when the store does not answer.
 */
#ifndef RFD_CONSOLE_CASE_H
#define RFD_CONSOLE_CASE_H

#include "console/page.h"

/* The alert that the path names; false: the page is refused already. */
RFD_MUSTCHECK bool case_find(struct page *p, struct alert *al, uint64_t *patient);
/* A receipt is no change of the alert, and no version says it: new and received is delivered. */
void case_receipt(struct page *p, struct alert *al);
/* Forms, for whoever may act on an alert that is still open. */
void case_actions(struct page *p, const struct alert *al);
/* Who was told, and where it has arrived. */
void case_told(struct page *p, const struct alert *al);
/* Who did what when, and what each version said was new. */
void case_history(struct page *p, const struct alert *al);

#endif
