/*
 * What:    one file of a watched folder being read: its messages or rows, one at a time.
 * Owns:    its descriptor and buffers; dropfile_close() wipes and closes them.
 * Threads: the edge role.
 * Errors:  dropfile_next() says DROP_BROKEN when no more can be told from the file: the reason,
 *          with line and column and without any cell, is in `reason`.
 */
#ifndef RFD_INTAKE_DROPFILE_H
#define RFD_INTAKE_DROPFILE_H

#include "intake/csvintake.h"
#include "intake/hl7intake.h"
#include "wire/hl7_cut.h"

enum drop_next {
    DROP_MESSAGE,
    DROP_TOO_LARGE, /* a message over the limit: to be counted as refused */
    DROP_END,
    DROP_BROKEN,
    DROP_NEXT_COUNT,
};

enum { DROP_REASON_MAX = 8192, DROP_CHUNK = 64 * 1024, DROP_CHUNKS_MAX = 16 };

/* Where a message begins: reading can begin again there. */
struct drop_place {
    uint64_t at;
    int line;
};

struct dropfile {
    int fd;
    const char *name;
    bool rows; /* a table, not HL7 */
    struct hl7intake hl7;
    struct csvintake csv;
    struct stamp now;
    struct arena *arena; /* of one message, given by the owner */
    struct hl7_cut cut;
    struct csv_dec dec;
    struct csvtable table;
    struct arena kept; /* the table's header */
    bool headed;       /* a header, or a message, was found */
    char *buf;         /* what was read: HL7's whole window, or a chunk of a table */
    size_t buf_size;
    size_t buf_used; /* at most, ever */
    size_t chunk_at; /* of a table's chunk: what is taken, */
    size_t chunk_n;  /* and what is there */
    char *row_buf;
    bool ended;
    struct csv_row row;
    bool has_row;
    bool broken;
    char reason[DROP_REASON_MAX];
};

/* Takes fd over, which is at its beginning. stated: when the file was written. */
void dropfile_open(struct dropfile *d, int fd, const char *name, struct stamp stated);
void dropfile_close(struct dropfile *d);

/* The next message in *out, which lives in d->arena and the file's buffers until the next call.
 * now: wall clock. */
RFD_MUSTCHECK enum drop_next dropfile_next(struct dropfile *d, struct stamp now,
                                           struct result_message *out, struct drop_place *place);

/* Reads on from there: what came before it is answered. False: the file cannot be read again. */
RFD_MUSTCHECK bool dropfile_back_to(struct dropfile *d, struct drop_place place);

#endif
