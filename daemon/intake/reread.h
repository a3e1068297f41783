/*
 * What:    messages that core hands back to be read again (reparse): each is read as its feed's
 *          are, and goes to core as the answer.
 * Owns:    copies of the few that wait for room in the pipe; reread_free(&r).
 * Threads: the edge role.
 * Errors:  a feed that is not here is answered so. What does not fit the queue is dropped: core
 *          asks again.
 */
#ifndef RFD_INTAKE_REREAD_H
#define RFD_INTAKE_REREAD_H

#include "intake/corepipe.h"

struct reread;

/* Reads one payload of a feed as it came; received: when it did. The message lives in the arena. */
typedef void reread_cb(void *arg, struct str raw, struct stamp received, struct arena *a,
                       struct result_message *out);

struct reread *reread_new(struct corepipe *pipe);
void reread_free(struct reread **r);

/* How a feed is read; name and arg must outlive it. */
void reread_feed(struct reread *r, const char *name, reread_cb *read, void *arg);

#endif
