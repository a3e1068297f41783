/*
 * What:    what the compilers of the terminology sections share: rows with places, growing tables.
 * Owns:    nothing.
 * Threads: plain data; only used while terms_compile() runs.
 * Errors:  readers add a diag and are false.
 */
#ifndef RFD_NORMALIZE_TERMS_BUILD_H
#define RFD_NORMALIZE_TERMS_BUILD_H

#include "normalize/terms.h"

struct terms_build {
    struct arena *arena;
    struct diags *diags;
    struct terms *out;
    struct term_analyte *analytes; /* sized beforehand: pointers into it stay */
    struct term_drug *drugs;
    struct oncotree_row *nodes;
    const struct tree **node_places;
    size_t node_count;
    struct term_loinc *loincs;
    size_t loinc_count;
    struct term_biomarker *biomarkers;
    size_t biomarker_count;
    struct term_gene_test *gene_tests;
    size_t gene_test_count;
    struct term_change *changes;
    size_t change_count;
    struct term_regimen *regimens;
    struct term_hotspot *hotspots;
    struct term_words *sites;
    struct term_disease *diseases;
    size_t disease_count;
    struct str *names;
    size_t name_count;
    const struct tree *cover;
};

/* Item i of a list as text; a diag when it is not there. */
RFD_MUSTCHECK bool
terms_build_item(struct terms_build *b, const struct tree *row, size_t i, struct str *out);
/* Value of key as text; a diag when it is not there. */
RFD_MUSTCHECK bool
terms_build_key(struct terms_build *b, const struct tree *map, const char *key, struct str *out);
struct term_strs terms_build_strs(struct terms_build *b, const struct tree *list, bool lower);
size_t terms_build_name(struct terms_build *b, struct str name); /* row for an index of names */
size_t terms_build_change(struct terms_build *b, struct str gene, struct str change);
struct str terms_build_join(struct terms_build *b, struct str x, const char *between, struct str y);

/* The sections of drugs.yaml and of variants.yaml. */
void terms_build_drugs(struct terms_build *b, const struct tree *section);
void terms_build_regimens(struct terms_build *b, const struct tree *section);
void terms_build_variants(struct terms_build *b, const struct tree *section);
void terms_build_symbols(struct terms_build *b, const struct tree *section);
void terms_build_same(struct terms_build *b, const struct tree *section);
void terms_build_residues(struct terms_build *b, const struct tree *section);
void terms_build_hotspots(struct terms_build *b, const struct tree *section);
void terms_build_translocations(struct terms_build *b, const struct tree *section);

#endif
