#include "sys/httpc.h"

#include "sys/fatal.h"
#include "sys/mem.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

struct request {
    struct httpc *owner;
    struct request *next;
    CURL *easy;
    struct curl_slist *headers;
    char *body; /* to send */
    char *got;
    size_t got_n;
    bool too_large;
    httpc_done *done;
    void *arg;
};

struct httpc {
    struct loop *loop;
    CURLM *multi;
    int timer; /* 0: none */
    struct request *first;
};

static void
must(bool ok, const char *what)
{
    if (!ok)
        fatal(FATAL_MACHINE, "httpc.curl", LOG_NAME("call", what));
}

static void
request_free(struct request *r)
{
    struct request **at = &r->owner->first;

    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    (void)curl_multi_remove_handle(r->owner->multi, r->easy);
    curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    xfree(r->body);
    xfree(r->got);
    xfree(r);
}

static int
retry_after(CURL *easy)
{
    curl_off_t s = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &s);
    return s < 0 || s > 86400 ? 0 : (int)s;
}

static void
finish(struct request *r, CURLcode code)
{
    struct httpc_answer answer = {.came = code == CURLE_OK && !r->too_large,
                                  .body = {r->got == NULL ? "" : r->got, r->got_n}};
    long status = 0;

    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = (int)status;
    answer.retry_after_s = retry_after(r->easy);
    if (!answer.came)
        (void)snprintf(answer.why, sizeof answer.why, "%s",
                       r->too_large ? "the answer is too large" : curl_easy_strerror(code));
    r->done(r->arg, &answer);
    request_free(r);
}

static void
finish_all(struct httpc *h)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
        void *p = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&p);
        finish(p, m->data.result);
    }
}

static void
act(struct httpc *h, curl_socket_t fd, int events)
{
    int running = 0;

    must(curl_multi_socket_action(h->multi, fd, events, &running) == CURLM_OK, "socket_action");
    finish_all(h);
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
    struct httpc *h = arg;
    unsigned events = ((what & CURL_POLL_IN) != 0 ? (unsigned)LOOP_READ : 0) |
                      ((what & CURL_POLL_OUT) != 0 ? (unsigned)LOOP_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (known != NULL)
            loop_del_fd(h->loop, fd);
        return 0;
    }
    if (known == NULL) {
        loop_add_fd(h->loop, fd, events, on_fd, h);
        (void)curl_multi_assign(h->multi, fd, h);
    } else {
        loop_mod_fd(h->loop, fd, events);
    }
    return 0;
}

static void
on_time(struct loop *l, void *arg)
{
    struct httpc *h = arg;

    (void)l;
    h->timer = 0;
    act(h, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_timer(CURLM *multi, long after_ms, void *arg)
{
    struct httpc *h = arg;

    (void)multi;
    loop_del_timer(h->loop, h->timer);
    h->timer =
        after_ms < 0 ? 0 : loop_add_timer(h->loop, after_ms < 1 ? 1 : after_ms, 0, on_time, h);
    return 0;
}

static size_t
on_bytes(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    size_t bytes = size * n;

    if (r->got_n + bytes > HTTPC_ANSWER_MAX) {
        r->too_large = true;
        return 0;
    }
    r->got = xrealloc_array(r->got, r->got_n + bytes + 1, 1);
    memcpy(r->got + r->got_n, p, bytes);
    r->got_n += bytes;
    return bytes;
}

struct httpc *
httpc_new(struct loop *l)
{
    struct httpc *h = xcalloc(1, sizeof *h);

    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "global_init");
    h->loop = l;
    h->multi = curl_multi_init();
    must(h->multi != NULL, "multi_init");
    (void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    (void)curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    (void)curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 16L);
    return h;
}

void
httpc_free(struct httpc **hp)
{
    struct httpc *h = *hp;

    if (h == NULL)
        return;
    while (h->first != NULL)
        request_free(h->first);
    (void)curl_multi_cleanup(h->multi);
    loop_del_timer(h->loop, h->timer);
    xfree(h);
    curl_global_cleanup();
    *hp = NULL;
}

static void
set_up(struct request *r, const struct httpc_request *rq)
{
    CURL *e = r->easy;

    (void)curl_easy_setopt(e, CURLOPT_PRIVATE, r);
    (void)curl_easy_setopt(e, CURLOPT_URL, rq->url);
    (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, rq->method);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(e, CURLOPT_PROXY, ""); /* not the environment's */
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
    (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)rq->timeout_ms);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, r->headers);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
    (void)curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (r->body != NULL) {
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body.n);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body);
    }
    if (rq->ca != NULL)
        (void)curl_easy_setopt(e, CURLOPT_CAINFO, rq->ca);
    if (rq->cert != NULL)
        (void)curl_easy_setopt(e, CURLOPT_SSLCERT, rq->cert);
    if (rq->key != NULL)
        (void)curl_easy_setopt(e, CURLOPT_SSLKEY, rq->key);
}

void
httpc_send(struct httpc *h, const struct httpc_request *rq, httpc_done *done, void *arg)
{
    struct request *r = xcalloc(1, sizeof *r);

    r->owner = h;
    r->next = h->first;
    h->first = r;
    r->done = done;
    r->arg = arg;
    r->easy = curl_easy_init();
    must(r->easy != NULL, "easy_init");
    for (size_t i = 0; i < rq->headers; i++)
        r->headers = curl_slist_append(r->headers, rq->header[i]);
    r->headers = curl_slist_append(r->headers, "Expect:"); /* no waiting for a 100 */
    if (!str_is_absent(rq->body)) {
        r->body = xmalloc(rq->body.n + 1);
        memcpy(r->body, rq->body.p, rq->body.n);
    }
    set_up(r, rq);
    must(curl_multi_add_handle(h->multi, r->easy) == CURLM_OK, "add_handle");
}
