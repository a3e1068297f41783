/*
 * What:    an HL7 v2 message as an index over its own bytes: segments and fields by position.
 * Owns:    nothing; slices point into the payload, the index lives in the arena given.
 * Threads: read-only after hl7_index().
 * Errors:  hl7_index() says what is wrong and where (m->fault_at); getters give STR_NONE for what
 * is not there. Absent (p == NULL), empty (n == 0) and "" (hl7_is_delete) are three things.
 */
#ifndef RFD_WIRE_HL7_H
#define RFD_WIRE_HL7_H

#include "base/arena.h"
#include "base/str.h"
#include "wire/charset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* A segment costs 24 bytes and a field 4: the index of one message stays below 6 MB. The
     * largest genomics report seen has about 3,000 segments. */
    HL7_SEGMENTS_MAX = 65536,
    HL7_FIELDS_MAX = 1024 * 1024,
    HL7_PLACE_MAX = 32,
};

enum hl7_error {
    HL7_OK,
    HL7_EMPTY,
    HL7_UTF16, /* 16-bit characters */
    HL7_NO_MSH,
    HL7_BAD_DELIMITERS, /* MSH-1, MSH-2: missing, doubled, or no punctuation */
    HL7_TOO_LONG,       /* over LIMIT_MESSAGE_BYTES */
    HL7_TOO_MANY_SEGMENTS,
    HL7_TOO_MANY_FIELDS,
    HL7_ERROR_COUNT,
};

struct hl7_delims {
    char field;
    char comp;
    char rep;
    char esc;
    char sub;
    char trunc; /* 2.7; '\0': none */
};

#define HL7_DELIMS_USUAL ((struct hl7_delims){'|', '^', '~', '\\', '&', '\0'})

struct hl7_seg {
    uint32_t at; /* offset of the name */
    uint32_t end;
    uint32_t first;  /* its first field in hl7.fields */
    uint32_t fields; /* how many field separators it has */
    uint32_t nth;    /* of its name, from 1; 0: not counted */
    char name[4];    /* NUL-terminated */
};

struct hl7 {
    const char *p; /* the payload, its BOM stripped; a copy when segments were continued by ADD */
    size_t n;
    struct hl7_delims delims;
    enum charset charset; /* settled from MSH-18 and the bytes; a feed may overrule it */
    struct hl7_seg *segs;
    size_t seg_count;
    uint32_t *fields; /* offsets of the bytes after each field separator */
    size_t field_count;
    bool fragment;   /* an ADD that continues another message's segment: a part is missing */
    size_t joined;   /* lines that are no segment, read as part of the one before (a raw line break
                      * in a text): worth a warning */
    size_t fault_at; /* offset in the payload, when hl7_index() fails */
};

/* How a feed's messages are read where they say nothing, or lie. */
struct hl7_reading {
    bool lenient_delims;  /* MSH-2 with the escape character lost or doubled: "^~&", "^~\\\\&" */
    enum charset charset; /* for messages that are no UTF-8 and say none; UNSAID: Windows-1252 */
    bool charset_always;  /* even when MSH-18 says another */
};

/* The payload must outlive m. On an error only fault_at is set. */
RFD_MUSTCHECK enum hl7_error hl7_index(struct hl7 *m, struct arena *a, struct str payload);
RFD_MUSTCHECK enum hl7_error
hl7_index_as(struct hl7 *m, struct arena *a, struct str payload, const struct hl7_reading *how);

const char *hl7_error_name(enum hl7_error e);  /* "bad_delimiters" */
const char *hl7_error_place(enum hl7_error e); /* "MSH-2", or "" */

const char *hl7_seg_name(const struct hl7 *m, size_t seg);
bool hl7_seg_is(const struct hl7 *m, size_t seg, const char *name);
struct str hl7_seg_text(const struct hl7 *m, size_t seg); /* raw, without its line end */

/* A field raw, with its repetitions. field 0 is the name; MSH-1 is the separator itself. */
struct str hl7_field(const struct hl7 *m, size_t seg, int field);
int hl7_field_count(const struct hl7 *m, size_t seg); /* number of the last one */

/* Parts of a part, from 1. Part 1 of a text without that separator is the text. Not for MSH-1/-2.
 */
struct str hl7_rep(const struct hl7 *m, struct str field, int rep);
int hl7_rep_count(const struct hl7 *m, struct str field); /* 0 when absent */
struct str hl7_comp(const struct hl7 *m, struct str rep, int comp);
struct str hl7_sub(const struct hl7 *m, struct str comp, int sub);

/* First repetition, component comp: the common case. MSH-1 and MSH-2 come whole. */
struct str hl7_value(const struct hl7 *m, size_t seg, int field, int comp);

bool hl7_is_delete(struct str s); /* "" : the sender asks for the value to be removed */
bool hl7_is_valued(struct str s); /* neither absent nor empty nor "" */

/* The first segment of that name in [from, to), or to. */
size_t hl7_next(const struct hl7 *m, size_t from, size_t to, const char *name);
/* The first segment in [from, to) with one of count names, or to: ends the run of a group. */
size_t
hl7_next_of(const struct hl7 *m, size_t from, size_t to, const char *const *names, size_t count);

/* Offset of the first CR or LF at or after from, or s.n. */
size_t hl7_line_end(struct str s, size_t from);

/* "OBX[3]-5": the third OBX of the message, field 5 (0: the segment). For diags and ERR-2. */
const char *hl7_place(const struct hl7 *m, size_t seg, int field, char buf[HL7_PLACE_MAX]);
int hl7_seg_nth(const struct hl7 *m, size_t seg); /* that 3 */

#endif
