/*
 * What:    Kleene's strong three-valued logic: unknown is neither true nor false.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_BASE_KLEENE_H
#define RFD_BASE_KLEENE_H

/* In order of truth, so that "and" is the smaller and "or" the larger of two. */
enum kleene { K_FALSE, K_UNKNOWN, K_TRUE, K_COUNT };

static inline enum kleene
k_and(enum kleene a, enum kleene b)
{
    return a < b ? a : b;
}

static inline enum kleene
k_or(enum kleene a, enum kleene b)
{
    return a > b ? a : b;
}

static inline enum kleene
k_not(enum kleene a)
{
    return a == K_TRUE ? K_FALSE : a == K_FALSE ? K_TRUE : K_UNKNOWN;
}

#endif
