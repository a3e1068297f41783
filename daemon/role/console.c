#include "console/console.h"

#include "base/sb.h"
#include "role/consoleconf.h"
#include "role/role.h"
#include "sys/fatal.h"

#include <sys/stat.h>

enum { PATH_TEXT_MAX = 1024, MINUTE_S = 60 };

static const char *
control_path(const struct role_env *env)
{
    struct sb b;

    sb_init_arena(&b, env->arena, PATH_TEXT_MAX);
    sb_addf(&b, "%s/control.sock", env->settings->runtime_dir);
    return sb_cz(&b);
}

/* Hashes of passwords are nobody's to read but the daemon's. The supervisor has read the file: what
 * cannot be seen from here is no news. */
static void
check_users_file(const char *path)
{
    struct stat st;

    if (path != NULL && stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
        log_warn("console.users_file_open_to_others", LOG_NAME("file", path));
}

/* The supervisor has checked all of it. */
static void
read_config(const struct role_env *env, struct users *users, struct console_config *out)
{
    const struct settings *s = env->settings;
    struct diags d;
    const struct tree *root;

    diags_init(&d, env->arena);
    root = config_tree(bundle_find(env->config->bundle, CONFIG_MAIN), env->arena, &d);
    *out = (struct console_config){
        .listen = consoleconf_listen(s, env->arena),
        .store = s->store,
        .control = control_path(env),
        .request_s = (unsigned)s->console_request_s,
        .per_address = (unsigned)s->console_per_address,
        .pages = {.secure_cookie = s->console_secure, .idle_s = s->console_idle_min * MINUTE_S}};
    if (root == NULL || !cdsconf_compile(root, out->listen, env->arena, &d, &out->cds) ||
        !consoleconf_users(env->config, env->arena, &d, users))
        fatal(FATAL_CONFIG, "console.config_refused");
    check_users_file(s->console_users);
    if (users->count + users->groups > 0)
        out->pages.users = users;
    if (s->console_socket != NULL) { /* whoever can open it is the proxy */
        out->pages.proxy_header = s->console_proxy_header;
        out->pages.proxy_groups = s->console_proxy_groups;
        out->pages.proxy_logout = s->console_proxy_logout;
    }
}

static void
on_reload(void *arg)
{
    console_reload(arg);
}

int
role_console_main(struct role_env *env)
{
    struct console_config cfg;
    struct users users = {.count = 0};
    struct console *c;

    read_config(env, &users, &cfg);
    c = console_new(env->loop, &cfg);
    role_on_reload(env, on_reload, c);
    role_ready(env);
    loop_run(env->loop);
    console_free(&c);
    return 0;
}
