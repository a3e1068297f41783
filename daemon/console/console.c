#include "console/console.h"

#include "console/cds.h"
#include "console/metrics.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <string.h>

enum { CONNECTIONS_MAX = 256, IDLE_S = 30 };

/* Who waits longer gets a 503 at once. A login costs a tenth of a second of Argon2: they come last,
 * so that guessing holds up nobody who is logged in. */
static const size_t lane_max[WORKER_LANES] = {
    [HTTP_LANE_PAGES] = 64, [HTTP_LANE_NOTES] = 256, [HTTP_LANE_LOGINS] = 8};

/* What is answered in the loop (EHRs, probes) and what the worker does (people, figures) share
 * nothing: each side has its own connection to the store, and feedback its own keys. */
struct console {
    struct worker *worker;
    struct http *http;
    struct reader reader; /* the loop's */
    struct reader later;  /* the worker's */
    struct cds *cds;      /* NULL: off */
    struct cds *feedback; /* the worker's */
    struct pages *pages;  /* NULL: no users */
    struct cds_figures figures;
};

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
    if (reader_store(&c->reader) == NULL)
        text(out, HTTP_UNAVAILABLE, "the store cannot be read\n");
    else
        text(out, HTTP_OK, "ok\n");
}

static void
do_metrics(struct console *c, const struct http_request *r, struct http_reply *out)
{
    metrics_answer(&c->later, c->cds == NULL ? NULL : &c->figures, r, out);
}

static void
do_cds(struct console *c, const struct http_request *r, struct http_reply *out)
{
    cds_answer(c->cds, &c->reader, r, out);
}

static void
do_feedback(struct console *c, const struct http_request *r, struct http_reply *out)
{
    cds_answer(c->feedback, &c->later, r, out);
}

static void
do_pages(struct console *c, const struct http_request *r, struct http_reply *out)
{
    pages_answer(c->pages, &c->later, r, out);
}

/* The first that fits; a path that ends in "*" stands for all that begin so. */
static const struct place {
    const char *path;
    enum http_lane lane;
    void (*run)(struct console *c, const struct http_request *r, struct http_reply *out);
} places[] = {
    {"/livez", HTTP_LANE_LOOP, do_livez},       {"/readyz", HTTP_LANE_LOOP, do_readyz},
    {"/metrics", HTTP_LANE_PAGES, do_metrics},  {CDS_FEEDBACK "*", HTTP_LANE_PAGES, do_feedback},
    {CDS_SERVICES "*", HTTP_LANE_LOOP, do_cds}, {"/login", HTTP_LANE_LOGINS, do_pages},
    {"/*", HTTP_LANE_PAGES, do_pages},
};

static bool
path_fits(const char *path, struct str asked)
{
    size_t n = strlen(path);

    if (path[n - 1] == '*')
        return asked.n >= n - 1 && memcmp(asked.p, path, n - 1) == 0;
    return str_eq_c(asked, path);
}

static const struct place *
place_of(const struct http_request *r)
{
    for (size_t i = 0; i < RFD_COUNT(places); i++) {
        if (path_fits(places[i].path, r->path))
            return &places[i];
    }
    return NULL;
}

static enum http_lane
lane_of(void *arg, const struct http_request *r)
{
    const struct place *at = place_of(r);

    (void)arg;
    if (at == NULL)
        return HTTP_LANE_LOOP;
    /* only a form with a password is slow */
    return at->lane == HTTP_LANE_LOGINS && !str_eq_c(r->method, "POST") ? HTTP_LANE_PAGES
                                                                        : at->lane;
}

static void
on_request(void *arg, const struct http_request *r, struct http_reply *out)
{
    const struct place *at = place_of(r);

    if (at != NULL)
        at->run(arg, r, out);
}

struct console *
console_new(struct loop *l, const struct console_config *cfg)
{
    struct console *c = xcalloc(1, sizeof *c);
    struct http_config http = {
        .listen = cfg->listen,
        .connections_max = CONNECTIONS_MAX,
        .idle_s = IDLE_S,
        .request_s = cfg->request_s,
        .per_address = cfg->per_address,
        .handler = on_request,
        .sorter = lane_of,
        .arg = c,
    };

    c->reader = (struct reader){.path = cfg->store, .control = cfg->control};
    c->later = c->reader;
    c->worker = http.worker = worker_new(l, lane_max);
    c->cds = cds_new(&cfg->cds, c->worker, &c->figures);
    c->feedback = cds_new(&cfg->cds, NULL, &c->figures);
    c->pages = pages_new(&cfg->pages);
    c->http = http_new(l, &http);
    return c;
}

static void
reload_feedback(void *arg)
{
    cds_reload(arg);
}

static void
nothing(void *arg)
{
    (void)arg;
}

/* Feedback's keys are the worker's to change. They wait with the notes, whose lane is the longest,
 * so that waiting pages are no reason to keep old ones. */
void
console_reload(struct console *c)
{
    cds_reload(c->cds);
    if (c->feedback != NULL &&
        !worker_give(c->worker, HTTP_LANE_NOTES, reload_feedback, nothing, c->feedback))
        log_error("cds.keys_kept", LOG_NAME("why", "busy: reload again"));
}

void
console_free(struct console **cp)
{
    struct console *c = *cp;

    if (c == NULL)
        return;
    worker_free(&c->worker); /* first: it gives every connection back to the listener */
    http_free(&c->http);
    pages_free(&c->pages);
    cds_free(&c->cds);
    cds_free(&c->feedback);
    reader_close(&c->reader);
    reader_close(&c->later);
    xfree(c);
    *cp = NULL;
}
