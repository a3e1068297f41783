#include "sys/loop.h"

#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <zmq.h>

#include <errno.h>
#include <stddef.h>

enum { NOTHING_PENDING = -1 };

struct entry {
    struct zsock *z; /* NULL: fd */
    int fd;
    bool gone; /* removed during a round; swept before the next poll */
    unsigned events;
    union {
        loop_fd_cb *fd;
        loop_zsock_cb *z;
    } cb;
    void *arg;
};

struct timer {
    int id; /* 0: gone */
    int64_t due_ms;
    int64_t period_ms;
    loop_call_cb *cb;
    void *arg;
};

struct loop {
    struct entry *entry;
    zmq_pollitem_t *item; /* item[i] polls entry[i] */
    size_t entries;
    size_t entries_room;
    struct timer *timer;
    size_t timers;
    size_t timers_room;
    int last_timer;
    loop_call_cb *idle;
    void *idle_arg;
    bool worked; /* something was done since idle was last called */
    bool stopping;
};

struct loop *
loop_new(void)
{
    return xcalloc(1, sizeof(struct loop));
}

void
loop_free(struct loop **l)
{
    if (*l == NULL)
        return;
    xfree((*l)->entry);
    xfree((*l)->item);
    xfree((*l)->timer);
    xfree(*l);
    *l = NULL;
}

static struct entry *
entry_add(struct loop *l)
{
    if (l->entries == l->entries_room) {
        l->entries_room = l->entries_room == 0 ? 16 : l->entries_room * 2;
        l->entry = xrealloc_array(l->entry, l->entries_room, sizeof *l->entry);
        l->item = xrealloc_array(l->item, l->entries_room, sizeof *l->item);
    }
    l->entry[l->entries] = (struct entry){.fd = -1};
    return &l->entry[l->entries++];
}

static struct entry *
entry_find(struct loop *l, int fd, const struct zsock *z)
{
    for (size_t i = 0; i < l->entries; i++) {
        struct entry *e = &l->entry[i];

        if (!e->gone && e->z == z && e->fd == fd)
            return e;
    }
    return NULL;
}

static void
entry_mod(struct loop *l, int fd, const struct zsock *z, unsigned events)
{
    struct entry *e = entry_find(l, fd, z);

    rfd_assert(e != NULL);
    e->events = events;
}

static void
entry_del(struct loop *l, int fd, const struct zsock *z)
{
    struct entry *e = entry_find(l, fd, z);

    rfd_assert(e != NULL);
    e->gone = true;
}

void
loop_add_fd(struct loop *l, int fd, unsigned events, loop_fd_cb *cb, void *arg)
{
    struct entry *e;

    rfd_assert(fd >= 0 && entry_find(l, fd, NULL) == NULL);
    e = entry_add(l);
    e->fd = fd;
    e->events = events;
    e->cb.fd = cb;
    e->arg = arg;
}

void
loop_mod_fd(struct loop *l, int fd, unsigned events)
{
    entry_mod(l, fd, NULL, events);
}

void
loop_del_fd(struct loop *l, int fd)
{
    entry_del(l, fd, NULL);
}

void
loop_add_zsock(struct loop *l, struct zsock *z, unsigned events, loop_zsock_cb *cb, void *arg)
{
    struct entry *e;

    rfd_assert(z != NULL && entry_find(l, -1, z) == NULL);
    e = entry_add(l);
    e->z = z;
    e->events = events;
    e->cb.z = cb;
    e->arg = arg;
}

void
loop_mod_zsock(struct loop *l, struct zsock *z, unsigned events)
{
    entry_mod(l, -1, z, events);
}

void
loop_del_zsock(struct loop *l, struct zsock *z)
{
    entry_del(l, -1, z);
}

int
loop_add_timer(struct loop *l, int64_t after_ms, int64_t period_ms, loop_call_cb *cb, void *arg)
{
    if (l->timers == l->timers_room) {
        l->timers_room = l->timers_room == 0 ? 8 : l->timers_room * 2;
        l->timer = xrealloc_array(l->timer, l->timers_room, sizeof *l->timer);
    }
    l->last_timer = l->last_timer == INT32_MAX ? 1 : l->last_timer + 1;
    l->timer[l->timers++] =
        (struct timer){l->last_timer, clock_mono_ms() + after_ms, period_ms, cb, arg};
    return l->last_timer;
}

void
loop_del_timer(struct loop *l, int id)
{
    for (size_t i = 0; i < l->timers; i++) {
        if (l->timer[i].id == id)
            l->timer[i].id = 0;
    }
}

