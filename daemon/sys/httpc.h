/*
 * What:    HTTP requests to others, by libcurl in our loop.
 * Owns:    requests under way, until their answer or httpc_free(&h).
 * Threads: one, the loop's.
 * Errors:  an answer that did not come says why, in words that name no content. Certificates are
 *          always checked; redirects are not followed; environment and netrc are not read.
 */
#ifndef RFD_SYS_HTTPC_H
#define RFD_SYS_HTTPC_H

#include "base/str.h"
#include "sys/loop.h"

enum { HTTPC_HEADERS_MAX = 12, HTTPC_ANSWER_MAX = 4 * 1024 * 1024, HTTPC_WHY_MAX = 200 };

struct httpc;

/* Texts are copied. */
struct httpc_request {
    const char *method;                    /* GET, POST, PUT, PATCH */
    const char *url;                       /* http:// or https:// */
    const char *header[HTTPC_HEADERS_MAX]; /* "Name: value" */
    size_t headers;
    struct str body;  /* absent: none */
    const char *ca;   /* PEM; NULL: the system's */
    const char *cert; /* ours, for mutual TLS, with its key; NULL: none */
    const char *key;
    int64_t timeout_ms; /* of the whole */
    size_t answer_max;  /* bytes of its body that are kept; 0: HTTPC_ANSWER_MAX */
};

struct httpc_answer {
    bool came;         /* false: why says what went wrong before there was one */
    bool sent;         /* the request went out, or a part of it */
    const char *word;  /* the same as why, as a word of ours: cannot_connect … */
    int status;        /* 200 … */
    struct str body;   /* valid during the call only; too long: its beginning */
    int retry_after_s; /* of a 429 or 503, an hour at most; 0: not said */
    char why[HTTPC_WHY_MAX];
};

/* Called once for each request, from the loop, never from httpc_send() itself. */
typedef void httpc_done(void *arg, const struct httpc_answer *answer);

struct httpc *httpc_new(struct loop *l);
void httpc_free(struct httpc **h); /* requests under way are dropped, their callbacks not called */
void httpc_send(struct httpc *h, const struct httpc_request *rq, httpc_done *done, void *arg);

#endif
