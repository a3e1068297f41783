/*
 * What:    one request of refractctl being answered: what every verb of core is given, and the few
 *          steps that verbs share. A verb is void (*)(struct ask *), named in control.c's table.
 * Owns:    nothing; everything made lives in its arena.
 * Threads: the core role, between batches.
 * Errors:  ask_fail() sets the exit code and the text for refractctl.
 */
#ifndef RFD_CORE_ASK_H
#define RFD_CORE_ASK_H

#include "codec/feed.h"
#include "core/core.h"
#include "core/lines.h"

struct ask {
    struct core *core;
    const struct control_request *rq;
    struct stamp now;
    struct arena *arena;
    struct lines lines;
    struct control_reply *out;
};

void ask_fail(struct ask *k, int code, const char *text);

/* The alert whose id is the first argument; false: there is none. */
RFD_MUSTCHECK bool ask_alert(struct ask *k, struct alert *out, uint64_t *patient_out);

/* A new alert whose newest version a receiver has confirmed is a delivered one. */
void ask_receipt(struct ask *k, struct alert *al);

/* The patient that the first argument names: an alert's id, or AUTHORITY:ID. */
RFD_MUSTCHECK bool ask_patient(struct ask *k, uint64_t *number_out);

/* The same of another argument, and of patients alone. */
RFD_MUSTCHECK bool ask_patient_at(struct ask *k, size_t arg, uint64_t *number_out);

/* The request as one line, for the journal. */
struct str ask_words(struct ask *k);
/* Who asks, for the audit. */
struct str ask_actor(const struct ask *k);

/* Whatever can cause an effect has a journal number: the request as a row of kind entry. Inside the
 * caller's transaction. */
RFD_MUSTCHECK enum store_result ask_note_entry(struct ask *k);

#endif
