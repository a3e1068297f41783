#include "sys/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static enum io_result
result_of_errno(void)
{
    return errno == EAGAIN || errno == EINTR ? IO_AGAIN : IO_FAILED;
}

enum io_result
io_recv(int fd, void *buf, size_t size, size_t *n_out)
{
    ssize_t n = recv(fd, buf, size, MSG_DONTWAIT);

    rfd_assert(size > 0);
    if (n < 0)
        return result_of_errno();
    if (n == 0)
        return IO_END;
    *n_out = (size_t)n;
    return IO_OK;
}

enum io_result
io_send(int fd, const void *buf, size_t n, size_t *n_out)
{
    ssize_t sent = send(fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent < 0)
        return result_of_errno();
    *n_out = (size_t)sent;
    return IO_OK;
}

void
io_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

int
io_give_up(int fd)
{
    int saved = errno;

    io_close(&fd);
    errno = saved;
    return -1;
}

bool
io_nonblock(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}
