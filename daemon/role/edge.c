#include "conf/config.h"
#include "intake/feedreport.h"
#include "intake/folderd.h"
#include "intake/mllpd.h"
#include "intake/reread.h"
#include "intake/zrouter.h"
#include "intake/zsub.h"
#include "knowledge/load.h"
#include "role/role.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>

enum { BOOT_MAX = 24, DRAIN_POLL_MS = 20, REPORT_MS = 1000 };

/* One feed with whatever takes it in. */
struct intake {
    struct mllpd *mllp;
    struct zrouter *router;
    struct zsub *sub;
    struct folderd *folder;
    struct hl7intake hl7; /* how its stored messages are read again, by its kind */
    struct native_feed native;
    struct csvintake csv;
};

struct edge {
    struct role_env *env;
    struct zctx *zc;
    struct corepipe *pipe;
    struct reread *reread;
    struct knowledge_set *set;
    char boot[BOOT_MAX];
    struct intake *intake;
    size_t intakes;
    struct csvintake imported;
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
        .connect = f->connect,
        .tls = f->tls.cert == NULL && f->tls.ca == NULL ? NULL : &f->tls,
        .ack = ack_of(f, m),
        .boot = e->boot,
        .connections_max = (size_t)f->max_connections,
        .idle_ms = f->idle_ms,
        .frame_ms = f->frame_ms,
        .handshake_ms = f->handshake_ms,
        .redial_ms = f->redial_ms,
    };

    return mllpd_new(e->env->loop, e->pipe, &cfg);
}

static void
reread_hl7(void *arg, struct str raw, struct stamp received, struct arena *a,
           struct result_message *out)
{
    const struct intake *in = arg;
    struct hl7read read;

    hl7intake_read(&in->hl7, raw, received, a, &read);
    *out = read.message;
}

static void
reread_native(void *arg, struct str raw, struct stamp received, struct arena *a,
              struct result_message *out)
{
    const struct intake *in = arg;

    (void)received; /* the message says its own time */
    native_read(&in->native, raw, a, out);
}

/* A folder's messages are of two kinds. */
static void
reread_dropped(void *arg, struct str raw, struct stamp received, struct arena *a,
               struct result_message *out)
{
    const struct intake *in = arg;

    if (csvintake_is_row(raw))
        csvintake_reread(&in->csv, raw, received, a, out);
    else
        reread_hl7(arg, raw, received, a, out);
}

static reread_cb *
reread_of(const struct feed_settings *f)
{
    if (f->kind == (int)FEED_FOLDER)
        return reread_dropped;
    return f->kind == (int)FEED_MLLP ? reread_hl7 : reread_native;
}

static enum csvdate_form
dates_of(const struct feed_settings *f)
{
    if (f->dates == (int)FEED_DATES_DMY)
        return CSVDATE_DMY;
    return f->dates == (int)FEED_DATES_MDY ? CSVDATE_MDY : CSVDATE_ISO;
}

static struct folderd *
folder_start(struct edge *e, const struct intake *in, const struct feed_settings *f)
{
    struct folderd_config cfg = {.hl7 = in->hl7,
                                 .csv = in->csv,
                                 .path = f->path,
                                 .pattern = f->pattern,
                                 .settle_ms = f->settle_ms};

    return folderd_new(e->env->loop, e->pipe, &cfg);
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

    in->native = native;
    in->hl7 = (struct hl7intake){.feed = native.feed,
                                 .map = m,
                                 .terms = native.terms,
                                 .history_until = f->history_until,
                                 .poison = native.poison};
    in->csv = (struct csvintake){native.feed, m, native.terms, dates_of(f), f->live, native.poison};
    switch ((enum feed_kind)f->kind) {
    case FEED_FOLDER: in->folder = folder_start(e, in, f); break;
    case FEED_MLLP: in->mllp = mllp_start(e, f, m); break;
    case FEED_ZMQ_ROUTER:
        in->router = zrouter_new(e->env->loop, e->zc, e->pipe, &native, f->listen);
        break;
    case FEED_ZMQ_SUB: in->sub = zsub_new(e->env->loop, e->zc, e->pipe, &sub); break;
    case FEED_KIND_COUNT: break;
    }
    reread_feed(e->reread, f->name, reread_of(f), in);
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
        if (e->intake[i].folder != NULL)
            folderd_stop_accepting(e->intake[i].folder);
    }
    (void)loop_add_timer(env->loop, 1, DRAIN_POLL_MS, drain_poll, e);
}

