/*
 * What:    a feed that subscribes to a publisher of ResultMessage: PUB gives no receipt, so gaps
 *          in the publisher's sequence are found and asked for again, where it offers a replay.
 * Owns:    its sockets; zsub_free(&s).
 * Threads: the edge role.
 * Errors:  a gap that the publisher cannot fill is counted and logged with its size. Without a
 *          replay address what is lost on the way is lost: the config says so.
 */
#ifndef RFD_INTAKE_ZSUB_H
#define RFD_INTAKE_ZSUB_H

#include "intake/corepipe.h"
#include "intake/native.h"

struct zsub;

struct zsub_config {
    struct native_feed feed;
    const char *connect;
    const char *replay; /* NULL: none */
    const char *topic;
};

struct zsub *
zsub_new(struct loop *loop, struct zctx *zc, struct corepipe *pipe, const struct zsub_config *cfg);
void zsub_free(struct zsub **s);
void zsub_stop_accepting(struct zsub *s);

#endif
