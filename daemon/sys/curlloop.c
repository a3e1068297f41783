#include "sys/curlloop.h"

#include "sys/fatal.h"
#include "sys/mem.h"

struct curlloop {
    struct loop *loop;
    CURLM *multi;
    int timer; /* 0: none */
    curlloop_done *done;
};

enum { CONNECTIONS_MAX = 16 };

static void
must(bool ok, const char *what)
{
    if (!ok)
        fatal(FATAL_MACHINE, "curl.failed", LOG_NAME("call", what));
}

static void
finish_all(struct curlloop *c)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
        void *p = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&p);
        c->done(p, m->data.result);
    }
}

static void
act(struct curlloop *c, curl_socket_t fd, int events)
{
    int running = 0;

    must(curl_multi_socket_action(c->multi, fd, events, &running) == CURLM_OK, "socket_action");
    finish_all(c);
}

static void
on_fd(struct loop *l, int fd, unsigned events, void *arg)
{
    int what = ((events & LOOP_READ) != 0 ? CURL_CSELECT_IN : 0) |
               ((events & LOOP_WRITE) != 0 ? CURL_CSELECT_OUT : 0) |
               ((events & LOOP_ERROR) != 0 ? CURL_CSELECT_ERR : 0);

    (void)l;
    act(arg, fd, what);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct curlloop *c = arg;
    unsigned events = ((what & CURL_POLL_IN) != 0 ? (unsigned)LOOP_READ : 0) |
                      ((what & CURL_POLL_OUT) != 0 ? (unsigned)LOOP_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (known != NULL)
            loop_del_fd(c->loop, fd);
        return 0;
    }
    if (known == NULL) {
        loop_add_fd(c->loop, fd, events, on_fd, c);
        (void)curl_multi_assign(c->multi, fd, c);
    } else {
        loop_mod_fd(c->loop, fd, events);
    }
    return 0;
}

static void
on_time(struct loop *l, void *arg)
{
    struct curlloop *c = arg;

    (void)l;
    c->timer = 0;
    act(c, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_timer(CURLM *multi, long after_ms, void *arg)
{
    struct curlloop *c = arg;

    (void)multi;
    loop_del_timer(c->loop, c->timer);
    c->timer = after_ms < 0 ? 0 : loop_add_timer(c->loop, after_ms, 0, on_time, c);
    return 0;
}

struct curlloop *
curlloop_new(struct loop *l, curlloop_done *done)
{
    struct curlloop *c = xcalloc(1, sizeof *c);

    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "global_init");
    c->loop = l;
    c->done = done;
    c->multi = curl_multi_init();
    must(c->multi != NULL, "multi_init");
    (void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    (void)curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    (void)curl_multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
    return c;
}

void
curlloop_free(struct curlloop **cp)
{
    struct curlloop *c = *cp;

    if (c == NULL)
        return;
    (void)curl_multi_cleanup(c->multi);
    loop_del_timer(c->loop, c->timer);
    xfree(c);
    curl_global_cleanup();
    *cp = NULL;
}

void
curlloop_add(struct curlloop *c, CURL *easy)
{
    must(curl_multi_add_handle(c->multi, easy) == CURLM_OK, "add_handle");
}

void
curlloop_remove(struct curlloop *c, CURL *easy)
{
    (void)curl_multi_remove_handle(c->multi, easy);
}

void
curlloop_preset(CURL *easy, void *private, const char *ca, const char *cert, const char *key,
                int64_t timeout_ms)
{
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, private);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not the environment's */
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca != NULL) { /* it alone: not the system's as well */
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (cert != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_SSLCERT, cert);
    if (key != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_SSLKEY, key);
}
