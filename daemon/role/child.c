#include "role/child.h"

#include "role/link.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_deadline(struct loop *l, void *arg);

void
child_init(struct child *c, enum role_id id, struct loop *l, const struct child_timing *timing,
           child_event_fn *on_event, void *arg)
{
    *c = (struct child){.id = id,
                        .state = CHILD_DOWN,
                        .link_fd = -1,
                        .loop = l,
                        .timing = timing,
                        .backoff_ms = timing->backoff_first,
                        .on_event = on_event,
                        .arg = arg};
    c->poison = poison_new(&c->poison_fd);
}

void
child_free(struct child *c)
{
    rfd_assert(!child_is_running(c));
    poison_unmap(&c->poison);
    io_close(&c->poison_fd);
}

bool
child_is_running(const struct child *c)
{
    return c->pid > 0;
}

static void
arm(struct child *c, int64_t after_ms)
{
    loop_del_timer(c->loop, c->timer);
    c->timer = after_ms < 0 ? 0 : loop_add_timer(c->loop, after_ms, 0, on_deadline, c);
}

/* Every change of state goes through here: each state has one deadline, or none. */
static void
move(struct child *c, enum child_state to)
{
    int64_t deadline = -1;

    switch (to) {
    case CHILD_DOWN: break;
    case CHILD_WAITING: deadline = c->backoff_ms; break;
    case CHILD_STARTING: deadline = c->timing->start_max; break;
    case CHILD_READY: deadline = c->timing->silence_max; break;
    case CHILD_DRAINING: deadline = c->timing->drain_max; break;
    case CHILD_STATE_COUNT: break;
    }
    c->state = to;
    arm(c, deadline);
}

static void
kill_hung(struct child *c, const char *why)
{
    log_error("role.hung", LOG_NAME("role", role_name(c->id)), LOG_ID("pid", c->pid),
              LOG_NAME("why", why));
    c->hung = true;
    child_kill(c);
    arm(c, c->timing->silence_max); /* SIGKILL may wait for a disk */
}

static void
on_deadline(struct loop *l, void *arg)
{
    struct child *c = arg;

    (void)l;
    switch (c->state) {
    case CHILD_WAITING: c->on_event(c, CHILD_IS_DUE, c->arg); break;
    case CHILD_STARTING: kill_hung(c, "start"); break;
    case CHILD_READY: kill_hung(c, "silence"); break;
    case CHILD_DRAINING: kill_hung(c, "drain"); break;
    case CHILD_DOWN:
    case CHILD_STATE_COUNT: break;
    }
}

static void
on_beat(struct child *c, int64_t age_ms)
{
    int64_t now = clock_mono_ms();

    if (age_ms < 0 || age_ms > now)
        age_ms = now;
    c->progress_ms = now - age_ms;
    if (c->state != CHILD_READY)
        return;
    if (age_ms >= c->timing->silence_max)
        kill_hung(c, "progress");
    else
        arm(c, c->timing->silence_max - age_ms);
}

static void
on_ready(struct child *c)
{
    c->progress_ms = clock_mono_ms();
    c->was_ready = true;
    if (c->state == CHILD_STARTING) {
        move(c, CHILD_READY);
        c->on_event(c, CHILD_IS_READY, c->arg);
    }
}

static void
drop_link(struct child *c)
{
    if (c->link_fd >= 0)
        loop_del_fd(c->loop, c->link_fd);
    io_close(&c->link_fd);
}

static void
on_link(struct loop *l, int fd, unsigned events, void *arg)
{
    struct child *c = arg;
    struct link_msg m = {0, 0, 0};

    (void)l;
    (void)events;
    switch (link_recv(fd, &m)) {
    case LINK_GOT:
        if (m.kind == LINK_READY)
            on_ready(c);
        else if (m.kind == LINK_BEAT)
            on_beat(c, m.number);
        break;
    case LINK_NOTHING: break;
    case LINK_CLOSED: drop_link(c); break; /* it is dying: SIGCHLD follows, or the deadline */
    case LINK_BAD:
    case LINK_RESULT_COUNT: kill_hung(c, "link"); break;
    }
}

