#include "sys/notify.h"

#include "sys/io.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { NOTICE_MAX = 256 };

static struct {
    int fd;
    struct sockaddr_un to;
    socklen_t to_size;
    int64_t watchdog_ms;
} link_to_systemd = {.fd = -1};

/* WATCHDOG_USEC counts only when WATCHDOG_PID, if set, is us (sd_watchdog_enabled(3)). */
static int64_t
watchdog_from_env(void)
{
    const char *usec = getenv("WATCHDOG_USEC"); /* NOLINT(concurrency-mt-unsafe): one thread */
    const char *pid = getenv("WATCHDOG_PID");   /* NOLINT(concurrency-mt-unsafe) */
    char *end;
    long long us;

    if (usec == NULL || (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
        return 0;
    us = strtoll(usec, &end, 10);
    return *end == '\0' && us > 0 ? us / 1000 : 0;
}

/* A path, or '@' for an abstract name. */
static bool
address_from(const char *path, struct sockaddr_un *out, socklen_t *size_out)
{
    size_t n = strlen(path);

    if (n < 2 || n >= sizeof out->sun_path || (path[0] != '/' && path[0] != '@'))
        return false;
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, path, n);
    if (path[0] == '@')
        out->sun_path[0] = '\0';
    *size_out = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    return true;
}

void
notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe) */

    link_to_systemd.watchdog_ms = watchdog_from_env();
    if (path != NULL && address_from(path, &link_to_systemd.to, &link_to_systemd.to_size))
        link_to_systemd.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unsetenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe) */
    (void)unsetenv("WATCHDOG_USEC"); /* NOLINT(concurrency-mt-unsafe) */
    (void)unsetenv("WATCHDOG_PID");  /* NOLINT(concurrency-mt-unsafe) */
}

void
notify_close(void)
{
    io_close(&link_to_systemd.fd);
}

static bool
sent(const char *text)
{
    return sendto(link_to_systemd.fd, text, strlen(text), MSG_NOSIGNAL,
                  (const struct sockaddr *)&link_to_systemd.to, link_to_systemd.to_size) >= 0;
}

/* May be lost when systemd's queue is full; it comes again. */
static void
notice_send(const char *text)
{
    if (link_to_systemd.fd >= 0)
        (void)sent(text);
}

/* Without this one systemd waits in vain: a full queue is given a second. */
static void
notice_press(const char *text)
{
    static const struct timespec pause = {0, 20000000};

    if (link_to_systemd.fd < 0)
        return;
    for (int i = 0; i < 50 && !sent(text) && (errno == EAGAIN || errno == ENOBUFS); i++)
        (void)nanosleep(&pause, NULL);
}

void
notify_ready(void)
{
    notice_press("READY=1");
}

void
notify_reloading(int64_t mono_us)
{
    char text[NOTICE_MAX];

    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_us);
    notice_press(text);
}

void
notify_stopping(void)
{
    notice_press("STOPPING=1");
}

void
notify_watchdog(void)
{
    notice_send("WATCHDOG=1");
}

void
notify_status(const char *fmt, ...)
{
    char text[NOTICE_MAX] = "STATUS=";
    size_t n = strlen(text);
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text + n, sizeof text - n, fmt, ap);
    va_end(ap);
    text[strcspn(text, "\n")] = '\0';
    notice_send(text);
}

int64_t
notify_watchdog_ms(void)
{
    return link_to_systemd.watchdog_ms;
}
