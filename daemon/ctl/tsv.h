/*
 * What:    tab-separated lines with a header, read by the names of their columns.
 * Owns:    nothing; texts are slices of the bytes given.
 * Threads: one.
 * Errors:  a row with another number of fields than the header says so: tsv.whole is false.
 */
#ifndef RFD_CTL_TSV_H
#define RFD_CTL_TSV_H

#include "base/arena.h"
#include "base/str.h"

struct tsv {
    struct str rest;
    const struct str *column;
    size_t column_count;
    struct str *field; /* of the row now, column_count of them; absent: the row ended before */
    size_t line;       /* of the row now, from 1 */
    bool whole;        /* it has as many fields as there are columns */
};

/* Reads the header. False: there is none. */
RFD_MUSTCHECK bool tsv_open(struct arena *a, struct str bytes, struct tsv *out);
/* The next row that is not empty; false: the end. */
RFD_MUSTCHECK bool tsv_next(struct tsv *t);
/* -1: no such column. */
int tsv_column(const struct tsv *t, const char *name);
/* Trimmed; absent for column -1. */
struct str tsv_field(const struct tsv *t, int column);

#endif
