/*
 * What:    how one message was read, for whoever connects a sender: segments, fields, decisions,
 *          facts, what was left out, and the answer that the sender would get.
 * Owns:    nothing; texts live in the message's arena. It prints what the message says of a
 *          patient.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_CTL_PARSEEXPLAIN_H
#define RFD_CTL_PARSEEXPLAIN_H

#include "ctl/reading.h"
#include "intake/hl7intake.h"
#include "normalize/trace.h"

struct explained {
    const struct reading *reading;
    const struct message_text *text;
    const struct hl7read *read;
    const struct trace *trace;
};

void parse_explain(const struct explained *x, struct arena *a);
/* The same as one JSON line; "trace" is a list. */
void parse_explain_json(const struct explained *x, struct arena *a);

#endif
