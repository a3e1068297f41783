/*
 * What:    one feed's map, compiled from config/maps/: where identifiers stand, what local codes
 *          mean, which time counts, what an empty field means.
 * Owns:    nothing; built in the configuration's arena, texts point into the tree.
 * Threads: read-only once compiled.
 * Errors:  map_compile() gives a diag per fault with file:line:col and is false then.
 */
#ifndef RFD_NORMALIZE_MAP_H
#define RFD_NORMALIZE_MAP_H

#include "normalize/maptable.h"
#include "normalize/terms.h"
#include "wire/hl7_path.h"
#include "wire/hl7ack.h"
#include "wire/hl7time.h"

enum { MAP_IDS_MAX = 8, MAP_TIMES_MAX = 3 };

enum map_time {
    MAP_TIME_OBX14, /* collection by the standard, result time at some senders */
    MAP_TIME_OBR7,
    MAP_TIME_SPM17,
    MAP_TIME_COUNT,
};

/* What a local (or, with system LN, a standard) code means at this site. */
struct map_code {
    const struct term_analyte *analyte; /* NULL: the LOINC code says what it is */
    struct str loinc;  /* of a table: the code is read as that one, be it of ours or not */
    struct str method; /* absent: not said */
    struct str matrix;
    struct str unit;  /* UCUM, where OBX-6 is empty or does not say it; absent: OBX-6 holds */
    const char *file; /* where it stands */
    int line;
};

struct map_response {
    enum response_code code;
    struct str criteria;
};

struct map {
    struct str name;
    struct str hash;                  /* hex, of the file's bytes: goes with each fact */
    struct hl7_path ids[MAP_IDS_MAX]; /* repetitions of PID-3 (-2, -4), best first */
    size_t id_count;
    bool untyped_id;                    /* else the first repetition without a type (CX.5) */
    struct str authority;               /* given here; absent: CX.4 of the repetition */
    struct hl7_path fallback_authority; /* when CX.4 is empty; seg "" : none */
    struct hl7time_default zone;        /* for values and messages without an offset */
    struct str zone_name; /* IANA; whoever loads the map sets zone.zone; absent: a fixed one */
    enum map_time times[MAP_TIMES_MAX];
    size_t time_count;
    bool decimal_comma;
    bool empty_is_final; /* OBX-11 and OBR-25 empty */
    bool keep_unmapped;  /* results of unknown codes become facts, flagged; else they are counted */
    enum hl7ack_mode ack;
    bool refuse_quarantined;    /* answer a message that is not understood AE or AR, not AA */
    bool bare;                  /* the sender uses no MLLP frames */
    struct hl7_reading reading; /* delimiters, character set */
    struct hl7_path regimen;    /* of a therapy message, often a Z segment; seg "": none */
    struct hl7_path intent;
    struct hl7_path cycle;
    struct term_strs hospice; /* of PV1-2, -10 or -36, beside the usual ones of PV1-36 */
    struct term_strs blinded; /* codes and names of study drugs that nobody knows */
    struct term_strs own;     /* MSH-3 of our own messages, which come back through an engine */

    const struct map_code *codes;
    const struct map_response *responses;
    const struct term_drug *const *drugs;
    const struct str *names;
    struct term_index by_system;   /* what the sender calls a coding system, upper case → names */
    struct term_index by_code;     /* "L PSA" → codes */
    struct term_index by_unit;     /* as sent → names: UCUM */
    struct term_index by_drug;     /* → drugs */
    struct term_index by_response; /* → responses */
    struct term_index by_question; /* code whose answer is a response → 1 */
    struct term_index by_diagnosis; /* → names: OncoTree code */
};

/* hash: of the file and its tables, by the caller. The map may be used with these terms only. */
RFD_MUSTCHECK bool map_compile(struct arena *a, const struct tree *file, struct str hash,
                               const struct terms *terms, struct diags *d, struct map *out);
/* The same with the files that the map names under `tables:`, in that order. */
struct map_file {
    const struct tree *tree;
    struct str hash;
    struct map_tables tables;
};
RFD_MUSTCHECK bool map_compile_file(struct arena *a, const struct map_file *f,
                                    const struct terms *terms, struct diags *d, struct map *out);

/* The coding system by its usual short name: LN, SCT, I10C, RXNORM, ATC, HCPCS, ICDO3, LOCAL …;
 * what is unknown comes back as sent. */
struct str map_system(const struct map *m, struct arena *a, struct str system);

/* Entries of a code: with its system first, then entries that were given without one. */
const struct map_code *
map_code_find(const struct map *m, struct arena *scratch, struct str system, struct str code);
const struct map_response *
map_response_find(const struct map *m, struct arena *scratch, struct str system, struct str code);
size_t map_drug_find(const struct map *m, struct arena *scratch, struct str system, struct str code,
                     const struct term_drug *out[TERMS_DRUGS_MAX]);
bool
map_is_question(const struct map *m, struct arena *scratch, struct str system, struct str code);
struct str
map_diagnosis(const struct map *m, struct arena *scratch, struct str system, struct str code);
struct str map_unit(const struct map *m, struct str unit); /* absent: no entry */

#endif
