#include "sys/httpc.h"

#include "sys/curlloop.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>
#include <string.h>

enum { RETRY_AFTER_MAX_S = 3600 };

struct request {
    struct httpc *owner;
    struct request *next;
    CURL *easy;
    struct curl_slist *headers;
    char *body; /* to send */
    char *got;
    size_t got_n;
    size_t answer_max;
    bool too_large;
    httpc_done *done;
    void *arg;
};

struct httpc {
    struct curlloop *curl;
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
    curlloop_remove(r->owner->curl, r->easy);
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
    return s < 0 ? 0 : s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int)s;
}

static const char *
word_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        const char *word;
    } words[] = {
        {CURLE_COULDNT_RESOLVE_HOST, "no_such_host"},
        {CURLE_COULDNT_CONNECT, "cannot_connect"},
        {CURLE_OPERATION_TIMEDOUT, "no_answer_in_time"},
        {CURLE_PEER_FAILED_VERIFICATION, "tls_certificate"},
        {CURLE_SSL_CONNECT_ERROR, "tls_handshake"},
        {CURLE_SSL_CERTPROBLEM, "tls_certificate"},
        {CURLE_SSL_CACERT_BADFILE, "tls_certificate"},
        {CURLE_GOT_NOTHING, "connection_closed"},
        {CURLE_SEND_ERROR, "connection_closed"},
        {CURLE_RECV_ERROR, "connection_closed"},
        {CURLE_PARTIAL_FILE, "connection_closed"},
    };

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (words[i].code == code)
            return words[i].word;
    }
    return "garbage";
}

static bool
was_sent(CURL *easy)
{
    long bytes = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

static void
finish(void *arg, CURLcode code)
{
    struct request *r = arg;
    struct httpc_answer answer = {.came = code == CURLE_OK || r->too_large,
                                  .sent = was_sent(r->easy),
                                  .word = word_of(code),
                                  .body = {r->got == NULL ? "" : r->got, r->got_n}};
    long status = 0;

    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = (int)status;
    answer.retry_after_s = retry_after(r->easy);
    if (!answer.came)
        (void)snprintf(answer.why, sizeof answer.why, "%s", curl_easy_strerror(code));
    r->done(r->arg, &answer);
    request_free(r);
}

static size_t
on_bytes(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    size_t bytes = size * n;

    if (r->got_n + bytes > r->answer_max) {
        r->too_large = true; /* what it answers is known; the rest is not waited for */
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

    h->curl = curlloop_new(l, finish);
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
    curlloop_free(&h->curl);
    xfree(h);
    *hp = NULL;
}

static void
set_up(struct request *r, const struct httpc_request *rq)
{
    CURL *e = r->easy;

    curlloop_preset(e, r, rq->ca, rq->cert, rq->key, rq->timeout_ms);
    (void)curl_easy_setopt(e, CURLOPT_URL, rq->url);
    (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, rq->method);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING,
                           ""); /* on_bytes() bounds what it unpacks to */
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, r->headers);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
    if (r->body != NULL) {
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body.n);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body);
    }
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
    r->answer_max = rq->answer_max == 0 ? HTTPC_ANSWER_MAX : rq->answer_max;
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
    curlloop_add(h->curl, r->easy);
}
