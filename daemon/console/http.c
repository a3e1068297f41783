#include "console/http.h"

#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"
#include "sys/tcp.h"
#include "sys/unixsock.h"

#include <microhttpd.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKLOG = 64, SOCKET_MODE = 0660, CONNECTION_MEMORY = 64 * 1024, SOON_MS = 1 };
enum { SECOND_MS = 1000, SWEEP_MS_MAX = 5 * SECOND_MS, SWEEPS = 4 };

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)4 << 20;

struct http {
    struct loop *loop;
    struct MHD_Daemon *mhd;
    struct http_config cfg;
    int epoll_fd;
    int timer;          /* 0: none */
    int sweep;          /* the timer that looks for slow ones */
    size_t bodies;      /* bytes */
    struct arena arena; /* of the request in hand, in the loop */
    struct arena later; /* in the worker */
    struct slow *slow;  /* every connection */
    char unix_path[108];
};

/* A connection: what comes slowly on purpose holds its place for no longer than request_s. */
struct slow {
    struct slow *next;
    struct slow **link; /* what points here */
    int fd;
    int64_t since; /* monotonic, ms; 0: the request is with us */
};

/* A request while it comes in, and while the worker has it. */
struct incoming {
    struct http *http;
    struct MHD_Connection *connection;
    const char *method;
    const char *path;
    char *body;
    size_t size;
    bool too_large;
    bool too_many;
    bool answered;
    struct MHD_Response *response; /* the worker's, NULL: none */
    unsigned status;
};

/* Every answer: nothing is cached, nothing from elsewhere is loaded, no script stands in a page. */
static const struct http_extra always[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action "
                                "'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

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

static struct MHD_Response *
response_of(const struct http_reply *out)
{
    void *copy = xmalloc(out->body.n + 1); /* MHD's, which frees it */
    struct MHD_Response *m;

    if (out->body.n > 0)
        memcpy(copy, out->body.p, out->body.n);
    m = MHD_create_response_from_buffer(out->body.n, copy, MHD_RESPMEM_MUST_FREE);
    if (m == NULL) {
        xfree(copy);
        return NULL;
    }
    if (out->type != NULL)
        (void)MHD_add_response_header(m, "Content-Type", out->type);
    for (size_t i = 0; i < out->extras; i++)
        (void)MHD_add_response_header(m, out->extra[i].name, out->extra[i].value);
    for (size_t i = 0; i < RFD_COUNT(always); i++) {
        if (!has_header(out, always[i].name))
            (void)MHD_add_response_header(m, always[i].name, always[i].value);
    }
    return m;
}

/* m is taken over; NULL closes the connection. */
static enum MHD_Result
queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *m)
{
    enum MHD_Result queued;

    if (m == NULL)
        return MHD_NO;
    queued = MHD_queue_response(c, status, m);
    MHD_destroy_response(m);
    return queued;
}

static enum MHD_Result
reply_queue(struct MHD_Connection *c, const struct http_reply *out)
{
    return queue(c, out->status, response_of(out));
}

static void
plain(struct http_reply *out, unsigned status, const char *text)
{
    *out = (struct http_reply){
        .status = status, .type = "text/plain; charset=utf-8", .body = str_from_c(text)};
}

/* The whole request is there: the handler's turn, in either thread. A full arena is an answer, not
 * an end. */
static struct MHD_Response *
handle(const struct incoming *in, struct arena *a, unsigned *status)
{
    struct http_held held = {.count = 0};
    struct http_request r = {
        .method = str_from_c(in->method),
        .path = str_from_c(in->path),
        .body = {in->body == NULL ? "" : in->body, in->size},
        .arena = a,
        .held = &held,
        .connection = in->connection,
    };
    struct http_reply out = {.status = 0};
    struct MHD_Response *m;
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(a, &trap);

    if (setjmp(trap) == 0)
        in->http->cfg.handler(in->http->cfg.arg, &r, &out);
    else
        plain(&out, HTTP_ERROR, "more than can be shown at once\n");
    (void)arena_trap_set(a, before);
    http_let_go_all(&r);
    if (out.status == 0)
        plain(&out, HTTP_NOT_FOUND, "not found\n");
    m = response_of(&out);
    *status = out.status;
    mem_arena_trim(a, ARENA_KEEP);
    return m;
}

