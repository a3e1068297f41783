/*
 * What:    the HTTP listener of a role: libmicrohttpd joined to our loop, a whole request at a time,
 *          with the limits and the headers that every answer of ours carries.
 * Owns:    the listening socket and the connections, until http_free(&h). A request and what is made
 *          for it live in the arena that it brings, until its handler has returned.
 * Threads: one, the loop's; a handler must not wait for long.
 * Errors:  what cannot be bound is fatal(). A bad request is answered here (400, 413, 503) and
 *          counted; nothing of a request is logged.
 */
#ifndef RFD_CONSOLE_HTTP_H
#define RFD_CONSOLE_HTTP_H

#include "base/arena.h"
#include "sys/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

enum {
    HTTP_BODY_MAX = 1024 * 1024,
    HTTP_EXTRA_MAX = 12,
    HTTP_OK = 200,
    HTTP_SEE_OTHER = 303,
    HTTP_BAD_REQUEST = 400,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_NOT_ALLOWED = 405,
    HTTP_CONFLICT = 409,
    HTTP_TOO_LARGE = 413,
    HTTP_TOO_MANY = 429,
    HTTP_ERROR = 500,
    HTTP_UNAVAILABLE = 503,
};

struct http_request {
    struct str method; /* GET, HEAD, POST, OPTIONS … */
    struct str path;   /* decoded, without the query */
    struct str body;
    struct arena *arena;
    void *connection; /* http.c only */
};

/* Absent when it is not there. Names of headers in any case; texts are in the request's arena. */
struct str http_header(const struct http_request *r, const char *name);
struct str http_query(const struct http_request *r, const char *name);
struct str http_cookie(const struct http_request *r, const char *name);
/* A field of a form (application/x-www-form-urlencoded), decoded. */
struct str http_form(const struct http_request *r, const char *name);

struct http_extra {
    const char *name;
    const char *value;
};

struct http_reply {
    unsigned status;  /* 0: not found */
    const char *type; /* NULL: no body */
    struct str body;
    struct http_extra extra[HTTP_EXTRA_MAX];
    size_t extras;
};

/* One more header; name and value must live until the handler returns. */
void http_reply_header(struct http_reply *out, const char *name, const char *value);

typedef void http_handler(void *arg, const struct http_request *r, struct http_reply *out);

struct http_config {
    const char *listen; /* HOST:PORT, or unix:PATH */
    unsigned connections_max;
    unsigned idle_s; /* a connection without a byte for so long is closed */
};

struct http *http_new(struct loop *l, const struct http_config *cfg, http_handler *cb, void *arg);
void http_free(struct http **h);

#endif
