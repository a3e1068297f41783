/*
 * What:    rows of a registry's or a spreadsheet's table → facts, through a map and the
 *          terminologies. Columns go by the names in the header, in any order (csvcolumns.c).
 * Owns:    nothing; everything lives in the arena given, texts partly in the fields.
 * Threads: plain data; no clock: what a file states is dated by the caller or by its own column.
 * Errors:  every fault of a header or row is a diag with file:line:col and the column's name, never
 *          with a cell's text. A bad row gives no fact at all.
 */
#ifndef RFD_NORMALIZE_CSVROWS_H
#define RFD_NORMALIZE_CSVROWS_H

#include "base/diag.h"
#include "model/message.h"
#include "normalize/csvdate.h"
#include "normalize/map.h"
#include "wire/csv.h"

enum csvrows_kind {
    CSVROWS_DIAGNOSES,
    CSVROWS_THERAPY,
    CSVROWS_RESPONSES,
    CSVROWS_KIND_COUNT, /* asked of csvrows_header(): by the header */
};

enum csvcol {
    CSVCOL_PATIENT_ID,
    CSVCOL_AUTHORITY,
    CSVCOL_BIRTH_DATE,
    CSVCOL_SEX,
    CSVCOL_STATED_ON,
    CSVCOL_RECORD,
    CSVCOL_STATUS,
    CSVCOL_CODE_SYSTEM,
    CSVCOL_CODE,
    CSVCOL_MORPHOLOGY,
    CSVCOL_TOPOGRAPHY,
    CSVCOL_TEXT,
    CSVCOL_DIAGNOSED_ON,
    CSVCOL_DRUG,
    CSVCOL_REGIMEN,
    CSVCOL_START,
    CSVCOL_STOP,
    CSVCOL_GIVEN_ON,
    CSVCOL_REASON,
    CSVCOL_INTENT,
    CSVCOL_EVIDENCE,
    CSVCOL_LINE,
    CSVCOL_DATE,
    CSVCOL_RESPONSE,
    CSVCOL_CRITERIA,
    CSVCOL_SITE,
    CSVCOL_COUNT,
};

/* A header, understood. */
struct csvrows {
    const char *file; /* for diags */
    enum csvrows_kind kind;
    size_t fields;                        /* that each row must have */
    int16_t at[CSVCOL_COUNT];             /* field of a column, -1: the table has none */
    enum csvdate_form form[CSVCOL_COUNT]; /* of its dates */
};

const char *csvrows_kind_name(enum csvrows_kind k); /* "diagnoses" … */
RFD_MUSTCHECK bool csvrows_kind_parse(struct str s, enum csvrows_kind *out);

const char *csvrows_column_name(enum csvcol c); /* ours, whatever the table calls it */

/* The header of a table whose file and kind are set in *t (CSVROWS_KIND_COUNT: the header says it).
 * dates: of columns whose name does not say its form, as "start (DD.MM.YYYY)" does. Columns that
 * nobody reads are warnings. */
RFD_MUSTCHECK bool csvrows_header(const struct csv_field *f, size_t n, enum csvdate_form dates,
                                  struct diags *d, struct csvrows *t);

enum csvrow_result {
    CSVROW_OK,
    CSVROW_IGNORED, /* understood, and no tumour of ours: a registry's other diagnoses */
    CSVROW_BAD,
    CSVROW_RESULT_COUNT,
};

struct csvrow {
    const struct fact *fact;
    size_t count;
    struct identity identity;
};

/* How a table's rows are read. */
struct csvrows_use {
    const struct csvrows *table;
    const struct map *map;
    const struct terms *terms;
    struct stamp stated; /* when the file says what it says: orders its versions */
};

RFD_MUSTCHECK enum csvrow_result
csvrows_row(const struct csvrows_use *use, const struct csv_field *f, size_t n, struct arena *a,
            struct diags *d, struct csvrow *out);

/* --- for the readers of the kinds (csvfacts.c, csvtherapy.c) */

struct csvwalk {
    const struct csvrows_use *use;
    const struct csv_field *field;
    struct arena *arena;
    struct diags *diags;
    struct csvrow *out;
    struct fact *facts;
    struct patient_ref patient;
    struct stamp stated;
    enum fact_status status;
    bool bad;
    bool not_ours;
};

enum { CSVROW_FACTS_MAX = 2 * TERMS_DRUGS_MAX + 2 };

/* The cell, trimmed; absent when there is no such column or nothing in it (NA, NULL and - too). */
struct str csvwalk_text(const struct csvwalk *w, enum csvcol c);
void csvwalk_fail(struct csvwalk *w, enum csvcol c, const char *text);
void csvwalk_warn(struct csvwalk *w, enum csvcol c, const char *text);
/* STAMP_NONE when the cell is empty; a cell that is no date is a fault. */
struct stamp csvwalk_date(struct csvwalk *w, enum csvcol c);
/* A new fact with all that is the same for the row. */
struct fact *csvwalk_fact(struct csvwalk *w, enum fact_kind kind, struct stamp at);
/* "import:" and what names the row in its table: its record number, else rest. */
struct str csvwalk_record(const struct csvwalk *w, struct str rest);

void csvwalk_diagnosis(struct csvwalk *w);
void csvwalk_therapy(struct csvwalk *w);
void csvwalk_response(struct csvwalk *w);

#endif
