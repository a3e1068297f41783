/*
 * What:    narratives, PDFs and other documents of an order or an MDM: gathered line by line, then
 *          one report for the text and one for each document. Nobody reads them here but a person.
 * Owns:    nothing; texts and decoded bytes live in the message's arena.
 * Threads: plain data.
 * Errors:  by walk; a document that cannot be decoded is kept as it came, with the reason.
 */
#ifndef RFD_NORMALIZE_REPORT_H
#define RFD_NORMALIZE_REPORT_H

#include "normalize/order.h"

enum report_kind {
    REPORT_LINE,   /* of a text */
    REPORT_FILE,   /* encapsulated (ED), or a reference to one (RP) */
    REPORT_ANSWER, /* a coded answer that no table knows: listed with the text */
    REPORT_KIND_COUNT,
};

/* One OBX of it. */
struct report_part {
    size_t obx;
    enum report_kind kind;
    enum fact_status status;
    struct walk_coded code; /* OBX-3 */
};

/* Is this result, whose code no table knows, part of a report? */
RFD_MUSTCHECK bool
report_takes(struct walk *w, const struct order *o, size_t obx, const struct walk_coded *code,
             struct str loinc, enum report_kind *out);
void report_add(struct walk *w, const struct report_part *part);

/* Reports of what was added, and their documents; forgets it. */
void report_order(struct walk *w, const struct order *o);

/* An order that is cancelled without a result (OBR-25 X): no report stands under its number. */
void report_cancelled(struct walk *w, const struct order *o);
/* The document whose number stands in that field of a TXA is so no longer. */
void report_withdraw(struct walk *w, size_t txa, int field);

#endif
