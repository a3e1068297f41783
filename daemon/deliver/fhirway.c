#include "deliver/fhirway.h"

#include "base/base64.h"
#include "deliver/httpsays.h"
#include "deliver/keyfile.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 4 * 1024 * 1024,
    TOKEN_MAX = 16 * 1024,
    URL_MAX = 1024,
    TOKEN_EARLY_S = 30,                /* asked for anew before it ends */
    TOKEN_LIFE_MAX_S = 30 * 24 * 3600, /* more than that is not believed */
    TASKS_MAX = 100,
    FIRST_LOOK_BACK_S = 24 * 3600,
    LOOK_BACK_S = 60,
};

static const size_t ARENA_BYTES = (size_t)64 << 20;

struct fhirway {
    struct loop *loop;
    struct httpc *http;
    struct corelink *core;
    struct outroute *route;
    const struct fhirway_config *cfg;
    struct keyfile secret;
    char token[TOKEN_MAX]; /* "": none */
    int64_t token_until;
    char *body; /* under way, waits for a token; NULL: none */
    size_t body_n;
    struct arena arena;
    int timer;
    bool asking;        /* for a token */
    bool body_waits;    /* for it */
    bool polling_waits; /* for it */
    bool polling;
    int64_t since_s; /* tasks changed since then are of interest */
    int64_t asked_s;
};

static void post_bundle(struct fhirway *w);
static void ask_tasks(struct fhirway *w);

static void
drop_body(struct fhirway *w)
{
    if (w->body != NULL)
        memset(w->body, 0, w->body_n);
    xfree(w->body);
    w->body = NULL;
    w->body_n = 0;
}

static void
finish(struct fhirway *w, enum outroute_result result, const char *why, int wait_s)
{
    drop_body(w);
    outroute_finished(w->route, result, why, wait_s);
}

static struct httpc_request
request(const struct fhirway *w, const char *method, const char *url)
{
    return (struct httpc_request){.method = method,
                                  .url = url,
                                  .ca = w->cfg->tls.ca,
                                  .cert = w->cfg->tls.cert,
                                  .key = w->cfg->tls.key,
                                  .timeout_ms = w->cfg->timeout_ms};
}

static void
add_header(struct httpc_request *rq, const char *header)
{
    rq->header[rq->headers++] = header;
}

static void
add_bearer(struct fhirway *w, struct httpc_request *rq)
{
    struct sb b;

    if (w->token[0] == '\0')
        return;
    sb_init_arena(&b, &w->arena, TOKEN_MAX + 32);
    sb_addf(&b, "Authorization: Bearer %s", w->token);
    add_header(rq, sb_cz(&b));
}

/* --- the token (RFC 6749, 4.4) --- */

static bool
token_wanted(const struct fhirway *w)
{
    return w->cfg->token_url != NULL &&
           (w->token[0] == '\0' || clock_wall_s() >= w->token_until - TOKEN_EARLY_S);
}

static bool
take_token(struct fhirway *w, const struct httpc_answer *a)
{
    json_t *o = a->came && a->status == 200 ? json_loadb(a->body.p, a->body.n, 0, NULL) : NULL;
    const char *token = json_string_value(json_object_get(o, "access_token"));
    json_int_t life = json_integer_value(json_object_get(o, "expires_in"));
    bool ok = token != NULL && strlen(token) < TOKEN_MAX && strpbrk(token, "\r\n") == NULL;

    if (ok) {
        (void)snprintf(w->token, sizeof w->token, "%s", token);
        w->token_until = clock_wall_s() + (life > 0 && life < TOKEN_LIFE_MAX_S ? life : 300);
    }
    json_decref(o);
    return ok;
}

static void
on_token(void *arg, const struct httpc_answer *a)
{
    struct fhirway *w = arg;
    bool ok = take_token(w, a);
    bool body_waits = w->body_waits;

    w->asking = false;
    w->body_waits = false;
    if (ok && w->polling_waits)
        ask_tasks(w);
    w->polling_waits = false;
    if (body_waits && ok)
        post_bundle(w);
    else if (body_waits)
        finish(w, OUTROUTE_UNSENT, "no_token", a->retry_after_s);
}

static void
ask_token(struct fhirway *w)
{
    struct httpc_request rq = request(w, "POST", w->cfg->token_url);
    struct str pair = str_cat(&w->arena, str_from_c(w->cfg->client_id), STR(":"));
    struct str basic = base64_encode(&w->arena, str_cat(&w->arena, pair, keyfile_str(&w->secret)));
    struct str header = str_cat(&w->arena, STR("Authorization: Basic "), basic);

    if (w->asking)
        return;
    w->asking = true;
    add_header(&rq, str_cz(&w->arena, header));
    add_header(&rq, "Content-Type: application/x-www-form-urlencoded");
    rq.body = STR("grant_type=client_credentials");
    httpc_send(w->http, &rq, on_token, w);
    arena_reset(&w->arena);
}

