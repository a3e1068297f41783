/*
 * What:    the one poll loop of a role, over ZeroMQ sockets, plain descriptors and timers.
 * Owns:    its own tables; descriptors and sockets stay the caller's. loop_free(&l).
 * Threads: one loop, one thread.
 * Errors:  asking for an unknown entry is a bug (asserted); poll failing is fatal.
 *          Level-triggered: a callback may take one message or many, the rest is offered again.
 *          A callback may add and remove any entry, also its own and ones that are ready too.
 */
#ifndef RFD_SYS_LOOP_H
#define RFD_SYS_LOOP_H

#include "sys/zsock.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
    LOOP_ERROR =
        4, /* only reported: hang-up or error; the entry must be removed or read to its end */
};

struct loop;
typedef void loop_fd_cb(struct loop *l, int fd, unsigned events, void *arg);
typedef void loop_zsock_cb(struct loop *l, struct zsock *z, unsigned events, void *arg);
typedef void loop_call_cb(struct loop *l, void *arg);

struct loop *loop_new(void);
void loop_free(struct loop **l);

void loop_add_fd(struct loop *l, int fd, unsigned events, loop_fd_cb *cb, void *arg);
void loop_mod_fd(struct loop *l, int fd, unsigned events); /* 0: asleep, errors still reported */
void loop_del_fd(struct loop *l, int fd);                  /* before close() */

void loop_add_zsock(struct loop *l, struct zsock *z, unsigned events, loop_zsock_cb *cb, void *arg);
void loop_mod_zsock(struct loop *l, struct zsock *z, unsigned events); /* 0: asleep */
void loop_del_zsock(struct loop *l, struct zsock *z);

/* First after after_ms, then every period_ms (0: once). The id is > 0 and not used again soon. */
int
loop_add_timer(struct loop *l, int64_t after_ms, int64_t period_ms, loop_call_cb *cb, void *arg);
void loop_del_timer(struct loop *l, int id); /* an id that is gone already is no error */

/* Called once after work, when nothing more is ready, before the loop sleeps. core commits here. */
void loop_idle(struct loop *l, loop_call_cb *cb, void *arg);

void loop_run(struct loop *l);  /* until loop_stop() */
void loop_stop(struct loop *l); /* from a callback; the round in hand is not finished */
bool loop_stopping(const struct loop *l);

#endif
