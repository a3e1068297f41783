#include "role/outroutes.h"

#include "conf/routes.h"
#include "deliver/fhirway.h"
#include "deliver/mailway.h"
#include "deliver/mllpway.h"
#include "deliver/webhookway.h"
#include "knowledge/mailboxes.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>

enum { STATUS_MS = 1000, BOOT_MAX = 24 };

static const size_t ARENA_BYTES = (size_t)4 << 20;

struct one {
    struct outroute *route;
    struct mllpway_config mllp_config;
    struct mllpway *mllp;
    struct fhirway_config fhir_config;
    struct fhirway *fhir;
    struct webhookway_config webhook_config;
    struct webhookway *webhook;
    struct mailway_config mail_config;
    struct mailway *mail;
};

struct outroutes {
    struct role_env *env;
    struct corelink *core;
    struct httpc *http;
    struct smtpc *smtp;
    struct mailbook book;
    struct one *one;
    size_t count;
    struct arena arena;
    char boot[BOOT_MAX];
};

static void
make_mllp(struct outroutes *o, struct one *x, const struct route_settings *s)
{
    static const char withdrawn[ROUTE_RETRACT_COUNT] = {'W', 'D', 'C'};

    x->mllp_config = (struct mllpway_config){
        .connect = s->connect,
        .tls = s->tls,
        .timeout_ms = s->timeout_ms,
        .keep = s->keep,
        .mdm = s->message == ROUTE_MDM,
        .hl7 = {s->receiver, s->facility, s->result_type, s->base, withdrawn[s->retract]}};
    x->mllp = mllpway_new(o->env->loop, x->route, &x->mllp_config);
    outroute_use(x->route, &mllpway_how, x->mllp);
}

static void
make_fhir(struct outroutes *o, struct one *x, const struct route_settings *s)
{
    struct fhir_authority *list =
        ARENA_ARRAY(o->env->arena, s->system_count, struct fhir_authority);

    for (size_t i = 0; i < s->system_count; i++)
        list[i] = (struct fhir_authority){s->systems[i].authority, s->systems[i].system};
    x->fhir_config = (struct fhirway_config){.url = s->url,
                                             .tls = s->tls,
                                             .bundle = {.system = s->system,
                                                        .base = s->base,
                                                        .owner = s->owner,
                                                        .authority = list,
                                                        .authorities = s->system_count},
                                             .token_url = s->token_url,
                                             .client_id = s->client_id,
                                             .client_secret = s->client_secret,
                                             .timeout_ms = s->timeout_ms,
                                             .poll_s = s->poll_s};
    x->fhir = fhirway_new(o->env->loop, o->http, o->core, x->route, &x->fhir_config);
    outroute_use(x->route, &fhirway_how, x->fhir);
}

static void
make_webhook(struct outroutes *o, struct one *x, const struct route_settings *s)
{
    x->webhook_config = (struct webhookway_config){.url = s->url,
                                                   .tls = s->tls,
                                                   .secret = s->secret,
                                                   .base = s->base,
                                                   .patient_data = s->patient_data,
                                                   .timeout_ms = s->timeout_ms};
    x->webhook = webhookway_new(o->http, x->route, &x->webhook_config);
    outroute_use(x->route, &webhookway_how, x->webhook);
}

static void
make_mail(struct outroutes *o, struct one *x, const struct route_settings *s)
{
    x->mail_config = (struct mailway_config){.url = s->url,
                                             .starttls = s->starttls,
                                             .tls = s->tls,
                                             .login = s->login,
                                             .secret = s->secret,
                                             .to = s->to,
                                             .from = {.address = s->from,
                                                      .name = s->from_name,
                                                      .title = s->title,
                                                      .base = s->base,
                                                      .demo = o->env->settings->mode == RUN_DEMO},
                                             .book = o->book,
                                             .timeout_ms = s->timeout_ms};
    x->mail = mailway_new(o->smtp, x->route, &x->mail_config);
    outroute_use(x->route, s->digest ? &mailway_how : &mailway_without_digest, x->mail);
}