/* --- the bundle --- */

static bool
is_resource(struct str body, const char *name)
{
    json_t *o = json_loadb(body.p, body.n, 0, NULL);
    const char *type = json_string_value(json_object_get(o, "resourceType"));
    bool ok = type != NULL && strcmp(type, name) == 0;

    json_decref(o);
    return ok;
}

/* A proxy's page is no confirmation, and one that finds nothing no refusal. */
static void
on_bundle(void *arg, const struct httpc_answer *a)
{
    struct fhirway *w = arg;
    bool outcome = a->came && a->status >= 400 && is_resource(a->body, "OperationOutcome");
    struct httpsays said = httpsays(a, outcome);

    if (a->came && (a->status == 401 || a->status == 403))
        w->token[0] = '\0';
    if (said.result == OUTROUTE_DONE && !is_resource(a->body, "Bundle"))
        said = (struct httpsays){OUTROUTE_AWAY, "answer_is_no_bundle"};
    finish(w, said.result, said.why, a->retry_after_s);
}

static void
post_bundle(struct fhirway *w)
{
    struct httpc_request rq = request(w, "POST", w->cfg->url);

    rq.body = (struct str){w->body, w->body_n};
    add_header(&rq, "Content-Type: application/fhir+json");
    add_header(&rq, "Accept: application/fhir+json");
    add_bearer(w, &rq);
    httpc_send(w->http, &rq, on_bundle, w);
    arena_reset(&w->arena);
}

static void
send_item(void *way, const struct outroute_item *item, struct arena *a)
{
    struct fhirway *w = way;
    struct fhirbundle_config cfg = w->cfg->bundle;
    struct sb b;

    cfg.notify = !item->quiet;
    sb_init_arena(&b, a, BODY_MAX);
    if (!fhirbundle_write(&b, &item->alert, a, &cfg)) {
        finish(w, OUTROUTE_REFUSED, "no_identifier_system", 0);
        return;
    }
    w->body_n = sb_str(&b).n;
    w->body = xmalloc(w->body_n + 1);
    memcpy(w->body, sb_str(&b).p, w->body_n);
    w->body_waits = token_wanted(w);
    if (w->body_waits)
        ask_token(w);
    else
        post_bundle(w);
}

const struct outroute_way fhirway_how = {.kind = "fhir", .send = send_item};

/* --- tasks read back --- */

static const char *
alert_of(const struct fhirway *w, const json_t *task)
{
    const json_t *ids = json_object_get(task, "identifier");
    size_t n = strlen(w->cfg->bundle.system);
    size_t i;
    json_t *id;

    json_array_foreach(ids, i, id)
    {
        const char *system = json_string_value(json_object_get(id, "system"));

        if (system != NULL && strncmp(system, w->cfg->bundle.system, n) == 0 &&
            strcmp(system + n, "/task") == 0)
            return json_string_value(json_object_get(id, "value"));
    }
    return NULL;
}

/* accepted, completed: somebody has taken it on. rejected: set aside, with the reason given
 * there. */
static void
take_task(struct fhirway *w, const json_t *task)
{
    const char *status = json_string_value(json_object_get(task, "status"));
    const char *id = alert_of(w, task);
    const char *reason =
        json_string_value(json_object_get(json_object_get(task, "statusReason"), "text"));
    struct str args[2] = {str_from_c(id), str_from_c(reason == NULL ? "rejected" : reason)};
    bool rejected = status != NULL && strcmp(status, "rejected") == 0;
    struct control_request rq = {
        .verb = rejected ? STR("override") : STR("ack"),
        .arg = args,
        .arg_count = rejected ? 2 : 1,
        .actor = str_cat(&w->arena, STR("fhir:"), str_from_c(outroute_name(w->route)))};

    if (id != NULL && status != NULL &&
        (rejected || strcmp(status, "accepted") == 0 || strcmp(status, "in-progress") == 0 ||
         strcmp(status, "completed") == 0))
        corelink_act(w->core, &rq);
}

