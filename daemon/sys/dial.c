#include "sys/dial.h"

#include "sys/io.h"
#include "sys/mem.h"

#include <errno.h>
#include <sys/random.h>

struct dial {
    struct loop *loop;
    struct tcp_addr to;
    struct dial_timing timing;
    dial_up_cb *up;
    void *arg;
    int fd;    /* connecting; else -1 */
    int timer; /* of the wait, or of the connect; 0: none */
    int64_t wait_ms;
    uint32_t failures;
    int error;
};

static void try_once(struct dial *d);

int64_t
dial_jitter(int64_t ms)
{
    uint32_t r = 0;

    (void)!getrandom(&r, sizeof r, GRND_NONBLOCK); /* without: half of it */
    return ms / 2 + (int64_t)((uint64_t)(ms - ms / 2) * r / UINT32_MAX);
}

static void
timer_set(struct dial *d, int64_t ms, loop_call_cb *cb)
{
    loop_del_timer(d->loop, d->timer);
    d->timer = cb == NULL ? 0 : loop_add_timer(d->loop, ms, 0, cb, d);
}

static void
on_wait_over(struct loop *loop, void *arg)
{
    struct dial *d = arg;

    (void)loop;
    d->timer = 0;
    try_once(d);
}

static void
drop(struct dial *d)
{
    if (d->fd >= 0)
        loop_del_fd(d->loop, d->fd);
    io_close(&d->fd);
}

static void
wait_longer(struct dial *d)
{
    timer_set(d, dial_jitter(d->wait_ms), on_wait_over);
    d->wait_ms = d->wait_ms * 2 > d->timing.last_ms ? d->timing.last_ms : d->wait_ms * 2;
}

static void
failed(struct dial *d, int error)
{
    drop(d);
    d->error = error;
    d->failures++;
    wait_longer(d);
}

static void
on_connect_late(struct loop *loop, void *arg)
{
    struct dial *d = arg;

    (void)loop;
    d->timer = 0;
    failed(d, ETIMEDOUT);
}

static void
on_connected(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct dial *d = arg;

    (void)events;
    if (!tcp_connected(fd)) {
        failed(d, errno);
        return;
    }
    timer_set(d, 0, NULL);
    loop_del_fd(loop, fd);
    d->fd = -1;
    d->error = 0;
    d->up(d->arg, fd);
}

static void
try_once(struct dial *d)
{
    d->fd = tcp_connect(&d->to);
    if (d->fd < 0) {
        failed(d, errno);
        return;
    }
    loop_add_fd(d->loop, d->fd, LOOP_WRITE, on_connected, d);
    timer_set(d, d->timing.connect_max_ms, on_connect_late);
}

struct dial *
dial_new(struct loop *loop, const struct tcp_addr *to, const struct dial_timing *t, dial_up_cb *up,
         void *arg)
{
    struct dial *d = xcalloc(1, sizeof(*d));

    *d = (struct dial){.loop = loop,
                       .to = *to,
                       .timing = *t,
                       .up = up,
                       .arg = arg,
                       .fd = -1,
                       .wait_ms = t->first_ms};
    timer_set(d, 1, on_wait_over);
    return d;
}

void
dial_free(struct dial **dp)
{
    struct dial *d = *dp;

    *dp = NULL;
    if (d == NULL)
        return;
    timer_set(d, 0, NULL);
    drop(d);
    xfree(d);
}

void
dial_again(struct dial *d, bool good)
{
    if (good) {
        d->wait_ms = d->timing.first_ms;
        d->failures = 0;
    } else {
        d->failures++;
    }
    wait_longer(d);
}

void
dial_now(struct dial *d)
{
    d->wait_ms = d->timing.first_ms;
    if (d->fd < 0)
        timer_set(d, 1, on_wait_over);
}

uint32_t
dial_failures(const struct dial *d)
{
    return d->failures;
}

int
dial_errno(const struct dial *d)
{
    return d->error;
}
