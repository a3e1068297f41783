/*
 * What:    the life of an alert: one table of allowed moves, one mover.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  alert_move() is false when the table has no such move; the alert is then unchanged.
 */
#ifndef RFD_ALERT_LIFE_H
#define RFD_ALERT_LIFE_H

#include "base/assert.h"
#include "model/alert.h"

#include <stdbool.h>

RFD_MUSTCHECK bool alert_can_move(enum alert_state from, enum alert_state to);

/* Moves and stamps a->changed; reason is kept when not absent. */
RFD_MUSTCHECK bool
alert_move(struct alert *a, enum alert_state to, struct stamp at, struct str reason);

#endif
