/*
 * What:    how often each measurement (test, sub-id, time) came in the order in hand.
 * Owns:    nothing; the table lives in the message's arena, facts stay the walk's.
 * Threads: plain data.
 * Errors:  none: bounded by the facts that a message may have.
 */
#ifndef RFD_NORMALIZE_REPEAT_H
#define RFD_NORMALIZE_REPEAT_H

#include "base/arena.h"
#include "model/fact.h"

#include <stddef.h>

struct repeat_slot {
    size_t first; /* the fact that came first, + 1; 0: free */
    size_t count;
};

struct repeats {
    struct repeat_slot *slot;
    size_t room; /* a power of two; 0: no table yet */
    size_t used;
};

/* How many observations of f's test, sub-id and time stand in the table. */
size_t repeats_before(const struct repeats *r, const struct fact *facts, const struct fact *f);

/* Puts facts[at] into the table. One that is not the first gets its number behind its sub-id: the
 * third of 2a is "2a#3", unless the sender has a sub-id of that name. */
void repeats_number(struct repeats *r, struct arena *a, struct fact *facts, size_t at);

#endif
