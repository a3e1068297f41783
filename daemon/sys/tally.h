/*
 * What:    a count that one thread adds to while another reads it.
 * Owns:    nothing; it lives in its owner's struct, zeroed.
 * Threads: any.
 * Errors:  none. It starts anew with the process.
 */
#ifndef RFD_SYS_TALLY_H
#define RFD_SYS_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

struct tally {
    _Atomic uint64_t n;
};

/* What is counted orders nothing else: relaxed. */
static inline void
tally_add(struct tally *t)
{
    (void)atomic_fetch_add_explicit(&t->n, 1, memory_order_relaxed);
}

static inline uint64_t
tally_get(const struct tally *t)
{
    return atomic_load_explicit(&t->n, memory_order_relaxed);
}

#endif
