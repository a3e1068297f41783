/*
 * What:    one MLLP connection: bytes in, frames, and the queue of answers that leave in order.
 * Owns:    its descriptor and buffers, wiped when freed.
 * Threads: the edge role.
 * Errors:  a peer's fault closes the connection, counted and logged without content.
 */
#ifndef RFD_INTAKE_MLLPCONN_H
#define RFD_INTAKE_MLLPCONN_H

#include "intake/mllpd.h"
#include "sys/loop.h"
#include "wire/mllp.h"

enum { MLLPCONN_ANSWERS_MAX = 64 };

/* An answer that waits for core. Both texts are framed and ready, since the message is gone by then. */
struct mllpanswer {
    uint64_t tag;
    bool settled;
    bool close;          /* not taken and not refused: close, so that the sender keeps it */
    struct str accepted; /* n == 0: the sender wants no answer */
    struct str rejected;
    struct str text; /* the one to send */
};

struct mllpconn {
    struct mllpd *owner;
    int fd; /* -1: slot is free */
    struct mllp_dec dec;
    uint8_t *buf;
    uint8_t *in; /* bytes read and not yet taken */
    size_t in_n;
    size_t in_at;
    uint8_t *out; /* framed answers on their way */
    size_t out_n;
    size_t out_at;
    size_t out_size;
    struct mllpanswer answer[MLLPCONN_ANSWERS_MAX]; /* oldest first */
    size_t answers;
    uint64_t last_tag;
    uint64_t dev_seen[MLLP_DEV_COUNT];
    int64_t heard_ms;
    bool paused; /* core's window or our queue is full */
    bool ended;  /* the peer has closed its side: answer what is open, then close */
};

void mllpconn_start(struct mllpconn *c, struct mllpd *owner, int fd);
void mllpconn_close(struct mllpconn *c, const char *why);
void mllpconn_resume(struct mllpconn *c); /* there is room again */
void mllpconn_tick(struct mllpconn *c, int64_t now_ms);

#endif
