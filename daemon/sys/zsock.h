/*
 * What:    ZeroMQ sockets with the options that are always right for us (reliability.md 0 and 2.5).
 * Owns:    zctx_free(&c) after every zsock_free(&z); frames received belong to the struct zmsg.
 * Threads: one thread per socket. The context is made after any fork (libzmq does not survive one).
 * Errors:  a socket that cannot be made is fatal; bind and connect say false with errno kept.
 */
#ifndef RFD_SYS_ZSOCK_H
#define RFD_SYS_ZSOCK_H

#include "base/assert.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum { ZMSG_FRAMES_MAX = 8, ZMSG_PART_BYTES = 64, ZSOCK_ENDPOINT_MAX = 256 };

enum zsock_kind {
    ZSOCK_ROUTER,
    ZSOCK_DEALER,
    ZSOCK_PUB,
    ZSOCK_SUB,
    ZSOCK_KIND_COUNT,
};

/* What became of a message that was to be sent. Never half of it. */
enum zsend {
    ZSEND_OK,
    ZSEND_AGAIN, /* no room, or nobody connected: keep it and try when writable */
    ZSEND_GONE,  /* ROUTER: no such peer any more */
    ZSEND_COUNT,
};

enum zrecv {
    ZRECV_OK,
    ZRECV_NONE,     /* nothing there */
    ZRECV_TOO_MANY, /* more frames than ZMSG_FRAMES_MAX: the whole message was thrown away */
    ZRECV_COUNT,
};

struct zctx;
struct zsock;

struct zframe {
    const void *p;
    size_t n;
};

/* Start from ZMSG_INIT; zsock_recv() gives back what it held before. */
struct zmsg {
    struct zframe frame[ZMSG_FRAMES_MAX]; /* for a ROUTER frame[0] is the peer's routing id */
    size_t n;
    _Alignas(void *) unsigned char part[ZMSG_FRAMES_MAX][ZMSG_PART_BYTES];
};

#define ZMSG_INIT ((struct zmsg){.n = 0})

struct zctx *zctx_new(void);
void zctx_free(struct zctx **c); /* waits at most the linger time (500 ms) */

/* hwm: messages queued per peer before ZSEND_AGAIN (PUB: before loss), and before reading stops. */
struct zsock *zsock_new(struct zctx *c, enum zsock_kind kind, int send_hwm, int recv_hwm);
void zsock_free(struct zsock **z);

/* Before connecting: the routing id that a ROUTER will see. 1 to 255 bytes, not starting with 0. */
void zsock_set_id(struct zsock *z, const void *p, size_t n);
RFD_MUSTCHECK bool zsock_bind(struct zsock *z, const char *endpoint);
RFD_MUSTCHECK bool zsock_connect(struct zsock *z, const char *endpoint);
void zsock_subscribe(struct zsock *z, const char *topic); /* a prefix; "" is everything */
const char *zsock_endpoint(const struct zsock *z);        /* as bound last, with the port chosen */

RFD_MUSTCHECK enum zsend zsock_send(struct zsock *z, const struct zframe *frames, size_t n);
RFD_MUSTCHECK enum zrecv zsock_recv(struct zsock *z, struct zmsg *m);
void zmsg_close(struct zmsg *m);

/* Frame i, or STR_NONE when there is none. */
struct str zmsg_str(const struct zmsg *m, size_t i);
static inline struct zframe
zframe_of(struct str s)
{
    return (struct zframe){s.p, s.n};
}

/* libzmq's own socket: for sys/loop.c only. */
void *zsock_raw(const struct zsock *z);
/* "tcp://HOST:PORT" or "ipc://PATH" by its look. */
RFD_MUSTCHECK bool zsock_endpoint_ok(const char *endpoint);

#endif
