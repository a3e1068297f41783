/*
 * What:    which numbers of one publisher have come: the first one missing, and those beyond.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  a number further ahead than SEQTRACK_AHEAD is not remembered; a replay brings it again.
 */
#ifndef RFD_INTAKE_SEQTRACK_H
#define RFD_INTAKE_SEQTRACK_H

#include <stdbool.h>
#include <stdint.h>

enum { SEQTRACK_AHEAD = 4096 };

struct seqtrack {
    uint64_t next;                     /* the first number that has not come */
    uint64_t high;                     /* the highest that has */
    uint8_t ahead[SEQTRACK_AHEAD / 8]; /* ring: number n at n modulo SEQTRACK_AHEAD, for n > next */
};

void seqtrack_start(struct seqtrack *t, uint64_t next);
bool seqtrack_has(const struct seqtrack *t, uint64_t seq);
void seqtrack_add(struct seqtrack *t, uint64_t seq);
/* Too far ahead to be remembered. */
bool seqtrack_is_beyond(const struct seqtrack *t, uint64_t seq);
bool seqtrack_has_gap(const struct seqtrack *t);
/* What was below cannot come any more: go on from there. Returns how many are lost; those that were
 * too far ahead to be remembered count among them. */
uint64_t seqtrack_skip_to(struct seqtrack *t, uint64_t next);

#endif
