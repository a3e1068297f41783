/*
 * What:    tables as registries and spreadsheets write them (RFC 4180 and what Excel makes of it):
 *          a byte stream, cut anywhere, into rows; a row into fields with line and column.
 * Owns:    nothing; the buffer is the owner's, who wipes and frees it (it holds patient data).
 * Threads: one decoder per file, one thread.
 * Errors:  a row that cannot be read is a row with an error and its place. After CSV_QUOTE_OPEN and
 *          CSV_UTF16 no row can be told from the next: csv_feed() takes nothing more then.
 */
#ifndef RFD_WIRE_CSV_H
#define RFD_WIRE_CSV_H

#include "base/str.h"

enum {
    CSV_ROW_BYTES_MAX = 16 * 1024, /* a registry's row with remarks has about 2,000 */
    CSV_FIELDS_MAX = 256,
};

enum csv_error {
    CSV_OK,
    CSV_TOO_LARGE,  /* a row over the buffer's size */
    CSV_TOO_MANY,   /* fields */
    CSV_QUOTE_TAIL, /* text after a closing quote */
    CSV_NOT_UTF8,
    CSV_QUOTE_OPEN, /* a quote that nothing closes */
    CSV_UTF16,
    CSV_ERROR_COUNT,
};

struct csv_row {
    enum csv_error error;
    struct str raw; /* without its line end; in the decoder's buffer until the callback returns */
    uint64_t at;    /* offset of its first byte in the stream */
    int line;       /* of its first byte, from 1; a row may have several lines */
    int error_line; /* where it went wrong */
    int error_col;
};

/* Returns false to pause: csv_feed() then returns at once, the rest is the caller's to keep. */
typedef bool csv_on_row(void *arg, const struct csv_row *row);

enum csv_state {
    CSV_START, /* of a field */
    CSV_FIELD, /* in one without quotes */
    CSV_QUOTED,
    CSV_QUOTE, /* a quote within quotes: its end, or the first of two */
    CSV_STATE_COUNT,
};

struct csv_dec {
    char *buf;
    size_t size;
    size_t n;       /* of the row so far */
    char delimiter; /* '\0': the first row says, see csv_delimiter() */
    enum csv_state state;
    bool after_cr; /* an LF now belongs to the line before */
    bool over;     /* the row is larger than the buffer */
    bool dead;     /* no further row can be told */
    int line;
    int col; /* of the next byte, from 1 */
    int row_line;
    int quote_line;
    int quote_col;
    uint64_t at;
    uint64_t row_at;
};

/* delimiter: ',', ';', TAB, or '\0' to find it in the first row. */
void csv_init(struct csv_dec *d, char *buf, size_t size, char delimiter);

/* Goes on at the beginning of a row that was seen before. */
void csv_seek(struct csv_dec *d, const struct csv_row *row);

/* Takes n bytes as they came and calls cb for each row that ends in them; empty lines, a byte order
 * mark and Excel's line "sep=;" are no rows. Line ends are LF, CR LF or CR. Returns how many bytes
 * were taken: n, or fewer when cb paused or the decoder is dead. */
RFD_MUSTCHECK size_t csv_feed(struct csv_dec *d, const char *bytes, size_t n, csv_on_row *cb,
                              void *arg);

/* The stream has ended: the last row needs no line end. */
void csv_end(struct csv_dec *d, csv_on_row *cb, void *arg);

/* Of ',', ';' and TAB the one that stands most often outside of quotes; ',' where none does. */
char csv_delimiter(struct str row);

struct csv_field {
    struct str text; /* without quotes, "" made one "; not trimmed */
    int line;
    int col; /* of its first byte, from 1 */
};

/* A row's fields, in *out (CSV_FIELDS_MAX of them). The error of the row, or one found now: then
 * *out_count is 0 and the place stands in *row. */
RFD_MUSTCHECK enum csv_error csv_split(struct arena *a, struct csv_row *row, char delimiter,
                                       struct csv_field *out, size_t *count_out);

bool csv_is_blank(const struct csv_field *f, size_t n); /* nothing in any field: a row of ;;;; */

/* One sentence for a person. */
const char *csv_error_text(enum csv_error e);

#endif
