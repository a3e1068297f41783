/*
 * What:    the trial files of a set one by one: what each gave, and what is wrong with it. A
 *          file that is no sound trial is kept out and said; the others serve.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  never refuses: what would be an error becomes a warning with its place.
 */
#ifndef RFD_MATCH_TRIALFILE_H
#define RFD_MATCH_TRIALFILE_H

#include "match/trial.h"

struct trial_file {
    const char *origin;
    struct str id; /* absent: the file does not say, or cannot be read */
    size_t first;  /* its clauses in the set */
    size_t count;
    size_t arms; /* that the file names, with or without conditions of their own */
    bool kept_out;
    const struct diag *problem; /* errors and warnings of this file, in order; NULL: none */
    size_t problem_count;
};

struct trial_files {
    struct trial_file *item; /* in order of path */
    size_t count;
    size_t kept_out;
};

/* One file as it was read. tree: NULL when it cannot be read, then `read` says why. */
struct trial_source {
    const char *origin;
    const struct tree *tree;
    struct diags read; /* of reading it */
};

struct trial_sources {
    struct trial_source *item;
    size_t count;
};

/* Both *set and *files start as all zero. */
void trialfile_compile(struct expr_build *b, const struct trial_sources *src, struct trial_set *set,
                       struct trial_files *files);

#endif
