/*
 * What:    a bounded text builder with a sticky error: append freely, ask once at the end.
 * Owns:    nothing; it writes into the caller's buffer, or grows in an arena (sb_init_arena).
 * Threads: one builder, one thread.
 * Errors:  past the limit nothing more is written and sb_ok() is false. An arena builder grows by
 *          doubling up to size_max, then fails in the same way.
 */
#ifndef RFD_BASE_SB_H
#define RFD_BASE_SB_H

#include "base/arena.h"
#include "base/str.h"

#include <stdarg.h>

struct sb {
    char *buf;
    size_t size; /* room in buf, with the final NUL */
    size_t n;
    size_t size_max;
    struct arena *arena;
    bool failed;
};

void sb_init(struct sb *b, char *buf, size_t size);
void sb_init_arena(struct sb *b, struct arena *a, size_t size_max);
void sb_add(struct sb *b, struct str s);
void sb_add_c(struct sb *b, const char *c);
void sb_add_char(struct sb *b, char c);
void sb_add_i64(struct sb *b, int64_t v);
void sb_addf(struct sb *b, const char *fmt, ...) RFD_PRINTF(2, 3);
void sb_addv(struct sb *b, const char *fmt, va_list ap) RFD_PRINTF(2, 0);
RFD_MUSTCHECK bool sb_ok(const struct sb *b);
struct str sb_str(const struct sb *b); /* what is written so far */
const char *sb_cz(const struct sb *b); /* the same, NUL-terminated */

#endif
