/*
 * What:    who was shown a card, into the audit: after the answer, because no EHR waits for our
 * disk.
 * Owns:    a note, until core has it.
 * Threads: asked in the loop's, written by the worker's.
 * Errors:  what cannot be written is a line in the log, with the alert's id; the EHR keeps its own
 *          record of who had a chart open.
 */
#ifndef RFD_CONSOLE_CARDVIEW_H
#define RFD_CONSOLE_CARDVIEW_H

#include "base/str.h"
#include "sys/worker.h"

/* issuer: whose token asked; user: the client's context.userId. worker NULL: nothing is written. */
void cardview_note(struct worker *w, const char *control, struct str issuer, struct str alert,
                   struct str user);

#endif
