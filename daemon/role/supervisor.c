#include "role/supervisor.h"

#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "sys/notify.h"
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum phase {
    PHASE_STARTING, /* core, then the others; not all have been ready yet */
    PHASE_RUNNING,
    PHASE_ROLLING, /* a new bundle: one role after the other is drained and started again */
    PHASE_STOPPING,
    PHASE_COUNT,
};

/* A configuration with the sealed descriptor that roles inherit. */
struct loaded {
    struct arena arena;
    struct config *config; /* NULL: empty */
    int bundle_fd;
};

struct supervisor {
    const struct supervisor_args *args;
    struct loop *loop;
    int signal_fd;
    int lock_fd;
    enum phase phase;
    size_t step; /* in the order of the phase */
    struct child child[ROLE_COUNT];
    struct loaded slot[2];
    size_t current;
    bool reload_again; /* SIGHUP while rolling */
    bool forced;       /* a role had to be killed while stopping */
    int exit_code;
};

/* What feeds others is restarted first; what takes in is stopped first. */
static const enum role_id roll_order[ROLE_COUNT] = {ROLE_CORE, ROLE_OUT, ROLE_EDGE, ROLE_CONSOLE};
static const enum role_id stop_order[ROLE_COUNT] = {ROLE_CONSOLE, ROLE_EDGE, ROLE_CORE, ROLE_OUT};

static const size_t CONFIG_ARENA_BYTES = (size_t)2 << 30; /* address space */

static void roll_next(struct supervisor *s);
static void stop_next(struct supervisor *s);

static const struct settings *
settings_of(const struct supervisor *s)
{
    return &s->slot[s->current].config->settings;
}

static void
start_child(struct supervisor *s, struct child *c)
{
    child_start(c, s->slot[s->current].bundle_fd,
                s->args->log_stderr || settings_of(s)->log_stderr);
}

static bool
all_ready(const struct supervisor *s)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (role_wanted((enum role_id)i, settings_of(s)) && s->child[i].state != CHILD_READY)
            return false;
    }
    return true;
}

static void
tell_status(const struct supervisor *s)
{
    static const char *const words[CHILD_STATE_COUNT] = {"down", "down", "starting", "up",
                                                         "draining"};

    notify_status("core %s, out %s, edge %s, console %s", words[s->child[ROLE_CORE].state],
                  words[s->child[ROLE_OUT].state], words[s->child[ROLE_EDGE].state],
                  role_wanted(ROLE_CONSOLE, settings_of(s)) ? words[s->child[ROLE_CONSOLE].state]
                                                            : "off");
}

static void
run_phase(struct supervisor *s)
{
    s->phase = PHASE_RUNNING;
    log_note("supervisor.ready", LOG_SHA("knowledge", &s->slot[s->current].config->knowledge));
    notify_ready();
    if (s->reload_again) {
        s->reload_again = false;
        (void)raise(SIGHUP); /* blocked: it comes back through the loop */
    }
}

static void
on_ready(struct supervisor *s, const struct child *c)
{
    if (s->phase == PHASE_STARTING && c->id == ROLE_CORE) {
        for (int i = 0; i < ROLE_COUNT; i++) {
            if (s->child[i].state == CHILD_DOWN && role_wanted((enum role_id)i, settings_of(s)))
                start_child(s, &s->child[i]);
        }
    }
    if (s->phase == PHASE_STARTING && all_ready(s))
        run_phase(s);
    else if (s->phase == PHASE_ROLLING && c->id == roll_order[s->step]) {
        s->step++;
        roll_next(s);
    }
}

static void
on_child_event(struct child *c, enum child_event event, void *arg)
{
    struct supervisor *s = arg;

    switch (event) {
    case CHILD_IS_READY: on_ready(s, c); break;
    case CHILD_IS_DUE: start_child(s, c); break;
    case CHILD_EVENT_COUNT: break;
    }
    tell_status(s);
}

/* --- stop --- */

/* Drains the first role of the order that still runs; at the end the loop ends. */
static void
stop_next(struct supervisor *s)
{
    for (; s->step < ROLE_COUNT; s->step++) {
        struct child *c = &s->child[stop_order[s->step]];

        if (c->state != CHILD_DRAINING)
            child_drain(c);
        if (child_is_running(c))
            return;
    }
    loop_stop(s->loop);
}

static void
kill_all(struct supervisor *s)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (child_is_running(&s->child[i]))
            s->forced = true;
        child_kill(&s->child[i]);
    }
}

static void
on_stop_deadline(struct loop *l, void *arg)
{
    (void)l;
    log_error("supervisor.stop_deadline");
    kill_all(arg);
}

