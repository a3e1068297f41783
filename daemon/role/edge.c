#include "conf/config.h"
#include "intake/mllpd.h"
#include "intake/zrouter.h"
#include "intake/zsub.h"
#include "knowledge/load.h"
#include "role/role.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>

enum { BOOT_MAX = 24, DRAIN_POLL_MS = 20 };

/* One feed with whatever takes it in. */
struct intake {
    struct mllpd *mllp;
    struct zrouter *router;
    struct zsub *sub;
};

struct edge {
    struct role_env *env;
    struct zctx *zc;
    struct corepipe *pipe;
    struct knowledge_set *set;
    char boot[BOOT_MAX];
    struct intake *intake;
    size_t intakes;
};

static const struct map *
map_of(struct edge *e, const struct feed_settings *f)
{
    const struct map *m = knowledge_map(e->set, f->map == NULL ? "default.yaml" : f->map);

    if (m == NULL)
        fatal(FATAL_CONFIG, "edge.no_map", LOG_NAME("feed", f->name));
    return m;
}

static enum hl7ack_mode
ack_of(const struct feed_settings *f, const struct map *m)
{
    if (f->ack == FEED_ACK_ORIGINAL)
        return HL7ACK_ORIGINAL;
    if (f->ack == FEED_ACK_ENHANCED)
        return HL7ACK_ENHANCED;
    return m->ack; /* the map may know the sender better; auto by default */
}

static struct mllpd *
mllp_start(struct edge *e, const struct feed_settings *f, const struct map *m)
{
    struct mllpd_config cfg = {
        .read = {.feed = f->name,
                 .map = m,
                 .terms = &e->set->terms,
                 .history_until = f->history_until,
                 .poison = e->env->poison},
        .listen = f->listen,
        .ack = ack_of(f, m),
        .boot = e->boot,
        .connections_max = (size_t)f->max_connections,
        .idle_ms = f->idle_ms,
    };

    return mllpd_new(e->env->loop, e->pipe, &cfg);
}

static void
intake_start(struct edge *e, struct intake *in, const struct feed_settings *f)
{
    const struct map *m = map_of(e, f);
    struct native_feed native = {.feed = f->name,
                                 .map = m,
                                 .terms = &e->set->terms,
                                 .history_until = f->history_until,
                                 .poison = e->env->poison};
    struct zsub_config sub = {
        .feed = native, .connect = f->connect, .replay = f->replay, .topic = f->topic};

    switch ((enum feed_kind)f->kind) {
    case FEED_MLLP: in->mllp = mllp_start(e, f, m); break;
    case FEED_ZMQ_ROUTER:
        in->router = zrouter_new(e->env->loop, e->zc, e->pipe, &native, f->listen);
        break;
    case FEED_ZMQ_SUB: in->sub = zsub_new(e->env->loop, e->zc, e->pipe, &sub); break;
    case FEED_KIND_COUNT: break;
    }
    log_note("feed.open", LOG_NAME("feed", f->name),
             LOG_NAME("kind", settings_feed_kind_name((enum feed_kind)f->kind)));
}

static void
drain_poll(struct loop *loop, void *arg)
{
    struct edge *e = arg;
    size_t open = corepipe_waiting(e->pipe);

    for (size_t i = 0; i < e->intakes; i++)
        open += e->intake[i].mllp == NULL ? 0 : mllpd_unanswered(e->intake[i].mllp);
    if (open == 0)
        loop_stop(loop);
}

/* Nothing new is taken; what core has is answered, then the role ends. */
static void
on_drain(struct role_env *env, void *arg)
{
    struct edge *e = arg;

    for (size_t i = 0; i < e->intakes; i++) {
        if (e->intake[i].mllp != NULL)
            mllpd_stop_accepting(e->intake[i].mllp);
        if (e->intake[i].router != NULL)
            zrouter_stop_accepting(e->intake[i].router);
        if (e->intake[i].sub != NULL)
            zsub_stop_accepting(e->intake[i].sub);
    }
    (void)loop_add_timer(env->loop, 1, DRAIN_POLL_MS, drain_poll, e);
}

static void
open_feeds(struct edge *e)
{
    const struct settings *s = e->env->settings;

    e->intake = xcalloc(s->feeds, sizeof(*e->intake));
    e->intakes = s->feeds;
    for (size_t i = 0; i < s->feeds; i++)
        intake_start(e, &e->intake[i], &s->feed[i]);
}

int
role_edge_main(struct role_env *env)
{
    struct edge e = {.env = env};
    struct diags d;

    (void)snprintf(e.boot, sizeof(e.boot), "%016llx", (unsigned long long)env->boot_id);
    diags_init(&d, env->arena);
    if (!knowledge_load(env->config->bundle, env->settings, env->arena, &d, &e.set))
        fatal(FATAL_CONFIG, "edge.knowledge_refused", LOG_NUM("errors", d.errors));
    e.zc = zctx_new();
    e.pipe = corepipe_new(env->loop, e.zc, role_ipc(env, "ingest"), e.boot);
    open_feeds(&e);
    role_on_drain(env, on_drain, &e);
    role_ready(env);
    loop_run(env->loop);
    for (size_t i = 0; i < e.intakes; i++) {
        mllpd_free(&e.intake[i].mllp);
        zrouter_free(&e.intake[i].router);
        zsub_free(&e.intake[i].sub);
    }
    xfree(e.intake);
    corepipe_free(&e.pipe);
    zctx_free(&e.zc);
    return 0;
}
