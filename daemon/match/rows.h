/*
 * What:    leaves asked of a patient's rows as MatchMiner keeps them (clinical, genomic, prior
 *          treatments): equality of fields, closed world, no clinical sense of our own.
 * Owns:    nothing; rows are wire trees of the caller.
 * Threads: read-only.
 * Errors:  none: a field that is not there, or is of another type, does not hold.
 */
#ifndef RFD_MATCH_ROWS_H
#define RFD_MATCH_ROWS_H

#include "base/date.h"
#include "base/dec.h"
#include "base/kleene.h"
#include "wire/tree.h"

enum rows_of {
    ROWS_NOTHING, /* the leaf asks nothing: every key of it is one that MatchMiner ignores */
    ROWS_CLINICAL,
    ROWS_GENOMIC,
    ROWS_PRIOR,
    ROWS_OF_COUNT,
};

/* A scalar as MongoDB compares it: 19 is 19.0, and neither is "19". */
enum row_value_kind {
    ROW_ABSENT, /* null, or no such field: equal to each other */
    ROW_TRUTH,
    ROW_NUMBER,
    ROW_TEXT,
    ROW_OTHER, /* a map, or a list beside which nothing stands: equal to nothing */
    ROW_VALUE_KIND_COUNT,
};

struct row_value {
    enum row_value_kind kind;
    bool truth;
    struct dec number;
    /* The number goes on behind what a decimal holds (12.166666666666666, as a float prints): it is
     * a little further from zero than `number`. */
    bool more;
    struct str text;
};

enum row_test_kind {
    ROW_IS,         /* the field equals the value */
    ROW_IS_NOCASE,  /* text, in any case */
    ROW_ONE_OF,     /* the field is one of the texts */
    ROW_RESIDUE,    /* text and one amino acid, in any case */
    ROW_BORN,       /* a birthday as yyyymmdd, against today minus a span of months */
    ROW_BOUND,      /* a number against a bound */
    ROW_STRUCTURAL, /* by the day of the report: free text or the two partners */
    ROW_TEST_KIND_COUNT,
};

enum row_side {
    SIDE_NOT_ASKED,
    SIDE_GENE,
    SIDE_ANY,  /* any_gene: a gene is named there */
    SIDE_NONE, /* intergenic: no gene is named there */
    SIDE_COUNT,
};

struct row_test {
    enum row_test_kind kind;
    const char *field[2]; /* V2's name and CTIMS's; [1] may be NULL */
    struct row_value value;
    const struct str *any; /* ROW_ONE_OF, sorted */
    size_t any_count;
    enum cmp_op op; /* ROW_BORN, ROW_BOUND */
    int32_t months; /* ROW_BORN */
    enum row_side side[2];
    struct str gene[2]; /* ROW_STRUCTURAL */
};

/* All tests hold on one and the same row. */
struct leaf_rows {
    enum rows_of of;
    const struct row_test *test;
    size_t test_count;
    struct str words; /* as written, sorted by key: what makes two leaves equal */
};

/* One patient of MatchMiner. */
struct match_rows {
    const struct tree *clinical;
    const struct tree *const *genomic;
    size_t genomic_count;
    const struct tree *const *prior;
    size_t prior_count;
    bool structured; /* REPORT_DATE says that structural variants are in fields, not in free text */
};

/* The value of a plain or quoted scalar (YAML 1.1 as PyYAML reads it, and JSON), or of MongoDB's
 * extended JSON: {"$oid": …}, {"$numberInt": …}, {"$date": …}. */
struct row_value row_value_of(const struct tree *t);
/* The first of the two fields that has a value; NULL: neither. */
const struct tree *row_field(const struct tree *row, const char *const field[2]);
bool row_value_eq(const struct row_value *a, const struct row_value *b);

/* Unknown stands for "asks nothing". */
enum kleene rows_answer(const struct leaf_rows *l, const struct match_rows *rows, day_t today);

#endif
