#include "core/controlsock.h"

#include "codec/frames.h"
#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "sys/unixsock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PEERS_MAX = 32,
    PATH_BYTES_MAX = 108,
    REQUEST_MAX = 64 * 1024,
    BACKLOG = 16,
    LENGTH_BYTES = 4,
    MODE = 0660,
};

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)1 << 20;

struct peer {
    struct controlsock *owner;
    int fd; /* -1: slot is free */
    enum control_right right;
    char user[UNIXSOCK_USER_MAX];
    unsigned char in[REQUEST_MAX];
    size_t in_n;
    unsigned char *out;
    size_t out_n;
    size_t out_at;
};

struct controlsock {
    struct loop *loop;
    int fd;
    char path[PATH_BYTES_MAX];
    controlsock_answer *answer;
    void *arg;
    struct arena arena;
    struct peer peer[PEERS_MAX];
};

static void
peer_close(struct peer *p)
{
    loop_del_fd(p->owner->loop, p->fd);
    io_close(&p->fd);
    if (p->out != NULL)
        memset(p->out, 0, p->out_n); /* lists of alerts name patients */
    xfree(p->out);
    p->out = NULL;
    p->out_n = 0;
    p->out_at = 0;
    memset(p->in, 0, p->in_n);
    p->in_n = 0;
}

