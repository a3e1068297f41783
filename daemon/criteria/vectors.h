/*
 * What:    worked timelines with dated expectations, run against a set of rules.
 * Owns:    nothing; memory of a check is given back when it is done.
 * Threads: plain functions.
 * Errors:  false with diags when a file is not in the format of the criteria README (an unknown
 *          event, field, unit of time, status …); failed checks are counted, not errors.
 */
#ifndef RFD_CRITERIA_VECTORS_H
#define RFD_CRITERIA_VECTORS_H

#include "criteria/rule.h"

struct vectors_counts {
    size_t passed;
    size_t failed;
    size_t skipped;
};

/* One line without its newline; the text dies with the call. */
struct vectors_sink {
    void (*line)(void *to, struct str line);
    void *to;
};

/* root: the list of one file. Emits "ok ID@DATE STATUS", "FAIL ID@DATE got X want Y",
 * "skip ID@DATE RULE" and adds to *counts. scratch must not be the arena of root, rules or d. */
RFD_MUSTCHECK bool
criteria_vectors_run(const struct ruleset *rules, const struct tree *root, struct arena *scratch,
                     struct diags *d, const struct vectors_sink *sink,
                     struct vectors_counts *counts);

/* The last line: "N passed, N failed", with "N skipped" when there are any. */
struct str criteria_vectors_summary(const struct vectors_counts *counts, struct arena *a);

#endif
