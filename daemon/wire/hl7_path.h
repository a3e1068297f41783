/*
 * What:    paths such as PID-3(4.1=HOSP,5=MR).1 or OBX-5[2].1, compiled once and read often.
 * Owns:    nothing; a compiled path borrows the text of its conditions from the source text.
 * Threads: read-only after hl7_path_compile().
 * Errors:  hl7_path_compile() is false for text that is no path; getters give STR_NONE.
 *
 * SEG-field [ "[" repetition "]" | "[*]" | "(" comp[.sub]=value {"," ...} ")" ] [ .comp [ .sub ] ]
 * Without repetition or condition the first repetition is meant. Values compare byte by byte and
 * raw.
 */
#ifndef RFD_WIRE_HL7_PATH_H
#define RFD_WIRE_HL7_PATH_H

#include "base/str.h"
#include "wire/hl7.h"

#include <stdbool.h>
#include <stddef.h>

enum { HL7_PATH_CONDS_MAX = 4, HL7_PATH_ANY_REP = 0, HL7_PATH_NUMBER_MAX = 999 };

struct hl7_path_cond {
    int comp;
    int sub; /* 0: the whole component */
    struct str value;
};

struct hl7_path {
    char seg[4];
    int field;
    int rep;  /* HL7_PATH_ANY_REP: the first that meets the conditions */
    int comp; /* 0: the whole repetition */
    int sub;  /* 0: the whole component */
    size_t cond_count;
    struct hl7_path_cond conds[HL7_PATH_CONDS_MAX];
};

RFD_MUSTCHECK bool hl7_path_compile(struct str text, struct hl7_path *out);

/* In that segment; STR_NONE when it has another name. */
struct str hl7_path_get(const struct hl7 *m, size_t seg, const struct hl7_path *path);

/* In the first segment of the path's name in [from, to). */
struct str hl7_path_first(const struct hl7 *m, size_t from, size_t to, const struct hl7_path *path);

/* All repetitions that the path takes: start with *rep = 0; false at the end. *out may be absent.
 */
bool hl7_path_each(const struct hl7 *m, size_t seg, const struct hl7_path *path, int *rep,
                   struct str *out);

#endif
