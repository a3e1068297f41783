/*
 * What:    keeps one outgoing TCP connection under way: dials, and after a failure or a loss dials
 *          again, with exponential back-off and jitter.
 * Owns:    the descriptor while it connects; then it is the caller's. dial_free(&d).
 * Threads: one loop, one thread.
 * Errors:  none: a peer that is away is dialled again for ever.
 */
#ifndef RFD_SYS_DIAL_H
#define RFD_SYS_DIAL_H

#include "sys/loop.h"
#include "sys/tcp.h"

struct dial;

/* Connected: fd is the callee's. Dialling rests until dial_again(). */
typedef void dial_up_cb(void *arg, int fd);

struct dial_timing {
    int64_t connect_max_ms;
    int64_t first_ms; /* the first wait; then twice as long each time, up to */
    int64_t last_ms;
};

#define DIAL_TIMING_DEFAULT \
    ((struct dial_timing){.connect_max_ms = 10000, .first_ms = 500, .last_ms = 60000})

/* Dials at once. */
struct dial *dial_new(struct loop *loop, const struct tcp_addr *to, const struct dial_timing *t,
                      dial_up_cb *up, void *arg);
void dial_free(struct dial **d);

/* The connection is gone. good: it was of use, so the waits begin with the first one again. */
void dial_again(struct dial *d, bool good);
void dial_now(struct dial *d);                /* not after the wait, but at once */
uint32_t dial_failures(const struct dial *d); /* in a row */
int dial_errno(const struct dial *d);         /* of the last failure to connect, or 0 */

/* A wait of about so long: between half of it and all of it, so that many who lost the same peer do
 * not come back together. */
int64_t dial_jitter(int64_t ms);

#endif
