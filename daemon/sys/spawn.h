/*
 * What:    re-execution of ourselves with a chosen set of descriptors; signals as a descriptor.
 * Owns:    the descriptors are the caller's; a child is reaped with spawn_reap().
 * Threads: single-threaded processes only (before any ZeroMQ context).
 * Errors:  spawn_self() gives -1 with errno; a child that cannot exec exits with 127.
 */
#ifndef RFD_SYS_SPAWN_H
#define RFD_SYS_SPAWN_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SPAWN_FDS_MAX = 8 };

struct spawn_fd {
    int from;
    int to; /* 3 or more; no two alike */
};

/* Runs /proc/self/exe. The child has 0-2 and the fds of the list, no other; SIGTERM when we die;
 * default signals, none blocked. argv ends in NULL. */
pid_t spawn_self(const char *const argv[], const struct spawn_fd *fds, size_t n);

/* One dead child without waiting: false when there is none. */
RFD_MUSTCHECK bool spawn_reap(pid_t *pid_out, int *status_out);

/* Blocks these signals and gives a non-blocking descriptor for them. n up to 8. Also ignores
 * SIGPIPE. */
int spawn_signal_fd(const int *signos, size_t n);
int spawn_signal_read(int fd); /* the next signal, 0 when there is none */

#endif
