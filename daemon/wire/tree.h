/*
 * What:    a config file as a tree of maps, lists and scalars with places; typed readers over it.
 * Owns:    nothing; nodes live in the arena that built them, texts where the builder put them.
 * Threads: read-only once built.
 * Errors:  a reader adds a diag with file:line:col. It returns true only when it wrote *out; absent
 *          (NULL, ~, null, empty) is false without a diag: preset *out with the default, use
 *          tree_need() for what must be there, and refuse the file when diags->errors > 0.
 */
#ifndef RFD_WIRE_TREE_H
#define RFD_WIRE_TREE_H

#include "base/arena.h"
#include "base/date.h"
#include "base/dec.h"
#include "base/diag.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tree_kind {
    TREE_SCALAR,
    TREE_MAP,
    TREE_SEQ,
    TREE_KIND_COUNT,
};

struct tree {
    enum tree_kind kind;
    bool quoted;     /* scalar: was in quotes or a block, so never null */
    struct str text; /* scalar */
    const char *file;
    int line; /* from 1 */
    int col;
    size_t count;
    size_t room;
    struct tree **keys;  /* map: scalars */
    struct tree **items; /* map: values; list: items */
};

struct tree_place {
    const char *file; /* must outlive the tree */
    int line;
    int col;
};

/* Builders, for conf. text must outlive the tree. */
struct tree *tree_scalar(struct arena *a, struct tree_place at, struct str text, bool quoted);
struct tree *tree_map(struct arena *a, struct tree_place at);
struct tree *tree_seq(struct arena *a, struct tree_place at);
void tree_map_add(struct arena *a, struct tree *map, struct tree *key, struct tree *value);
void tree_seq_add(struct arena *a, struct tree *seq, struct tree *item);
/* A diag for each key that a map has twice; once per map, when it is complete. scratch is given
 * back, so it must not be the arena of d. */
void tree_check_twice(const struct tree *map, struct arena *scratch, struct diags *d);

/* Absent: NULL, or an unquoted ~, null, Null, NULL or nothing. */
bool tree_is_absent(const struct tree *t);

/* The value of key in a map, or NULL (also when map is NULL or no map). */
const struct tree *tree_get(const struct tree *map, const char *key);
const struct tree *tree_get_str(const struct tree *map, struct str key);
/* The same, with a diag at the map's place when it is absent. */
const struct tree *tree_need(const struct tree *map, const char *key, struct diags *d);
size_t tree_len(const struct tree *t);                      /* 0 for NULL and scalars */
const struct tree *tree_at(const struct tree *t, size_t i); /* item, or value of a map */
const struct tree *tree_key_at(const struct tree *map, size_t i);

/* True when t is of that kind; a diag when it is there and is not. */
bool tree_is(const struct tree *t, enum tree_kind kind, struct diags *d);

bool tree_str(const struct tree *t, struct diags *d, struct str *out); /* any scalar */
bool tree_i64(const struct tree *t, struct diags *d, int64_t min, int64_t max, int64_t *out);
bool tree_bool(const struct tree *t, struct diags *d, bool *out); /* true, false */
bool tree_dec(const struct tree *t, struct diags *d, struct dec *out);
bool tree_day(const struct tree *t, struct diags *d, day_t *out);        /* YYYY-MM-DD */
bool tree_span(const struct tree *t, struct diags *d, struct span *out); /* 28d 12w 6mo 1y */
/* *out is the index in names. */
bool
tree_enum(const struct tree *t, struct diags *d, const char *const *names, size_t count, int *out);

/* A diag for each key of map that is not in names, with the nearest one as a hint. False then. */
bool
tree_check_keys(const struct tree *map, const char *const *names, size_t count, struct diags *d);

/* An error at t's place (t may be NULL). fmt must not print more than names from the file. */
void tree_error(const struct tree *t, struct diags *d, const char *fmt, ...) RFD_PRINTF(3, 4);
void tree_warn(const struct tree *t, struct diags *d, const char *fmt, ...) RFD_PRINTF(3, 4);

/* The one of names that is at most 2 edits away (1 for a word below 5 letters), or NULL. */
const char *tree_nearest(struct str word, const char *const *names, size_t count);

#endif
