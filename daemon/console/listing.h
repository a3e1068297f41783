/*
 * What:    what core answers a verb with (JSON, one object a line) as a table of a page.
 * Owns:    nothing.
 * Threads: one, the loop's.
 * Errors:  a line that is no JSON object is left out.
 */
#ifndef RFD_CONSOLE_LISTING_H
#define RFD_CONSOLE_LISTING_H

#include "console/page.h"

struct listing_column {
    const char *key;  /* of the object */
    const char *head; /* of the column */
};

/* Title, table, or "nothing". */
void listing_write(struct page *p, const char *title, const struct control_reply *reply,
                   const struct listing_column *column, size_t columns);

#endif
