/*
 * What:    a watched folder: files of HL7 messages or of rows that are put there are read, handed
 *          to core, and moved to done/ or failed/ once core has answered all of them.
 * Owns:    the file that is open, its buffers and timer; folderd_free(&f).
 * Threads: the edge role. Files are read piece by piece, FOLDERD_WINDOW messages unanswered at
 *          most.
 * Errors:  a file stays where it is until its last answer: whatever dies in between, it is read
 *          again, and core knows what it has. What cannot be read at all goes to failed/ with the
 *          reason beside it. File names may name patients: no log line has one.
 */
#ifndef RFD_INTAKE_FOLDERD_H
#define RFD_INTAKE_FOLDERD_H

#include "intake/corepipe.h"
#include "intake/csvintake.h"
#include "intake/hl7intake.h"

enum { FOLDERD_WINDOW = 64 }; /* a batch of core's: other feeds keep their share of the pipe */

struct folderd;

struct folderd_config {
    struct hl7intake hl7;
    struct csvintake csv;
    const char *path;
    const char *pattern; /* with * and ?; NULL: *.hl7 and *.csv */
    int64_t settle_ms;   /* a file that was not touched for so long is whole */
};

struct folderd *
folderd_new(struct loop *loop, struct corepipe *pipe, const struct folderd_config *cfg);
void folderd_free(struct folderd **f);

/* Nothing more is read; what is unanswered is core's. */
void folderd_stop_accepting(struct folderd *f);

/* "waiting", "reading", "core_busy", "unreachable" (no such folder, or not writable). */
const char *folderd_state(const struct folderd *f);

#endif
