/*
 * What:    a hash over what a map of a config file says: what a site signs. Comments, layout and
 *          places do not count.
 * Owns:    nothing.
 * Threads: any; pure.
 * Errors:  none.
 */
#ifndef RFD_WIRE_TREEHASH_H
#define RFD_WIRE_TREEHASH_H

#include "base/sha256.h"
#include "wire/tree.h"

/* Of a map but for the keys in skip; of all other keys, in their order. */
struct sha256 treehash_of(const struct tree *map, const char *const *skip, size_t skip_count);

#endif
