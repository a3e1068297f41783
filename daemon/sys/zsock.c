#include "sys/zsock.h"

#include "base/limits.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <zmq.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The library's own liveness option aborts 4.3.4 on a slow reader (reliability.md 0.1), so it is
 * never set; liveness is TCP keep-alive below, and Ping and Pong in our own protocol. */
enum {
    LINGER_MS = 500,     /* at stop: cursors and journal are on disk, the peer will ask again */
    HANDSHAKE_MS = 5000, /* default 30 s lets idle strangers hold descriptors */
    RECONNECT_MS = 50,   /* a restarted role is back within tens of milliseconds */
    RECONNECT_MAX_MS = 1000,
    KEEP_IDLE_S = 60,
    KEEP_INTERVAL_S = 10,
    KEEP_COUNT = 3,
};

struct zctx {
    void *raw;
};

struct zsock {
    void *raw;
    enum zsock_kind kind;
    char endpoint[ZSOCK_ENDPOINT_MAX];
};

_Static_assert(sizeof(zmq_msg_t) <= ZMSG_PART_BYTES, "struct zmsg has room for zmq_msg_t");

static const int raw_kind[ZSOCK_KIND_COUNT] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_PUB, ZMQ_SUB};

struct zctx *
zctx_new(void)
{
    struct zctx *c = xcalloc(1, sizeof *c);

    c->raw = zmq_ctx_new();
    if (c->raw == NULL)
        fatal(FATAL_MACHINE, "zmq.no_context", LOG_ERRNO("error", errno));
    return c;
}

void
zctx_free(struct zctx **c)
{
    if (*c == NULL)
        return;
    while (zmq_ctx_term((*c)->raw) < 0 && errno == EINTR)
        continue;
    xfree(*c);
    *c = NULL;
}

static void
set_bytes(struct zsock *z, int option, const void *p, size_t n)
{
    if (zmq_setsockopt(z->raw, option, p, n) < 0)
        fatal(FATAL_MACHINE, "zmq.option", LOG_NUM("option", option), LOG_ERRNO("error", errno));
}

static void
set_int(struct zsock *z, int option, int value)
{
    set_bytes(z, option, &value, sizeof value);
}

