/*
 * What:    one role as the supervisor sees it: its process, its link, its deadline, its back-off.
 * Owns:    the link, the poison page and its descriptor; child_free().
 * Threads: the supervisor's one.
 * Errors:  a fork that fails counts as a death: it is tried again with back-off.
 */
#ifndef RFD_ROLE_CHILD_H
#define RFD_ROLE_CHILD_H

#include "role/role.h"
#include "sys/loop.h"

#include <sys/types.h>

enum child_state {
    CHILD_DOWN,     /* not running, and not to be started by itself */
    CHILD_WAITING,  /* dead; starts again when the back-off is over */
    CHILD_STARTING, /* runs, has not said that it is ready */
    CHILD_READY,
    CHILD_DRAINING, /* told to end */
    CHILD_STATE_COUNT,
};

/* Milliseconds. Tests shorten them. */
struct child_timing {
    int64_t start_max;   /* to be ready in: below TimeoutStartSec=120 */
    int64_t silence_max; /* without a heartbeat, or without progress: hung, killed */
    int64_t drain_max;
    int64_t backoff_first;
    int64_t backoff_max;
    int64_t backoff_reset; /* alive for so long: back to backoff_first */
};

#define CHILD_TIMING_DEFAULT                     \
    ((struct child_timing){.start_max = 110000,  \
                           .silence_max = 15000, \
                           .drain_max = 10000,   \
                           .backoff_first = 100, \
                           .backoff_max = 5000,  \
                           .backoff_reset = 30000})

enum child_event {
    CHILD_IS_READY,
    CHILD_IS_DUE, /* the back-off is over: the owner starts it */
    CHILD_EVENT_COUNT,
};

struct child;
typedef void child_event_fn(struct child *c, enum child_event event, void *arg);

struct child {
    enum role_id id;
    enum child_state state;
    pid_t pid; /* 0: none */
    int link_fd;
    int poison_fd;
    struct poison_page *poison;
    struct loop *loop;
    const struct child_timing *timing;
    int timer; /* the one deadline of the state */
    int64_t started_ms;
    int64_t progress_ms; /* when it last committed or was idle, as far as known */
    int64_t backoff_ms;
    bool hung;      /* killed by us because it hung */
    bool was_ready; /* in this run */
    child_event_fn *on_event;
    void *arg;
};

void child_init(struct child *c, enum role_id id, struct loop *l, const struct child_timing *timing,
                child_event_fn *on_event, void *arg);
void child_free(struct child *c);

void child_start(struct child *c, int bundle_fd, bool log_stderr);
void child_drain(struct child *c);  /* a child that does not run goes down at once */
void child_reload(struct child *c); /* one that does not run reads everything when it starts */
void child_kill(struct child *c);   /* SIGKILL; its death is still to come */
bool child_is_running(const struct child *c);

/* After waitpid(): books the death (poison, back-off) and leaves c DOWN. */
void child_died(struct child *c, int status);
void child_wait(struct child *c); /* from DOWN: start again after the back-off */

#endif
