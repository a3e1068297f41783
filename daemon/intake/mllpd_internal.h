/*
 * What:    what mllpd.c and mllpconn.c share.
 * Owns:    see mllpd.h.
 * Threads: the edge role.
 * Errors:  none.
 */
#ifndef RFD_INTAKE_MLLPD_INTERNAL_H
#define RFD_INTAKE_MLLPD_INTERNAL_H

#include "intake/mllpconn.h"

struct mllpd {
    struct loop *loop;
    struct corepipe *pipe;
    struct mllpd_config cfg;
    struct arena arena; /* of the message in hand */
    int fd;             /* -1: not listening any more */
    int timer;
    uint64_t acks; /* for our own control ids */
    struct mllpconn *conn;
    size_t conns; /* slots */
};

#endif
