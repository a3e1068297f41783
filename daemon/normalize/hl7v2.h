/*
 * What:    one HL7 v2 message → facts, through the feed's map and the terminologies.
 * Owns:    nothing; facts, links and warnings live in the arena given, texts partly in the payload.
 * Threads: plain data; no clock: times come from the message and the caller.
 * Errors:  the outcome. QUARANTINE carries a reason and the place; no fact is handed out then.
 *          Warnings name places and codes, never values of the patient.
 */
#ifndef RFD_NORMALIZE_HL7V2_H
#define RFD_NORMALIZE_HL7V2_H

#include "normalize/map.h"
#include "normalize/outcome.h"
#include "normalize/trace.h"

/* received: the journal's instant, absent before there is one. The facts' source.feed is the
 * caller's to set. */
RFD_MUSTCHECK enum normalize_outcome
normalize_hl7(const struct hl7 *m, const struct map *map, const struct terms *terms,
              struct stamp received, struct arena *a, struct normalized *out);

/* The same, with how it was read: trace may be NULL. */
struct normalize_call {
    const struct hl7 *m;
    const struct map *map;
    const struct terms *terms;
    struct stamp received;
    struct trace *trace;
};
RFD_MUSTCHECK enum normalize_outcome
normalize_hl7_traced(const struct normalize_call *c, struct arena *a, struct normalized *out);

#endif
