#include "deliver/webhookway.h"

#include "base/hmac.h"
#include "codec/json.h"
#include "deliver/httpsays.h"
#include "deliver/keyfile.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"
#include "wire/jsonout.h"

#include <stdio.h>

enum { BODY_MAX = 4 * 1024 * 1024, HEADER_MAX = 256, ANSWER_MAX = 64 * 1024 };

struct webhookway {
    struct httpc *http;
    struct outroute *route;
    const struct webhookway_config *cfg;
    struct keyfile key;
};

static void
key_str(struct jsonout *j, const char *key, struct str value)
{
    jsonout_key(j, key);
    jsonout_str(j, value);
}

static void
finding(struct jsonout *j, const struct alert *al)
{
    jsonout_key(j, "rules");
    jsonout_list(j);
    for (size_t i = 0; i < al->section_count; i++)
        jsonout_str(j, al->section[i].rule_id);
    jsonout_list_end(j);
}

/* Nothing of the patient: no number, no disease, no value. */
static void
notice(struct sb *b, const struct webhookway *w, const struct outroute_item *item)
{
    const struct alert *al = &item->alert;
    struct jsonout j;
    char at[STAMP_TEXT_MAX];

    jsonout_init(&j, b);
    jsonout_map(&j);
    jsonout_key(&j, "event");
    jsonout_c(&j, event_kind_name(item->kind));
    key_str(&j, "alert", al->id);
    jsonout_key(&j, "version");
    jsonout_u64(&j, al->version);
    key_str(&j, "state", str_from_c(alert_state_name(al->state)));
    key_str(&j, "certainty", str_from_c(alert_certainty_name(al->certainty)));
    key_str(&j, "changed", stamp_format(stamp_of_utc(al->changed.utc_s), at));
    jsonout_key(&j, "quiet");
    jsonout_bool(&j, item->quiet);
    jsonout_key(&j, "demo");
    jsonout_bool(&j, al->demo);
    finding(&j, al);
    if (w->cfg->base != NULL) {
        char url[HEADER_MAX];

        (void)snprintf(url, sizeof url, "%s/alerts/%.*s", w->cfg->base, STR_FMT(al->id));
        jsonout_key(&j, "link");
        jsonout_c(&j, url);
    }
    jsonout_map_end(&j);
}

static void
whole(struct sb *b, const struct outroute_item *item)
{
    sb_addf(b, "{\"event\":\"%s\",\"alert\":", event_kind_name(item->kind));
    codec_alert_json(b, &item->alert);
    sb_add_char(b, '}');
}

static void
on_answer(void *arg, const struct httpc_answer *a)
{
    struct webhookway *w = arg;
    struct httpsays said = httpsays(a, false);

    outroute_finished(w->route, said.result, said.why, a->retry_after_s);
}

static const char *
signature(const struct webhookway *w, struct str body, struct arena *a)
{
    struct sb text;
    struct sb header;
    struct sha256 mac;
    char hex[SHA256_HEX_MAX];
    long long now = (long long)clock_wall_s();

    sb_init_arena(&text, a, body.n + HEADER_MAX);
    sb_addf(&text, "%lld.", now);
    sb_add(&text, body);
    mac = hmac_sha256(keyfile_str(&w->key), sb_str(&text));
    sb_init_arena(&header, a, HEADER_MAX);
    sb_addf(&header, "X-Refractd-Signature: t=%lld,v1=%.*s", now, STR_FMT(sha256_hex(&mac, hex)));
    return sb_cz(&header);
}

static const char *
delivery(const struct outroute_item *item, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, HEADER_MAX);
    sb_addf(&b, "X-Refractd-Delivery: %.*s.%u", STR_FMT(item->alert.id), item->alert.version);
    return sb_cz(&b);
}

static void
send_item(void *way, const struct outroute_item *item, struct arena *a)
{
    struct webhookway *w = way;
    struct sb b;
    struct httpc_request rq = {.method = "POST",
                               .url = w->cfg->url,
                               .headers = 3,
                               .ca = w->cfg->tls.ca,
                               .cert = w->cfg->tls.cert,
                               .key = w->cfg->tls.key,
                               .timeout_ms = w->cfg->timeout_ms,
                               .answer_max = ANSWER_MAX}; /* nobody reads it */

    sb_init_arena(&b, a, BODY_MAX);
    if (w->cfg->patient_data)
        whole(&b, item);
    else
        notice(&b, w, item);
    rq.body = sb_str(&b);
    rq.header[0] = "Content-Type: application/json";
    rq.header[1] = signature(w, rq.body, a);
    rq.header[2] = delivery(item, a);
    httpc_send(w->http, &rq, on_answer, w);
}

const struct outroute_way webhookway_how = {.kind = "webhook", .send = send_item};

struct webhookway *
webhookway_new(struct httpc *http, struct outroute *route, const struct webhookway_config *cfg)
{
    struct webhookway *w = xcalloc(1, sizeof *w);

    w->http = http;
    w->route = route;
    w->cfg = cfg;
    if (!keyfile_read(cfg->secret, &w->key))
        fatal(FATAL_CONFIG, "route.no_secret", LOG_NAME("route", outroute_name(route)),
              LOG_NAME("file", cfg->secret));
    return w;
}

void
webhookway_free(struct webhookway **wp)
{
    if (*wp == NULL)
        return;
    keyfile_forget(&(*wp)->key);
    xfree(*wp);
    *wp = NULL;
}
