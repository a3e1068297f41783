/*
 * What:    what a person does to an alert: acknowledge, set aside, snooze, escalate, resolve; and
 *          what people did to the alerts of each rule.
 * Owns:    nothing.
 * Threads: the core role, between batches.
 * Errors:  as core/ask.h.
 */
#ifndef RFD_CORE_ASKLIFE_H
#define RFD_CORE_ASKLIFE_H

#include "core/ask.h"

void ask_ack(struct ask *k);      /* ack ID */
void ask_override(struct ask *k); /* override ID REASON */
void ask_snooze(struct ask *k);   /* snooze ID 2026-12-01|14d|6w */
void ask_escalate(struct ask *k); /* escalate ID [POOL]: without one, where the site says */
void ask_resolve(struct ask *k);  /* resolve ID [REASON] */
void ask_rules(struct ask *k);    /* fired, acknowledged, overridden by reason, … of each rule */

/* A line for each recipient's item. */
void asklife_digest(struct ask *k, const struct digest *d);

/* The reason as one of a few words, for figures that hold nothing of a patient. */
const char *asklife_reason(struct str reason);

#endif