/* meta.lastUpdated, to the second; 0: it says none. */
static int64_t
changed_s(struct fhirway *w, const json_t *task)
{
    const char *said =
        json_string_value(json_object_get(json_object_get(task, "meta"), "lastUpdated"));
    const char *zone;
    struct stamp at;
    struct str text;

    if (said == NULL)
        return 0;
    text = (struct str){said, strcspn(said, ".Z+")};
    zone = said + text.n;
    if (*zone == '.')
        zone += 1 + strspn(zone + 1, "0123456789");
    if (strcmp(zone, "+00:00") == 0)
        zone = "Z";
    text = str_cat(&w->arena, text, str_from_c(zone));
    return stamp_parse(text, &at) ? at.utc_s : 0;
}

/* A full page of tasks, oldest change first: there may be more of them, from the last one's change
 * on. Links of the answer are not followed: they would take the token wherever they say. */
static bool
is_full_page(struct fhirway *w, const json_t *entries, int64_t *from_out)
{
    int64_t last = 0;
    size_t i;
    json_t *entry;

    json_array_foreach(entries, i, entry)
    {
        int64_t at = changed_s(w, json_object_get(entry, "resource"));

        if (at < last || at == 0)
            return false;
        last = at;
    }
    *from_out =
        last > w->since_s ? last : w->since_s + 1; /* a page of one second: on all the same */
    return json_array_size(entries) >= TASKS_MAX && last >= w->since_s;
}

static void
on_tasks(void *arg, const struct httpc_answer *a)
{
    struct fhirway *w = arg;
    json_t *o = a->came && a->status == 200 ? json_loadb(a->body.p, a->body.n, 0, NULL) : NULL;
    int64_t from = 0;
    bool more;
    size_t i;
    json_t *entry;

    w->polling = false;
    if (a->came && a->status == 401)
        w->token[0] = '\0';
    json_array_foreach(json_object_get(o, "entry"), i, entry)
    {
        take_task(w, json_object_get(entry, "resource"));
    }
    more = is_full_page(w, json_object_get(o, "entry"), &from);
    if (json_is_object(o))
        w->since_s = more ? from : w->asked_s - LOOK_BACK_S;
    json_decref(o);
    arena_reset(&w->arena);
    if (more)
        ask_tasks(w);
}

static void
ask_tasks(struct fhirway *w)
{
    struct httpc_request rq;
    char at[STAMP_TEXT_MAX];
    struct sb url;

    sb_init_arena(&url, &w->arena, URL_MAX);
    sb_addf(&url,
            "%s/Task?status=accepted,in-progress,completed,rejected&_lastUpdated=ge%.*s"
            "&_sort=_lastUpdated&_count=%d",
            w->cfg->url, STR_FMT(stamp_format(stamp_of_utc(w->since_s), at)), TASKS_MAX);
    rq = request(w, "GET", sb_cz(&url));
    add_header(&rq, "Accept: application/fhir+json");
    add_bearer(w, &rq);
    w->asked_s = clock_wall_s();
    w->polling = true;
    httpc_send(w->http, &rq, on_tasks, w);
    arena_reset(&w->arena);
}

/* Alerts may be days apart, and a token lives for minutes. */
static void
on_poll(struct loop *loop, void *arg)
{
    struct fhirway *w = arg;

    (void)loop;
    if (w->polling)
        return;
    w->polling_waits = token_wanted(w);
    if (w->polling_waits)
        ask_token(w);
    else
        ask_tasks(w);
}

struct fhirway *
fhirway_new(struct loop *loop, struct httpc *http, struct corelink *core, struct outroute *route,
            const struct fhirway_config *cfg)
{
    struct fhirway *w = xcalloc(1, sizeof *w);

    w->loop = loop;
    w->http = http;
    w->core = core;
    w->route = route;
    w->cfg = cfg;
    w->since_s = clock_wall_s() - FIRST_LOOK_BACK_S;
    mem_arena_new(&w->arena, ARENA_BYTES);
    if (cfg->token_url != NULL && !keyfile_read(cfg->client_secret, &w->secret))
        fatal(FATAL_CONFIG, "route.no_secret", LOG_NAME("route", outroute_name(route)),
              LOG_NAME("file", cfg->client_secret));
    if (cfg->poll_s > 0)
        w->timer = loop_add_timer(loop, cfg->poll_s * 1000, cfg->poll_s * 1000, on_poll, w);
    return w;
}

void
fhirway_free(struct fhirway **wp)
{
    struct fhirway *w = *wp;

    if (w == NULL)
        return;
    loop_del_timer(w->loop, w->timer);
    drop_body(w);
    keyfile_forget(&w->secret);
    memset(w->token, 0, sizeof w->token);
    mem_arena_free(&w->arena);
    xfree(w);
    *wp = NULL;
}
