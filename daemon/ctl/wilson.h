/*
 * What:    a share with its 95 % interval (Wilson 1927, J Am Stat Assoc 22:209), in integers.
 * Owns:    nothing.
 * Threads: plain functions.
 * Errors:  none; of nothing nothing is known: 0 to 1000.
 */
#ifndef RFD_CTL_WILSON_H
#define RFD_CTL_WILSON_H

#include <stdbool.h>
#include <stdint.h>

/* In permille; low is rounded down, high up, so that the interval never claims too much. */
struct share {
    int64_t mid;
    int64_t low;
    int64_t high;
    bool known;
};

/* yes of n; n up to a million. */
struct share wilson(int64_t yes, int64_t n);

/* What a criterion finds of what is there, when of found findings the share right is right and of
 * passed over non-findings the share missed is not. The interval takes both at their worst. */
struct share
wilson_sensitivity(struct share right, int64_t found, struct share missed, int64_t passed);

#endif
