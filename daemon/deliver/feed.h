/*
 * What:    the alert feed: a ROUTER for subscribers with durable cursors, a PUB for the head.
 * Owns:    both sockets and the subscribers; feed_free(&f).
 * Threads: the out role.
 * Errors:  a peer's bad message is answered with refract.v1.Error and logged; an address that
 *          cannot be bound is fatal.
 */
#ifndef RFD_DELIVER_FEED_H
#define RFD_DELIVER_FEED_H

#include "deliver/corelink.h"

struct feed;

struct feed_config {
    const char *router_endpoint;
    const char *pub_endpoint;
    uint32_t credit_max;
    const char *germline; /* the subscriber that gets what is for one role alone; NULL: none */
};

struct feed *
feed_new(struct loop *loop, struct zctx *zc, const struct feed_config *cfg, struct corelink *core);
void feed_free(struct feed **f);

/* From core's link. */
void feed_reply(struct feed *f, const struct fetch_reply *r);
void feed_wake(struct feed *f, uint64_t head, bool new_boot);

#endif
