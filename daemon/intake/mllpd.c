#define _GNU_SOURCE /* strerrordesc_np() */
#include "intake/mllpd.h"

#include "intake/mllpconn.h"
#include "sys/clock.h"
#include "sys/dial.h"
#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "sys/tcp.h"

#include <string.h>

enum {
    TICK_MS = 1000,
    BACKLOG = 64,
    /* With every slot taken: one that has brought no message for so long makes room for the next.
     * Else sixty-four silent connections would keep the laboratory out. */
    USELESS_MS = 10000,
};

static const size_t ARENA_BYTES = (size_t)512 << 20;

struct mllpd {
    struct mllpshared shared;
    int fd;            /* listening; -1: not, or not any more */
    struct dial *dial; /* NULL: we listen */
    struct tcp_addr at;
    int timer;
    struct mllpconn *conn;
    size_t conns; /* slots */
    size_t turn;  /* who is offered room first, each time the next one */
};

static struct mllpconn *
free_slot(struct mllpd *d)
{
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].io.fd < 0)
            return &d->conn[i];
    }
    return NULL;
}

static struct mllpconn *
make_room(struct mllpd *d)
{
    int64_t now = clock_mono_ms();
    struct mllpconn *worst = NULL;

    for (size_t i = 0; i < d->conns; i++) {
        struct mllpconn *c = &d->conn[i];

        if (worst == NULL || mllpconn_useless_ms(c, now) > mllpconn_useless_ms(worst, now))
            worst = c;
    }
    if (worst == NULL || mllpconn_useless_ms(worst, now) < USELESS_MS)
        return NULL;
    mllpconn_close(worst, "silent, and others wait");
    return worst;
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

        if (slot == NULL)
            slot = make_room(d);
        if (slot == NULL) {
            d->shared.counts.turned_away++;
            log_warn_limited("mllp.too_many_connections", LOG_NAME("feed", d->shared.read.feed));
            corepipe_refuse(d->shared.pipe, d->shared.read.feed, "too_many_connections");
            io_close(&conn);
            continue;
        }
        log_debug("mllp.connected", LOG_NAME("feed", d->shared.read.feed),
                  LOG_NAME("peer", tcp_addr_format(&peer, text)));
        mllpconn_start(slot, &d->shared, conn, &peer);
    }
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct mllpd *d = arg;
    int64_t now = clock_mono_ms();

    (void)loop;
    tlskeep_tick(d->shared.tls, clock_wall_s());
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].io.fd >= 0)
            mllpconn_tick(&d->conn[i], now);
    }
}

static void
on_room(void *arg)
{
    struct mllpd *d = arg;

    for (size_t i = 0; i < d->conns && !corepipe_is_full(d->shared.pipe); i++) {
        struct mllpconn *c = &d->conn[(d->turn + i) % d->conns];

        if (c->io.fd >= 0 && c->paused)
            mllpconn_resume(c);
    }
    d->turn++;
}

/* --- a sender that listens, and is dialled */

static void
on_dialled(void *arg, int fd)
{
    struct mllpd *d = arg;

    log_note_limited("mllp.dialled", LOG_NAME("feed", d->shared.read.feed));
    mllpconn_start(&d->conn[0], &d->shared, fd, &d->at);
}

static void
on_gone(void *arg, bool good)
{
    struct mllpd *d = arg;

    log_note_limited("mllp.lost", LOG_NAME("feed", d->shared.read.feed));
    if (d->dial != NULL)
        dial_again(d->dial, good);
}

static void
open_dialling(struct mllpd *d, const struct mllpd_config *cfg)
{
    struct dial_timing timing = DIAL_TIMING_DEFAULT;

    timing.last_ms = cfg->redial_ms;
    if (timing.first_ms > timing.last_ms)
        timing.first_ms = timing.last_ms;
    if (!tcp_addr_parse(cfg->connect, &d->at))
        fatal(FATAL_CONFIG, "mllp.no_address", LOG_NAME("feed", cfg->read.feed));
    d->shared.gone = on_gone;
    d->shared.gone_arg = d;
    d->dial = dial_new(d->shared.loop, &d->at, &timing, on_dialled, d);
}

