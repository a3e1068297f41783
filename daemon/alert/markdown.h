/*
 * What:    an alert as GitHub-flavoured Markdown, for cards in a patient's chart (CDS Hooks 2.0,
 *          card.detail): the same content and order as compose_alert(), without the patient's name
 *          or number, since the chart is already his.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_ALERT_MARKDOWN_H
#define RFD_ALERT_MARKDOWN_H

#include "base/sb.h"
#include "model/alert.h"

void markdown_alert(struct sb *b, const struct alert *a);

#endif
