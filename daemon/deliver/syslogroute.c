#include "deliver/syslogroute.h"

#include "alert/veil.h"
#include "deliver/route.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <string.h>

enum { TICK_MS = 1000, WINDOW = 64 };

static const size_t ARENA_BYTES = (size_t)64 << 20;
static const size_t ARENA_KEEP = (size_t)1 << 20;

struct syslogroute {
    struct loop *loop;
    struct corelink *core;
    struct arena arena;
    struct route route;
    bool placed; /* the cursor is known */
    int timer;
};

/* A name of ours, as the log may have it. */
static const char *
name_of(struct syslogroute *r, struct str s)
{
    static const char others[] = "._:-";

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  memchr(others, c, sizeof(others) - 1) != NULL;

        if (!ok)
            return "unnamed";
    }
    return str_cz(&r->arena, s);
}

/* Ids, rule ids and states are names of ours; nothing else of an alert is logged. */
static void
log_alert(struct syslogroute *r, const struct feed_event *e)
{
    struct alert al;
    const char *why = "";
    char event[40] = "alert.";
    const char *kind = event_kind_name(e->kind);
    size_t n = 6;

    if (e->kind == EVENT_DIGEST) {
        log_note("alert.digest", LOG_ID("seq", e->seq));
        return;
    }
    if (!codec_alert_unpack(&r->arena, e->alert, &al, &why)) {
        log_warn("alert.unreadable", LOG_ID("seq", e->seq));
        return;
    }
    al = alert_veiled(&al);
    while (*kind != '\0' && n + 1 < sizeof(event))
        event[n++] = *kind++;
    log_note(
        event, LOG_ID("seq", e->seq), LOG_NAME("id", name_of(r, al.id)),
        LOG_NUM("version", al.version),
        LOG_NAME("criterion", al.section_count == 0 ? "none" : name_of(r, al.section[0].rule_id)),
        LOG_NUM("sections", al.section_count),
        LOG_NAME("certainty", alert_certainty_name(al.certainty)), LOG_NUM("quiet", e->quiet));
}

/* All that came, then one step of the cursor: each costs core a transaction. */
static void
log_events(struct syslogroute *r, const struct fetch_reply *reply)
{
    for (size_t i = 0; i < reply->event_count && route_room(&r->route) > 0; i++) {
        if (reply->event[i].seq <= r->route.sent)
            continue;
        log_alert(r, &reply->event[i]);
        route_sent(&r->route, reply->event[i].seq);
    }
    RFD_IGNORE(route_confirm(&r->route, r->core, r->route.sent));
}

void
syslogroute_reply(struct syslogroute *r, const struct fetch_reply *reply)
{
    if (!str_eq(reply->route, route_name(&r->route)))
        return;
    if (reply->cursor > r->route.durable)
        r->route.durable = reply->cursor;
    if (!r->placed) {
        r->placed = true;
        r->route.sent = reply->cursor;
        r->route.asked = 0;
    } else if (reply->number != 0 && reply->number == r->route.asked) {
        r->route.asked = 0;
        log_events(r, reply);
    }
    if (r->route.sent < reply->head)
        route_ask(&r->route, r->core, clock_mono_ms());
    mem_arena_trim(&r->arena, ARENA_KEEP);
}

void
syslogroute_wake(struct syslogroute *r)
{
    if (r->placed)
        route_ask(&r->route, r->core, clock_mono_ms());
    else
        corelink_fetch(r->core, route_name(&r->route), 0, 0, 0);
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct syslogroute *r = arg;

    (void)loop;
    if (r->placed)
        route_tick(&r->route, r->core, clock_mono_ms());
    else
        syslogroute_wake(r);
}

struct syslogroute *
syslogroute_new(struct loop *loop, struct corelink *core)
{
    struct syslogroute *r = xcalloc(1, sizeof(*r));

    r->loop = loop;
    r->core = core;
    mem_arena_new(&r->arena, ARENA_BYTES);
    route_init(&r->route, STR(""), STR("syslog"), WINDOW);
    r->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, r);
    return r;
}

void
syslogroute_free(struct syslogroute **rp)
{
    struct syslogroute *r = *rp;

    if (r == NULL)
        return;
    loop_del_timer(r->loop, r->timer);
    mem_arena_free(&r->arena);
    xfree(r);
    *rp = NULL;
}
