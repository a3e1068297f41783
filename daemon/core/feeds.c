#include "core/feeds.h"

#include "core/board.h"
#include "core/internal.h"

enum { LINE_MAX_BYTES = 2048, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, WARN_DAYS = 30 };

/* "12 s", "3 min", "5 h", "2 d". */
static void
add_age(struct sb *b, int64_t s)
{
    if (s < 0)
        s = 0;
    if (s < MINUTE_S)
        sb_addf(b, "%lld s", (long long)s);
    else if (s < HOUR_S)
        sb_addf(b, "%lld min", (long long)(s / MINUTE_S));
    else if (s < DAY_S)
        sb_addf(b, "%lld h", (long long)(s / HOUR_S));
    else
        sb_addf(b, "%lld d", (long long)(s / DAY_S));
}

static struct str
state_of(const struct feed_status *f, bool stale)
{
    return stale ? STR("unknown") : f->state;
}

static void
text_line(struct sb *b, const struct feed_status *f, int64_t now, bool stale)
{
    sb_addf(b, "%.*s %.*s%s %.*s %.*s, %u connections, %llu messages", STR_FMT(f->name),
            STR_FMT(f->kind), f->tls ? " tls" : "", STR_FMT(f->address),
            STR_FMT(state_of(f, stale)), f->connections, (unsigned long long)f->messages);
    if (f->last_s != 0) {
        sb_add_c(b, ", last ");
        add_age(b, now - (int64_t)f->last_s);
        sb_add_c(b, " ago");
    }
    if (f->turned_away != 0)
        sb_addf(b, ", %llu turned away", (unsigned long long)f->turned_away);
    if (f->tls && f->tls_days < 0)
        sb_add_c(b, ", its certificate has ended");
    else if (f->tls && f->tls_days <= WARN_DAYS)
        sb_addf(b, ", its certificate ends in %d days", f->tls_days);
    if (!str_is_empty(f->problem))
        sb_addf(b, " (%.*s)", STR_FMT(f->problem));
    if (stale)
        sb_add_c(b, " (edge is silent)");
}

static void
json_line(struct sb *b, const struct feed_status *f, int64_t now, bool stale)
{
    sb_addf(b,
            "{\"feed\":\"%.*s\",\"kind\":\"%.*s\",\"address\":\"%.*s\",\"state\":\"%.*s\","
            "\"connections\":%u,\"connected\":%llu,\"turned_away\":%llu,\"messages\":%llu",
            STR_FMT(f->name), STR_FMT(f->kind), STR_FMT(f->address), STR_FMT(state_of(f, stale)),
            f->connections, (unsigned long long)f->connected, (unsigned long long)f->turned_away,
            (unsigned long long)f->messages);
    if (f->last_s != 0)
        sb_addf(b, ",\"last_message_age_s\":%lld", (long long)(now - (int64_t)f->last_s));
    else
        sb_add_c(b, ",\"last_message_age_s\":null");
    sb_addf(b, ",\"tls\":%s", f->tls ? "true" : "false");
    if (f->tls && f->tls_days < INT32_MAX)
        sb_addf(b, ",\"tls_days_left\":%d", f->tls_days);
    sb_addf(b, ",\"problem\":\"%.*s\"}", STR_FMT(f->problem));
}

void
feeds_run(struct ask *k)
{
    struct status_report r;
    int64_t age_ms = 0;

    if (!board_get(k->core->board, BOARD_EDGE, k->arena, &r, &age_ms)) {
        ask_fail(k, 1, "edge has said nothing yet");
        return;
    }
    for (size_t i = 0; i < r.feed_count; i++) {
        struct sb b;

        sb_init_arena(&b, k->arena, LINE_MAX_BYTES);
        if (k->rq->json)
            json_line(&b, &r.feed[i], k->now.utc_s, age_ms > BOARD_STALE_MS);
        else
            text_line(&b, &r.feed[i], k->now.utc_s, age_ms > BOARD_STALE_MS);
        lines_add(&k->lines, sb_str(&b));
    }
}
