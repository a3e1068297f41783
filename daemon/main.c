/* refractd: reads its arguments and becomes the supervisor or, re-executed by it, a role. */
#include "role/check.h"
#include "role/role.h"
#include "role/supervisor.h"
#include "sys/fatal.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#ifndef RFD_VERSION
#define RFD_VERSION "unknown"
#endif

struct options {
    const char *config_file;
    const char *role;
    bool check;
    bool log_stderr;
};

static role_main_fn *const role_mains[ROLE_COUNT] = {
    [ROLE_CORE] = role_core_main,
    [ROLE_OUT] = role_out_main,
    [ROLE_EDGE] = role_edge_main,
    [ROLE_CONSOLE] = role_console_main,
};

static int
usage(void)
{
    (void)fputs("usage: refractd --config FILE [--check] [--log syslog|stderr]\n"
                "       refractd --version | --print-config\n",
                stderr);
    return FATAL_USAGE;
}

static int
print_version(void)
{
    return fputs("refractd " RFD_VERSION "\n", stdout) < 0;
}

static int
print_config(void)
{
    static char text[65536];
    struct sb out;

    sb_init(&out, text, sizeof text);
    settings_print_default(&out);
    rfd_assert(sb_ok(&out));
    return fputs(sb_cz(&out), stdout) < 0;
}

/* Exit code 1 and every place, or one line that says what was read. */
static int
check(const char *file)
{
    struct arena a;
    struct diags d;
    const struct config *c;
    char hex[SHA256_HEX_MAX];

    mem_arena_new(&a, (size_t)2 << 30);
    c = check_load(file, check_hooks, &a, &d);
    check_print(&d, stdout);
    if (c != NULL)
        (void)fprintf(stdout, "%s: ok, %zu files, knowledge %s\n", file, c->bundle->count,
                      sha256_hex(&c->knowledge, hex).p);
    mem_arena_free(&a);
    return c == NULL ? 1 : 0;
}

static int
supervise(const struct options *o)
{
    const struct supervisor_args args = {
        .config_file = o->config_file,
        .log_stderr = o->log_stderr,
        .hooks = check_hooks,
        .timing = CHILD_TIMING_DEFAULT,
        .watch_max_ms = SUPERVISOR_WATCH_MAX_MS,
    };

    log_open(NULL, o->log_stderr);
    return supervisor_run(&args);
}

static int
run(const struct options *o)
{
    if (o->role != NULL)
        return role_start(o->role, role_mains, o->log_stderr);
    if (o->config_file == NULL)
        return usage();
    return o->check ? check(o->config_file) : supervise(o);
}

int
main(int argc, char **argv)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
        {"log", required_argument, NULL, 'l'},    {"role", required_argument, NULL, 'r'},
        {"version", no_argument, NULL, 'v'},      {"print-config", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    struct options o = {NULL, NULL, false, false};
    int c;

    /* the only thread there is */
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) { /* NOLINT(concurrency-*) */
        switch (c) {
        case 'c': o.config_file = optarg; break;
        case 'k': o.check = true; break;
        case 'l':
            if (strcmp(optarg, "stderr") != 0 && strcmp(optarg, "syslog") != 0)
                return usage();
            o.log_stderr = strcmp(optarg, "stderr") == 0;
            break;
        case 'r': o.role = optarg; break;
        case 'v': return print_version();
        case 'p': return print_config();
        default: return usage();
        }
    }
    return optind < argc ? usage() : run(&o);
}
