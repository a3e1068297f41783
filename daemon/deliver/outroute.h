/*
 * What:    a route to one receiver: takes events from core in order, one at a time, until each is
 *          confirmed, and knows what to do when it is not. How a message looks and travels is a
 *          way's (mllpway, fhirway, webhookway).
 * Owns:    the events that wait; outroute_free(&r), before the way is freed.
 * Threads: the out role.
 * Errors:  a receiver that is away or late: the same event again, with exponential back-off and
 *          jitter, the newest version of its alert when there is one by then. One that refuses the
 *          message itself: after some tries the event is put aside in core (dead), and the next has
 *          its turn; one that refuses whatever comes is broken, and no more is put aside. An
 *          operator's hold stops everything and loses nothing.
 */
#ifndef RFD_DELIVER_OUTROUTE_H
#define RFD_DELIVER_OUTROUTE_H

#include "codec/status.h"
#include "deliver/corelink.h"

struct outroute;

enum outroute_result {
    OUTROUTE_DONE,    /* confirmed: durable at the receiver */
    OUTROUTE_UNSENT,  /* not reached, or turned away at the door: again later */
    OUTROUTE_AWAY,    /* late, busy, cut, garbage: again later, and it may have arrived */
    OUTROUTE_REFUSED, /* reached, and this message is not wanted as it is */
    OUTROUTE_RESULT_COUNT,
};

struct outroute_item {
    uint64_t seq;
    enum event_kind kind;
    bool quiet;
    bool again;                /* sent before, refused, and asked for again */
    bool first;                /* the receiver has got no version of this alert yet */
    const struct str *reached; /* who has, in a way that writes to people */
    size_t reached_count;
    struct alert alert;
    struct digest digest; /* of an EVENT_DIGEST, which has no alert */
};

/* send() must lead to one outroute_finished(), later or at once; nothing of item outlives the
 * call. */
struct outroute_way {
    const char *kind;
    void (*send)(void *way, const struct outroute_item *item, struct arena *a);
    /* NULL: all that the route's filter leaves. False: it is passed over. Retractions are not asked
     * about. */
    bool (*wants)(void *way, const struct outroute_item *item);
    bool digests; /* it can send them */
};

struct outroute_config {
    const char *name;
    const char *address; /* for status */
    bool confirmed_only;
    bool quiet_too;
    bool germline; /* it ends at the one role that hears of possibly inherited findings */
    bool personal; /* each recipient gets his own: nobody else reads it */
    int64_t tries;
};

struct outroute *
outroute_new(struct loop *loop, struct corelink *core, const struct outroute_config *cfg);
void outroute_free(struct outroute **r);
/* Once, before the first event. */
void outroute_use(struct outroute *r, const struct outroute_way *how, void *way);

void outroute_reply(struct outroute *r, const struct fetch_reply *reply);
void outroute_wake(struct outroute *r);

/* Before that, for a message that goes to several people, each by himself: this one has it. So a
 * retraction finds him, even when the message is put aside for the sake of another. unresolved:
 * somebody else has got it in his stead. */
void outroute_reached(struct outroute *r, struct str who, bool unresolved);

/* why: a code of ours for logs and status, never the receiver's text; NULL when done. wait_s:
 * what the receiver asked for, 0: nothing. */
void
outroute_finished(struct outroute *r, enum outroute_result result, const char *why, int wait_s);

const char *outroute_name(const struct outroute *r);
void outroute_status(const struct outroute *r, struct route_status *out);

#endif
