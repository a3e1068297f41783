/*
 * What:    writes JSON into a struct sb, in the order of the calls, on one line.
 * Owns:    nothing.
 * Threads: one writer, one thread.
 * Errors:  sb's sticky one, by jsonout_ok(). Bytes that are no UTF-8 become U+FFFD. Calls in the
 *          wrong order (a value without key, an end too many) are bugs of ours.
 */
#ifndef RFD_WIRE_JSONOUT_H
#define RFD_WIRE_JSONOUT_H

#include "base/dec.h"
#include "base/sb.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSONOUT_DEPTH_MAX = 32 };

struct jsonout {
    struct sb *b;
    int depth;
    uint32_t in_map; /* bit per level: map, else list */
    uint32_t filled; /* bit per level: something is there, so a comma is due */
    bool keyed;      /* a key waits for its value */
};

void jsonout_init(struct jsonout *j, struct sb *b);

void jsonout_map(struct jsonout *j);     /* { */
void jsonout_map_end(struct jsonout *j); /* } */
void jsonout_list(struct jsonout *j);
void jsonout_list_end(struct jsonout *j);
void jsonout_key(struct jsonout *j, const char *key);
void jsonout_key_str(struct jsonout *j, struct str key);

void jsonout_str(struct jsonout *j, struct str s); /* absent gives null */
void jsonout_c(struct jsonout *j, const char *s);  /* NULL gives null */
void jsonout_i64(struct jsonout *j, int64_t v);
void jsonout_u64(struct jsonout *j, uint64_t v);
void jsonout_dec(struct jsonout *j, struct dec v); /* as a number, digits as reported: 1.0 */
void jsonout_bool(struct jsonout *j, bool v);
void jsonout_null(struct jsonout *j);

/* The whole line is written: every level closed, and sb has had room. */
RFD_MUSTCHECK bool jsonout_ok(const struct jsonout *j);

#endif
