/*
 * What:    one row of a table → a result message: its raw bytes are header and row, so that it can
 *          be shown and read again on its own.
 * Owns:    nothing; everything lives in the arena given.
 * Threads: the edge role, and refractctl offline.
 * Errors:  none: a bad row is a message to be quarantined, with its first fault as the place; all
 *          faults are in the diags given.
 */
#ifndef RFD_INTAKE_CSVINTAKE_H
#define RFD_INTAKE_CSVINTAKE_H

#include "normalize/csvrows.h"
#include "sys/sharedpage.h"

/* How a feed's tables are read. */
struct csvintake {
    const char *feed;
    const struct map *map;
    const struct terms *terms;
    enum csvdate_form dates;
    bool live;                  /* else what a table says raises nothing loudly */
    struct poison_page *poison; /* NULL offline */
};

/* A table: file, kind, delimiter and stated are the caller's to set, the header gives the rest. */
struct csvtable {
    struct csvrows rows; /* file; kind: CSVROWS_KIND_COUNT asks the header */
    struct str header;   /* its bytes */
    char delimiter;
    struct stamp stated; /* when the file was written */
    struct str sender;   /* the file's name */
};

/* The header row of a table. False: diags say why. */
RFD_MUSTCHECK bool csvintake_header(const struct csvintake *in, struct csv_row *row,
                                    struct arena *a, struct diags *d, struct csvtable *t);

/* A further row. False: it holds nothing at all, and is no message. */
RFD_MUSTCHECK bool
csvintake_row(const struct csvintake *in, const struct csvtable *t, struct csv_row *row,
              struct arena *a, struct diags *d, struct result_message *out);

/* Is that how a stored row begins, and not an HL7 message? */
bool csvintake_is_row(struct str raw);
/* A stored row again, header and row; received: when it came. */
void csvintake_reread(const struct csvintake *in, struct str raw, struct stamp received,
                      struct arena *a, struct result_message *out);

#endif
