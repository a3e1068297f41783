/*
 * What:    a site's table of test codes as CSV, in the columns that LOINC's mapping assistant RELMA
 *          imports and exports for local terms: Test Code → LOINC code (or our analyte), with unit
 *          and specimen. A row whose LOINC code and analyte are empty is not mapped yet and says
 *          nothing.
 * Owns:    nothing; rows live in the arena given, texts in the table's bytes.
 * Threads: plain data.
 * Errors:  a diag per fault with file:line:col; false when there was an error.
 */
#ifndef RFD_NORMALIZE_MAPTABLE_H
#define RFD_NORMALIZE_MAPTABLE_H

#include "base/diag.h"
#include "normalize/terms.h"

/* One file that a map names under `tables:`. */
struct map_table {
    struct str name;    /* as the map names it */
    const char *origin; /* for places in diags */
    struct str bytes;
};

struct map_tables {
    const struct map_table *item;
    size_t count;
};

struct maptable_row {
    struct str system; /* Test Code System, as sent; empty: any */
    struct str code;
    struct str loinc;                   /* absent: the analyte alone */
    const struct term_analyte *analyte; /* of the LOINC code or as said; NULL: none of ours */
    struct str method;                  /* absent: not said */
    struct str matrix;
    struct str unit; /* as sent, empty: not said */
    const char *file;
    int line;
    int col; /* of the code */
    int unit_col;
};

struct maptable_rows {
    struct maptable_row *item;
    size_t count;
};

/* Appends the rows of a table. */
RFD_MUSTCHECK bool
maptable_read(struct arena *a, const struct map_table *t, const struct terms *terms,
              struct diags *d, struct maptable_rows *rows);

#endif
