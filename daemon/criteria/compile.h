/*
 * What:    the shared part of compiling a rule: bounds, references, names, units.
 * Owns:    nothing; the compiled rule lives in the compiler's arena.
 * Threads: plain functions.
 * Errors:  false with a diag at the place in the file.
 */
#ifndef RFD_CRITERIA_COMPILE_H
#define RFD_CRITERIA_COMPILE_H

#include "criteria/scope.h"

enum bound_type {
    BOUND_NUMBER,
    BOUND_SPAN,
    BOUND_NUMBER_OR_REF,
};

/* The keys ge gt le lt of a map: at least min of them. */
bool compile_bounds(struct compiler *c, const struct tree *map, enum bound_type type, size_t min,
                    struct test *out);
/* One bound as a map {gt: 10}, other keys not looked at. */
bool
compile_bound(struct compiler *c, const struct tree *map, enum bound_type type, struct bound *out);
/* The name of one of the rule's refs; absent: a diag. */
bool compile_ref(struct compiler *c, const struct tree *map, const char *key, int *out);
bool
compile_names(struct compiler *c, const struct tree *map, const char *key, struct name_list *out);
/* Absent: *out stays. False after a diag only. */
bool compile_span(struct compiler *c, const struct tree *map, const char *key, struct span *out);
bool compile_count(struct compiler *c, const struct tree *map, const char *key, int32_t *out);
bool compile_number(struct compiler *c, const struct tree *map, const char *key, struct dec *out);
bool compile_str(struct compiler *c, const struct tree *map, const char *key, struct str *out);
bool compile_bool(struct compiler *c, const struct tree *map, const char *key, bool *out);
/* else: unknown | false | true */
bool compile_else(struct compiler *c, const struct tree *map, enum kleene *out);
bool
compile_unit(struct compiler *c, const struct tree *t, struct str *ucum_out, struct str *shown_out);

/* The map's keys, with the four bounds allowed as well when with_bounds. */
bool compile_keys(struct compiler *c, const struct tree *map, const char *const *names,
                  size_t count, bool with_bounds);

/* A decimal as a fraction: 1.5 = 15/10; 25 percent on top of one = 125/100. */
struct fraction {
    int64_t num;
    int64_t den;
};
struct fraction fraction_of(struct dec d);
struct fraction fraction_percent(struct dec d);     /* d percent */
struct fraction fraction_one_percent(struct dec d); /* one and d percent */

#endif