static void
open_listening(struct mllpd *d, const struct mllpd_config *cfg)
{
    d->fd = tcp_addr_parse(cfg->listen, &d->at) ? tcp_listen(&d->at, BACKLOG) : -1;
    if (d->fd < 0)
        fatal(FATAL_CONFIG, "mllp.cannot_listen", LOG_NAME("feed", cfg->read.feed),
              LOG_NAME("address", cfg->listen));
    loop_add_fd(d->shared.loop, d->fd, LOOP_READ, on_accept, d);
}

struct mllpd *
mllpd_new(struct loop *loop, struct corepipe *pipe, const struct mllpd_config *cfg)
{
    struct mllpd *d = xcalloc(1, sizeof(*d));

    d->shared = (struct mllpshared){.loop = loop,
                                    .pipe = pipe,
                                    .read = cfg->read,
                                    .ack = cfg->ack,
                                    .boot = cfg->boot,
                                    .idle_ms = cfg->idle_ms,
                                    .frame_ms = cfg->frame_ms,
                                    .handshake_ms = cfg->handshake_ms};
    if (cfg->tls != NULL)
        d->shared.tls = tlskeep_new(cfg->read.feed, cfg->tls, cfg->listen != NULL);
    d->fd = -1;
    d->conns = cfg->listen != NULL ? cfg->connections_max : 1;
    d->conn = xcalloc(d->conns, sizeof(*d->conn));
    for (size_t i = 0; i < d->conns; i++)
        d->conn[i].io.fd = -1;
    mem_arena_new(&d->shared.arena, ARENA_BYTES);
    if (cfg->listen != NULL)
        open_listening(d, cfg);
    else
        open_dialling(d, cfg);
    d->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, d);
    corepipe_on_room(pipe, on_room, d);
    return d;
}

void
mllpd_stop_accepting(struct mllpd *d)
{
    if (d->shared.draining)
        return;
    d->shared.draining = true;
    dial_free(&d->dial);
    if (d->fd >= 0)
        loop_del_fd(d->shared.loop, d->fd);
    io_close(&d->fd);
    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].io.fd >= 0)
            mllpconn_resume(&d->conn[i]);
    }
}

void
mllpd_reload(struct mllpd *d)
{
    tlskeep_reload(d->shared.tls);
}

static size_t
connections(const struct mllpd *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->conns; i++)
        n += d->conn[i].io.fd >= 0 && d->conn[i].io.ready;
    return n;
}

static const char *
state_of(const struct mllpd *d, size_t open)
{
    if (d->shared.draining)
        return "stopping";
    if (d->dial == NULL)
        return "listening";
    return open > 0 ? "connected" : dial_failures(d->dial) > 0 ? "away" : "dialling";
}

/* strerror() depends on the locale and on threads. */
static const char *
problem_of(int error)
{
    const char *text = strerrordesc_np(error);

    return text == NULL ? "unknown error" : text;
}

void
mllpd_status(const struct mllpd *d, struct feed_status *out)
{
    const struct mllpcounts *n = &d->shared.counts;
    size_t open = connections(d);

    out->state = str_from_c(state_of(d, open));
    out->connections = (uint32_t)open;
    out->connected = n->connections;
    out->turned_away = n->turned_away;
    out->tls = d->shared.tls != NULL;
    out->tls_days = tlskeep_days_left(d->shared.tls, clock_wall_s());
    if (d->dial != NULL && open == 0 && dial_errno(d->dial) != 0)
        out->problem = str_from_c(problem_of(dial_errno(d->dial)));
}

size_t
mllpd_unanswered(const struct mllpd *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->conns; i++) {
        if (d->conn[i].io.fd >= 0)
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
        if (d->conn[i].io.fd >= 0)
            mllpconn_close(&d->conn[i], "stopping");
    }
    corepipe_forget(d->shared.pipe, d);
    loop_del_timer(d->shared.loop, d->timer);
    tlskeep_free(&d->shared.tls);
    mem_arena_free(&d->shared.arena);
    xfree(d->conn);
    xfree(d);
    *dp = NULL;
}