static void
busy(struct http_reply *out)
{
    plain(out, HTTP_UNAVAILABLE, "busy: please try again in a moment\n");
    http_reply_header(out, "Retry-After", "2");
}

static void
run_later(void *arg)
{
    struct incoming *in = arg;

    in->response = handle(in, &in->http->later, &in->status);
}

static void turn(struct http *h);

static void
done_later(void *arg)
{
    struct incoming *in = arg;
    struct http *h = in->http;

    in->answered = true;
    MHD_resume_connection(in->connection);
    turn(h);
}

static enum MHD_Result
answer(struct http *h, struct incoming *in)
{
    struct http_request r = {.method = str_from_c(in->method), .path = str_from_c(in->path)};
    enum http_lane lane = h->cfg.sorter(h->cfg.arg, &r);
    struct MHD_Response *m;
    struct http_reply out;

    if (lane == HTTP_LANE_LOOP) {
        m = handle(in, &h->arena, &in->status);
        return queue(in->connection, in->status, m);
    }
    if (worker_give(h->cfg.worker, lane, run_later, done_later, in)) {
        MHD_suspend_connection(in->connection);
        return MHD_YES;
    }
    busy(&out);
    return reply_queue(in->connection, &out);
}

static void
take_body(struct incoming *in, const char *p, size_t n)
{
    in->too_large = in->too_large || in->size + n > HTTP_BODY_MAX;
    in->too_many = in->too_many || in->http->bodies + n > HTTP_BODIES_MAX;
    if (in->too_large || in->too_many)
        return;
    in->body = xrealloc_array(in->body, in->size + n, 1);
    memcpy(in->body + in->size, p, n);
    in->size += n;
    in->http->bodies += n;
}

/* --- connections --- */

static void
on_connection(void *arg, struct MHD_Connection *c, void **context,
              enum MHD_ConnectionNotificationCode what)
{
    struct http *h = arg;
    struct slow *s = *context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        s = xcalloc(1, sizeof *s);
        s->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        s->since = clock_mono_ms();
        s->next = h->slow;
        s->link = &h->slow;
        if (h->slow != NULL)
            h->slow->link = &s->next;
        h->slow = s;
        *context = s;
    } else if (s != NULL) {
        *s->link = s->next;
        if (s->next != NULL)
            s->next->link = s->link;
        xfree(s);
        *context = NULL;
    }
}

static void
mark_since(struct MHD_Connection *c, int64_t since)
{
    const union MHD_ConnectionInfo *at =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct slow *s = at->socket_context;

    s->since = since;
}

/* The library's own limit counts from the last byte: a byte now and then would hold a place for
 * ever. */
static void
on_sweep(struct loop *l, void *arg)
{
    struct http *h = arg;
    int64_t now = clock_mono_ms();

    (void)l;
    for (const struct slow *s = h->slow; s != NULL; s = s->next) {
        if (s->since != 0 && now - s->since > (int64_t)h->cfg.request_s * SECOND_MS)
            (void)shutdown(s->fd, SHUT_RDWR);
    }
}

/* --- requests --- */

static struct incoming *
incoming_new(struct http *h, struct MHD_Connection *c, const char *url, const char *method)
{
    struct incoming *in = xcalloc(1, sizeof *in);

    in->http = h;
    in->connection = c;
    in->path = url;
    in->method = method;
    return in;
}

static enum MHD_Result
whole(struct http *h, struct incoming *in)
{
    struct MHD_Response *m = in->response;
    struct http_reply refused;

    if (in->answered) {
        in->response = NULL;
        mark_since(in->connection, clock_mono_ms());
        return queue(in->connection, in->status, m);
    }
    if (!in->too_large && !in->too_many) {
        mark_since(in->connection, 0);
        return answer(h, in);
    }
    if (in->too_large)
        plain(&refused, HTTP_TOO_LARGE, "the body is too large\n");
    else
        busy(&refused);
    return reply_queue(in->connection, &refused);
}

