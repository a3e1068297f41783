/*
 * What:    stable merge sort over equal-sized items; scratch comes from an arena and is given back.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none but a full arena.
 */
#ifndef RFD_BASE_SORT_H
#define RFD_BASE_SORT_H

#include "base/arena.h"

#include <stddef.h>

typedef int sort_cmp(const void *a, const void *b);

void sort_stable(struct arena *a, void *items, size_t count, size_t size, sort_cmp *cmp);

#endif
