#include "sys/tlskeep.h"

#include "sys/fatal.h"
#include "sys/log.h"
#include "sys/mem.h"

enum { DAY_S = 86400 };

struct tlskeep {
    const char *name;
    struct tls_want want;
    bool server;
    struct tls_ctx *ctx;
    int64_t told_s; /* when an end was last logged */
};

struct tlskeep *
tlskeep_new(const char *name, const struct tls_want *w, bool server)
{
    struct tlskeep *k = xcalloc(1, sizeof(*k));
    char why[TLS_WHY_MAX] = "";

    *k = (struct tlskeep){.name = name, .want = *w, .server = server};
    if (!tls_ctx_new(w, server, &k->ctx, why))
        fatal(FATAL_CONFIG, "tls.unusable", LOG_NAME("name", name), LOG_NAME("why", why));
    return k;
}

void
tlskeep_free(struct tlskeep **kp)
{
    struct tlskeep *k = *kp;

    *kp = NULL;
    if (k == NULL)
        return;
    tls_ctx_free(&k->ctx);
    xfree(k);
}

struct tls_ctx *
tlskeep_ctx(const struct tlskeep *k)
{
    return k == NULL ? NULL : k->ctx;
}

void
tlskeep_reload(struct tlskeep *k)
{
    struct tls_ctx *fresh = NULL;
    char why[TLS_WHY_MAX] = "";

    if (k == NULL)
        return;
    if (!tls_ctx_new(&k->want, k->server, &fresh, why)) {
        log_error("tls.reload_refused", LOG_NAME("name", k->name), LOG_NAME("why", why));
        return;
    }
    tls_ctx_free(&k->ctx);
    k->ctx = fresh;
    k->told_s = 0;
    log_note("tls.reloaded", LOG_NAME("name", k->name));
}

int32_t
tlskeep_days_left(const struct tlskeep *k, int64_t now)
{
    const char *file = "";

    return k == NULL ? TLS_NO_EXPIRY : tls_ctx_days_left(k->ctx, now, &file);
}

void
tlskeep_tick(struct tlskeep *k, int64_t now)
{
    const char *file = "";
    int32_t days;

    if (k == NULL || (k->told_s != 0 && now - k->told_s < DAY_S))
        return;
    days = tls_ctx_days_left(k->ctx, now, &file);
    if (days > TLSKEEP_WARN_DAYS)
        return;
    k->told_s = now;
    log_event(days <= TLSKEEP_ERROR_DAYS ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
              days < 0 ? "tls.ended" : "tls.ends_soon", LOG_NAME("name", k->name),
              LOG_NAME("file", file), LOG_NUM("days", days));
}