static pid_t
spawn(struct child *c, int link_fd, int bundle_fd, bool log_stderr)
{
    const char *const argv[] = {"refractd", "--role", role_name(c->id), log_stderr ? "--log" : NULL,
                                "stderr",   NULL};
    const struct spawn_fd fds[] = {
        {link_fd, ROLE_LINK_FD}, {bundle_fd, ROLE_BUNDLE_FD}, {c->poison_fd, ROLE_POISON_FD}};

    return spawn_self(argv, fds, RFD_COUNT(fds));
}

void
child_start(struct child *c, int bundle_fd, bool log_stderr)
{
    int theirs = -1;

    rfd_assert(!child_is_running(c));
    c->hung = false;
    c->was_ready = false;
    c->started_ms = clock_mono_ms();
    c->progress_ms = c->started_ms;
    if (link_pair(&c->link_fd, &theirs))
        c->pid = spawn(c, theirs, bundle_fd, log_stderr);
    io_close(&theirs);
    if (c->pid <= 0) {
        log_error("role.no_process", LOG_NAME("role", role_name(c->id)), LOG_ERRNO("error", errno));
        c->pid = 0;
        io_close(&c->link_fd);
        move(c, CHILD_WAITING);
        return;
    }
    log_note("role.start", LOG_NAME("role", role_name(c->id)), LOG_ID("pid", c->pid));
    loop_add_fd(c->loop, c->link_fd, LOOP_READ, on_link, c);
    move(c, CHILD_STARTING);
}

void
child_drain(struct child *c)
{
    if (!child_is_running(c)) {
        move(c, CHILD_DOWN);
        return;
    }
    move(c, CHILD_DRAINING);
    if (c->link_fd < 0 || !link_send(c->link_fd, LINK_DRAIN, 0))
        child_kill(c);
}

void
child_reload(struct child *c)
{
    if (c->state == CHILD_READY && c->link_fd >= 0 && !link_send(c->link_fd, LINK_RELOAD, 0))
        log_warn("role.not_reloaded", LOG_NAME("role", role_name(c->id)));
}

void
child_kill(struct child *c)
{
    if (child_is_running(c))
        (void)kill(c->pid, SIGKILL);
}

/* A death that a message may have caused, or one that came from outside. */
static enum poison_death
kind_of(const struct child *c, int status)
{
    if (c->hung && c->state == CHILD_READY)
        return POISON_CRASHED;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM ? POISON_KILLED
                                                                          : POISON_CRASHED;
    return WEXITSTATUS(status) == FATAL_MACHINE || WEXITSTATUS(status) == FATAL_STORE
               ? POISON_KILLED
               : POISON_CRASHED;
}

static void
book_poison(struct child *c, enum poison_death how)
{
    struct sha256 sha;

    if (poison_after_death(c->poison, how, &sha))
        log_error("message.poison", LOG_NAME("role", role_name(c->id)), LOG_SHA("sha", &sha));
}

/* Doubles, so that a role that cannot live does not eat the machine. One that served and was killed
 * from outside is not such a role. */
static void
book_backoff(struct child *c, enum poison_death how)
{
    if (clock_mono_ms() - c->started_ms >= c->timing->backoff_reset)
        c->backoff_ms = c->timing->backoff_first;
    else if (!(c->was_ready && how == POISON_KILLED))
        c->backoff_ms *= 2;
    if (c->backoff_ms > c->timing->backoff_max)
        c->backoff_ms = c->timing->backoff_max;
}

void
child_died(struct child *c, int status)
{
    bool wanted = c->state == CHILD_DRAINING && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    enum poison_death how = kind_of(c, status);

    log_event(wanted ? LOG_LEVEL_NOTE : LOG_LEVEL_ERROR, wanted ? "role.ended" : "role.died",
              LOG_NAME("role", role_name(c->id)), LOG_ID("pid", c->pid),
              LOG_NUM("code", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
              LOG_NUM("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0));
    if (!wanted) {
        book_poison(c, how);
        book_backoff(c, how);
    }
    c->pid = 0;
    drop_link(c);
    move(c, CHILD_DOWN);
}

void
child_wait(struct child *c)
{
    rfd_assert(c->state == CHILD_DOWN);
    move(c, CHILD_WAITING);
}
