#include "intake/mllpd.h"

#include "intake/mllpconn.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "sys/tcp.h"

enum { TICK_MS = 1000, BACKLOG = 64 };

static const size_t ARENA_BYTES = (size_t)512 << 20;

struct mllpd {
    struct mllpshared shared;
    int fd; /* -1: not listening any more */
    int timer;
    struct mllpconn *conn;
    size_t conns; /* slots */
    size_t turn;  /* who is offered room first, each time the next one */
};

static struct mllpconn *
free_slot(struct mllpd *d)
{
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].fd < 0)
            return &d->conn[i];
    }
    return NULL;
}

static void
on_accept(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct mllpd *d = arg;
    struct tcp_addr peer;
    char text[TCP_TEXT_MAX];
    int conn;

    (void)loop;
    (void)events;
    while ((conn = tcp_accept(fd, &peer)) >= 0) {
        struct mllpconn *slot = free_slot(d);

        if (slot == NULL) {
            log_warn("mllp.too_many_connections", LOG_NAME("feed", d->shared.read.feed));
            corepipe_refuse(d->shared.pipe, d->shared.read.feed, "too_many_connections");
            io_close(&conn);
            continue;
        }
        log_debug("mllp.connected", LOG_NAME("feed", d->shared.read.feed),
                  LOG_NAME("peer", tcp_addr_format(&peer, text)));
        mllpconn_start(slot, &d->shared, conn);
    }
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct mllpd *d = arg;
    int64_t now = clock_mono_ms();

    (void)loop;
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].fd >= 0)
            mllpconn_tick(&d->conn[i], now);
    }
}

static void
on_room(void *arg)
{
    struct mllpd *d = arg;

    for (size_t i = 0; i < d->conns && !corepipe_is_full(d->shared.pipe); i++) {
        struct mllpconn *c = &d->conn[(d->turn + i) % d->conns];

        if (c->fd >= 0 && c->paused)
            mllpconn_resume(c);
    }
    d->turn++;
}

struct mllpd *
mllpd_new(struct loop *loop, struct corepipe *pipe, const struct mllpd_config *cfg)
{
    struct mllpd *d = xcalloc(1, sizeof(*d));
    struct tcp_addr at;

    d->shared = (struct mllpshared){.loop = loop,
                                    .pipe = pipe,
                                    .read = cfg->read,
                                    .ack = cfg->ack,
                                    .boot = cfg->boot,
                                    .idle_ms = cfg->idle_ms};
    d->conns = cfg->connections_max;
    d->conn = xcalloc(d->conns, sizeof(*d->conn));
    for (size_t i = 0; i < d->conns; i++)
        d->conn[i].fd = -1;
    mem_arena_new(&d->shared.arena, ARENA_BYTES);
    d->fd = tcp_addr_parse(cfg->listen, &at) ? tcp_listen(&at, BACKLOG) : -1;
    if (d->fd < 0)
        fatal(FATAL_CONFIG, "mllp.cannot_listen", LOG_NAME("feed", cfg->read.feed),
              LOG_NAME("address", cfg->listen));
    loop_add_fd(loop, d->fd, LOOP_READ, on_accept, d);
    d->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, d);
    corepipe_on_room(pipe, on_room, d);
    return d;
}

void
mllpd_stop_accepting(struct mllpd *d)
{
    if (d->fd < 0)
        return;
    loop_del_fd(d->shared.loop, d->fd);
    io_close(&d->fd);
    d->shared.draining = true;
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].fd >= 0)
            mllpconn_resume(&d->conn[i]);
    }
}

size_t
mllpd_unanswered(const struct mllpd *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].fd >= 0)
            n += d->conn[i].answers + (d->conn[i].out_n > d->conn[i].out_at);
    }
    return n;
}

void
mllpd_free(struct mllpd **dp)
{
    struct mllpd *d = *dp;

    if (d == NULL)
        return;
    mllpd_stop_accepting(d);
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].fd >= 0)
            mllpconn_close(&d->conn[i], "stopping");
    }
    corepipe_forget(d->shared.pipe, d);
    loop_del_timer(d->shared.loop, d->timer);
    mem_arena_free(&d->shared.arena);
    xfree(d->conn);
    xfree(d);
    *dp = NULL;
}
