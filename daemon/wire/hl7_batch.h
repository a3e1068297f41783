/*
 * What:    cuts a payload into its messages: several MSH, FHS/BHS ... BTS/FTS wrappers, a file.
 * Owns:    nothing; messages are slices of the payload.
 * Threads: one iterator, one thread.
 * Errors:  none here: what stands outside of any MSH comes out as a message too, and hl7_index()
 *          refuses it, so that nothing is dropped in silence.
 */
#ifndef RFD_WIRE_HL7_BATCH_H
#define RFD_WIRE_HL7_BATCH_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl7_batch {
    struct str payload;
    size_t at;
    size_t count;     /* messages handed out so far */
    bool wrapped;     /* an FHS or BHS was seen */
    int64_t declared; /* sum of BTS-1 (messages in the batch), -1: none said */
};

void hl7_batch_init(struct hl7_batch *b, struct str payload);

/* The next message; false at the end. A payload of one message comes out whole. */
bool hl7_batch_next(struct hl7_batch *b, struct str *out);

#endif
