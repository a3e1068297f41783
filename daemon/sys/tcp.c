#define _GNU_SOURCE /* accept4() */
#include "sys/tcp.h"

#include "base/str.h"
#include "sys/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { KEEP_IDLE_S = 60, KEEP_INTERVAL_S = 10, KEEP_COUNT = 3 };

union sock_addr {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool
is_v6(const struct tcp_addr *a)
{
    return strchr(a->host, ':') != NULL;
}

static bool
host_ok(const struct tcp_addr *a)
{
    struct in6_addr v6;
    struct in_addr v4;

    return is_v6(a) ? inet_pton(AF_INET6, a->host, &v6) == 1
                    : inet_pton(AF_INET, a->host, &v4) == 1;
}

/* Splits "[host]:port" or "host:port" at the last colon. */
bool
tcp_addr_parse(const char *text, struct tcp_addr *out)
{
    struct tcp_addr a = {"", 0};
    const char *colon = strrchr(text, ':');
    uint64_t port;
    bool brackets;
    size_t n;

    if (colon == NULL || !str_to_u64(str_from_c(colon + 1), &port) || port > UINT16_MAX)
        return false;
    n = (size_t)(colon - text);
    brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    if (brackets) {
        text++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof a.host)
        return false;
    memcpy(a.host, text, n);
    a.port = (uint16_t)port;
    if (!host_ok(&a) || is_v6(&a) != brackets)
        return false;
    *out = a;
    return true;
}

const char *
tcp_addr_format(const struct tcp_addr *a, char buf[TCP_TEXT_MAX])
{
    (void)snprintf(buf, TCP_TEXT_MAX, is_v6(a) ? "[%s]:%u" : "%s:%u", a->host, (unsigned)a->port);
    return buf;
}

bool
tcp_addr_is_loopback(const struct tcp_addr *a)
{
    return strncmp(a->host, "127.", 4) == 0 || strcmp(a->host, "::1") == 0;
}

static socklen_t
to_sock(const struct tcp_addr *a, union sock_addr *out)
{
    memset(out, 0, sizeof *out);
    if (is_v6(a)) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(a->port);
        rfd_assert(inet_pton(AF_INET6, a->host, &out->v6.sin6_addr) == 1);
        return sizeof out->v6;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(a->port);
    rfd_assert(inet_pton(AF_INET, a->host, &out->v4.sin_addr) == 1);
    return sizeof out->v4;
}

static void
from_sock(const union sock_addr *s, struct tcp_addr *out)
{
    memset(out, 0, sizeof *out);
    if (s->any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &s->v6.sin6_addr, out->host, sizeof out->host);
        out->port = ntohs(s->v6.sin6_port);
    } else {
        (void)inet_ntop(AF_INET, &s->v4.sin_addr, out->host, sizeof out->host);
        out->port = ntohs(s->v4.sin_port);
    }
}

static void
set_int(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

/* A sender that vanished without a FIN is found within a minute and a half. Replies are one small
 * write each, so no Nagle. */
static void
set_stream_options(int fd)
{
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int
stream_socket(const struct tcp_addr *a)
{
    return socket(is_v6(a) ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int
tcp_listen(const struct tcp_addr *a, int backlog)
{
    union sock_addr s;
    socklen_t n = to_sock(a, &s);
    int fd = stream_socket(a);

    if (fd < 0)
        return -1;
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (is_v6(a))
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (bind(fd, &s.any, n) < 0 || listen(fd, backlog) < 0)
        return io_give_up(fd);
    return fd;
}

int
tcp_accept(int fd, struct tcp_addr *peer_out)
{
    union sock_addr s = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t n = sizeof s;
    int peer = accept4(fd, &s.any, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (peer < 0)
        return -1;
    set_stream_options(peer);
    from_sock(&s, peer_out);
    return peer;
}

int
tcp_connect(const struct tcp_addr *a)
{
    union sock_addr s;
    socklen_t n = to_sock(a, &s);
    int fd = stream_socket(a);

    if (fd < 0)
        return -1;
    set_stream_options(fd);
    if (connect(fd, &s.any, n) < 0 && errno != EINPROGRESS)
        return io_give_up(fd);
    return fd;
}

bool
tcp_connected(int fd)
{
    int error = 0;
    socklen_t n = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        return false;
    errno = error;
    return error == 0;
}

bool
tcp_local(int fd, struct tcp_addr *out)
{
    union sock_addr s = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t n = sizeof s;

    if (getsockname(fd, &s.any, &n) < 0)
        return false;
    from_sock(&s, out);
    return true;
}