static void
stop_begin(struct supervisor *s, int code)
{
    if (s->phase == PHASE_STOPPING) { /* asked twice: at once */
        kill_all(s);
        return;
    }
    log_note("supervisor.stop", LOG_NUM("code", code));
    notify_stopping();
    s->exit_code = code;
    s->phase = PHASE_STOPPING;
    s->step = 0;
    (void)loop_add_timer(s->loop, s->args->timing.drain_max, 0, on_stop_deadline, s);
    for (int i = 0; i < ROLE_COUNT; i++) { /* none that waits for its back-off starts again */
        if (!child_is_running(&s->child[i]))
            child_drain(&s->child[i]);
    }
    stop_next(s);
}

/* --- reload --- */

static void
slot_clear(struct loaded *l)
{
    io_close(&l->bundle_fd);
    if (l->config != NULL)
        mem_arena_trim(&l->arena, 0);
    l->config = NULL;
}

static bool
slot_load(struct supervisor *s, struct loaded *l)
{
    struct diags d;

    l->config = check_load(s->args->config_file, s->args->hooks, &l->arena, &d);
    check_log(&d);
    if (l->config == NULL && s->loop == NULL && !s->args->log_stderr)
        check_print(&d, stderr); /* at start somebody may be looking on */
    if (l->config == NULL)
        return false;
    l->bundle_fd = bundle_to_fd(l->config->bundle);
    if (l->bundle_fd >= 0)
        return true;
    log_error("config.no_bundle", LOG_ERRNO("error", errno));
    slot_clear(l);
    return false;
}

/* Drains the next role of the order; one that waits for its back-off takes the new bundle when it
 * starts, and one that the new settings switch on starts now. */
static void
roll_next(struct supervisor *s)
{
    for (; s->step < ROLE_COUNT; s->step++) {
        struct child *c = &s->child[roll_order[s->step]];

        if (c->state == CHILD_STARTING || c->state == CHILD_READY) {
            child_drain(c);
            return;
        }
        if (c->state == CHILD_DOWN && role_wanted(c->id, settings_of(s))) {
            start_child(s, c);
            return;
        }
    }
    log_note("supervisor.reloaded", LOG_SHA("knowledge", &s->slot[s->current].config->knowledge));
    run_phase(s);
}

static void
roll_begin(struct supervisor *s)
{
    slot_clear(&s->slot[s->current]);
    s->current = 1 - s->current;
    log_verbose(settings_of(s)->log_debug);
    s->phase = PHASE_ROLLING;
    s->step = 0;
    roll_next(s);
}

/* These are made, checked and locked once, at start. */
static bool
same_places(const struct settings *a, const struct settings *b)
{
    return strcmp(a->runtime_dir, b->runtime_dir) == 0 && strcmp(a->state_dir, b->state_dir) == 0;
}

static void
reload(struct supervisor *s)
{
    struct loaded *fresh = &s->slot[1 - s->current];
    const struct config *was = s->slot[s->current].config;

    if (s->phase != PHASE_RUNNING) {
        s->reload_again = s->phase != PHASE_STOPPING;
        return;
    }
    notify_reloading(clock_mono_us());
    if (!slot_load(s, fresh)) {
        log_error("supervisor.reload_refused");
        notify_ready();
    } else if (!same_places(&fresh->config->settings, &was->settings)) {
        log_error("supervisor.reload_refused", LOG_NAME("why", "runtime_dir or state_dir changed"));
        slot_clear(fresh);
        notify_ready();
    } else if (sha256_cmp(&fresh->config->bundle->hash, &was->bundle->hash) == 0) {
        log_note("supervisor.reload_same");
        slot_clear(fresh);
        for (int i = 0; i < ROLE_COUNT; i++)
            child_reload(&s->child[i]);
        notify_ready();
    } else {
        roll_begin(s);
    }
}

/* --- deaths --- */

/* A role that cannot start for a reason that will not go away. */
static bool
is_hopeless(const struct supervisor *s, const struct child *c, int status)
{
    if (s->phase != PHASE_STARTING || c->was_ready || !WIFEXITED(status))
        return false;
    return WEXITSTATUS(status) == FATAL_CONFIG || WEXITSTATUS(status) == FATAL_USAGE ||
           WEXITSTATUS(status) == FATAL_STORE;
}

static void
on_death(struct supervisor *s, struct child *c, int status)
{
    bool was_rolled = s->phase == PHASE_ROLLING && c->state == CHILD_DRAINING;

    child_died(c, status);
    if (s->phase == PHASE_STOPPING) {
        s->forced = s->forced || c->hung;
        stop_next(s);
    } else if (is_hopeless(s, c, status)) {
        child_wait(c);
        stop_begin(s, WEXITSTATUS(status));
    } else if (was_rolled && role_wanted(c->id, settings_of(s))) {
        start_child(s, c);
    } else if (was_rolled) { /* switched off */
        s->step++;
        roll_next(s);
    } else {
        child_wait(c);
    }
    tell_status(s);
}

