/*
 * What:    the lines of a control reply, gathered one by one.
 * Owns:    nothing; lines live in the arena.
 * Threads: the core role.
 * Errors:  past LINES_MAX lines are dropped and the last one says so.
 */
#ifndef RFD_CORE_LINES_H
#define RFD_CORE_LINES_H

#include "base/arena.h"
#include "base/sb.h"

enum { LINES_MAX = 20000, LINE_BYTES_MAX = 64 * 1024 };

struct lines {
    struct arena *arena;
    struct str *line;
    size_t count;
};

void lines_init(struct lines *l, struct arena *a);
void lines_add(struct lines *l, struct str s);
void lines_addf(struct lines *l, const char *fmt, ...) RFD_PRINTF(2, 3);
void lines_add_text(struct lines *l, struct str text); /* split at LF */

#endif
