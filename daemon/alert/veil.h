/*
 * What:    of an alert that is for one role alone, what others may see: that it is there.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ALERT_VEIL_H
#define RFD_ALERT_VEIL_H

#include "model/alert.h"

/* Any other alert comes back as it is. */
struct alert alert_veiled(const struct alert *al);

#endif
