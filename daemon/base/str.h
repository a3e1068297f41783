/*
 * What:    slices of text. A struct str is text from outside (a message, a file); no log call takes
 *          one. Names of our own are const char *.
 * Owns:    nothing; a slice borrows the buffer or arena that it points into.
 * Threads: plain data.
 * Errors:  conversions return false and leave *out alone.
 */
#ifndef RFD_BASE_STR_H
#define RFD_BASE_STR_H

#include "base/arena.h"
#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* p == NULL: absent. n == 0 with p != NULL: present and empty. Not NUL-terminated. */
struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
#define STR_FMT(s)   (int)(s).n, ((s).p == NULL ? "" : (s).p) /* for "%.*s" */

static inline bool
str_is_absent(struct str s)
{
    return s.p == NULL;
}

static inline bool
str_is_empty(struct str s) /* absent or of no length */
{
    return s.n == 0;
}

struct str str_from_c(const char *c); /* NULL gives STR_NONE */
bool str_eq(struct str a, struct str b);
bool str_eq_c(struct str a, const char *c);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
int str_cmp(struct str a, struct str b);        /* by bytes, then by length; absent first */
/* Its place in a list that is sorted by str_cmp(); false: it is not there. */
bool str_place(const struct str *sorted, size_t count, struct str s, size_t *at_out);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has(struct str s, struct str part);
struct str str_trim(struct str s);                       /* ASCII white space at both ends */
struct str str_sub(struct str s, size_t from, size_t n); /* clamped */

/* Cuts s at the first sep: head before it, rest after it. False when there is none: head = s. */
bool str_cut(struct str s, char sep, struct str *head, struct str *rest);

/* The first byte of set in s, or s.n. */
size_t str_find_any(struct str s, const char *set);

struct str str_dup(struct arena *a, struct str s);   /* absent stays absent */
struct str str_lower(struct arena *a, struct str s); /* ASCII */
struct str str_cat(struct arena *a, struct str x, struct str y);
const char *str_cz(struct arena *a, struct str s); /* NUL-terminated copy */

RFD_MUSTCHECK bool str_to_i64(struct str s, int64_t *out); /* optional sign, digits, nothing else */
RFD_MUSTCHECK bool str_to_u64(struct str s, uint64_t *out);

uint64_t str_hash(struct str s); /* FNV-1a, for tables only */

#endif