static void
make(struct outroutes *o, struct one *x, const struct route_settings *s)
{
    struct outroute_config cfg = {.name = s->name,
                                  .address = s->kind == ROUTE_MLLP ? s->connect : s->url,
                                  .confirmed_only = s->confirmed_only,
                                  .germline = s->germline,
                                  .personal = s->kind == ROUTE_MAIL,
                                  .quiet_too = s->quiet_too,
                                  .tries = s->tries};

    x->route = outroute_new(o->env->loop, o->core, &cfg);
    switch ((enum route_kind)s->kind) {
    case ROUTE_MLLP: make_mllp(o, x, s); break;
    case ROUTE_FHIR: make_fhir(o, x, s); break;
    case ROUTE_WEBHOOK: make_webhook(o, x, s); break;
    case ROUTE_MAIL: make_mail(o, x, s); break;
    case ROUTE_KIND_COUNT: break;
    }
    log_note("route.open", LOG_NAME("route", s->name),
             LOG_NAME("kind", route_kind_name((enum route_kind)s->kind)));
}

static void
on_status(struct loop *loop, void *arg)
{
    struct outroutes *o = arg;
    struct route_status *list = ARENA_ARRAY(&o->arena, o->count, struct route_status);
    struct status_report r = {
        .role = STR("out"), .boot = str_from_c(o->boot), .route = list, .route_count = o->count};

    (void)loop;
    for (size_t i = 0; i < o->count; i++)
        outroute_status(o->one[i].route, &list[i]);
    corelink_status(o->core, &r);
    arena_reset(&o->arena);
}

struct outroutes *
outroutes_new(struct role_env *env, struct corelink *core)
{
    struct outroutes *o = xcalloc(1, sizeof *o);
    const struct tree *root;
    struct routes routes;
    struct diags d;

    diags_init(&d, env->arena);
    root = config_tree(bundle_find(env->config->bundle, CONFIG_MAIN), env->arena, &d);
    if (root == NULL || !routes_load(root, env->arena, &d, &routes))
        fatal(FATAL_CONFIG, "out.routes_refused");
    if (!mailboxes_load(env->config->bundle, env->arena, &d, &o->book))
        fatal(FATAL_CONFIG, "out.directory_refused");
    o->env = env;
    o->core = core;
    o->http = httpc_new(env->loop);
    o->smtp = smtpc_new(env->loop);
    o->count = routes.count;
    o->one = xcalloc(o->count + 1, sizeof *o->one);
    (void)snprintf(o->boot, sizeof o->boot, "%016llx", (unsigned long long)env->boot_id);
    mem_arena_new(&o->arena, ARENA_BYTES);
    for (size_t i = 0; i < o->count; i++)
        make(o, &o->one[i], &routes.route[i]);
    if (o->count > 0)
        (void)loop_add_timer(env->loop, STATUS_MS, STATUS_MS, on_status, o);
    return o;
}

void
outroutes_free(struct outroutes **op)
{
    struct outroutes *o = *op;

    if (o == NULL)
        return;
    httpc_free(&o->http);
    smtpc_free(&o->smtp);
    for (size_t i = 0; i < o->count; i++) {
        outroute_free(&o->one[i].route);
        mllpway_free(&o->one[i].mllp);
        fhirway_free(&o->one[i].fhir);
        webhookway_free(&o->one[i].webhook);
        mailway_free(&o->one[i].mail);
    }
    xfree(o->one);
    mem_arena_free(&o->arena);
    xfree(o);
    *op = NULL;
}

void
outroutes_reply(struct outroutes *o, const struct fetch_reply *r)
{
    for (size_t i = 0; i < o->count; i++)
        outroute_reply(o->one[i].route, r);
}

void
outroutes_wake(struct outroutes *o)
{
    for (size_t i = 0; i < o->count; i++)
        outroute_wake(o->one[i].route);
}
