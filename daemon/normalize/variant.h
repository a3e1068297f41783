/*
 * What:    names of alterations as texts spell them → normal form: protein changes, regions, copy
 *          number, fusions, and several of them in one name.
 * Owns:    nothing; names live in the arena or are constants.
 * Threads: plain data.
 * Errors:  false: the text names no alteration that we understand. It is then kept as sent and
 *          matches nothing.
 */
#ifndef RFD_NORMALIZE_VARIANT_H
#define RFD_NORMALIZE_VARIANT_H

#include "normalize/terms.h"

enum { VARIANT_NAMES_MAX = 8 };

struct variant_name {
    struct str gene;    /* HGNC symbol; absent: neither text nor context say */
    struct str name;    /* L858R, E746_A750del, ex19del, amplification, fusion … */
    struct str group;   /* ex19del, ex20ins, ex14skip when the name is one of that group */
    struct str partner; /* of a fusion */
    int32_t exon;       /* 0: not said */
    enum variant_category category;
    bool any;  /* a class: any change of that codon, exon or gene */
    bool wild; /* wild type: tested and nothing found */
};

struct variant_names {
    struct variant_name item[VARIANT_NAMES_MAX];
    size_t count;
    bool either; /* joined by "or": D835H/Y */
};

/* gene: from the message, absent when it says none. */
RFD_MUSTCHECK bool variant_parse(struct arena *a, const struct terms *t, struct str gene,
                                 struct str text, struct variant_names *out);

/* "not detected", "wild type", "negative", "none": nothing found. */
bool variant_is_negation(struct str text);

#endif
