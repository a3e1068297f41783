/*
 * What:    reports of a timeline that nobody has read yet.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MODEL_UNREAD_H
#define RFD_MODEL_UNREAD_H

#include "model/timeline.h"

/* The newest report of that category (radiology, pathology, molecular) of that day or later, that
 * no person has read; since DAY_NONE: of any day. NULL: none. */
const struct fact *unread_report(const struct timeline *t, const char *category, day_t since);

/* "a radiology report of 2026-03-10 exists, unread (journal 123)" */
struct str unread_text(struct arena *a, const struct fact *f);

#endif
