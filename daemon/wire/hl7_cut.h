/*
 * What:    cuts a file of HL7 v2 messages, read piece by piece, into its messages: one or many,
 *          with or without MLLP frames and batch wrappers, any line ends.
 * Owns:    nothing; the buffer is the owner's, who wipes and frees it (it holds patient data).
 * Threads: one cutter per file, one thread.
 * Errors:  none here: what is no message comes out as one that hl7_index() refuses. One that the
 *          buffer cannot hold is HL7_CUT_TOO_LARGE, and the next one follows it.
 */
#ifndef RFD_WIRE_HL7_CUT_H
#define RFD_WIRE_HL7_CUT_H

#include "base/str.h"

enum hl7_cut_result {
    HL7_CUT_MESSAGE,
    HL7_CUT_MORE, /* bytes are needed, see hl7_cut_room(), or the end */
    HL7_CUT_TOO_LARGE,
    HL7_CUT_END,
    HL7_CUT_RESULT_COUNT,
};

struct hl7_cut {
    char *buf;
    size_t size;
    size_t from;     /* where the next message begins */
    size_t n;        /* end of what was read */
    size_t unframed; /* up to here frame marks are line ends */
    uint64_t at;     /* offset of buf in the file */
    bool skipping;   /* within a message that is too large */
    bool ended;
};

/* at: where in the file reading begins, the beginning of a message. */
void hl7_cut_init(struct hl7_cut *c, char *buf, size_t size, uint64_t at);

/* After HL7_CUT_MORE: where to read the next bytes to, *n_out of them at most; then how many came.
 * The message of before is gone. */
char *hl7_cut_room(struct hl7_cut *c, size_t *n_out);
void hl7_cut_add(struct hl7_cut *c, size_t n);
void hl7_cut_end(struct hl7_cut *c);

/* The next message, in the buffer until hl7_cut_room(); at_out: where in the file it begins. */
RFD_MUSTCHECK enum hl7_cut_result
hl7_cut_next(struct hl7_cut *c, struct str *out, uint64_t *at_out);

#endif
