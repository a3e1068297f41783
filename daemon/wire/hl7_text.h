/*
 * What:    HL7 v2 text in and out: escapes undone and UTF-8 made; and escapes put in.
 * Owns:    nothing; new text lives in the arena, text that needs no change stays a slice.
 * Threads: plain data.
 * Errors:  none: an unknown escape or a lone escape character stays as it is.
 */
#ifndef RFD_WIRE_HL7_TEXT_H
#define RFD_WIRE_HL7_TEXT_H

#include "base/arena.h"
#include "base/sb.h"
#include "base/str.h"
#include "wire/hl7.h"

/* For a leaf (after splitting, never before). \F\ \S\ \T\ \R\ \E\ \P\ \Xhh..\ become bytes,
 * \.br\ \.sp\ and \.ce\ line feeds, \H\ and \N\ (highlighting) nothing. Absent stays absent, ""
 * stays "". */
struct str hl7_text(struct arena *a, const struct hl7 *m, struct str s);

/* UTF-8 text for a field: delimiters escaped, line breaks as \.br\, other controls as \Xhh\. */
void hl7_text_escape(struct sb *b, const struct hl7_delims *delims, struct str s);

#endif
