/*
 * What:    a result message written as JSON, with the proto's field names as they stand → its
 *          packed bytes: how native messages are kept in files.
 * Owns:    nothing; bytes live in the arena.
 * Threads: plain data.
 * Errors:  false and diags with file:line:col: an unknown field, a wrong type, an unknown enum
 *          value, two of a oneof. Rules of the message itself are left to whoever unpacks it.
 */
#ifndef RFD_CODEC_FROMTREE_H
#define RFD_CODEC_FROMTREE_H

#include "base/arena.h"
#include "base/diag.h"
#include "wire/tree.h"

#include <stdbool.h>

RFD_MUSTCHECK bool codec_message_of_tree(struct arena *a, const struct tree *t, struct diags *d,
                                         struct str *packed_out);

#endif
