#define _GNU_SOURCE /* accept4(), struct ucred */
#include "sys/unixsock.h"

#include "sys/io.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

union sock_addr {
    struct sockaddr any;
    struct sockaddr_un un;
};

static bool
address_of(const char *path, union sock_addr *out)
{
    size_t n = strlen(path);

    memset(out, 0, sizeof *out);
    out->un.sun_family = AF_UNIX;
    if (n == 0 || n >= sizeof out->un.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(out->un.sun_path, path, n);
    return true;
}

void
unixsock_remove(const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        (void)unlink(path);
}

/* The umask keeps others out in the moment between bind() and chmod(). */
static bool
bind_with_mode(int fd, const char *path, mode_t mode)
{
    union sock_addr a;
    mode_t before;
    bool bound;

    if (!address_of(path, &a))
        return false;
    unixsock_remove(path);
    before = umask(0177);
    bound = bind(fd, &a.any, sizeof a.un) == 0;
    (void)umask(before);
    return bound && chmod(path, mode) == 0;
}

int
unixsock_listen(const char *path, mode_t mode, int backlog)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (!bind_with_mode(fd, path, mode) || listen(fd, backlog) < 0)
        return io_give_up(fd);
    return fd;
}

int
unixsock_accept(int fd, struct unixsock_peer *peer_out)
{
    struct ucred who;
    socklen_t n = sizeof who;
    int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (peer < 0)
        return -1;
    if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
        return io_give_up(peer);
    *peer_out = (struct unixsock_peer){who.pid, who.uid, who.gid};
    return peer;
}

int
unixsock_connect(const char *path)
{
    union sock_addr a;
    int fd;

    if (!address_of(path, &a))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, &a.any, sizeof a.un) < 0)
        return io_give_up(fd);
    return fd;
}

void
unixsock_user(uid_t uid, char out[UNIXSOCK_USER_MAX])
{
    char texts[4096];
    struct passwd row;
    struct passwd *found = NULL;

    (void)snprintf(out, UNIXSOCK_USER_MAX, "uid %lu", (unsigned long)uid);
    if (getpwuid_r(uid, &row, texts, sizeof texts, &found) == 0 && found != NULL &&
        strlen(found->pw_name) < UNIXSOCK_USER_MAX)
        (void)snprintf(out, UNIXSOCK_USER_MAX, "%s", found->pw_name);
}
