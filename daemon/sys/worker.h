/*
 * What:    one thread beside a role's loop, for what must wait (a password hash, another role's
 *          answer) while the loop goes on. Jobs are done one at a time, those of an earlier lane
 *          first.
 * Owns:    the thread and the queue, until worker_free(&w). What a job works on is the job's alone
 *          from worker_give() until its done() is called.
 * Threads: run() is called in the worker's thread, done() in the loop's. What both sides touch
 *          otherwise is theirs to keep apart.
 * Errors:  worker_give() is false when the lane is full. No thread is fatal.
 */
#ifndef RFD_SYS_WORKER_H
#define RFD_SYS_WORKER_H

#include "sys/loop.h"

#include <stddef.h>

enum { WORKER_LANES = 3 };

struct worker;
typedef void worker_fn(void *arg);

/* lane_max: how many may wait in each lane. */
struct worker *worker_new(struct loop *l, const size_t lane_max[WORKER_LANES]);
/* Waits for the job in hand; the rest is not run, but its done() is called. */
void worker_free(struct worker **w);

RFD_MUSTCHECK bool
worker_give(struct worker *w, unsigned lane, worker_fn *run, worker_fn *done, void *arg);

#endif
