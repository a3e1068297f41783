#include "console/http.h"

#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "sys/tcp.h"
#include "sys/unixsock.h"

#include <microhttpd.h>

#include <errno.h>
#include <string.h>

enum { BACKLOG = 64, SOCKET_MODE = 0660, CONNECTION_MEMORY = 64 * 1024, SOON_MS = 1 };

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)4 << 20;

struct http {
    struct loop *loop;
    struct MHD_Daemon *mhd;
    int epoll_fd;
    int timer; /* 0: none */
    http_handler *handler;
    void *arg;
    struct arena arena; /* of the request in hand */
    char unix_path[108];
};

/* A request while it comes in. */
struct incoming {
    char *body;
    size_t size;
    bool too_large;
};

/* Every answer: nothing is cached, nothing from elsewhere is loaded, no script stands in a page. */
static const struct http_extra always[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src "
                                "'self' data:; form-action 'self'; frame-ancestors 'none'; "
                                "base-uri 'none'; connect-src 'self'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static struct str
looked_up(const struct http_request *r, enum MHD_ValueKind kind, const char *name)
{
    const char *value = MHD_lookup_connection_value(r->connection, kind, name);

    return value == NULL ? STR_NONE : str_dup(r->arena, str_from_c(value));
}

struct str
http_header(const struct http_request *r, const char *name)
{
    return looked_up(r, MHD_HEADER_KIND, name);
}

struct str
http_query(const struct http_request *r, const char *name)
{
    return looked_up(r, MHD_GET_ARGUMENT_KIND, name);
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
    return looked_up(r, MHD_COOKIE_KIND, name);
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static struct str
form_decode(struct arena *a, struct str in)
{
    char *p = arena_alloc(a, in.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++) {
        int high = i + 2 < in.n && in.p[i] == '%' ? hex_value(in.p[i + 1]) : -1;
        int low = high < 0 ? -1 : hex_value(in.p[i + 2]);

        if (low >= 0) {
            unsigned char byte = (unsigned char)(high << 4 | low);

            memcpy(&p[n++], &byte, 1);
            i += 2;
        } else {
            p[n++] = in.p[i] == '+' ? ' ' : in.p[i];
        }
    }
    p[n] = '\0';
    return (struct str){p, n};
}

struct str
http_form(const struct http_request *r, const char *name)
{
    struct str rest = r->body;

    while (rest.n > 0) {
        struct str pair = rest;
        struct str after = STR("");
        struct str key;
        struct str value;

        if (str_cut(rest, '&', &pair, &after))
            rest = after;
        else
            rest = STR("");
        if (str_cut(pair, '=', &key, &value) && str_eq_c(form_decode(r->arena, key), name))
            return form_decode(r->arena, value);
    }
    return STR_NONE;
}

void
http_reply_header(struct http_reply *out, const char *name, const char *value)
{
    rfd_assert(out->extras < HTTP_EXTRA_MAX);
    out->extra[out->extras++] = (struct http_extra){name, value};
}

static bool
has_header(const struct http_reply *out, const char *name)
{
    for (size_t i = 0; i < out->extras; i++) {
        if (str_eq_nocase(str_from_c(out->extra[i].name), str_from_c(name)))
            return true;
    }
    return false;
}

static enum MHD_Result
reply_queue(struct MHD_Connection *c, const struct http_reply *out)
{
    void *copy = xmalloc(out->body.n + 1); /* MHD's, which frees it */
    struct MHD_Response *m;
    enum MHD_Result queued;

    if (out->body.n > 0)
        memcpy(copy, out->body.p, out->body.n);
    m = MHD_create_response_from_buffer(out->body.n, copy, MHD_RESPMEM_MUST_FREE);
    if (m == NULL) {
        xfree(copy);
        return MHD_NO;
    }
    if (out->type != NULL)
        (void)MHD_add_response_header(m, "Content-Type", out->type);
    for (size_t i = 0; i < out->extras; i++)
        (void)MHD_add_response_header(m, out->extra[i].name, out->extra[i].value);
    for (size_t i = 0; i < RFD_COUNT(always); i++) {
        if (!has_header(out, always[i].name))
            (void)MHD_add_response_header(m, always[i].name, always[i].value);
    }
    queued = MHD_queue_response(c, out->status, m);
    MHD_destroy_response(m);
    return queued;
}

static void
plain(struct http_reply *out, unsigned status, const char *text)
{
    *out = (struct http_reply){
        .status = status, .type = "text/plain; charset=utf-8", .body = str_from_c(text)};
}

/* The whole request is there: the handler's turn. A full arena is an answer, not an end. */
static enum MHD_Result
handle(struct http *h, struct http_request *r)
{
    struct http_reply out = {.status = 0};
    enum MHD_Result queued;
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(&h->arena, &trap);

    if (setjmp(trap) == 0)
        h->handler(h->arg, r, &out);
    else
        plain(&out, HTTP_ERROR, "more than can be shown at once\n");
    (void)arena_trap_set(&h->arena, before);
    if (out.status == 0)
        plain(&out, HTTP_NOT_FOUND, "not found\n");
    queued = reply_queue(r->connection, &out);
    mem_arena_trim(&h->arena, ARENA_KEEP);
    return queued;
}

static void
take_body(struct incoming *in, const char *p, size_t n)
{
    if (in->size + n > HTTP_BODY_MAX) {
        in->too_large = true;
        return;
    }
    in->body = xrealloc_array(in->body, in->size + n, 1);
    memcpy(in->body + in->size, p, n);
    in->size += n;
}

/* The arguments are the library's. */
static enum MHD_Result
on_request(/* NOLINT(readability-function-size) */
           void *arg, struct MHD_Connection *c, const char *url, const char *method,
           const char *version, const char *upload, size_t *upload_n, void **state)
{
    struct http *h = arg;
    struct incoming *in = *state;
    struct http_request r = {.arena = &h->arena, .connection = c};
    struct http_reply refused;

    (void)version;
    if (in == NULL) { /* the headers are there */
        *state = xcalloc(1, sizeof *in);
        return MHD_YES;
    }
    if (*upload_n > 0) {
        take_body(in, upload, *upload_n);
        *upload_n = 0;
        return MHD_YES;
    }
    if (in->too_large) {
        plain(&refused, HTTP_TOO_LARGE, "the body is too large\n");
        return reply_queue(c, &refused);
    }
    r.method = str_from_c(method);
    r.path = str_from_c(url);
    r.body = (struct str){in->body == NULL ? "" : in->body, in->size};
    return handle(h, &r);
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode how)
{
    struct incoming *in = *state;

    (void)arg;
    (void)c;
    (void)how;
    if (in == NULL)
        return;
    if (in->body != NULL)
        memset(in->body, 0, in->size); /* passwords, entries about patients */
    xfree(in->body);
    xfree(in);
    *state = NULL;
}

/* --- in the loop --- */

static void turn(struct http *h);

static void
on_timer(struct loop *l, void *arg)
{
    struct http *h = arg;

    (void)l;
    h->timer = 0;
    turn(h);
}

static void
turn(struct http *h)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;

    (void)MHD_run(h->mhd);
    loop_del_timer(h->loop, h->timer);
    h->timer = 0;
    if (MHD_get_timeout(h->mhd, &wait_ms) == MHD_YES)
        h->timer =
            loop_add_timer(h->loop, wait_ms == 0 ? SOON_MS : (int64_t)wait_ms, 0, on_timer, h);
}

static void
on_ready(struct loop *l, int fd, unsigned events, void *arg)
{
    (void)l;
    (void)fd;
    (void)events;
    turn(arg);
}

static int
listen_at(struct http *h, const char *where)
{
    struct tcp_addr at;
    int fd;

    if (strncmp(where, "unix:", 5) == 0) {
        struct str path = str_from_c(where + 5);

        if (path.n >= sizeof h->unix_path)
            fatal(FATAL_CONFIG, "http.path_too_long", LOG_NAME("listen", where));
        memcpy(h->unix_path, path.p, path.n);
        fd = unixsock_listen(h->unix_path, SOCKET_MODE, BACKLOG);
    } else {
        fd = tcp_addr_parse(where, &at) ? tcp_listen(&at, BACKLOG) : -1;
    }
    if (fd < 0)
        fatal(FATAL_CONFIG, "http.cannot_listen", LOG_NAME("listen", where),
              LOG_ERRNO("error", errno));
    return fd;
}

struct http *
http_new(struct loop *l, const struct http_config *cfg, http_handler *cb, void *arg)
{
    struct http *h = xcalloc(1, sizeof *h);
    const union MHD_DaemonInfo *info;
    int fd = listen_at(h, cfg->listen);

    h->loop = l;
    h->handler = cb;
    h->arg = arg;
    mem_arena_new(&h->arena, ARENA_BYTES);
    h->mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET,
                              fd, MHD_OPTION_CONNECTION_LIMIT, cfg->connections_max,
                              MHD_OPTION_CONNECTION_TIMEOUT, cfg->idle_s,
                              MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                              MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (h->mhd == NULL)
        fatal(FATAL_MACHINE, "http.no_listener", LOG_NAME("listen", cfg->listen));
    info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    h->epoll_fd = info->epoll_fd;
    loop_add_fd(l, h->epoll_fd, LOOP_READ, on_ready, h);
    return h;
}

void
http_free(struct http **hp)
{
    struct http *h = *hp;

    if (h == NULL)
        return;
    loop_del_fd(h->loop, h->epoll_fd);
    loop_del_timer(h->loop, h->timer);
    MHD_stop_daemon(h->mhd);
    if (h->unix_path[0] != '\0')
        unixsock_remove(h->unix_path);
    mem_arena_free(&h->arena);
    xfree(h);
    *hp = NULL;
}
