/*
 * What:    one HL7 v2 payload → a result message: mapped to facts, or with the reason why not.
 * Owns:    nothing; everything lives in the arena given.
 * Threads: the edge role, and refractctl offline.
 * Errors:  none: what cannot be understood is a message to be quarantined, with reason and place.
 */
#ifndef RFD_INTAKE_HL7INTAKE_H
#define RFD_INTAKE_HL7INTAKE_H

#include "model/message.h"
#include "normalize/hl7v2.h"
#include "sys/sharedpage.h"
#include "wire/hl7.h"

/* How a feed's messages are read. */
struct hl7intake {
    const char *feed;
    const struct map *map;
    const struct terms *terms;
    day_t history_until;        /* messages of an earlier day are history; DAY_NONE: none */
    struct poison_page *poison; /* NULL offline */
    struct trace *trace;        /* gets how the message was read; NULL: nobody asks */
};

struct hl7read {
    struct hl7 hl7;
    bool indexed;     /* hl7 can be used to build an answer */
    bool header_only; /* and for nothing else: the header alone was read */
    struct result_message message;
};

/* payload must outlive *out. now: wall clock, for messages that carry no time. */
void hl7intake_read(const struct hl7intake *in, struct str payload, struct stamp now,
                    struct arena *a, struct hl7read *out);

#endif
