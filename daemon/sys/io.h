/*
 * What:    reading and writing of non-blocking stream sockets, and the closing of descriptors.
 * Owns:    nothing; descriptors are the caller's.
 * Threads: any.
 * Errors:  enum io_result; errno is kept for IO_FAILED. SIGPIPE is never raised.
 */
#ifndef RFD_SYS_IO_H
#define RFD_SYS_IO_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

enum io_result {
    IO_OK,
    IO_AGAIN,  /* nothing now: wait for the loop */
    IO_END,    /* the peer has closed (reading only) */
    IO_FAILED, /* reset or worse: close it */
    IO_RESULT_COUNT,
};

/* At most size bytes; *n_out > 0 with IO_OK. */
RFD_MUSTCHECK enum io_result io_recv(int fd, void *buf, size_t size, size_t *n_out);
RFD_MUSTCHECK enum io_result io_send(int fd, const void *buf, size_t n, size_t *n_out);
void io_close(int *fd); /* *fd becomes -1; -1 is allowed */
int io_give_up(int fd); /* closes it: -1, with errno as it was before */
RFD_MUSTCHECK bool io_nonblock(int fd);

#endif
