/*
 * What:    a sorted index from text keys to row numbers, and a growing array, both in an arena.
 * Owns:    nothing; keys are slices that must outlive the index.
 * Threads: read-only once sealed.
 * Errors:  none: a key that is not there gives -1, a key added twice gives both rows in order.
 */
#ifndef RFD_NORMALIZE_TERMINDEX_H
#define RFD_NORMALIZE_TERMINDEX_H

#include "base/arena.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct term_entry {
    struct str key;
    int32_t at;
};

struct term_index {
    struct term_entry *entry;
    size_t count;
    size_t room;
};

void termindex_add(struct arena *a, struct term_index *x, struct str key, size_t at);
void termindex_seal(struct arena *a, struct term_index *x); /* sorts: look-ups only after it */

/* The first row of the key, or -1. next: the further rows of the same key. */
int32_t termindex_find(const struct term_index *x, struct str key);
size_t termindex_range(const struct term_index *x, struct str key, size_t *first_out);

/* The same without regard to ASCII case: keys were added in lower case. */
int32_t termindex_find_nocase(const struct term_index *x, struct arena *scratch, struct str key);

/* items with room for one more element of that size; items may move. */
void *term_grow(struct arena *a, void *items, size_t count, size_t size);

#endif