static uint32_t
length_get(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void
length_put(unsigned char *b, uint32_t n)
{
    b[0] = (unsigned char)(n >> 24);
    b[1] = (unsigned char)(n >> 16);
    b[2] = (unsigned char)(n >> 8);
    b[3] = (unsigned char)n;
}

static void
reply_queue(struct peer *p, const struct control_reply *r)
{
    struct str name = codec_name(CODEC_CONTROL_REPLY);
    struct str body = codec_control_reply_pack(&p->owner->arena, r);
    size_t n = 1 + name.n + body.n;

    p->out = xmalloc(LENGTH_BYTES + n);
    length_put(p->out, (uint32_t)n);
    p->out[LENGTH_BYTES] = (unsigned char)name.n;
    memcpy(p->out + LENGTH_BYTES + 1, name.p, name.n);
    memcpy(p->out + LENGTH_BYTES + 1 + name.n, body.p, body.n);
    p->out_n = LENGTH_BYTES + n;
    p->out_at = 0;
}

/* False: the peer was dropped. */
static bool
peer_flush(struct peer *p)
{
    while (p->out_at < p->out_n) {
        size_t n = 0;
        enum io_result r = io_send(p->fd, p->out + p->out_at, p->out_n - p->out_at, &n);

        if (r == IO_AGAIN)
            break;
        if (r != IO_OK) {
            peer_close(p);
            return false;
        }
        p->out_at += n;
    }
    if (p->out_at == p->out_n) {
        xfree(p->out);
        p->out = NULL;
        p->out_n = 0;
        p->out_at = 0;
    }
    loop_mod_fd(p->owner->loop, p->fd, p->out == NULL ? LOOP_READ : LOOP_WRITE);
    return true;
}

/* Lines take less than the arena, but not always twice: packing needs a copy. */
static void
answer_one(struct peer *p, const struct control_request *rq)
{
    static const struct control_reply too_long = {
        .last = true, .exit_code = 1, .error = {"more than can be sent at once", 29}};
    struct arena *a = &p->owner->arena;
    struct control_reply reply;
    size_t mark = arena_mark(a);
    jmp_buf trap;
    jmp_buf *before;

    p->owner->answer(p->owner->arg, rq, p->right, a, &reply);
    before = arena_trap_set(a, &trap);
    if (setjmp(trap) == 0) {
        reply_queue(p, &reply);
    } else {
        arena_release(a, mark);
        reply_queue(p, &too_long);
    }
    (void)arena_trap_set(a, before);
}

/* A whole request at the head of the buffer; false: not yet, or the peer was dropped. */
static bool
take_request(struct peer *p)
{
    struct controlsock *s = p->owner;
    struct control_request rq;
    const char *why = "not_a_request";
    uint32_t n = p->in_n < LENGTH_BYTES ? 0 : length_get(p->in);
    size_t name_n = p->in_n > LENGTH_BYTES ? p->in[LENGTH_BYTES] : 0;
    struct str name = {(const char *)p->in + LENGTH_BYTES + 1, name_n};

    if (p->in_n < LENGTH_BYTES || (n <= REQUEST_MAX - LENGTH_BYTES && p->in_n < LENGTH_BYTES + n))
        return false;
    if (n > REQUEST_MAX - LENGTH_BYTES || n < 1 + name_n ||
        codec_kind_of(name) != CODEC_CONTROL_REQUEST ||
        !codec_control_request_unpack(&s->arena, (struct str){name.p + name_n, n - 1 - name_n}, &rq,
                                      &why)) {
        log_note_limited("control.bad_request", LOG_NAME("reason", why));
        peer_close(p);
        return false;
    }
    if (p->right < CONTROL_ACT || str_is_empty(rq.actor)) /* the console says whom it asks for */
        rq.actor = str_from_c(p->user);
    answer_one(p, &rq);
    memmove(p->in, p->in + LENGTH_BYTES + n, p->in_n - LENGTH_BYTES - n);
    p->in_n -= LENGTH_BYTES + n;
    mem_arena_trim(&s->arena, ARENA_KEEP);
    return true;
}

/* Requests that came together are answered one by one, as the peer reads. */
static void
answer_all(struct peer *p)
{
    while (p->out == NULL && take_request(p)) {
        if (!peer_flush(p))
            return;
    }
}

static void
on_peer(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct peer *p = arg;
    size_t n = 0;
    enum io_result r;

    (void)loop;
    if ((events & LOOP_WRITE) != 0 && peer_flush(p))
        answer_all(p);
    if ((events & LOOP_WRITE) != 0)
        return;
    if (p->out != NULL) {
        if ((events & LOOP_ERROR) != 0)
            peer_close(p);
        return;
    }
    r = io_recv(fd, p->in + p->in_n, REQUEST_MAX - p->in_n, &n);
    if (r == IO_AGAIN)
        return;
    if (r != IO_OK) {
        peer_close(p);
        return;
    }
    p->in_n += n;
    answer_all(p);
}

static void
on_accept(struct loop *loop, int fd, unsigned events, void *arg)
{
    struct controlsock *s = arg;
    struct unixsock_peer who;
    int conn;

    (void)events;
    while ((conn = unixsock_accept(fd, &who)) >= 0) {
        struct peer *p = NULL;

        for (size_t i = 0; i < PEERS_MAX && p == NULL; i++)
            p = s->peer[i].fd < 0 ? &s->peer[i] : NULL;
        if (p == NULL) {
            io_close(&conn);
            continue;
        }
        p->fd = conn;
        p->right = who.uid == 0 || who.uid == geteuid() ? CONTROL_ACT : CONTROL_READ;
        unixsock_user(who.uid, p->user);
        loop_add_fd(loop, conn, LOOP_READ, on_peer, p);
    }
}

struct controlsock *
controlsock_new(struct loop *loop, const char *runtime_dir, controlsock_answer *cb, void *arg)
{
    struct controlsock *s = xcalloc(1, sizeof(*s));

    s->loop = loop;
    s->answer = cb;
    s->arg = arg;
    mem_arena_new(&s->arena, ARENA_BYTES);
    for (size_t i = 0; i < PEERS_MAX; i++) {
        s->peer[i].owner = s;
        s->peer[i].fd = -1;
    }
    (void)snprintf(s->path, sizeof(s->path), "%s/control.sock", runtime_dir);
    s->fd = unixsock_listen(s->path, MODE, BACKLOG);
    if (s->fd < 0)
        fatal(FATAL_MACHINE, "control.cannot_listen", LOG_NAME("path", s->path));
    loop_add_fd(loop, s->fd, LOOP_READ, on_accept, s);
    return s;
}

void
controlsock_free(struct controlsock **sp)
{
    struct controlsock *s = *sp;

    if (s == NULL)
        return;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (s->peer[i].fd >= 0)
            peer_close(&s->peer[i]);
    }
    loop_del_fd(s->loop, s->fd);
    io_close(&s->fd);
    unixsock_remove(s->path);
    mem_arena_free(&s->arena);
    xfree(s);
    *sp = NULL;
}
