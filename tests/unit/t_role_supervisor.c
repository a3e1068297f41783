/* The supervisor with real processes: this program re-executes itself as roles of its own, which do
 * what a file in the test's folder says. It is watched from outside, by systemd's notices and by a
 * journal that the roles write. */
#include "role/link.h"
#include "role/supervisor.h"
#include "sys/clock.h"
#include "sys/io.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, TEXT_MAX = 65536 };

static char root[64];
static int notices = -1;
static char seen[TEXT_MAX]; /* all notices, each after a newline */
static size_t seen_n;
static size_t seen_at;
static pid_t supervisor;

/* --- the roles --- */

static const char *
in_root(const char *name, const char *suffix)
{
    static char path[160];
    const char *dir = getenv("RFD_TEST_ROOT");

    (void)snprintf(path, sizeof path, "%s/%s%s", dir == NULL ? root : dir, name, suffix);
    return path;
}

static void
journal(const char *role, const char *what)
{
    char line[128];
    int n = snprintf(line, sizeof line, "%s %s\n", role, what);
    int fd = open(in_root("journal", ""), O_WRONLY | O_APPEND | O_CREAT, 0600);

    (void)!write(fd, line, (size_t)n);
    (void)close(fd);
}

static void
read_text(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

    buf[n < 0 ? 0 : n] = '\0';
    if (fd >= 0)
        (void)close(fd);
}

static void
hang(struct loop *l, void *arg)
{
    (void)l;
    (void)arg;
    journal("core", "hangs");
    for (;;)
        (void)pause();
}

static void
never(struct role_env *env, void *arg)
{
    (void)arg;
    journal(env->name, "asked"); /* and does not stop */
}

static void
end(struct role_env *env, void *arg)
{
    (void)arg;
    journal(env->name, "drains");
    loop_stop(env->loop);
}

/* Dies on a certain message unless it is listed. */
static void
meet_poison(struct role_env *env)
{
    struct sha256 sha = sha256_of("bad message", 11);

    if (poison_is_listed(env->poison, &sha)) {
        journal(env->name, "quarantines");
        return;
    }
    journal(env->name, "parses");
    poison_begin(env->poison, &sha);
    abort();
}

static void
settings_line(struct role_env *env)
{
    char text[64];

    (void)snprintf(text, sizeof text, "retention %d", (int)env->settings->alert_retention_days);
    journal(env->name, text);
}

static int
test_role(struct role_env *env)
{
    char mode[32];
    char pid[32];

    (void)snprintf(pid, sizeof pid, "start %d", (int)getpid());
    journal(env->name, pid);
    settings_line(env);
    read_text(in_root(env->name, ".mode"), mode, sizeof mode);
    role_on_drain(env, strcmp(mode, "nodrain") == 0 ? never : end, NULL);
    if (strcmp(mode, "config") == 0)
        return 78;
    if (strcmp(mode, "machine") == 0)
        return 71;
    if (strcmp(mode, "poison") == 0)
        meet_poison(env);
    if (strcmp(mode, "hang") == 0)
        (void)loop_add_timer(env->loop, 20, 0, hang, NULL);
    if (strcmp(mode, "noprogress") == 0)
        role_track_progress(env);
    if (env->boot_id == 0 || strstr(role_ipc(env, "x"), "/run/x.sock") == NULL)
        return 1;
    journal(env->name, "ready");
    role_ready(env);
    loop_run(env->loop);
    journal(env->name, "ends");
    return 0;
}

/* --- the scene --- */

static void
put(const char *name, const char *suffix, const char *text)
{
    int fd = open(in_root(name, suffix), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

/* Sleeps a little, and takes in what the supervisor has told systemd: its queue holds ten. */
static void
nap(void)
{
    struct timespec t = {0, 5000000};
    ssize_t n;

    (void)nanosleep(&t, NULL);
    do {
        seen[seen_n] = '\0';
        assert_true(seen_n + 300 < sizeof seen);
        n = recv(notices, seen + seen_n + 1, 256, MSG_DONTWAIT);
        if (n > 0) {
            seen[seen_n] = '\n';
            seen_n += (size_t)n + 1;
        }
    } while (n > 0);
}

static int
count_of(const char *what)
{
    static char text[TEXT_MAX];
    int n = 0;

    read_text(in_root("journal", ""), text, sizeof text);
    for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
        n++;
    return n;
}

static void
await_count(const char *what, int n)
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;

    while (count_of(what) < n) {
        if (clock_mono_ms() > until)
            fail_msg("\"%s\" not %d times in the journal", what, n);
        nap();
    }
}

/* The next notice that starts so; others are passed over. */
static void
await_notice(const char *start)
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;
    char what[64];
    const char *p;

    (void)snprintf(what, sizeof what, "\n%s", start);
    for (p = strstr(seen + seen_at, what); p == NULL; p = strstr(seen + seen_at, what)) {
        if (clock_mono_ms() > until)
            fail_msg("no notice %s", start);
        nap();
    }
    seen_at = (size_t)(p - seen) + 1;
}