/* Certificates; maps are of the bundle. */
static void
on_reload(void *arg)
{
    struct edge *e = arg;

    for (size_t i = 0; i < e->intakes; i++) {
        if (e->intake[i].mllp != NULL)
            mllpd_reload(e->intake[i].mllp);
    }
}

static const char *
address_of(const struct feed_settings *f)
{
    const char *const all[] = {f->listen, f->connect, f->path};

    for (size_t i = 0; i < RFD_COUNT(all); i++) {
        if (all[i] != NULL)
            return all[i];
    }
    return "";
}

static const char *
state_of(const struct intake *in, const struct feed_settings *f)
{
    if (in->folder != NULL)
        return folderd_state(in->folder);
    return f->listen != NULL ? "listening" : "open";
}

static void
on_report(struct loop *loop, void *arg)
{
    struct edge *e = arg;
    const struct settings *s = e->env->settings;
    struct feed_status status[SETTINGS_FEEDS_MAX];
    struct status_report r = {
        .role = STR("edge"), .boot = str_from_c(e->boot), .feed = status, .feed_count = e->intakes};

    (void)loop;
    for (size_t i = 0; i < e->intakes; i++) {
        const struct feed_settings *f = &s->feed[i];
        struct feedreport from = {.name = f->name,
                                  .kind = settings_feed_kind_name((enum feed_kind)f->kind),
                                  .address = address_of(f),
                                  .state =
                                      e->env->draining ? "stopping" : state_of(&e->intake[i], f),
                                  .mllp = e->intake[i].mllp};

        feedreport_fill(e->pipe, &from, &status[i]);
    }
    corepipe_tell(e->pipe, &r);
}

static void
reread_imported(void *arg, struct str raw, struct stamp received, struct arena *a,
                struct result_message *out)
{
    const struct edge *e = arg;

    csvintake_reread(&e->imported, raw, received, a, out);
}

/* Rows that refractctl has read: by the map that it takes when none is named. */
static void
reread_imports(struct edge *e)
{
    const struct settings *s = e->env->settings;
    const char *name = "default.yaml";

    for (size_t i = s->feeds; i > 0; i--) {
        if (s->feed[i - 1].kind == (int)FEED_MLLP && s->feed[i - 1].map != NULL)
            name = s->feed[i - 1].map;
    }
    e->imported = (struct csvintake){.feed = "import",
                                     .map = knowledge_map(e->set, name),
                                     .terms = &e->set->terms,
                                     .poison = e->env->poison};
    if (e->imported.map != NULL)
        reread_feed(e->reread, "import", reread_imported, e);
}

static void
open_feeds(struct edge *e)
{
    const struct settings *s = e->env->settings;

    e->intake = xcalloc(s->feeds, sizeof(*e->intake));
    e->intakes = s->feeds;
    for (size_t i = 0; i < s->feeds; i++)
        intake_start(e, &e->intake[i], &s->feed[i]);
    reread_imports(e);
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
    e.reread = reread_new(e.pipe);
    open_feeds(&e);
    role_on_drain(env, on_drain, &e);
    role_on_reload(env, on_reload, &e);
    (void)loop_add_timer(env->loop, 1, REPORT_MS, on_report, &e);
    role_ready(env);
    loop_run(env->loop);
    for (size_t i = 0; i < e.intakes; i++) {
        mllpd_free(&e.intake[i].mllp);
        zrouter_free(&e.intake[i].router);
        zsub_free(&e.intake[i].sub);
        folderd_free(&e.intake[i].folder);
    }
    xfree(e.intake);
    reread_free(&e.reread);
    corepipe_free(&e.pipe);
    zctx_free(&e.zc);
    return 0;
}