void
loop_idle(struct loop *l, loop_call_cb *cb, void *arg)
{
    l->idle = cb;
    l->idle_arg = arg;
}

void
loop_stop(struct loop *l)
{
    l->stopping = true;
}

bool
loop_stopping(const struct loop *l)
{
    return l->stopping;
}

/* Takes out what was removed; the order of the rest stays. */
static void
sweep(struct loop *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->entries; i++) {
        if (!l->entry[i].gone)
            l->entry[n++] = l->entry[i];
    }
    l->entries = n;
    n = 0;
    for (size_t i = 0; i < l->timers; i++) {
        if (l->timer[i].id != 0)
            l->timer[n++] = l->timer[i];
    }
    l->timers = n;
}

static void
fill_items(struct loop *l)
{
    for (size_t i = 0; i < l->entries; i++) {
        const struct entry *e = &l->entry[i];
        short events = ZMQ_POLLERR;

        if ((e->events & LOOP_READ) != 0)
            events |= ZMQ_POLLIN;
        if ((e->events & LOOP_WRITE) != 0)
            events |= ZMQ_POLLOUT;
        if (e->z != NULL)
            events = (short)(events & ~ZMQ_POLLERR); /* means nothing on a ZeroMQ socket */
        l->item[i] = (zmq_pollitem_t){e->z == NULL ? NULL : zsock_raw(e->z), e->fd, events, 0};
    }
}

/* Milliseconds until the next timer; NOTHING_PENDING when there is none. */
static long
timer_wait(const struct loop *l)
{
    int64_t now = clock_mono_ms();
    int64_t wait = NOTHING_PENDING;

    for (size_t i = 0; i < l->timers; i++) {
        int64_t left = l->timer[i].due_ms - now;

        if (left < 0)
            left = 0;
        if (wait == NOTHING_PENDING || left < wait)
            wait = left;
    }
    return (long)wait;
}

static void
run_timers(struct loop *l)
{
    int64_t now = clock_mono_ms();
    size_t n = l->timers; /* those added by a callback wait for the next round */

    for (size_t i = 0; i < n && !l->stopping; i++) {
        struct timer t = l->timer[i];

        if (t.id == 0 || t.due_ms > now)
            continue;
        if (t.period_ms > 0)
            l->timer[i].due_ms = now + t.period_ms;
        else
            l->timer[i].id = 0;
        l->worked = true;
        t.cb(l, t.arg);
    }
}

static unsigned
events_of(const zmq_pollitem_t *item)
{
    unsigned events = 0;

    if ((item->revents & ZMQ_POLLIN) != 0)
        events |= LOOP_READ;
    if ((item->revents & ZMQ_POLLOUT) != 0)
        events |= LOOP_WRITE;
    if ((item->revents & ZMQ_POLLERR) != 0)
        events |= LOOP_ERROR;
    return events;
}

/* Entries are only appended and marked during a round, so that index i stays what was polled. A
 * callback may have changed what a later entry waits for: no event that it no longer wants. */
static void
run_entries(struct loop *l, size_t polled)
{
    for (size_t i = 0; i < polled && !l->stopping; i++) {
        struct entry e = l->entry[i];
        unsigned events = events_of(&l->item[i]) & (e.events | LOOP_ERROR);

        if (e.gone || events == 0)
            continue;
        l->worked = true;
        if (e.z != NULL)
            e.cb.z(l, e.z, events, e.arg);
        else
            e.cb.fd(l, e.fd, events, e.arg);
    }
}

static int
poll_for(struct loop *l, long wait_ms)
{
    int ready = zmq_poll(l->item, (int)l->entries, wait_ms);

    if (ready >= 0 || errno == EINTR)
        return ready;
    fatal(FATAL_MACHINE, "loop.poll", LOG_ERRNO("error", errno));
}

/* One round: what is ready now; if nothing, idle once; only then sleep. */
static void
run_round(struct loop *l)
{
    bool look_only = l->worked && l->idle != NULL;
    size_t polled;
    int ready;

    sweep(l);
    fill_items(l);
    polled = l->entries;
    ready = poll_for(l, look_only ? 0 : timer_wait(l));
    if (ready > 0)
        run_entries(l, polled);
    if (!l->stopping)
        run_timers(l);
    if (look_only && ready == 0 && !l->stopping) {
        l->worked = false;
        l->idle(l, l->idle_arg);
    }
}

void
loop_run(struct loop *l)
{
    l->stopping = false;
    while (!l->stopping)
        run_round(l);
}
