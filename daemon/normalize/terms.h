/*
 * What:    the terminologies of config/terminology/, compiled: codes and words → our names.
 * Owns:    nothing; built in the knowledge's arena, texts point into the trees.
 * Threads: read-only once compiled.
 * Errors:  terms_compile() gives one diag per fault with file:line:col and is false then. Look-ups
 *          give NULL, -1 or an absent text for what is unknown: never a guess.
 */
#ifndef RFD_NORMALIZE_TERMS_H
#define RFD_NORMALIZE_TERMS_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "model/fact.h"
#include "model/oncotree.h"
#include "normalize/termindex.h"
#include "wire/tree.h"

struct term_strs {
    const struct str *item;
    size_t count;
};

struct term_pair {
    struct str from;
    struct str to;
};

struct term_analyte {
    struct str name;    /* psa */
    struct str display; /* PSA */
    struct str unit;    /* canonical UCUM */
    struct str matrix;  /* serum, blood, urine, …; absent: any */
    struct str fluid;   /* psa_fluid: the same measured in another specimen */
    struct term_strs words;
    struct term_strs refuse;       /* UCUM units that it never comes in */
    const struct term_pair *units; /* reported → UCUM, for this analyte only */
    size_t unit_count;
};

/* What a LOINC code measures. */
struct term_loinc {
    const struct term_analyte *analyte;
    struct str method; /* absent: the code names none */
    struct str matrix; /* where it is not the analyte's own */
    bool fluid;        /* another specimen: the fact is of analyte->fluid */
};

struct term_drug {
    struct str name;
    const struct str *classes; /* with its own name, last */
    size_t class_count;
    int32_t cover_days;
    struct str cover_why;
};

struct term_regimen {
    struct str name; /* lower case */
    const struct term_drug **drugs;
    size_t count;
};

struct term_biomarker {
    struct str name;
    struct str unit;   /* of a number; absent: none */
    struct str method; /* absent: the code names none */
};

struct term_gene_test {
    struct str gene;
    struct str change; /* absent: whatever the answer names */
};

struct term_change {
    struct str gene;
    struct str change; /* L858R */
};

struct term_words {
    struct str name;
    struct term_strs words;
};

struct term_hotspot {
    struct str gene;
    const int32_t *codons;
    size_t count;
};

/* A disease as CIViC or a registry names it. */
struct term_disease {
    struct str name;
    struct term_strs codes; /* of OncoTree, or _SOLID_, _LIQUID_: any of them */
};

/* A phrase that a report is searched for: words in small letters, "*" behind one: any ending. */
struct term_phrase {
    struct str text; /* as the list has it */
    const struct str *word;
    size_t words;
};

struct term_phrases {
    struct term_phrase *item;
    size_t count;
};

enum term_phrase_list {
    TERM_PHRASE_LOOK_FOR,
    TERM_PHRASE_NEGATION,       /* "no evidence of": what follows in the sentence is denied */
    TERM_PHRASE_NEGATION_AFTER, /* "ruled out": what stands before it is denied */
    TERM_PHRASE_NOT_NEGATION,   /* "no change": looks like one */
    TERM_PHRASE_SCOPE_END,      /* "but": a negation holds no longer */
    TERM_PHRASE_COUNT,
};

struct terms {
    struct oncotree oncotree;
    const struct term_analyte *analytes;
    size_t analyte_count;
    const struct term_loinc *loincs;
    const struct term_drug *drugs;
    size_t drug_count;
    const struct term_regimen *regimens;
    size_t regimen_count;
    const struct term_biomarker *biomarkers;
    const struct term_gene_test *gene_tests;
    const struct term_change *changes; /* of aliases, translocations, same */
    const struct term_hotspot *hotspots;
    size_t hotspot_count;
    const struct term_words *sites; /* OncoTree organ and its words */
    size_t site_count;
    const struct term_disease *diseases;
    struct term_phrases phrases[TERM_PHRASE_COUNT];
    const struct str *names; /* values of the indexes that give a name */

