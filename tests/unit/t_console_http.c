/* console/http: what a handler may do to a request: fill its arena, hold things, answer nothing; in
 * the loop and in the worker. The server is a child; this process is the client. */
#include "base_test.h"
#include "console/http.h"
#include "sys/io.h"
#include "sys/loop.h"
#include "sys/unixsock.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];
static pid_t child;

static int held; /* in the child */

static void
release(void *what)
{
    (void)what;
    held--;
}

static void
handler(void *arg, const struct http_request *r, struct http_reply *out)
{
    (void)arg;
    if (str_ends(r->path, STR("/held"))) {
        char *text = arena_alloc(r->arena, 32);

        (void)snprintf(text, 32, "%d held", held);
        out->status = HTTP_OK;
        out->type = "text/plain";
        out->body = str_from_c(text);
    } else if (str_ends(r->path, STR("/full"))) {
        out->status = HTTP_OK;
        http_reply_header(out, "X-Half", "done");
        held++;
        http_hold(r, &held, release);
        for (;;)
            (void)arena_alloc(r->arena, (size_t)64 << 20);
    }
}

static enum http_lane
sorter(void *arg, const struct http_request *r)
{
    (void)arg;
    return str_starts(r->path, STR("/worker")) ? HTTP_LANE_PAGES : HTTP_LANE_LOOP;
}

static void
serve(void)
{
    static const size_t lanes[WORKER_LANES] = {4, 4, 4};
    struct loop *l = loop_new();
    char listen[80];
    struct http_config cfg = {.listen = listen,
                              .connections_max = 8,
                              .per_address = 8,
                              .idle_s = 5,
                              .request_s = 5,
                              .worker = worker_new(l, lanes),
                              .handler = handler,
                              .sorter = sorter};

    (void)snprintf(listen, sizeof listen, "unix:%s", path);
    (void)http_new(l, &cfg);
    loop_run(l);
    _exit(0);
}

static int
enter(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/t_console_http.%ld", (long)getpid());
    child = fork();
    if (child == 0)
        serve();
    for (int i = 0; i < 200; i++) {
        int fd = unixsock_connect(path);

        if (fd >= 0)
            return close(fd);
        (void)usleep(20000);
    }
    return -1;
}

static int
leave(void **state)
{
    (void)state;
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    return unlink(path);
}

/* All that comes back until the server closes. */
static void
ask(const char *where, char *got, size_t size)
{
    char asked[128];
    int fd = unixsock_connect(path);
    size_t n = 0;
    int len = snprintf(asked, sizeof asked,
                       "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", where);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, asked, (size_t)len), len);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t more;

        assert_int_equal(poll(&p, 1, 10000), 1);
        more = read(fd, got + n, size - 1 - n);
        if (more <= 0)
            break;
        n += (size_t)more;
    }
    got[n] = '\0';
    close(fd);
}

/* 500 with a sentence, nothing of what was begun, nothing left behind; the next request is well. */
static void
t_a_full_arena(void **state)
{
    static const char *const sides[] = {"/loop", "/worker"};
    static char got[65536];

    (void)state;
    for (int i = 0; i < 6; i++) {
        char where[32];

        (void)snprintf(where, sizeof where, "%s/full", sides[i % 2]);
        ask(where, got, sizeof got);
        assert_memory_equal(got, "HTTP/1.1 500 ", 13);
        assert_non_null(strstr(got, "more than can be shown at once"));
        assert_null(strstr(got, "X-Half"));
        (void)snprintf(where, sizeof where, "%s/held", sides[i % 2]);
        ask(where, got, sizeof got);
        assert_memory_equal(got, "HTTP/1.1 200 ", 13);
        assert_non_null(strstr(got, "\r\n\r\n0 held"));
    }
}

static void
t_no_answer_is_not_found(void **state)
{
    static char got[65536];

    (void)state;
    ask("/loop/nothing", got, sizeof got);
    assert_memory_equal(got, "HTTP/1.1 404 ", 13);
    assert_non_null(strstr(got, "Content-Security-Policy: default-src 'none'"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(t_a_full_arena),
                                       cmocka_unit_test(t_no_answer_is_not_found)};

    return cmocka_run_group_tests(tests, enter, leave);
}
