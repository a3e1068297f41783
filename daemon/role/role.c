#include "role/role.h"

#include "base/sb.h"
#include "role/link.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"
#include "sys/spawn.h"
#include "sys/testhook.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { ENDPOINT_MAX = 256 };

/* Config and knowledge as trees and compiled: address space only, until touched. */
static const size_t ROLE_ARENA_BYTES = (size_t)2 << 30;

static const char *const names[ROLE_COUNT] = {"core", "out", "edge", "console"};

const char *
role_name(enum role_id id)
{
    rfd_assert(id < ROLE_COUNT);
    return names[id];
}

bool
role_wanted(enum role_id id, const struct settings *s)
{
    return id != ROLE_CONSOLE || s->console_listen != NULL || s->console_socket != NULL;
}

void
role_track_progress(struct role_env *env)
{
    env->tracks_progress = true;
    role_progress(env);
}

void
role_progress(struct role_env *env)
{
    env->progress_ms = clock_mono_ms();
}

void
role_on_drain(struct role_env *env, role_drain_fn *drain, void *arg)
{
    env->drain = drain;
    env->drain_arg = arg;
}

void
role_on_reload(struct role_env *env, role_reload_fn *reload, void *arg)
{
    env->reload = reload;
    env->reload_arg = arg;
}

const char *
role_ipc(const struct role_env *env, const char *name)
{
    struct sb b;

    sb_init_arena(&b, env->arena, ENDPOINT_MAX);
    sb_addf(&b, "ipc://%s/%s.sock", env->settings->runtime_dir, name);
    if (!sb_ok(&b))
        fatal(FATAL_CONFIG, "role.path_too_long", LOG_NAME("socket", name));
    return sb_cz(&b);
}

static void
drain_begin(struct role_env *env)
{
    if (env->draining)
        return;
    env->draining = true;
    log_note("role.drain");
    if (env->drain != NULL)
        env->drain(env, env->drain_arg);
    else
        loop_stop(env->loop);
}

static void
reload(struct role_env *env)
{
    if (env->reload != NULL && !env->draining)
        env->reload(env->reload_arg);
}

static void
on_link(struct loop *l, int fd, unsigned events, void *arg)
{
    struct link_msg m;

    (void)l;
    (void)events;
    switch (link_recv(fd, &m)) {
    case LINK_GOT:
        if (m.kind == LINK_DRAIN)
            drain_begin(arg);
        else if (m.kind == LINK_RELOAD)
            reload(arg);
        break;
    case LINK_NOTHING: break;
    case LINK_CLOSED:
    case LINK_BAD:
    case LINK_RESULT_COUNT: fatal(FATAL_SOFTWARE, "role.supervisor_gone");
    }
}

static void
on_beat(struct loop *l, void *arg)
{
    struct role_env *env = arg;
    int64_t age = env->tracks_progress ? clock_mono_ms() - env->progress_ms : 0;

    (void)l;
    log_limits_tick(false);
    (void)!link_send(env->link_fd, LINK_BEAT, age); /* full: the supervisor sees us as hung */
}

/* systemd or a terminal signals the whole group; the supervisor says in which order to stop. */
static void
on_signal(struct loop *l, int fd, unsigned events, void *arg)
{
    (void)l;
    (void)events;
    (void)arg;
    while (spawn_signal_read(fd) != 0)
        continue;
}

void
role_ready(struct role_env *env)
{
    log_note("role.ready", LOG_ID("pid", getpid()), LOG_SHA("knowledge", &env->config->knowledge));
    if (!link_send(env->link_fd, LINK_READY, 0))
        fatal(FATAL_SOFTWARE, "role.supervisor_gone", LOG_ERRNO("error", errno));
}

static uint64_t
random_id(void)
{
    uint64_t id = 0;

    while (id == 0) {
        if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id && errno != EINTR)
            fatal(FATAL_MACHINE, "role.random", LOG_ERRNO("error", errno));
    }
    return id;
}

static struct config *
open_config(struct role_env *env)
{
    struct diags d;
    struct config *c;

    diags_init(&d, env->arena);
    c = config_open_fd(ROLE_BUNDLE_FD, env->arena, &d);
    if (c == NULL) /* the supervisor has checked it: another build, or no bundle */
        fatal(FATAL_SOFTWARE, "role.bundle");
    (void)close(ROLE_BUNDLE_FD);
    return c;
}

static void
hook_into_loop(struct role_env *env)
{
    static const int signos[] = {SIGTERM, SIGINT, SIGHUP};

    env->signal_fd = spawn_signal_fd(signos, RFD_COUNT(signos));
    env->loop = loop_new();
    loop_add_fd(env->loop, env->signal_fd, LOOP_READ, on_signal, env);
    loop_add_fd(env->loop, env->link_fd, LOOP_READ, on_link, env);
    (void)loop_add_timer(env->loop, ROLE_BEAT_MS, ROLE_BEAT_MS, on_beat, env);
}

static bool
id_of(const char *name, enum role_id *out)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum role_id)i;
            return true;
        }
    }
    return false;
}

static void
env_free(struct role_env *env, struct config *config)
{
    loop_free(&env->loop);
    (void)close(env->signal_fd);
    (void)close(env->link_fd);
    poison_unmap(&env->poison);
    config_close(config);
    mem_arena_free(env->arena);
}

int
role_start(const char *name, role_main_fn *const run[ROLE_COUNT], bool log_stderr)
{
    struct arena arena;
    struct role_env env = {.arena = &arena, .link_fd = ROLE_LINK_FD};
    struct config *config;
    int code;

    if (!id_of(name, &env.id))
        return FATAL_USAGE;
    env.name = role_name(env.id);
    testhook_arm(env.name);
    log_open(env.name, log_stderr);
    mem_arena_new(&arena, ROLE_ARENA_BYTES);
    config = open_config(&env);
    env.config = config;
    env.settings = &env.config->settings;
    log_verbose(env.settings->log_debug);
    env.poison = poison_map(ROLE_POISON_FD);
    (void)close(ROLE_POISON_FD);
    env.boot_id = random_id();
    hook_into_loop(&env);
    code = run[env.id](&env);
    log_limits_tick(true);
    log_note("role.end", LOG_NUM("code", code));
    env_free(&env, config);
    return code;
}