static void
set_options(struct zsock *z, int send_hwm, int recv_hwm)
{
    static const int64_t max_bytes = LIMIT_ZMQ_BYTES; /* the default is no limit at all */

    set_bytes(z, ZMQ_MAXMSGSIZE, &max_bytes, sizeof max_bytes);
    set_int(z, ZMQ_LINGER, LINGER_MS);
    set_int(z, ZMQ_SNDHWM, send_hwm);
    set_int(z, ZMQ_RCVHWM, recv_hwm);
    set_int(z, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set_int(z, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_int(z, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    set_int(z, ZMQ_TCP_KEEPALIVE, 1);
    set_int(z, ZMQ_TCP_KEEPALIVE_IDLE, KEEP_IDLE_S);
    set_int(z, ZMQ_TCP_KEEPALIVE_INTVL, KEEP_INTERVAL_S);
    set_int(z, ZMQ_TCP_KEEPALIVE_CNT, KEEP_COUNT);
    if (z->kind == ZSOCK_ROUTER)
        set_int(z, ZMQ_ROUTER_MANDATORY, 1); /* otherwise a message for nobody is dropped as "ok" */
    if (z->kind == ZSOCK_DEALER)
        set_int(z, ZMQ_IMMEDIATE, 1); /* otherwise sends to an absent peer are "ok" */
}

struct zsock *
zsock_new(struct zctx *c, enum zsock_kind kind, int send_hwm, int recv_hwm)
{
    struct zsock *z = xcalloc(1, sizeof *z);

    z->kind = kind;
    z->raw = zmq_socket(c->raw, raw_kind[kind]);
    if (z->raw == NULL)
        fatal(FATAL_MACHINE, "zmq.no_socket", LOG_ERRNO("error", errno));
    set_options(z, send_hwm, recv_hwm);
    return z;
}

void
zsock_free(struct zsock **z)
{
    if (*z == NULL)
        return;
    (void)zmq_close((*z)->raw);
    xfree(*z);
    *z = NULL;
}

void
zsock_set_id(struct zsock *z, const void *p, size_t n)
{
    rfd_assert(n >= 1 && n <= UINT8_MAX && *(const unsigned char *)p != 0);
    set_bytes(z, ZMQ_ROUTING_ID, p, n);
}

bool
zsock_bind(struct zsock *z, const char *endpoint)
{
    size_t n = sizeof z->endpoint;

    if (zmq_bind(z->raw, endpoint) < 0)
        return false;
    if (zmq_getsockopt(z->raw, ZMQ_LAST_ENDPOINT, z->endpoint, &n) < 0)
        z->endpoint[0] = '\0';
    return true;
}

bool
zsock_connect(struct zsock *z, const char *endpoint)
{
    if (zmq_connect(z->raw, endpoint) < 0)
        return false;
    (void)snprintf(z->endpoint, sizeof z->endpoint, "%s", endpoint);
    return true;
}

void
zsock_subscribe(struct zsock *z, const char *topic)
{
    rfd_assert(z->kind == ZSOCK_SUB);
    set_bytes(z, ZMQ_SUBSCRIBE, topic, strlen(topic));
}

const char *
zsock_endpoint(const struct zsock *z)
{
    return z->endpoint;
}

/* libzmq either takes the first frame, and with it all that follow, or none. */
enum zsend
zsock_send(struct zsock *z, const struct zframe *frames, size_t n)
{
    rfd_assert(n >= 1);
    for (size_t i = 0; i < n; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0);
        int rc;

        do
            rc = zmq_send(z->raw, frames[i].p, frames[i].n, flags);
        while (rc < 0 && errno == EINTR);
        if (rc < 0 && errno == EAGAIN)
            return ZSEND_AGAIN;
        if (rc < 0 && errno == EHOSTUNREACH)
            return ZSEND_GONE;
        if (rc < 0)
            fatal(FATAL_MACHINE, "zmq.send", LOG_ERRNO("error", errno));
    }
    return ZSEND_OK;
}

static zmq_msg_t *
part_of(struct zmsg *m, size_t i)
{
    return (zmq_msg_t *)(void *)m->part[i];
}

void
zmsg_close(struct zmsg *m)
{
    for (size_t i = 0; i < m->n; i++)
        (void)zmq_msg_close(part_of(m, i));
    m->n = 0;
}

/* One frame into part; -1 with errno. */
static int
frame_recv(struct zsock *z, zmq_msg_t *part)
{
    int rc;

    (void)zmq_msg_init(part);
    do
        rc = zmq_msg_recv(part, z->raw, ZMQ_DONTWAIT);
    while (rc < 0 && errno == EINTR);
    if (rc < 0 && errno != EAGAIN)
        fatal(FATAL_MACHINE, "zmq.recv", LOG_ERRNO("error", errno));
    return rc;
}

static void
throw_away_rest(struct zsock *z)
{
    zmq_msg_t part;
    int more = 1;

    while (more != 0 && frame_recv(z, &part) >= 0) {
        more = zmq_msg_more(&part);
        (void)zmq_msg_close(&part);
    }
}

enum zrecv
zsock_recv(struct zsock *z, struct zmsg *m)
{
    int more = 1;

    zmsg_close(m);
    while (more != 0) {
        zmq_msg_t *part;

        if (m->n == ZMSG_FRAMES_MAX) {
            throw_away_rest(z);
            zmsg_close(m);
            return ZRECV_TOO_MANY;
        }
        part = part_of(m, m->n);
        if (frame_recv(z, part) < 0) /* only before the first frame: the rest are there with it */
            return ZRECV_NONE;
        m->frame[m->n] = (struct zframe){zmq_msg_data(part), zmq_msg_size(part)};
        m->n++;
        more = zmq_msg_more(part);
    }
    return ZRECV_OK;
}

struct str
zmsg_str(const struct zmsg *m, size_t i)
{
    if (i >= m->n)
        return STR_NONE;
    return (struct str){m->frame[i].n == 0 ? "" : m->frame[i].p, m->frame[i].n};
}

void *
zsock_raw(const struct zsock *z)
{
    return z->raw;
}

static bool
tcp_endpoint_ok(const char *rest)
{
    const char *colon = strrchr(rest, ':');
    uint64_t port;

    if (colon == NULL || colon == rest)
        return false;
    return strcmp(colon + 1, "*") == 0 ||
           (str_to_u64(str_from_c(colon + 1), &port) && port <= UINT16_MAX);
}

bool
zsock_endpoint_ok(const char *endpoint)
{
    if (strlen(endpoint) >= ZSOCK_ENDPOINT_MAX)
        return false;
    if (strncmp(endpoint, "tcp://", 6) == 0)
        return tcp_endpoint_ok(endpoint + 6);
    return strncmp(endpoint, "ipc://", 6) == 0 && endpoint[6] != '\0';
}
