/*
 * What:    messages → facts as a feed of the config would read them, without a daemon.
 * Owns:    everything lives in the call's arena, facts of a message in the arena given.
 * Threads: one.
 * Errors:  reading_open() is false, with diags printed. A message is never refused but quarantined.
 */
#ifndef RFD_CTL_READING_H
#define RFD_CTL_READING_H

#include "ctl/folders.h"
#include "ctl/messages.h"
#include "intake/hl7intake.h"
#include "model/message.h"

struct reading {
    struct folders folders;
    struct terms terms;
    const char *feed;
    struct map map;
    day_t history_until;
    enum hl7ack_mode ack; /* what the feed answers in */
};

/* The map: --map FILE, else of --feed NAME, else of the config's first HL7 feed, else
 * default.yaml. */
RFD_MUSTCHECK bool reading_open(const struct call *c, struct reading *out);

void reading_message(const struct reading *r, const struct message_text *m, struct stamp now,
                     struct arena *a, struct result_message *out);

struct reading_hl7 {
    struct hl7read *read;
    struct trace *trace; /* NULL: nobody asks how */
};
void reading_hl7(const struct reading *r, struct str bytes, struct stamp now, struct arena *a,
                 const struct reading_hl7 *out);

/* "FILE message 3: quarantined: no_patient_id at PID-3" on stderr, for what gave no facts; warnings
 * too. True when it was understood, even if nothing of it concerns us. */
bool reading_report(const struct message_text *m, const struct result_message *msg);

#endif