static void
reap_all(struct supervisor *s)
{
    pid_t pid;
    int status;

    while (spawn_reap(&pid, &status)) {
        for (int i = 0; i < ROLE_COUNT; i++) {
            if (s->child[i].pid == pid)
                on_death(s, &s->child[i], status);
        }
    }
}

static void
on_signal(struct loop *l, int fd, unsigned events, void *arg)
{
    struct supervisor *s = arg;

    (void)l;
    (void)events;
    for (int signo = spawn_signal_read(fd); signo != 0; signo = spawn_signal_read(fd)) {
        if (signo == SIGCHLD)
            reap_all(s);
        else if (signo == SIGHUP)
            reload(s);
        else
            stop_begin(s, 0);
    }
}

/* --- watchdog --- */

/* systemd restarts all of us when core neither commits nor idles. A start has its own deadline. */
static void
on_watch(struct loop *l, void *arg)
{
    const struct supervisor *s = arg;
    const struct child *core = &s->child[ROLE_CORE];
    bool fresh = clock_mono_ms() - core->progress_ms <= s->args->watch_max_ms;

    (void)l;
    if (core->state == CHILD_STARTING || (core->state == CHILD_READY && fresh) ||
        s->phase == PHASE_STOPPING)
        notify_watchdog();
}

/* --- start --- */

static void
make_private_dir(const char *path)
{
    struct stat st;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        fatal(FATAL_CONFIG, "supervisor.dir", LOG_NAME("path", path), LOG_ERRNO("error", errno));
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        fatal(FATAL_CONFIG, "supervisor.dir_not_ours", LOG_NAME("path", path));
    if ((st.st_mode & 077) != 0) /* not put right by us: the path may be a slip, such as /tmp */
        fatal(FATAL_CONFIG, "supervisor.dir_needs_mode_0700", LOG_NAME("path", path));
}

/* Two daemons on one state folder would be two writers. */
static int
lock_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        fatal(FATAL_USAGE, "supervisor.already_running", LOG_NAME("state_dir", path),
              LOG_ERRNO("error", errno));
    return fd;
}

/* A core file would hold patients' data. */
static void
no_core_files(void)
{
    static const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
}

static void
set_up(struct supervisor *s)
{
    static const int signos[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    int64_t watch_ms = notify_watchdog_ms() / 4;

    (void)umask(0077);
    no_core_files();
    make_private_dir(settings_of(s)->runtime_dir);
    make_private_dir(settings_of(s)->state_dir);
    s->lock_fd = lock_dir(settings_of(s)->state_dir);
    s->loop = loop_new();
    s->signal_fd = spawn_signal_fd(signos, RFD_COUNT(signos));
    loop_add_fd(s->loop, s->signal_fd, LOOP_READ, on_signal, s);
    if (watch_ms > 0)
        (void)loop_add_timer(s->loop, 0, watch_ms, on_watch, s);
    for (int i = 0; i < ROLE_COUNT; i++)
        child_init(&s->child[i], (enum role_id)i, s->loop, &s->args->timing, on_child_event, s);
}

static void
tear_down(struct supervisor *s)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        child_free(&s->child[i]);
    loop_free(&s->loop);
    io_close(&s->signal_fd);
    io_close(&s->lock_fd);
}

static int
serve(struct supervisor *s)
{
    set_up(s);
    log_note("supervisor.start", LOG_NAME("config", s->args->config_file),
             LOG_NUM("files", s->slot[s->current].config->bundle->count));
    start_child(s, &s->child[ROLE_CORE]);
    loop_run(s->loop);
    tear_down(s);
    if (s->exit_code == 0 && s->forced)
        s->exit_code = FATAL_SOFTWARE;
    log_note("supervisor.end", LOG_NUM("code", s->exit_code));
    return s->exit_code;
}

int
supervisor_run(const struct supervisor_args *args)
{
    struct supervisor s = {.args = args, .slot = {{.bundle_fd = -1}, {.bundle_fd = -1}}};
    int code = FATAL_CONFIG;

    notify_open();
    for (size_t i = 0; i < RFD_COUNT(s.slot); i++)
        mem_arena_new(&s.slot[i].arena, CONFIG_ARENA_BYTES);
    if (slot_load(&s, &s.slot[0])) {
        log_verbose(settings_of(&s)->log_debug);
        if (settings_of(&s)->log_stderr)
            log_force_stderr();
        code = serve(&s);
    }
    for (size_t i = 0; i < RFD_COUNT(s.slot); i++) {
        slot_clear(&s.slot[i]);
        mem_arena_free(&s.slot[i].arena);
    }
    notify_close();
    return code;
}