static pid_t
pid_of(const char *role)
{
    static char text[TEXT_MAX];
    char what[32];
    const char *last = NULL;

    read_text(in_root("journal", ""), text, sizeof text);
    (void)snprintf(what, sizeof what, "%s start ", role);
    for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
        last = p;
    assert_non_null(last);
    return (pid_t)strtol(last + strlen(what), NULL, 10);
}

static const struct child_timing quick = {.start_max = 3000,
                                          .silence_max = 2500,
                                          .drain_max = 1500,
                                          .backoff_first = 10,
                                          .backoff_max = 200,
                                          .backoff_reset = 30000};

/* Only that files can be read: what is in them is not this test's. */
static const struct check_hook only_yaml[] = {{"yaml", check_yaml}, {NULL, NULL}};

static void
launch(void)
{
    static char config[80];
    const struct supervisor_args args = {config, false, only_yaml, quick, 1500};

    (void)snprintf(config, sizeof config, "%s/refractd.yaml", root);
    supervisor = fork();
    assert_true(supervisor >= 0);
    if (supervisor == 0)
        _exit(supervisor_run(&args));
}

static int
exit_code(void)
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;
    int status;

    while (waitpid(supervisor, &status, WNOHANG) == 0) {
        if (clock_mono_ms() > until)
            fail_msg("the supervisor does not end");
        nap();
    }
    supervisor = 0;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
signal_to(pid_t pid, int signo)
{
    assert_int_equal(kill(pid, signo), 0);
}

