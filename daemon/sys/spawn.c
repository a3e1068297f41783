#define _GNU_SOURCE /* close_range() */
#include "sys/spawn.h"

#include "sys/fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NO_EXEC = 127, FIRST_FD = 3, PARKING_FD = 64, SIGNALS_MAX = 8 };

/* Moves every descriptor out of the way first, so that no target overwrites a source. */
static bool
place_fds(const struct spawn_fd *fds, size_t n)
{
    int parked[SPAWN_FDS_MAX];

    for (size_t i = 0; i < n; i++) {
        parked[i] = fcntl(fds[i].from, F_DUPFD_CLOEXEC, PARKING_FD);
        if (parked[i] < 0)
            return false;
    }
    if (close_range(FIRST_FD, PARKING_FD - 1, 0) < 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (dup2(parked[i], fds[i].to) < 0)
            return false;
    }
    return close_range(PARKING_FD, ~0U, 0) == 0;
}

static void
set_handler(int signo, void (*handler)(int))
{
    struct sigaction a = {.sa_handler = handler};

    (void)sigaction(signo, &a, NULL); /* fails for SIGKILL and SIGSTOP, which cannot be changed */
}

static void
reset_signals(void)
{
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        set_handler(s, SIG_DFL);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* Only async-signal-safe calls from here to execve(). */
RFD_NORETURN static void
child_run(pid_t parent, const char *const argv[], const struct spawn_fd *fds, size_t n)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* died between fork() and prctl() */
        _exit(EXIT_NO_EXEC);
    reset_signals();
    if (place_fds(fds, n)) {
        union {
            const char *const *ours;
            char *const *theirs;
        } args = {.ours = argv}; /* execve() promises not to write, its type does not say so */

        (void)execve("/proc/self/exe", args.theirs, environ);
    }
    _exit(EXIT_NO_EXEC);
}

pid_t
spawn_self(const char *const argv[], const struct spawn_fd *fds, size_t n)
{
    pid_t parent = getpid();
    pid_t child;

    rfd_assert(n <= SPAWN_FDS_MAX);
    for (size_t i = 0; i < n; i++)
        rfd_assert(fds[i].to >= FIRST_FD && fds[i].to < PARKING_FD);
    child = fork();
    if (child == 0)
        child_run(parent, argv, fds, n);
    return child;
}

bool
spawn_reap(pid_t *pid_out, int *status_out)
{
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);

    if (pid <= 0)
        return false;
    *pid_out = pid;
    *status_out = status;
    return true;
}

int
spawn_signal_fd(const int *signos, size_t n)
{
    sigset_t set;
    int fd;

    rfd_assert(n <= SIGNALS_MAX);
    (void)sigemptyset(&set);
    for (size_t i = 0; i < n; i++)
        (void)sigaddset(&set, signos[i]);
    set_handler(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        fatal(FATAL_MACHINE, "signal.block", LOG_ERRNO("error", errno));
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        fatal(FATAL_MACHINE, "signal.fd", LOG_ERRNO("error", errno));
    return fd;
}

int
spawn_signal_read(int fd)
{
    struct signalfd_siginfo s;

    return read(fd, &s, sizeof s) == (ssize_t)sizeof s ? (int)s.ssi_signo : 0;
}
