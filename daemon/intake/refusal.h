/*
 * What:    a reason of ours for not understanding a message, in the words of an HL7 answer.
 * Owns:    nothing.
 * Threads: constants.
 * Errors:  none: a reason without a row is the content's fault.
 */
#ifndef RFD_INTAKE_REFUSAL_H
#define RFD_INTAKE_REFUSAL_H

#include "base/str.h"
#include "wire/hl7ack.h"

struct refusal_words {
    enum hl7ack_outcome outcome;
    enum hl7ack_error error; /* HL7 table 0357 */
};

struct refusal_words refusal_words(struct str reason);

#endif
