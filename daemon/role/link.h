/*
 * What:    the fixed messages on the socket pair between the supervisor and each role.
 * Owns:    descriptors are the caller's.
 * Threads: any.
 * Errors:  a link that is full or closed: false; the other side is then stuck or dead, which both
 *          sides find out by other means (heartbeat, end of file).
 */
#ifndef RFD_ROLE_LINK_H
#define RFD_ROLE_LINK_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

enum link_kind {
    LINK_READY,  /* role: I serve */
    LINK_BEAT,   /* role, every second: number = ms since I last committed or was idle */
    LINK_DRAIN,  /* supervisor: take no more, finish what you have, end with exit code 0 */
    LINK_RELOAD, /* supervisor: files that are not of the bundle (certificates) may have changed */
    LINK_KIND_COUNT,
};

enum link_result {
    LINK_GOT,
    LINK_NOTHING,
    LINK_CLOSED,
    LINK_BAD, /* not one of ours: the sides are different builds, or the role has gone mad */
    LINK_RESULT_COUNT,
};

struct link_msg {
    uint32_t magic;
    uint32_t kind; /* enum link_kind */
    int64_t number;
};

RFD_MUSTCHECK bool link_pair(int *ours_out, int *theirs_out);
RFD_MUSTCHECK bool link_send(int fd, enum link_kind kind, int64_t number);
RFD_MUSTCHECK enum link_result link_recv(int fd, struct link_msg *out);

#endif
