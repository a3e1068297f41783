/*
 * What:    the leaves of an eligibility tree: one question each, answered true, false or unknown,
 *          with the fact that answers it and a sentence that says so.
 * Owns:    nothing; leaves live in the knowledge's arena, results in the step's.
 * Threads: read-only after load.
 * Errors:  none: what cannot be answered is unknown, with a note that says why.
 */
#ifndef RFD_MATCH_LEAF_H
#define RFD_MATCH_LEAF_H

#include "base/kleene.h"
#include "match/case.h"
#include "match/rows.h"

enum leaf_kind {
    LEAF_DISEASE,
    LEAF_GENOMIC,
    LEAF_TESTED, /* is a test known that covers the gene? */
    LEAF_BIOMARKER,
    LEAF_REPAIR, /* mismatch repair and microsatellites, one question as in MatchMiner */
    LEAF_PRIOR,
    LEAF_ON,
    LEAF_LINE,
    LEAF_WASHOUT,
    LEAF_STATUS, /* CTML disease_status */
    LEAF_AGE,
    LEAF_SEX,
    LEAF_ECOG,
    LEAF_LAB,
    LEAF_UNRESOLVED, /* a name that nobody here knows: never answered */
    LEAF_ROWS,       /* asked of MatchMiner's rows, in its own terms */
    LEAF_KIND_COUNT,
};

/* What part of the case the leaf asks about. Reasons stand in this order. */
enum leaf_role {
    ROLE_DISEASE,
    ROLE_BIOMARKER,
    ROLE_LINE,
    ROLE_OTHER,
    LEAF_ROLE_COUNT,
};

struct leaf_limit {
    enum cmp_op op;
    struct dec value;
};

enum gene_category {
    GENE_ANYTHING, /* no category asked for */
    GENE_MUTATION,
    GENE_COPY_NUMBER,
    GENE_MUTATION_OR_COPY, /* CTML's "Any Variation" */
    GENE_STRUCTURAL,
    GENE_CATEGORY_COUNT,
};

enum partner_kind {
    PARTNER_NOT_ASKED,
    PARTNER_GENE,
    PARTNER_ANY,
    PARTNER_INTERGENIC,
    PARTNER_KIND_COUNT,
};

struct leaf_disease {
    const struct oncotree_node *top; /* NULL: all solid or all liquid */
    bool liquid;                     /* with top NULL */
};

/* All of it must hold on one and the same row. */
struct leaf_genomic {
    struct str gene; /* absent: any */
    enum gene_category category;
    struct str change;   /* T790M; absent: any */
    struct str wildcard; /* V600: one residue follows */
    struct str classification;
    struct str copy_call;
    struct str partner;
    enum partner_kind partner_kind;
    int32_t exon;       /* 0: not asked */
    bool acquired;      /* a negative counts only when taken since the course that failed began */
    bool tissue;        /* variant_confirmed: plasma alone does not do */
    enum origin origin; /* ORIGIN_UNKNOWN: not asked; a row that does not say it is unknown */
};

struct leaf_biomarker {
    struct str name;
    struct str value; /* absent: the bound is asked */
    struct leaf_limit bound;
    struct str unit; /* of the bound: "TPS"; absent: any */
    /* Clone or assay: "22C3"; absent: any. Another one, or none said, is unknown. */
    struct str method;
};

struct leaf_drugs {
    const struct str *name; /* drugs and classes: any of them */
    size_t count;
    bool progression; /* LEAF_PRIOR: and the disease progressed on it */
    int32_t days;     /* LEAF_WASHOUT */
};

struct leaf_line {
    int32_t ge; /* number of the next line; 0: not asked */
    int32_t le;
};

enum disease_status {
    STATUS_UNTREATED,
    STATUS_TREATED,
    STATUS_PROGRESSED, /* refractory, relapsed, progressive */
    STATUS_OTHER,      /* stage and spread: no feed says so in a code */
    DISEASE_STATUS_COUNT,
};

struct leaf_status {
    enum disease_status status;
    struct str text;
};

struct leaf_lab {
    struct str analyte;
    struct leaf_limit bound;
    struct str unit;
    struct span max_age; /* n = 0: any age */
    bool times_uln;      /* the bound is a multiple of the laboratory's upper limit */
};

struct leaf {
    enum leaf_kind kind;
    enum leaf_role role;
    bool negated;
    union {
        struct leaf_disease disease;
        struct leaf_genomic genomic; /* and LEAF_TESTED */
        struct leaf_biomarker biomarker;
        bool deficient;          /* LEAF_REPAIR */
        struct leaf_drugs drugs; /* LEAF_PRIOR, LEAF_ON, LEAF_WASHOUT */
        struct leaf_line line;
        struct leaf_status status;
        struct leaf_limit bound; /* LEAF_AGE (years), LEAF_ECOG */
        enum sex sex;
        struct leaf_lab lab;
        struct str name; /* LEAF_UNRESOLVED */
        struct leaf_rows rows;
    } u;
};

/* Why a result is what it is, before the leaf's sign. */
enum leaf_note {
    NOTE_YES,
    NOTE_NO,
    NOTE_NOTHING_KNOWN,
    NOTE_UNREAD,      /* a report exists that nobody here has read */
    NOTE_PLASMA_ONLY, /* found in plasma, in a gene of clonal haematopoiesis, or tissue is asked */
    NOTE_PLASMA_NEGATIVE, /* not found in plasma, which does not exclude it */
    NOTE_BEFORE_COURSE,   /* not found, but before the therapy that failed */
    NOTE_PRELIMINARY,
    NOTE_NOT_SPECIFIC, /* found, or known, but less exactly than asked */
    NOTE_TOO_OLD,
    NOTE_UNIT,
    NOTE_CONFLICT,
    NOTE_ORDERED_ONLY,
    NOTE_COVER_ENDED, /* nothing says that the drug went on, nothing that it ended */
    NOTE_PROGRESSION, /* given, but no progression on it is known */
    LEAF_NOTE_COUNT,
};

struct leaf_result {
    enum kleene k; /* with the sign */
    enum leaf_note note;
    const struct fact *fact;     /* NULL: none */
    const struct course *course; /* NULL: none */
    day_t due;                   /* first day on which time alone changes it; DAY_NONE */
};

/* A value known as q (with its own comparator), cmp = q's number against the bound's: does it
 * hold? */
enum kleene leaf_bound(enum cmp_op known, int cmp, enum cmp_op asked);

#endif
