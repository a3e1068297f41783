/*
 * What:    the trial files that a command line names: files and folders, as --trials and as
 *          arguments.
 * Owns:    names and bytes live in the call's arena.
 * Threads: one.
 * Errors:  a file that cannot be read is said on stderr and left out.
 */
#ifndef RFD_CTL_MATCHPATHS_H
#define RFD_CTL_MATCHPATHS_H

#include "conf/bundle.h"
#include "ctl/call.h"

struct matchpaths {
    const struct bundle_file **file; /* by origin, which is the name as it was given */
    size_t count;
    const char **other; /* arguments that are no trials */
    size_t other_count;
};

/* all: every argument is a trial; else folders and *.yaml, *.yml are, and the rest is in other. */
void matchpaths_open(const struct call *c, bool all, struct matchpaths *out);

#endif
