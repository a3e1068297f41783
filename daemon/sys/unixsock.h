/*
 * What:    Unix stream sockets by path, with the peer's credentials.
 * Owns:    descriptors are the caller's; the path stays until unixsock_remove().
 * Threads: start-up only for listening (it sets the umask for a moment).
 * Errors:  descriptors are -1 with errno kept. Reading and writing: sys/io.h.
 */
#ifndef RFD_SYS_UNIXSOCK_H
#define RFD_SYS_UNIXSOCK_H

#include "base/assert.h"

#include <sys/types.h>

struct unixsock_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* Binds path with mode, non-blocking. A stale socket of that name is replaced, a file is not. */
int unixsock_listen(const char *path, mode_t mode, int backlog);
int unixsock_accept(int fd, struct unixsock_peer *peer_out); /* -1 and EAGAIN when nobody waits */
int unixsock_connect(const char *path);                      /* blocking connect and descriptor */
void unixsock_remove(const char *path);

/* The name of a user of this machine, "uid 1000" where nothing names him. */
enum { UNIXSOCK_USER_MAX = 64 };
void unixsock_user(uid_t uid, char out[UNIXSOCK_USER_MAX]);

#endif