static int
set_up(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)state;
    memcpy(root, "/tmp/refractd-test-XXXXXX", sizeof "/tmp/refractd-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(setenv("RFD_TEST_ROOT", root, 1), 0);
    put("refractd", ".yaml", "runtime_dir: run\nstate_dir: state\n");
    put("journal", "", "");
    seen_n = 0;
    seen_at = 0;
    seen[0] = '\0';
    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s/notify", root);
    notices = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(notices, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", a.sun_path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "400000", 1), 0);
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const files[] = {"refractd.yaml", "journal",   "notify",         "core.mode",
                                        "out.mode",      "edge.mode", "criteria/x.yaml"};
    static const char *const folders[] = {"run", "state", "criteria", ""};

    (void)state;
    if (supervisor > 0) {
        (void)kill(supervisor, SIGKILL);
        (void)waitpid(supervisor, NULL, 0);
        supervisor = 0;
    }
    (void)close(notices);
    for (size_t i = 0; i < RFD_COUNT(files); i++)
        (void)unlink(in_root(files[i], ""));
    for (size_t i = 0; i < RFD_COUNT(folders); i++)
        (void)rmdir(in_root(folders[i], ""));
    return 0;
}

static bool
in_order(const char *const *what, size_t n)
{
    static char text[TEXT_MAX];
    const char *p = text;

    read_text(in_root("journal", ""), text, sizeof text);
    for (size_t i = 0; i < n; i++) {
        p = strstr(p, what[i]);
        if (p == NULL)
            return false;
    }
    return true;
}

/* --- the tests --- */

static void
t_start_and_stop_in_order(void **state)
{
    static const char *const order[] = {"core ready",  "out start", "edge drains", "edge ends",
                                        "core drains", "core ends", "out drains",  "out ends"};
    static const char *const edge_late[] = {"core ready", "edge start"};
    struct stat st;

    (void)state;
    launch();
    await_notice("READY=1");
    assert_int_equal(stat(in_root("run", ""), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    signal_to(supervisor, SIGTERM);
    await_notice("STOPPING=1");
    assert_int_equal(exit_code(), 0);
    assert_true(in_order(order, RFD_COUNT(order)));
    assert_true(in_order(edge_late, RFD_COUNT(edge_late)));
}

static void
t_dead_roles_come_back(void **state)
{
    static const char *const roles[] = {"core", "out", "edge"};

    (void)state;
    launch();
    await_notice("READY=1");
    for (int i = 0; i < 9; i++) {
        char what[32];

        (void)snprintf(what, sizeof what, "%s ready", roles[i % 3]);
        signal_to(pid_of(roles[i % 3]), i < 6 ? SIGKILL : SIGABRT);
        await_count(what, i / 3 + 2);
    }
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
    assert_int_equal(count_of("drains"), 3);
}

/* systemd and a terminal signal every process: roles leave the order of stopping to the supervisor.
 * */
static void
t_roles_ignore_signals_to_the_group(void **state)
{
    (void)state;
    launch();
    await_notice("READY=1");
    signal_to(pid_of("core"), SIGTERM);
    signal_to(pid_of("core"), SIGINT);
    signal_to(pid_of("edge"), SIGHUP);
    await_notice("WATCHDOG=1");
    await_notice("WATCHDOG=1");
    assert_int_equal(count_of("start"), 3);
    signal_to(supervisor, SIGINT);
    assert_int_equal(exit_code(), 0);
}

static void
t_poison_is_quarantined_at_the_third_meeting(void **state)
{
    (void)state;
    put("edge", ".mode", "poison");
    launch();
    await_notice("READY=1");
    assert_int_equal(count_of("edge parses"), 2);
    assert_int_equal(count_of("edge quarantines"), 1);
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

static void
t_hung_role_is_killed(void **state)
{
    (void)state;
    put("core", ".mode", "hang");
    launch();
    await_count("core hangs", 1);
    put("core", ".mode", "");
    await_count("core ready", 2);
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

/* The loop turns, but nothing is committed: no watchdog notice, and in the end a kill. */
static void
t_no_progress_starves_the_watchdog(void **state)
{
    size_t before;

    (void)state;
    put("core", ".mode", "noprogress");
    launch();
    await_notice("READY=1");
    await_notice("WATCHDOG=1");
    put("core", ".mode", "");
    for (int64_t until = clock_mono_ms() + 1700; clock_mono_ms() < until;)
        nap();
    before = seen_n;
    for (int64_t until = clock_mono_ms() + 300; clock_mono_ms() < until;)
        nap();
    assert_null(strstr(seen + before, "WATCHDOG"));
    seen_at = seen_n;
    await_count("core ready", 2);
    await_notice("WATCHDOG=1");
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

static void
t_role_that_does_not_drain(void **state)
{
    (void)state;
    put("out", ".mode", "nodrain");
    launch();
    await_notice("READY=1");
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 70);
    assert_int_equal(count_of("out asked"), 1);
    assert_int_equal(count_of("out ends"), 0);
    assert_int_equal(count_of("core ends"), 1);
}

static void
t_hopeless_start_gives_up(void **state)
{
    (void)state;
    put("out", ".mode", "config");
    launch();
    assert_int_equal(exit_code(), 78);
    assert_int_equal(count_of("core ends"), 1);
    put("out", ".mode", "machine"); /* may pass: tried again */
    launch();
    await_count("out start", 4);
    put("out", ".mode", "");
    await_notice("READY=1");
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

static void
t_bad_config_at_start(void **state)
{
    (void)state;
    put("refractd", ".yaml", "mode: nonsense\n");
    launch();
    assert_int_equal(exit_code(), 78);
    assert_int_equal(count_of("start"), 0);
}

static void
t_open_folder_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_root("state", ""), 0700), 0);
    assert_int_equal(chmod(in_root("state", ""), 0755), 0);
    launch();
    assert_int_equal(exit_code(), 78);
}

static void
t_second_supervisor_is_refused(void **state)
{
    pid_t first;

    (void)state;
    launch();
    await_notice("READY=1");
    first = supervisor;
    launch();
    assert_int_equal(exit_code(), 64);
    supervisor = first;
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

static void
t_reload(void **state)
{
    static const char *const order[] = {"core drains", "core ready",  "out drains",
                                        "out ready",   "edge drains", "edge ready"};

    (void)state;
    launch();
    await_notice("READY=1");
    put("refractd", ".yaml", "runtime_dir: run\nstate_dir: state\nnonsense: 1\n");
    signal_to(supervisor, SIGHUP); /* bad: the old set stays */
    await_notice("RELOADING=1");
    await_notice("READY=1");
    put("refractd", ".yaml", "runtime_dir: run\nstate_dir: elsewhere\n");
    signal_to(supervisor, SIGHUP); /* would need a start from the top */
    await_notice("RELOADING=1");
    await_notice("READY=1");
    put("refractd", ".yaml", "runtime_dir: run\nstate_dir: state\n");
    signal_to(supervisor, SIGHUP); /* nothing has changed */
    await_notice("RELOADING=1");
    await_notice("READY=1");
    assert_int_equal(count_of("start"), 3);
    assert_int_equal(count_of("retention 90"), 3);
    put("refractd", ".yaml",
        "runtime_dir: run\nstate_dir: state\nalert_feed: {retention_days: 7}\n");
    signal_to(supervisor, SIGHUP);
    await_notice("RELOADING=1");
    await_notice("READY=1");
    assert_int_equal(count_of("retention 7"), 3);
    assert_true(in_order(order, RFD_COUNT(order)));
    assert_int_equal(mkdir(in_root("criteria", ""), 0700), 0);
    put("criteria/x", ".yaml", "a: [\n");
    signal_to(supervisor, SIGHUP); /* a knowledge file that is no YAML */
    await_notice("RELOADING=1");
    await_notice("READY=1");
    assert_int_equal(count_of("start"), 6);
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

/* SIGHUPs that come in the middle are not lost: the last file is what runs in the end. */
static void
t_reload_storm(void **state)
{
    char text[128];

    (void)state;
    launch();
    await_notice("READY=1");
    for (int i = 1; i <= 20; i++) {
        (void)snprintf(text, sizeof text,
                       "runtime_dir: run\nstate_dir: state\nalert_feed: {retention_days: %d}\n%s",
                       i, i % 3 == 0 ? "bad: 1\n" : "");
        put("refractd", ".yaml", text);
        signal_to(supervisor, SIGHUP);
        nap();
    }
    await_count("retention 20", 3);
    await_count("edge ready", 2);
    assert_int_equal(count_of("retention 3\n"), 0);
    signal_to(supervisor, SIGTERM);
    assert_int_equal(exit_code(), 0);
}

static void
t_roles_do_not_outlive_the_supervisor(void **state)
{
    pid_t core;
    int64_t until = clock_mono_ms() + PATIENCE_MS;

    (void)state;
    launch();
    await_notice("READY=1");
    core = pid_of("core");
    signal_to(supervisor, SIGKILL);
    (void)waitpid(supervisor, NULL, 0);
    supervisor = 0;
    while (kill(core, 0) == 0 && clock_mono_ms() < until) {
        char stat_path[64];
        char text[256];

        (void)snprintf(stat_path, sizeof stat_path, "/proc/%d/stat", (int)core);
        read_text(stat_path, text, sizeof text);
        if (strstr(text, ") Z ") != NULL) /* nobody reaps in a container without an init */
            return;
        nap();
    }
    assert_int_equal(kill(core, 0), -1);
}

static void
t_stray_link_messages(void **state)
{
    struct link_msg m;
    int a, b;

    (void)state;
    assert_true(link_pair(&a, &b));
    assert_int_equal(link_recv(a, &m), LINK_NOTHING);
    assert_true(link_send(b, LINK_BEAT, 7));
    assert_int_equal(link_recv(a, &m), LINK_GOT);
    assert_int_equal(m.kind, LINK_BEAT);
    assert_int_equal(m.number, 7);
    assert_int_equal(write(b, "garbage", 7), 7);
    assert_int_equal(link_recv(a, &m), LINK_BAD);
    m.kind = LINK_KIND_COUNT;
    assert_int_equal(write(b, &m, sizeof m), (ssize_t)sizeof m);
    assert_int_equal(link_recv(a, &m), LINK_BAD);
    io_close(&b);
    assert_int_equal(link_recv(a, &m), LINK_CLOSED);
    assert_false(link_send(a, LINK_DRAIN, 0));
    io_close(&a);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(int argc, char **argv)
{
    static role_main_fn *const roles[ROLE_COUNT] = {test_role, test_role, test_role, test_role};
    const struct CMUnitTest tests[] = {
        SCENE(t_start_and_stop_in_order),
        SCENE(t_dead_roles_come_back),
        SCENE(t_roles_ignore_signals_to_the_group),
        SCENE(t_poison_is_quarantined_at_the_third_meeting),
        SCENE(t_hung_role_is_killed),
        SCENE(t_no_progress_starves_the_watchdog),
        SCENE(t_role_that_does_not_drain),
        SCENE(t_hopeless_start_gives_up),
        SCENE(t_bad_config_at_start),
        SCENE(t_open_folder_is_refused),
        SCENE(t_second_supervisor_is_refused),
        SCENE(t_reload),
        SCENE(t_reload_storm),
        SCENE(t_roles_do_not_outlive_the_supervisor),
        cmocka_unit_test(t_stray_link_messages),
    };

    if (argc > 2 && strcmp(argv[1], "--role") == 0)
        return role_start(argv[2], roles, false);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
