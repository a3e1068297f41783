#include "console/console.h"

#include "sys/log.h"
#include "sys/mem.h"

#include <string.h>

enum { CONNECTIONS_MAX = 256, IDLE_S = 30 };

struct console {
    struct console_config cfg;
    struct http *http;
    struct store *store;
};

static void do_livez(struct console *c, const struct http_request *r, struct http_reply *out);
static void do_readyz(struct console *c, const struct http_request *r, struct http_reply *out);

static const struct console_route routes[] = {
    {"GET", "/livez", do_livez},
    {"GET", "/readyz", do_readyz},
};

struct store *
console_store(struct console *c)
{
    char error[STORE_ERROR_TEXT_MAX] = "";

    if (c->store == NULL && store_open_reader(c->cfg.store, &c->store, error) != STORE_OK) {
        log_warn("console.no_store");
        c->store = NULL;
    }
    return c->store;
}

const struct console_config *
console_config_of(const struct console *c)
{
    return &c->cfg;
}

static void
text(struct http_reply *out, unsigned status, const char *line)
{
    out->status = status;
    out->type = "text/plain; charset=utf-8";
    out->body = str_from_c(line);
}

static void
do_livez(struct console *c, const struct http_request *r, struct http_reply *out)
{
    (void)c;
    (void)r;
    text(out, HTTP_OK, "ok\n");
}

static void
do_readyz(struct console *c, const struct http_request *r, struct http_reply *out)
{
    (void)r;
    if (console_store(c) == NULL)
        text(out, HTTP_UNAVAILABLE, "the store cannot be read\n");
    else
        text(out, HTTP_OK, "ok\n");
}

static bool
path_fits(const char *path, struct str asked)
{
    size_t n = strlen(path);

    if (n > 0 && path[n - 1] == '*')
        return asked.n >= n - 1 && memcmp(asked.p, path, n - 1) == 0;
    return str_eq_c(asked, path);
}

static bool
method_fits(const char *method, struct str asked)
{
    return str_eq_c(asked, method) || (strcmp(method, "GET") == 0 && str_eq_c(asked, "HEAD"));
}

static void
on_request(void *arg, const struct http_request *r, struct http_reply *out)
{
    bool known = false;

    for (size_t i = 0; i < RFD_COUNT(routes); i++) {
        if (!path_fits(routes[i].path, r->path))
            continue;
        known = true;
        if (method_fits(routes[i].method, r->method)) {
            routes[i].run(arg, r, out);
            return;
        }
    }
    if (known)
        text(out, HTTP_NOT_ALLOWED, "not that method\n");
}

struct console *
console_new(struct loop *l, const struct console_config *cfg)
{
    struct console *c = xcalloc(1, sizeof *c);
    struct http_config http = {
        .listen = cfg->listen, .connections_max = CONNECTIONS_MAX, .idle_s = IDLE_S};

    c->cfg = *cfg;
    c->http = http_new(l, &http, on_request, c);
    return c;
}

void
console_free(struct console **cp)
{
    struct console *c = *cp;

    if (c == NULL)
        return;
    http_free(&c->http);
    store_close(&c->store);
    xfree(c);
    *cp = NULL;
}
