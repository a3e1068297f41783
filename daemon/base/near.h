/*
 * What:    which of some names a mistyped word is nearest to, for hints.
 * Owns:    nothing.
 * Threads: any; pure.
 * Errors:  none: no name is near.
 */
#ifndef RFD_BASE_NEAR_H
#define RFD_BASE_NEAR_H

#include "base/str.h"

/* The search for the nearest of many names: start, offer each, read nearest (absent: none). */
struct near {
    struct str word;
    struct str nearest;
    size_t cost; /* one more than is allowed: 2 edits, 1 for a word below 5 letters, 0 below 3 */
};

struct near near_start(struct str word);
void near_offer(struct near *n, struct str name);

#endif
