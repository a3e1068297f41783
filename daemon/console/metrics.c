#include "console/metrics.h"

#include "base/sb.h"
#include "codec/feed.h"

#ifndef RFD_VERSION
#define RFD_VERSION "unknown"
#endif

enum { METRICS_BYTES_MAX = 1024 * 1024 };

static void
label_text(struct sb *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            sb_add_char(b, '\\');
        sb_add(b, s.p[i] == '\n' ? STR(" ") : str_sub(s, i, 1));
    }
}

static void
head(struct sb *b, const char *name, const char *type, const char *help)
{
    sb_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
messages(struct sb *b, struct store *s)
{
    static const struct {
        enum outcome outcome;
        const char *name;
    } outcomes[] = {{OUTCOME_STORED, "stored"},
                    {OUTCOME_IGNORED, "ignored"},
                    {OUTCOME_QUARANTINED, "quarantined"}};

    head(b, "refractd_messages_total", "counter",
         "Messages in the journal, by what became of them.");
    for (size_t i = 0; i < RFD_COUNT(outcomes); i++)
        sb_addf(b, "refractd_messages_total{outcome=\"%s\"} %lld\n", outcomes[i].name,
                (long long)store_count_rows(s, outcomes[i].outcome));
    head(b, "refractd_last_message_timestamp_seconds", "gauge", "When the newest message came.");
    sb_addf(b, "refractd_last_message_timestamp_seconds %lld\n",
            (long long)store_journal_last_received(s));
}

/* Every counter that survives restarts, under its own name: duplicates, refused, rule_raised … */
static void
counters(struct sb *b, struct store *s, struct arena *a)
{
    struct counter_row *row;
    size_t n;

    if (store_counters(s, a, &row, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !str_eq(row[i].counter, row[i - 1].counter))
            sb_addf(b, "# TYPE refractd_%.*s_total counter\n", STR_FMT(row[i].counter));
        sb_addf(b, "refractd_%.*s_total{of=\"", STR_FMT(row[i].counter));
        label_text(b, row[i].label);
        sb_addf(b, "\"} %lld\n", (long long)row[i].value);
    }
}

static void
route_figure(struct sb *b, const char *name, struct str route, int64_t value)
{
    sb_addf(b, "refractd_route_%s{route=\"", name);
    label_text(b, route);
    sb_addf(b, "\"} %lld\n", (long long)value);
}

static void
routes(struct sb *b, struct store *s, struct arena *a)
{
    uint64_t top = store_outbox_head(s);
    struct cursor_row *row;
    size_t n;

    if (store_cursors(s, a, &row, &n) != STORE_OK)
        return;
    head(b, "refractd_route_behind", "gauge", "Alert events that a route has not confirmed yet.");
    for (size_t i = 0; i < n; i++)
        route_figure(b, "behind", row[i].route, top > row[i].seq ? (int64_t)(top - row[i].seq) : 0);
    head(b, "refractd_route_waiting_since_timestamp_seconds", "gauge",
         "When the first event that a route has not confirmed came up; 0: none waits.");
    for (size_t i = 0; i < n; i++)
        route_figure(b, "waiting_since_timestamp_seconds", row[i].route,
                     store_waiting_since(s, row[i].seq, a));
    head(b, "refractd_route_put_aside", "gauge", "Events that a route's receiver has refused.");
    for (size_t i = 0; i < n; i++)
        route_figure(b, "put_aside", row[i].route, (int64_t)store_dead_count(s, row[i].route));
    head(b, "refractd_route_held", "gauge", "1: an operator has stopped the route.");
    for (size_t i = 0; i < n; i++)
        route_figure(b, "held", row[i].route, store_route_held(s, row[i].route) ? 1 : 0);
}

static void
alerts(struct sb *b, struct store *s, struct arena *a)
{
    size_t count[ALERT_STATE_COUNT] = {0};
    struct str *packed;
    size_t n;

    if (store_alerts_list(s, true, a, &packed, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t mark = arena_mark(a);
        struct alert al;
        const char *why;

        if (codec_alert_unpack(a, packed[i], &al, &why) && !al.silent)
            count[al.state]++;
        arena_release(a, mark);
    }
    head(b, "refractd_open_alerts", "gauge", "Open alerts, by state; baseline ones left out.");
    for (int i = 0; i < ALERT_STATE_COUNT; i++)
        sb_addf(b, "refractd_open_alerts{state=\"%s\"} %zu\n",
                alert_state_name((enum alert_state)i), count[i]);
}

void
metrics_answer(struct reader *reader, const struct cds_figures *cds, const struct http_request *r,
               struct http_reply *out)
{
    struct store *s = reader_store(reader);
    struct sb b;

    if (s == NULL) {
        out->status = HTTP_UNAVAILABLE;
        return;
    }
    sb_init_arena(&b, r->arena, METRICS_BYTES_MAX);
    head(&b, "refractd_build_info", "gauge", "1, with the version.");
    sb_add_c(&b, "refractd_build_info{version=\"" RFD_VERSION "\"} 1\n");
    messages(&b, s);
    counters(&b, s, r->arena);
    routes(&b, s, r->arena);
    alerts(&b, s, r->arena);
    if (cds != NULL)
        cds_figures_write(&b, cds);
    out->status = HTTP_OK;
    out->type = "text/plain; version=0.0.4; charset=utf-8";
    out->body = sb_str(&b);
}
