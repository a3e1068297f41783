/*
 * What:    what feeds sent that no table knows: counted with each message, and listed for whoever
 *          maps it (the verb `unmapped`).
 * Owns:    nothing; the rows are the store's.
 * Threads: the core role.
 * Errors:  STORE_FULL passes through. A full list is a counter, unmapped_not_listed.
 */
#ifndef RFD_CORE_UNMAPPED_H
#define RFD_CORE_UNMAPPED_H

#include "core/ask.h"

/* How a message was read, and its unmapped codes when count is set; in the message's savepoint. */
RFD_MUSTCHECK enum store_result unmapped_note(struct core *c, const struct result_message *m,
                                              const struct journal_row *row, bool count);
/* The codes alone. */
RFD_MUSTCHECK enum store_result
unmapped_count(struct core *c, const struct result_message *m, struct str feed, struct stamp at);

/* Arguments: feed=NAME, all (what is mapped by now as well), csv (RELMA's columns). */
void unmapped_run(struct ask *k);

#endif
