/*
 * What:    one MLLP connection: bytes in, frames, and the queue of answers that leave in order.
 * Owns:    its descriptor and buffers, wiped when freed.
 * Threads: the edge role.
 * Errors:  a peer's fault closes the connection, counted and logged without content.
 */
#ifndef RFD_INTAKE_MLLPCONN_H
#define RFD_INTAKE_MLLPCONN_H

#include "intake/corepipe.h"
#include "intake/hl7intake.h"
#include "sys/stream.h"
#include "sys/tcp.h"
#include "sys/tlskeep.h"
#include "wire/hl7_batch.h"
#include "wire/hl7ack.h"
#include "wire/mllp.h"

enum { MLLPCONN_ANSWERS_MAX = 64 };

/* An answer that waits for core. All texts are ready, framed: the message is gone by then. */
struct mllpanswer {
    uint64_t tag;
    bool settled;
    bool close;          /* not taken and not refused: close, so that the sender keeps it */
    struct str accepted; /* n == 0: the sender wants no answer */
    struct str rejected;
    struct str errored; /* for what is quarantined; the same as accepted unless the map says else */
    char *memory;       /* of all three */
    struct str text;    /* the one to send */
};

/* What a feed has done since the role started. */
struct mllpcounts {
    uint64_t connections; /* that were let in */
    uint64_t turned_away; /* no slot, no handshake, a certificate that is not good */
};

typedef void mllpconn_gone_cb(void *arg, bool good); /* good: it was of use */

/* What the connections of one listener share. */
struct mllpshared {
    struct loop *loop;
    struct corepipe *pipe;
    struct hl7intake read;
    enum hl7ack_mode ack;
    const char *boot; /* part of our control ids */
    int64_t idle_ms;  /* silence between frames that closes; 0: never */
    int64_t frame_ms; /* a frame is complete so long after its first byte; 0: whenever */
    int64_t handshake_ms;
    struct tlskeep *tls;    /* NULL: plain */
    mllpconn_gone_cb *gone; /* NULL: nobody asks */
    void *gone_arg;
    struct mllpcounts counts;
    struct arena arena; /* of the message in hand */
    uint64_t acks;      /* for our own control ids */
    bool draining;      /* nothing more is read */
};

struct mllpconn {
    struct mllpshared *owner;
    struct stream io; /* fd -1: slot is free */
    char peer[TCP_TEXT_MAX];
    int64_t since_ms;
    uint64_t slow_frames;  /* complete when the frame in hand was first seen by a tick … */
    int64_t slow_since_ms; /* … at this time; 0: none in hand */
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
    struct hl7_batch batch; /* the frame in hand, as far as there was room for its messages … */
    bool batching;
    bool bare;  /* the frame in hand had no MLLP around it: nor has its answer */
    char *rest; /* … and the copy of it that the batch then reads; NULL: the decoder's own */
    uint64_t dev_seen[MLLP_DEV_COUNT];
    int64_t heard_ms;
    bool paused; /* core's window or our queue is full: nothing is read */
    bool ended;  /* the peer has closed its side: answer what is open, then close */
};

/* Takes over fd. */
void
mllpconn_start(struct mllpconn *c, struct mllpshared *owner, int fd, const struct tcp_addr *peer);
void mllpconn_close(struct mllpconn *c, const char *why);
void mllpconn_resume(struct mllpconn *c); /* there is room again */
void mllpconn_tick(struct mllpconn *c, int64_t now_ms);
/* How long it has held a slot without a message to show; 0: it has brought one, or is new. */
int64_t mllpconn_useless_ms(const struct mllpconn *c, int64_t now_ms);

#endif
