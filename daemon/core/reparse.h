/*
 * What:    stored messages read again by the maps in force (the verb `reparse`): which ones, a few
 *          at a time to edge and back, and what became of each.
 * Owns:    nothing; the one job that there can be is the core's (core/rejob.h).
 * Threads: the core role.
 * Errors:  a message that cannot be read again is a line of the answer, and stays as it was. A core
 *          that ends forgets the job: what is not done yet stays as it was, and is asked for again.
 */
#ifndef RFD_CORE_REPARSE_H
#define RFD_CORE_REPARSE_H

#include "core/ask.h"

/* Something is to be done: reparse_next() is worth asking every few milliseconds. */
bool reparse_is_active(const struct core *c);
/* The next message for an edge, in the arena given; false: none just now. */
RFD_MUSTCHECK bool
reparse_next(struct core *c, int64_t now_ms, struct arena *a, struct reparse_request *out);
/* An edge is there anew: what the one before was asked for goes out again. */
void reparse_again(struct core *c);

/* The answer of edge, in the open batch. */
enum outcome reparse_take(struct core *c, const struct ingest_request *rq, struct stamp now);
/* Arguments: journal numbers, or feed=, reason=, since=DAY, quarantined, changed; none: how far it
 * is, from after_seq on. The answer's seq is where to go on; UINT64_MAX: it is done. */
void reparse_run(struct ask *k);

#endif
