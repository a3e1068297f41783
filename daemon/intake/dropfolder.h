/*
 * What:    the folder itself: which file is next and whole, and the moving of files that are done.
 * Owns:    nothing but what a call opens.
 * Threads: the edge role.
 * Errors:  enum dropfolder_result; errno where it says so.
 */
#ifndef RFD_INTAKE_DROPFOLDER_H
#define RFD_INTAKE_DROPFOLDER_H

#include "base/date.h"

#include <stddef.h>
#include <sys/stat.h>

enum { DROPFOLDER_NAME_MAX = 256 };

enum dropfolder_result {
    DROPFOLDER_FILE,        /* here is one: open, regular, not touched for a while */
    DROPFOLDER_REFUSED,     /* a symbolic link, or a file that may not be read */
    DROPFOLDER_EMPTY,       /* nothing that is whole */
    DROPFOLDER_UNREACHABLE, /* no such folder, or done/ and failed/ cannot be written to; errno */
    DROPFOLDER_RESULT_COUNT,
};

struct dropfolder_found {
    char name[DROPFOLDER_NAME_MAX];
    struct stat st;
    int fd;             /* of FILE: the caller's */
    const char *reason; /* of REFUSED */
};

/* Does a name match, with * and ? ? */
bool dropfolder_matches(const char *pattern, const char *name);

/* The oldest file of those that match pattern (NULL: *.hl7, *.csv). Names that begin with a dot or
 * end in .part, .tmp or .reason are another's business. now_ms: wall clock. */
RFD_MUSTCHECK enum dropfolder_result
dropfolder_next(const char *path, const char *pattern, int64_t settle_ms, int64_t now_ms,
                struct dropfolder_found *out);

/* PATH/NAME to PATH/WHERE/DAYTIME.WORDS.NAME; a name that is taken gets a number. reason (NULL:
 * none) stands in a file of that name and .reason before the file does. False: errno. */
RFD_MUSTCHECK bool dropfolder_move(const char *path, const char *name, const char *where,
                                   const char *words, const char *reason, struct stamp now);

#endif
