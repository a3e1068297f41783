/* Re-execution, signals, and the page on which a message is found out that kills. */
#include "sys/clock.h"
#include "sys/sharedpage.h"
#include "sys/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHILD_FD = 3, PAGE_FD = 5 };

static int
open_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = -1; /* the folder's own */

    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

/* What the re-executed child does: says how many descriptors it sees, or dies on a message. */
static int
child_main(const char *what)
{
    struct poison_page *page;
    struct sha256 bad = sha256_of("bad", 3);
    char text[16];

    if (strcmp(what, "--count") == 0) {
        int n = snprintf(text, sizeof text, "%d", open_fds());

        return write(CHILD_FD, text, (size_t)n) == n ? 7 : 1;
    }
    page = poison_map(PAGE_FD);
    if (poison_is_listed(page, &bad))
        return 42;
    poison_begin(page, &bad);
    abort();
}

static int
reap(pid_t want)
{
    int64_t until = clock_mono_ms() + 10000;
    struct timespec nap = {0, 1000000};
    pid_t pid;
    int status = -1;

    while (!spawn_reap(&pid, &status)) {
        assert_true(clock_mono_ms() < until);
        (void)nanosleep(&nap, NULL);
    }
    assert_int_equal(pid, want);
    return status;
}

static void
t_child_has_the_given_fds_only(void **state)
{
    const char *const argv[] = {"t", "--count", NULL};
    int from_child[2];
    int leak =
        open("/dev/null", O_RDONLY); /* not close-on-exec: must not get through all the same */
    struct spawn_fd fds[2];
    char text[16] = "";
    int status;

    (void)state;
    assert_int_equal(pipe(from_child), 0);
    fds[0] = (struct spawn_fd){from_child[1], CHILD_FD};
    fds[1] = (struct spawn_fd){from_child[0], 4}; /* sources and targets overlap */
    status = reap(spawn_self(argv, fds, 2));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_true(read(from_child[0], text, sizeof text - 1) > 0);
    assert_string_equal(text, "5"); /* 0 1 2 and two given */
    (void)close(from_child[0]);
    (void)close(from_child[1]);
    (void)close(leak);
}

static void
t_signals_as_a_descriptor(void **state)
{
    static const int signos[] = {SIGUSR1, SIGUSR2};
    sigset_t set;
    int fd = spawn_signal_fd(signos, 2);

    (void)state;
    assert_int_equal(spawn_signal_read(fd), 0);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(spawn_signal_read(fd), SIGUSR2);
    assert_int_equal(spawn_signal_read(fd), 0);
    (void)close(fd);
    (void)sigemptyset(&set);
    (void)sigprocmask(SIG_SETMASK, &set, NULL);
}

static bool
died_in(struct poison_page *p, const struct sha256 *sha, enum poison_death how)
{
    struct sha256 found;
    bool listed;

    poison_begin(p, sha);
    listed = poison_after_death(p, how, &found);
    if (listed)
        assert_int_equal(sha256_cmp(&found, sha), 0);
    return listed;
}

static void
t_two_crashes_list_a_message(void **state)
{
    struct sha256 bad = sha256_of("bad", 3);
    struct sha256 good = sha256_of("good", 4);
    struct sha256 found;
    int fd;
    struct poison_page *p = poison_new(&fd);
    struct poison_page *role = poison_map(fd);

    (void)state;
    assert_false(died_in(p, &bad, POISON_CRASHED));
    assert_false(poison_is_listed(role, &bad));
    poison_begin(p, &good); /* others go through in between */
    poison_end(p);
    assert_true(died_in(p, &bad, POISON_CRASHED));
    assert_true(poison_is_listed(role, &bad));
    assert_false(poison_is_listed(role, &good));
    assert_false(died_in(p, &bad, POISON_CRASHED));              /* listed once only */
    assert_false(poison_after_death(p, POISON_CRASHED, &found)); /* died between messages */
    poison_unmap(&role);
    poison_unmap(&p);
    (void)close(fd);
}

/* Kills at random: the message that happened to be in hand is no poison once it has come through.
 * */
static void
t_chance_does_not_condemn(void **state)
{
    struct sha256 m = sha256_of("m", 1);
    int fd;
    struct poison_page *p = poison_new(&fd);

    (void)state;
    for (int i = 0; i < 50; i++) {
        assert_false(died_in(p, &m, POISON_KILLED));
        assert_false(died_in(p, &m, POISON_KILLED));
        poison_begin(p, &m);
        poison_end(p);
    }
    assert_false(poison_is_listed(p, &m));
    for (int i = 0; i < 3; i++)
        assert_false(died_in(p, &m, POISON_KILLED));
    assert_true(died_in(p, &m, POISON_KILLED)); /* the kernel's OOM killer: four in a row */
    poison_unmap(&p);
    assert_false(poison_is_listed(p, &m)); /* no page: nothing listed */
    poison_begin(p, &m);
    poison_end(p);
    (void)close(fd);
}

static void
t_a_full_table_forgets_the_oldest(void **state)
{
    struct sha256 found;
    int fd;
    struct poison_page *p = poison_new(&fd);
    struct sha256 last = {{0}};

    (void)state;
    for (int i = 0; i < 500; i++) {
        last = sha256_of(&i, sizeof i);
        (void)died_in(p, &last, POISON_CRASHED);
    }
    poison_begin(p, &last);
    assert_true(poison_after_death(p, POISON_CRASHED, &found));
    assert_true(poison_is_listed(p, &last));
    poison_unmap(&p);
    (void)close(fd);
}

/* The real thing: a process that aborts on a message, twice; the third one sees it on the list. */
static void
t_third_start_knows(void **state)
{
    const char *const argv[] = {"t", "--die", NULL};
    struct spawn_fd fds[1] = {{-1, PAGE_FD}};
    struct poison_page *p = poison_new(&fds[0].from);
    struct sha256 sha;
    int status;

    (void)state;
    for (int i = 0; i < 2; i++) {
        status = reap(spawn_self(argv, fds, 1));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_int_equal(poison_after_death(p, POISON_CRASHED, &sha), i == 1);
    }
    status = reap(spawn_self(argv, fds, 1));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    poison_unmap(&p);
    (void)close(fds[0].from);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_child_has_the_given_fds_only),
        cmocka_unit_test(t_signals_as_a_descriptor),
        cmocka_unit_test(t_two_crashes_list_a_message),
        cmocka_unit_test(t_chance_does_not_condemn),
        cmocka_unit_test(t_a_full_table_forgets_the_oldest),
        cmocka_unit_test(t_third_start_knows),
    };

    if (argc > 1)
        return child_main(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
