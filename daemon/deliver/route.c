#include "deliver/route.h"

#include "sys/mem.h"

#include <stdio.h>
#include <string.h>

void
route_init(struct route *r, struct str prefix, struct str name, uint32_t window)
{
    memset(r, 0, sizeof(*r));
    (void)snprintf(r->name, sizeof(r->name), "%.*s%.*s", STR_FMT(prefix), STR_FMT(name));
    r->window = window < ROUTE_WINDOW_MAX ? window : ROUTE_WINDOW_MAX;
}

struct str
route_name(const struct route *r)
{
    return str_from_c(r->name);
}

uint32_t
route_room(const struct route *r)
{
    return r->window - r->unconfirmed_n;
}

/* Numbers are unique in the process, so that an answer to an earlier connection is told apart. */
static uint64_t
next_number(void)
{
    static uint64_t last;

    return ++last;
}

void
route_ask(struct route *r, struct corelink *l, int64_t now_ms)
{
    if (r->asked != 0 || route_room(r) == 0)
        return;
    r->asked = next_number();
    r->asked_ms = now_ms;
    corelink_fetch(l, route_name(r), r->sent, route_room(r), r->asked);
}

void
route_sent(struct route *r, uint64_t seq)
{
    rfd_assert(r->unconfirmed_n < r->window);
    r->unconfirmed[r->unconfirmed_n++] = seq;
    r->sent = seq;
}

void
route_settle(struct route *r, uint64_t seq)
{
    uint32_t done = 0;

    while (done < r->unconfirmed_n && r->unconfirmed[done] <= seq)
        done++;
    memmove(r->unconfirmed, r->unconfirmed + done,
            (r->unconfirmed_n - done) * sizeof(r->unconfirmed[0]));
    r->unconfirmed_n -= done;
    if (seq > r->confirmed)
        r->confirmed = seq;
}

bool
route_confirm(struct route *r, struct corelink *l, uint64_t seq)
{
    if (seq > r->sent)
        return false;
    route_settle(r, seq);
    if (r->confirmed > r->durable)
        corelink_advance(l, route_name(r), r->confirmed);
    return true;
}

void
route_tick(struct route *r, struct corelink *l, int64_t now_ms)
{
    if (r->confirmed > r->durable)
        corelink_advance(l, route_name(r), r->confirmed);
    route_ask_again(r, l, now_ms);
}

void
route_ask_again(struct route *r, struct corelink *l, int64_t now_ms)
{
    if (r->asked != 0 && now_ms - r->asked_ms >= ROUTE_ASK_AGAIN_MS)
        r->asked = 0;
    route_ask(r, l, now_ms);
}