struct framing {
    size_t lengths;
    size_t encodings;
};

static enum MHD_Result
framing_count(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct framing *f = arg;

    (void)kind;
    (void)value;
    f->lengths += str_eq_nocase(str_from_c(key), STR("Content-Length")) ? 1 : 0;
    f->encodings += str_eq_nocase(str_from_c(key), STR("Transfer-Encoding")) ? 1 : 0;
    return MHD_YES;
}

/* Where a request ends must not be a matter of taste: RFC 9112, 6.3; the library takes the
 * first. */
static bool
ends_clearly(struct MHD_Connection *c)
{
    struct framing f = {0, 0};

    (void)MHD_get_connection_values(c, MHD_HEADER_KIND, framing_count, &f);
    return f.lengths + f.encodings <= 1;
}

static enum MHD_Result
begin(struct MHD_Connection *c)
{
    struct http_reply refused;

    if (ends_clearly(c))
        return MHD_YES;
    plain(&refused, HTTP_BAD_REQUEST, "where does this request end?\n");
    http_reply_header(&refused, "Connection", "close");
    return reply_queue(c, &refused);
}

/* The arguments are the library's. */
static enum MHD_Result
on_request(/* NOLINT(readability-function-size) */
           void *arg, struct MHD_Connection *c, const char *url, const char *method,
           const char *version, const char *upload, size_t *upload_n, void **state)
{
    struct incoming *in = *state;

    (void)version;
    if (in == NULL) { /* the headers are there */
        *state = incoming_new(arg, c, url, method);
        return begin(c);
    }
    if (*upload_n > 0) {
        take_body(in, upload, *upload_n);
        *upload_n = 0;
        return MHD_YES;
    }
    return whole(arg, in);
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode how)
{
    struct http *h = arg;
    struct incoming *in = *state;

    (void)how;
    if (in == NULL)
        return;
    mark_since(c, clock_mono_ms());
    if (in->response != NULL)
        MHD_destroy_response(in->response);
    if (in->body != NULL)
        explicit_bzero(in->body, in->size); /* passwords, entries about patients */
    h->bodies -= in->size;
    xfree(in->body);
    xfree(in);
    *state = NULL;
}

/* --- in the loop --- */

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

static struct MHD_Daemon *
daemon_new(struct http *h, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, h->cfg.connections_max,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, h->cfg.per_address, MHD_OPTION_CONNECTION_TIMEOUT,
        h->cfg.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_END);
}

struct http *
http_new(struct loop *l, const struct http_config *cfg)
{
    struct http *h = xcalloc(1, sizeof *h);
    const union MHD_DaemonInfo *info;
    int64_t sweep_ms = (int64_t)cfg->request_s * SECOND_MS / SWEEPS;
    int fd = listen_at(h, cfg->listen);

    if (sweep_ms > SWEEP_MS_MAX)
        sweep_ms = SWEEP_MS_MAX;
    h->loop = l;
    h->cfg = *cfg;
    mem_arena_new(&h->arena, ARENA_BYTES);
    mem_arena_new(&h->later, ARENA_BYTES);
    h->mhd = daemon_new(h, fd);
    if (h->mhd == NULL)
        fatal(FATAL_MACHINE, "http.no_listener", LOG_NAME("listen", cfg->listen));
    info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    h->epoll_fd = info->epoll_fd;
    loop_add_fd(l, h->epoll_fd, LOOP_READ, on_ready, h);
    h->sweep = loop_add_timer(l, sweep_ms, sweep_ms, on_sweep, h);
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
    loop_del_timer(h->loop, h->sweep);
    MHD_stop_daemon(h->mhd);
    if (h->unix_path[0] != '\0')
        unixsock_remove(h->unix_path);
    mem_arena_free(&h->arena);
    mem_arena_free(&h->later);
    xfree(h);
    *hp = NULL;
}
