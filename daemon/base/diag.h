/*
 * What:    a list of findings about a file or a message, each with its place.
 * Owns:    the list lives in the caller's arena.
 * Threads: one list, one thread.
 * Errors:  past DIAG_MAX further findings are only counted. Texts never carry patient values:
 *          a place is "OBX[3]-5" or "rules/psa.yaml:14:7".
 */
#ifndef RFD_BASE_DIAG_H
#define RFD_BASE_DIAG_H

#include "base/arena.h"
#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

enum { DIAG_TEXT_MAX = 240, DIAG_MAX = 1000 };

enum diag_level {
    DIAG_ERROR,
    DIAG_WARNING,
};

struct diag {
    enum diag_level level;
    const char *file; /* file name, or NULL for a message */
    int line;         /* from 1; 0: none */
    int col;
    char text[DIAG_TEXT_MAX];
    struct diag *next;
};

struct diags {
    struct arena *arena;
    struct diag *first;
    struct diag *last;
    size_t errors;
    size_t warnings;
    size_t dropped;
};

void diags_init(struct diags *d, struct arena *a);
void diag_error(struct diags *d, const char *file, int line, int col, const char *fmt, ...)
    RFD_PRINTF(5, 6);
void diag_warn(struct diags *d, const char *file, int line, int col, const char *fmt, ...)
    RFD_PRINTF(5, 6);

#endif
