/*
 * What:    files of JSON maps: one per line, or one list of them.
 * Owns:    trees and texts live in the call's arena.
 * Threads: one.
 * Errors:  false when the file cannot be read, said on stderr. A line that is no JSON map is said
 *          there as "file:line: text" and left out.
 */
#ifndef RFD_CTL_ROWSFILE_H
#define RFD_CTL_ROWSFILE_H

#include "ctl/call.h"
#include "wire/tree.h"

struct rowsfile {
    const struct tree **row;
    size_t count;
};

RFD_MUSTCHECK bool rowsfile_read(const struct call *c, const char *path, struct rowsfile *out);

/* "file:line: text" each, on stderr. */
void rowsfile_print_diags(const struct diags *d);

#endif
