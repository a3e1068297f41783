#include "role/link.h"

#include "sys/io.h"

#include <errno.h>
#include <sys/socket.h>

static const uint32_t magic = 0x52464C31; /* "RFL1" */

/* SEQPACKET keeps message bounds, so that half a message is never seen. */
bool
link_pair(int *ours_out, int *theirs_out)
{
    int fd[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
        return false;
    *ours_out = fd[0];
    *theirs_out = fd[1];
    return true;
}

bool
link_send(int fd, enum link_kind kind, int64_t number)
{
    struct link_msg m = {magic, (uint32_t)kind, number};
    size_t n;

    return io_send(fd, &m, sizeof m, &n) == IO_OK && n == sizeof m;
}

enum link_result
link_recv(int fd, struct link_msg *out)
{
    struct link_msg m;
    size_t n = 0;

    switch (io_recv(fd, &m, sizeof m, &n)) {
    case IO_OK: break;
    case IO_AGAIN: return LINK_NOTHING;
    case IO_END:
    case IO_FAILED:
    case IO_RESULT_COUNT: return LINK_CLOSED;
    }
    if (n != sizeof m || m.magic != magic || m.kind >= LINK_KIND_COUNT)
        return LINK_BAD;
    *out = m;
    return LINK_GOT;
}
