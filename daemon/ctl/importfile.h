/*
 * What:    a file of rows for `refractctl import`, read twice: once to find every fault, and again
 *          to hand the rows on.
 * Owns:    everything lives in the call's arena, what is made of a row in the arena given.
 * Threads: one.
 * Errors:  importfile_open() is false with diags printed; faults of rows are in `diags`.
 */
#ifndef RFD_CTL_IMPORTFILE_H
#define RFD_CTL_IMPORTFILE_H

#include "ctl/call.h"
#include "intake/csvintake.h"

struct importfile {
    const struct call *call;
    const struct csvintake *in;
    const char *path;
    char delimiter; /* '\0': by the first row */
    enum csvrows_kind kind;
    struct str bytes;
    struct csvtable table;
    struct diags diags;
    bool headed;  /* the header could be read */
    bool torn;    /* from some place on no row can be told: none of it is sent */
    size_t rows;  /* with something in them */
    bool *is_bad; /* by row */
    size_t room;
    size_t bad;
};

/* One row; m is gone on return unless the callback keeps what lives in its arena. False: stop. */
typedef bool
importfile_row(void *arg, size_t nth, const struct csv_row *row, const struct result_message *m);

/* Reads path and finds its faults. False: it cannot be read at all. */
RFD_MUSTCHECK bool importfile_open(struct importfile *f);

/* All rows again, each made in a; the arena is the callback's to give back. */
void importfile_each(struct importfile *f, struct arena *a, importfile_row *cb, void *arg);

#endif
