/*
 * What:    out's link to core: asks for events of a route, moves its cursor, hears of new ones.
 * Owns:    its DEALER socket; corelink_free(&l) before the context goes.
 * Threads: the out role.
 * Errors:  a request without an answer is repeated each second: core may have died in between.
 */
#ifndef RFD_DELIVER_CORELINK_H
#define RFD_DELIVER_CORELINK_H

#include "codec/feed.h"
#include "codec/status.h"
#include "sys/loop.h"
#include "sys/zsock.h"

struct corelink;

/* An answer to a fetch, or to an advance (then without events). The events are gone on return. */
typedef void corelink_reply_cb(void *arg, const struct fetch_reply *r);
/* Core has new events, or is a new process. */
typedef void corelink_wake_cb(void *arg, uint64_t head, bool new_boot);

struct corelink *corelink_new(struct loop *loop, struct zctx *zc, const char *endpoint,
                              corelink_reply_cb *on_reply, corelink_wake_cb *on_wake, void *arg);
void corelink_free(struct corelink **l);

/* Sent once; who gets no answer asks again (route_tick). */
void corelink_fetch(struct corelink *l, struct str route, uint64_t after_seq, uint32_t max,
                    uint64_t number);
void corelink_advance(struct corelink *l, struct str route, uint64_t seq);
/* The same, and that this alert was really sent. again: see FetchReply. */
void
corelink_sent(struct corelink *l, struct str route, uint64_t seq, struct str alert, bool again);
/* Sent and not confirmed: the receiver may have got it. */
void corelink_attempted(struct corelink *l, struct str route, uint64_t seq, struct str alert);
/* One of those whom it is for has got it; unresolved: somebody else in his stead. */
void corelink_reached(struct corelink *l, struct str route, uint64_t seq, struct str alert,
                      struct str who, bool unresolved);
/* Refused for good: core puts it aside with the reason, a code of ours. again: it was one of those
 * already. */
void corelink_refused(struct corelink *l, struct str route, uint64_t seq, const char *reason,
                      bool again);
/* For what a person did at the receiver (ack, override): core answers nobody. */
void corelink_act(struct corelink *l, const struct control_request *rq);
void corelink_status(struct corelink *l, const struct status_report *r);
const char *corelink_boot(const struct corelink *l); /* of core, "" before the first word */
uint64_t corelink_head(const struct corelink *l);

#endif