    struct term_index by_analyte;       /* name, also NAME_fluid */
    struct term_index by_loinc;         /* → loincs */
    struct term_index by_specimen;      /* word → names: matrix */
    struct term_index by_biomarker;     /* LOINC → biomarkers */
    struct term_index by_answer;        /* word or code → names */
    struct term_index by_gene_test;     /* LOINC → gene_tests */
    struct term_index by_performance;   /* LOINC → names: scale */
    struct term_index by_ecog;          /* LOINC answer → the score itself */
    struct term_index by_question;      /* LOINC → names: response, histology, topography */
    struct term_index by_response;      /* "LN LA28366-5", or words → enum response_code */
    struct term_index by_procedure;     /* word or code → names */
    struct term_index by_chip;          /* gene → 1 */
    struct term_index by_drug;          /* name or brand, lower case → drugs */
    struct term_index by_drug_code;     /* "rxnorm 1721560" → drugs */
    struct term_index by_class;         /* class → 1 */
    struct term_index by_icd10;         /* prefix without dots → names: OncoTree code */
    struct term_index by_icdo;          /* "8140/3 C61" → names */
    struct term_index by_snomed;        /* → names */
    struct term_index by_disease;       /* name, lower case, or "doid 3908" → diseases */
    struct term_index by_alias;         /* "NM_005228:c.2573T>G", "rs121434568" → changes */
    struct term_index by_same;          /* "ERBB2 A775_G776insYVMA" → changes */
    struct term_index by_residue;       /* "EGFR 858" → names: one letter */
    struct term_index by_symbol;        /* old symbol, or HGNC number → names: symbol */
    struct term_index by_translocation; /* "t(9;22)(q34;q11)" → changes: 5' gene, 3' gene */
};

/* Every file is a map of sections; a section may come in several files, in any order of files. */
RFD_MUSTCHECK bool terms_compile(struct arena *a, const struct tree *const *files, size_t count,
                                 struct diags *d, struct terms *out);

const struct term_analyte *terms_analyte(const struct terms *t, struct str name);
const struct term_loinc *terms_loinc(const struct terms *t, struct str loinc);
bool terms_class_known(const struct terms *t, struct str name); /* a class or a drug; "any" */

/* By name, brand or other name, without case; also when strength and form follow it. NULL: none. */
const struct term_drug *terms_drug(const struct terms *t, struct arena *scratch, struct str text);
/* All drugs of a code: a product may hold two. system: rxnorm, atc, hcpcs. */
enum { TERMS_DRUGS_MAX = 8 };
size_t terms_drug_code(const struct terms *t, struct arena *scratch, const char *system,
                       struct str code, const struct term_drug *out[TERMS_DRUGS_MAX]);
const struct term_regimen *
terms_regimen(const struct terms *t, struct arena *scratch, struct str text);

/* Diagnosis codes → OncoTree, as deep as the code speaks; NULL: not a tumour of ours. */
const struct oncotree_node *
terms_icd10(const struct terms *t, struct arena *scratch, struct str code);
/* topography may be absent: then only what every topography of the morphology agrees on. */
const struct oncotree_node *terms_icdo(const struct terms *t, struct arena *scratch,
                                       struct str morphology, struct str topography);
const struct oncotree_node *terms_snomed(const struct terms *t, struct str code);
/* By name without case, else by its number in the Disease Ontology (may be absent). NULL: none. */
const struct term_disease *
terms_disease(const struct terms *t, struct arena *scratch, struct str name, struct str doid);
/* Does a text speak of another organ than the node's, and not of its own? */
bool terms_site_conflict(const struct terms *t, struct arena *scratch,
                         const struct oncotree_node *node, struct str text);
/* Does a display speak of another analyte, and not of this one? */
bool terms_display_conflict(const struct terms *t, struct arena *scratch,
                            const struct term_analyte *analyte, struct str display);

struct str
terms_specimen(const struct terms *t, struct arena *scratch, struct str word); /* matrix */
struct str terms_answer(const struct terms *t, struct arena *scratch, struct str word);
struct str terms_procedure(const struct terms *t, struct arena *scratch, struct str word);
/* The HGNC symbol of an old one or a number, else the text in capitals; built in the arena. */
struct str terms_symbol(const struct terms *t, struct arena *scratch, struct str gene);
bool terms_is_chip(const struct terms *t, struct str gene);
/* A coded answer of that system, or when code is absent or unknown, the words of a text. */
RFD_MUSTCHECK bool terms_response(const struct terms *t, struct arena *scratch, struct code answer,
                                  enum response_code *out);

/* "NM_005228.4:c.1799_1800delTGinsAT" → "NM_005228:c.1799_1800delinsAT": version and deleted bases
 * carry nothing. Also used on the texts of messages. */
struct str terms_alias_key(struct arena *a, struct str text);

/* The name at a row of an index whose rows are names; absent for -1. */
struct str terms_name_at(const struct terms *t, int32_t at);

#endif
