/*
 * What:    alerts to an HL7 receiver over MLLP, plain or in TLS: one message, its acknowledgement,
 *          the next. Answers are matched by MSA-2 alone, since receivers differ in all the rest.
 * Owns:    its connection; mllpway_free(&w), after its route.
 * Threads: the out role.
 * Errors:  no connection, no answer in time, an answer to another message: the connection is closed
 *          and the route told that the receiver is away. AE, AR, CE, CR: refused.
 */
#ifndef RFD_DELIVER_MLLPWAY_H
#define RFD_DELIVER_MLLPWAY_H

#include "deliver/hl7out.h"
#include "deliver/outroute.h"
#include "sys/tlswant.h"

struct mllpway;

extern const struct outroute_way mllpway_how;

struct mllpway_config {
    const char *connect; /* HOST:PORT */
    struct tls_want tls; /* all NULL: plain */
    int64_t timeout_ms;
    bool keep; /* false: a connection for each message */
    bool mdm;  /* else ORU */
    struct hl7out_config hl7;
};

/* cfg outlives it. */
struct mllpway *
mllpway_new(struct loop *loop, struct outroute *route, const struct mllpway_config *cfg);
void mllpway_free(struct mllpway **w);

#endif
