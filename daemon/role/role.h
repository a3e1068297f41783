/*
 * What:    what every role has in common: what it inherits from the supervisor, its loop, its
 *          heartbeat, and being asked to drain.
 * Owns:    role_start() owns all of struct role_env; a role frees only what it made itself.
 * Threads: one thread; a role makes its ZeroMQ context itself, after role_start() has called it.
 * Errors:  what a role cannot start with is fatal(). Exit codes FATAL_USAGE, FATAL_CONFIG and
 *          FATAL_STORE before the first ready make the supervisor give up with that code; after any
 *          other end the role is started again, with back-off.
 */
#ifndef RFD_ROLE_ROLE_H
#define RFD_ROLE_ROLE_H

#include "base/arena.h"
#include "conf/config.h"
#include "sys/loop.h"
#include "sys/sharedpage.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which they start. */
enum role_id {
    ROLE_CORE,
    ROLE_OUT,
    ROLE_EDGE,
    ROLE_CONSOLE, /* only where the site has switched it on */
    ROLE_COUNT,
};

/* What the supervisor leaves open in a role. */
enum { ROLE_LINK_FD = 3, ROLE_BUNDLE_FD = 4, ROLE_POISON_FD = 5, ROLE_BEAT_MS = 1000 };

struct role_env;
typedef int role_main_fn(struct role_env *env);
typedef void role_drain_fn(struct role_env *env, void *arg);
typedef void role_reload_fn(void *arg);

struct role_env {
    enum role_id id;
    const char *name;
    struct arena *arena; /* for what lives as long as the role */
    const struct config *config;
    const struct settings *settings; /* &config->settings */
    struct poison_page *poison;
    struct loop *loop;
    uint64_t boot_id; /* random, not 0: tells this run of the role from any other */
    bool draining;

    int link_fd; /* from here on role.c only */
    int signal_fd;
    bool tracks_progress;
    int64_t progress_ms; /* monotonic */
    role_drain_fn *drain;
    void *drain_arg;
    role_reload_fn *reload;
    void *reload_arg;
};

/* A role's life: make sockets, put them into env->loop, role_ready(), loop_run(env->loop), free,
 * return 0. It ends by loop_stop(), which drain must bring about. Defined in role/edge.c, core.c,
 * out.c and console.c. */
int role_edge_main(struct role_env *env);
int role_core_main(struct role_env *env);
int role_out_main(struct role_env *env);
int role_console_main(struct role_env *env);

const char *role_name(enum role_id id);
/* False: these settings have no use for it. */
bool role_wanted(enum role_id id, const struct settings *s);

/* In the re-executed process: takes over what it inherits and runs run[id]; the exit code. */
int role_start(const char *name, role_main_fn *const run[ROLE_COUNT], bool log_stderr);

/* "I serve": once, when every socket is bound. */
void role_ready(struct role_env *env);

/* For core: from now on a heartbeat says how long ago role_progress() was called (after a commit,
 * and when idle); the watchdog starves when that is more than 5 s. Without this, turning the loop
 * is enough. */
void role_track_progress(struct role_env *env);
void role_progress(struct role_env *env);

/* drain is called once, from the loop. Without one the loop is stopped at once. The supervisor
 * waits 10 s in all. When the supervisor itself is gone the role exits without being asked: what
 * counts is on disk. */
void role_on_drain(struct role_env *env, role_drain_fn *drain, void *arg);

/* reload is called on each SIGHUP that leaves the bundle as it was: certificates are read anew. */
void role_on_reload(struct role_env *env, role_reload_fn *reload, void *arg);

/* "ipc://RUNTIME_DIR/NAME.sock", in env->arena: where roles find one another. */
const char *role_ipc(const struct role_env *env, const char *name);

#endif
