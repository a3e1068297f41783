#include "deliver/feed.h"
#include "deliver/syslogroute.h"
#include "role/outroutes.h"
#include "role/role.h"
#include "sys/fatal.h"

/* What the role turns on. */
struct out {
    struct zctx *zc;
    struct corelink *core;
    struct feed *feed;
    struct syslogroute *syslog;
    struct outroutes *routes;
};

static void
on_reply(void *arg, const struct fetch_reply *r)
{
    struct out *o = arg;

    feed_reply(o->feed, r);
    syslogroute_reply(o->syslog, r);
    outroutes_reply(o->routes, r);
}

static void
on_wake(void *arg, uint64_t head, bool new_boot)
{
    struct out *o = arg;

    feed_wake(o->feed, head, new_boot);
    syslogroute_wake(o->syslog);
    outroutes_wake(o->routes);
}

int
role_out_main(struct role_env *env)
{
    struct out o = {.zc = zctx_new()};
    struct feed_config cfg = {.router_endpoint = env->settings->alert_router,
                              .pub_endpoint = env->settings->alert_pub,
                              .credit_max = (uint32_t)env->settings->alert_credit_max,
                              .germline = env->settings->alert_germline};

    o.core = corelink_new(env->loop, o.zc, role_ipc(env, "out"), on_reply, on_wake, &o);
    o.feed = feed_new(env->loop, o.zc, &cfg, o.core);
    o.syslog = syslogroute_new(env->loop, o.core);
    o.routes = outroutes_new(env, o.core);
    role_ready(env);
    loop_run(env->loop);
    outroutes_free(&o.routes);
    syslogroute_free(&o.syslog);
    feed_free(&o.feed);
    corelink_free(&o.core);
    zctx_free(&o.zc);
    return 0;
}
