/*
 * What:    one reader of the outbox: where it stands, what is under way, what it may be sent next.
 * Owns:    nothing; embedded in a subscriber or a route.
 * Threads: the out role.
 * Errors:  none; what core does not answer is asked again.
 */
#ifndef RFD_DELIVER_ROUTE_H
#define RFD_DELIVER_ROUTE_H

#include "deliver/corelink.h"

enum { ROUTE_NAME_MAX = 96, ROUTE_WINDOW_MAX = 1000 };

struct route {
    char name[ROUTE_NAME_MAX]; /* "feed:NAME", "syslog" */
    uint32_t window;           /* unconfirmed events at most */
    uint64_t sent;             /* last sequence sent on */
    uint64_t confirmed;        /* cumulative, by the receiver */
    uint64_t durable;          /* core's cursor */
    uint64_t asked;            /* number of the fetch under way; 0: none */
    int64_t asked_ms;
    uint64_t unconfirmed[ROUTE_WINDOW_MAX]; /* sequences sent and not confirmed, oldest first */
    uint32_t unconfirmed_n;
};

enum { ROUTE_ASK_AGAIN_MS = 1000 };

void route_init(struct route *r, struct str prefix, struct str name, uint32_t window);
struct str route_name(const struct route *r);

/* Room for how many more events. */
uint32_t route_room(const struct route *r);
/* Asks core for what comes after the last one sent, when there is room and nothing is under way. */
void route_ask(struct route *r, struct corelink *l, int64_t now_ms);
void route_sent(struct route *r, uint64_t seq);
/* False: seq was never sent on this connection. */
RFD_MUSTCHECK bool route_confirm(struct route *r, struct corelink *l, uint64_t seq);
/* The same, and core is told by the caller. */
void route_settle(struct route *r, uint64_t seq);
/* Asks again what was not answered within a second. */
void route_ask_again(struct route *r, struct corelink *l, int64_t now_ms);
/* Each second: that, and tells core again what it does not know. */
void route_tick(struct route *r, struct corelink *l, int64_t now_ms);

#endif
