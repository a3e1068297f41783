/*
 * What:    an alert as plain text that reads in ten seconds: the one composer for every channel.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_ALERT_COMPOSE_H
#define RFD_ALERT_COMPOSE_H

#include "base/sb.h"
#include "model/alert.h"

enum { ALERT_TEXT_MAX = 256 * 1024 };

/* Lines of at most 100 columns, LF, in the order: what, why, rule, check first, options, trials,
 * set aside, missing, not checked, fixed words. */
void compose_alert(struct sb *b, const struct alert *a);

/* One line, no patient data: for syslog, pages and lists. */
void compose_line(struct sb *b, const struct alert *a);

#endif
