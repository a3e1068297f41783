/*
 * What:    an MLLP listener, or the same on a connection that we dial because the sender listens:
 *          frames in, messages to core, acknowledgements back in order.
 * Owns:    its listening socket and connections; mllpd_free(&d).
 * Threads: the edge role.
 * Errors:  an address that cannot be bound is fatal. A message is answered only when core has it on
 *          disk; "busy" is AR; a sender that goes away before its answer will send again, and is
 *          then answered as a duplicate.
 */
#ifndef RFD_INTAKE_MLLPD_H
#define RFD_INTAKE_MLLPD_H

#include "codec/status.h"
#include "intake/corepipe.h"
#include "intake/hl7intake.h"
#include "sys/tlswant.h"
#include "wire/hl7ack.h"

struct mllpd;

struct mllpd_config {
    struct hl7intake read;
    const char *listen; /* HOST:PORT; NULL: connect */
    const char *connect;
    const struct tls_want *tls; /* NULL: plain */
    enum hl7ack_mode ack;
    const char *boot; /* part of our control ids */
    size_t connections_max;
    int64_t idle_ms; /* silence between frames that closes; 0: never */
    int64_t frame_ms;
    int64_t handshake_ms;
    int64_t redial_ms; /* the longest wait before dialling again */
};

struct mllpd *mllpd_new(struct loop *loop, struct corepipe *pipe, const struct mllpd_config *cfg);
void mllpd_free(struct mllpd **d);
void mllpd_stop_accepting(struct mllpd *d); /* drain: what is open is answered first */
size_t mllpd_unanswered(const struct mllpd *d);
void mllpd_reload(struct mllpd *d); /* certificates */
/* What is seen from outside; name, kind, address and counts of messages the caller fills in. */
void mllpd_status(const struct mllpd *d, struct feed_status *out);

#endif
