/*
 * What:    the HTTP listener of a role: libmicrohttpd joined to our loop, a whole request at a
 * time, with the limits and the headers that every answer of ours carries.
 * Owns:    the listening socket and the connections, until http_free(&h). A request and what is
 * made for it live in the arena that it brings, until its handler has returned.
 * Threads: a handler runs in the loop, where it must not wait, or in the worker's thread, as the
 *          sorter says; each side has an arena of its own. Everything else: the loop's.
 * Errors:  what cannot be bound is fatal(). A bad request is answered here (400, 413, 503) and
 *          counted; nothing of a request is logged.
 */
#ifndef RFD_CONSOLE_HTTP_H
#define RFD_CONSOLE_HTTP_H

#include "base/arena.h"
#include "sys/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

enum {
    HTTP_BODY_MAX = 1024 * 1024,
    HTTP_BODIES_MAX = 32 * 1024 * 1024, /* of all connections together, logged in or not */
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

struct http_held;

struct http_request {
    struct str method; /* GET, HEAD, POST, OPTIONS … */
    struct str path;   /* decoded, without the query */
    struct str body;
    struct arena *arena;
    struct http_held *held;
    void *connection; /* http.c only */
};

/* Absent when it is not there. Names of headers in any case; texts are in the request's arena. */
struct str http_header(const struct http_request *r, const char *name);
size_t http_header_count(const struct http_request *r, const char *name);
struct str http_query(const struct http_request *r, const char *name);
struct str http_cookie(const struct http_request *r, const char *name);
/* A field of a form (application/x-www-form-urlencoded), decoded. */
struct str http_form(const struct http_request *r, const char *name);

/* What must be given back although the arena's end may jump over the handler: the newest first. */
enum { HTTP_HELD_MAX = 8 };
typedef void http_release(void *what);
struct http_held {
    struct {
        void *what;
        http_release *release;
    } one[HTTP_HELD_MAX];
    size_t count;
};
void http_hold(const struct http_request *r, void *what, http_release *release);
void http_let_go(const struct http_request *r, const void *what);
void http_let_go_all(const struct http_request *r);

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

/* Where a request is answered: at once in the loop, or by the worker in one of its lanes. */
enum http_lane {
    HTTP_LANE_PAGES, /* the worker's lanes, in their order */
    HTTP_LANE_NOTES,
    HTTP_LANE_LOGINS,
    HTTP_LANE_LOOP,
    HTTP_LANE_COUNT,
};
typedef enum http_lane http_sorter(void *arg, const struct http_request *r);

struct http_config {
    const char *listen; /* HOST:PORT, or unix:PATH */
    unsigned connections_max;
    unsigned per_address; /* connections of one IP address */
    unsigned idle_s;      /* a connection without a byte for so long is closed */
    unsigned request_s;   /* and one whose request, or whose answer, is not through in so long */
    struct worker *worker;
    http_handler *handler;
    http_sorter *sorter; /* called in the loop; reads method and path only */
    void *arg;
};

struct http *http_new(struct loop *l, const struct http_config *cfg);
void http_free(struct http **h);

#endif
