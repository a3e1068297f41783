/*
 * What:    what the console knows of the rest: the store, through a connection that can only read,
 *          and the way to core for whatever acts.
 * Owns:    the connection, opened at first use, until reader_close().
 * Threads: one, the loop's.
 * Errors:  a store that is not there (yet) is NULL, never an end.
 */
#ifndef RFD_CONSOLE_READER_H
#define RFD_CONSOLE_READER_H

#include "store/store.h"

struct reader {
    const char *path;    /* of the database */
    const char *control; /* of core's control.sock */
    struct store *store;
};

/* At the beginning of a request: an earlier one may have ended in the middle of a statement. NULL:
 * there is no store (yet). */
struct store *reader_store(struct reader *r);
void reader_close(struct reader *r);

#endif
