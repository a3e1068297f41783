/*
 * What:    messages of files → core over control.sock, in slices that are a transaction each.
 * Owns:    nothing; a slice lives in the arena given, which is reset after each.
 * Threads: one; blocking.
 * Errors:  importsend_add() and importsend_end() are false when core could not be reached or stayed
 *          busy; said on stderr. Whatever was sent by then is stored: the same file again changes
 *          nothing of it.
 */
#ifndef RFD_CTL_IMPORTSEND_H
#define RFD_CTL_IMPORTSEND_H

#include "base/limits.h"
#include "ctl/call.h"
#include "model/message.h"

struct importcounts {
    size_t of[OUTCOME_COUNT];
};

struct importsend {
    const char *socket;
    const char *path; /* of the file, for what is said of a row */
    struct arena *arena;
    struct result_message message[LIMIT_BATCH];
    int line[LIMIT_BATCH];
    size_t count;
    size_t bytes;
    struct importcounts counts;
};

/* m lives in s->arena, which may be reset when this returns. */
RFD_MUSTCHECK bool importsend_add(struct importsend *s, const struct result_message *m, int line);
RFD_MUSTCHECK bool importsend_end(struct importsend *s);

#endif
