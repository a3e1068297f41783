#include "console/console.h"

#include "base/sb.h"
#include "role/role.h"

enum { PATH_TEXT_MAX = 1024 };

static const char *
control_path(const struct role_env *env)
{
    struct sb b;

    sb_init_arena(&b, env->arena, PATH_TEXT_MAX);
    sb_addf(&b, "%s/control.sock", env->settings->runtime_dir);
    return sb_cz(&b);
}

int
role_console_main(struct role_env *env)
{
    struct console_config cfg = {.listen = env->settings->console_listen,
                                 .store = env->settings->store,
                                 .control = control_path(env)};
    struct console *c = console_new(env->loop, &cfg);

    role_ready(env);
    loop_run(env->loop);
    console_free(&c);
    return 0;
}
