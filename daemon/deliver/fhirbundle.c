#include "deliver/fhirbundle.h"

#include "alert/compose.h"
#include "base/sha256.h"
#include "wire/jsonout.h"

#include <stdio.h>
#include <string.h>

enum { URN_MAX = 48, TEXT_MAX = 1024, DAY_OF_TASK = 14 };

struct writer {
    struct jsonout j;
    const struct alert *al;
    struct arena *a;
    const struct fhirbundle_config *cfg;
    const char *patient; /* "Patient?identifier=…" */
    const char *value;   /* "ID:vN" */
    char issue[URN_MAX];
};

static void
key_c(struct writer *w, const char *key, const char *value)
{
    jsonout_key(&w->j, key);
    jsonout_c(&w->j, value);
}

static void
key_str(struct writer *w, const char *key, struct str value)
{
    jsonout_key(&w->j, key);
    jsonout_str(&w->j, value);
}

static void
open_map(struct writer *w, const char *key)
{
    jsonout_key(&w->j, key);
    jsonout_map(&w->j);
}

static void
open_list(struct writer *w, const char *key)
{
    jsonout_key(&w->j, key);
    jsonout_list(&w->j);
}

static const char *
joined(struct writer *w, const char *x, const char *y, struct str z)
{
    struct str head = str_cat(w->a, str_from_c(x), str_from_c(y));

    return str_cz(w->a, str_cat(w->a, head, z));
}

/* Stable for the same resource of the same version. */
static void
urn(const struct writer *w, const char *kind, char out[URN_MAX])
{
    struct sha256_ctx c;
    struct sha256 h;

    sha256_init(&c);
    sha256_add_str(&c, w->al->id);
    sha256_add_u64(&c, w->al->version);
    sha256_add_str(&c, str_from_c(kind));
    h = sha256_end(&c);
    (void)snprintf(out, URN_MAX,
                   "urn:uuid:%02x%02x%02x%02x-%02x%02x-4%01x%02x-8%01x%02x-"
                   "%02x%02x%02x%02x%02x%02x",
                   h.b[0], h.b[1], h.b[2], h.b[3], h.b[4], h.b[5], h.b[6] & 15u, h.b[7],
                   h.b[8] & 15u, h.b[9], h.b[10], h.b[11], h.b[12], h.b[13], h.b[14], h.b[15]);
}

static void
identifier(struct writer *w, const char *kind, const char *value)
{
    open_list(w, "identifier");
    jsonout_map(&w->j);
    key_c(w, "system", joined(w, w->cfg->system, kind, STR("")));
    key_c(w, "value", value);
    jsonout_map_end(&w->j);
    jsonout_list_end(&w->j);
}

static void
reference(struct writer *w, const char *key, const char *to)
{
    open_map(w, key);
    key_c(w, "reference", to);
    jsonout_map_end(&w->j);
}

/* An instant to the second, as FHIR wants it. */
static void
when(struct writer *w, const char *key, struct stamp at)
{
    char buf[STAMP_TEXT_MAX];
    struct stamp utc = stamp_of_utc(at.utc_s);

    if (!stamp_is_absent(at))
        key_str(w, key, stamp_format(utc, buf));
}

static void
request(struct writer *w, const char *method, const char *url, const char *none)
{
    open_map(w, "request");
    key_c(w, "method", method);
    key_c(w, "url", url);
    if (none != NULL)
        key_c(w, "ifNoneExist", none);
    jsonout_map_end(&w->j);
}

static bool
is_over(const struct alert *al)
{
    return al->state == ALERT_RETRACTED || al->state == ALERT_SUPERSEDED ||
           al->state == ALERT_EXPIRED;
}

/* high only where options stand to be discussed on a confirmed finding; nothing is ever urgent. */
static const char *
severity(const struct alert *al)
{
    if (al->certainty != ALERT_CONFIRMED)
        return "low";
    return al->consequence == CONSEQUENCE_OPTIONS ? "high" : "moderate";
}

static void
evidence(struct writer *w)
{
    if (w->al->section_count == 0)
        return;
    open_list(w, "evidence");
    for (size_t i = 0; i < w->al->section_count; i++) {
        const struct alert_section *s = &w->al->section[i];
        struct sb b;

        sb_init_arena(&b, w->a, ALERT_TEXT_MAX);
        sb_addf(&b, "rule %.*s %.*s: %.*s", STR_FMT(s->rule_id), STR_FMT(s->rule_version),
                STR_FMT(s->why));
        for (size_t e = 0; e < s->evidence_count; e++)
            sb_addf(&b, "; %.*s: %.*s", STR_FMT(s->evidence[e].part), STR_FMT(s->evidence[e].text));
        jsonout_map(&w->j);
        open_list(w, "code");
        jsonout_map(&w->j);
        key_str(w, "text", sb_str(&b));
        jsonout_map_end(&w->j);
        jsonout_list_end(&w->j);
        jsonout_map_end(&w->j);
    }
    jsonout_list_end(&w->j);
}

static void
issue_code(struct writer *w)
{
    open_map(w, "code");
    open_list(w, "coding");
    jsonout_map(&w->j);
    key_c(w, "system", joined(w, w->cfg->system, "/alert-kind", STR("")));
    key_c(w, "code", "acquired-resistance");
    key_c(w, "display", "Acquired resistance");
    jsonout_map_end(&w->j);
    jsonout_list_end(&w->j);
    key_str(w, "text", w->al->headline);
    jsonout_map_end(&w->j);
}

static void
issue(struct writer *w)
{
    struct sb detail;

    sb_init_arena(&detail, w->a, ALERT_TEXT_MAX);
    compose_alert(&detail, w->al);
    jsonout_map(&w->j);
    key_c(w, "fullUrl", w->issue);
    open_map(w, "resource");
    key_c(w, "resourceType", "DetectedIssue");
    identifier(w, "", str_cz(w->a, w->al->id));
    key_c(w, "status",
          w->al->state == ALERT_RETRACTED       ? "entered-in-error"
          : w->al->certainty == ALERT_CONFIRMED ? "final"
                                                : "preliminary");
    issue_code(w);
    key_c(w, "severity", severity(w->al));
    reference(w, "patient", w->patient);
    when(w, "identifiedDateTime", w->al->raised);
    open_map(w, "author");
    key_c(w, "display", "refractd");
    jsonout_map_end(&w->j);
    evidence(w);
    key_str(w, "detail", sb_str(&detail));
    if (w->cfg->base != NULL)
        key_c(w, "reference", joined(w, w->cfg->base, "/alerts/", w->al->id));
    jsonout_map_end(&w->j);
    request(
        w, "PUT",
        joined(w, "DetectedIssue?identifier=", joined(w, w->cfg->system, "|", w->al->id), STR("")),
        NULL);
    jsonout_map_end(&w->j);
}

static void
communication_head(struct writer *w)
{
    key_c(w, "resourceType", "CommunicationRequest");
    identifier(w, "/version", w->value);
    key_c(w, "status", is_over(w->al) ? "revoked" : "active");
    open_list(w, "category");
    jsonout_map(&w->j);
    open_list(w, "coding");
    jsonout_map(&w->j);
    key_c(w, "system", "http://terminology.hl7.org/CodeSystem/communication-category");
    key_c(w, "code", "alert");
    jsonout_map_end(&w->j);
    jsonout_list_end(&w->j);
    jsonout_map_end(&w->j);
    jsonout_list_end(&w->j);
    key_c(w, "priority", "routine");
}

static void
communication(struct writer *w)
{
    char full[URN_MAX];

    urn(w, "communication", full);
    jsonout_map(&w->j);
    key_c(w, "fullUrl", full);
    open_map(w, "resource");
    communication_head(w);
    reference(w, "subject", w->patient);
    open_list(w, "about");
    jsonout_map(&w->j);
    key_c(w, "reference", w->issue);
    jsonout_map_end(&w->j);
    jsonout_list_end(&w->j);
    when(w, "authoredOn", w->al->changed);
    open_list(w, "payload");
    jsonout_map(&w->j);
    key_str(w, "contentString", w->al->headline);
    jsonout_map_end(&w->j);
    jsonout_list_end(&w->j);
    jsonout_map_end(&w->j);
    request(w, "POST", "CommunicationRequest",
            joined(w, "identifier=", joined(w, w->cfg->system, "/version|", str_from_c(w->value)),
                   STR("")));
    jsonout_map_end(&w->j);
}

/* What became of it (FHIR R4 task-status). */
static const char *
task_status(enum alert_state s)
{
    switch (s) {
    case ALERT_ACKNOWLEDGED: return "accepted";
    case ALERT_SNOOZED: return "on-hold";
    case ALERT_OVERRIDDEN: return "rejected";
    case ALERT_RESOLVED: return "completed";
    case ALERT_RETRACTED:
    case ALERT_EXPIRED:
    case ALERT_SUPERSEDED: return "cancelled";
    case ALERT_NEW:
    case ALERT_DELIVERED:
    case ALERT_ESCALATED:
    case ALERT_STATE_COUNT: break;
    }
    return "requested";
}

static void
task_terms(struct writer *w)
{
    char day[DAY_TEXT_MAX];

    if (!str_is_empty(w->al->reason)) {
        open_map(w, "statusReason");
        key_str(w, "text", w->al->reason);
        jsonout_map_end(&w->j);
    }
    key_c(w, "intent", "proposal");
    key_c(w, "priority", "routine");
    open_map(w, "code");
    key_c(w, "text", "Review an alert of treatment resistance");
    jsonout_map_end(&w->j);
    reference(w, "focus", w->issue);
    reference(w, "for", w->patient);
    when(w, "authoredOn", w->al->raised);
    when(w, "lastModified", w->al->changed);
    open_map(w, "owner");
    key_c(w, "display", w->cfg->owner);
    jsonout_map_end(&w->j);
    open_map(w, "restriction");
    open_map(w, "period");
    key_str(w, "end", day_format(stamp_day(w->al->raised) + DAY_OF_TASK, day));
    jsonout_map_end(&w->j);
    jsonout_map_end(&w->j);
}

/* A task that still waits is made once and then the server's: the team may have taken it there.
 * What was decided here is said again. */
static void
task_request(struct writer *w)
{
    const char *search =
        joined(w, "identifier=", joined(w, w->cfg->system, "/task|", w->al->id), STR(""));

    if (w->al->state == ALERT_NEW || w->al->state == ALERT_DELIVERED ||
        w->al->state == ALERT_ESCALATED)
        request(w, "POST", "Task", search);
    else
        request(w, "PUT", joined(w, "Task?", search, STR("")), NULL);
}

static void
task(struct writer *w)
{
    char full[URN_MAX];

    urn(w, "task", full);
    jsonout_map(&w->j);
    key_c(w, "fullUrl", full);
    open_map(w, "resource");
    key_c(w, "resourceType", "Task");
    identifier(w, "/task", str_cz(w->a, w->al->id));
    key_c(w, "status", task_status(w->al->state));
    task_terms(w);
    jsonout_map_end(&w->j);
    task_request(w);
    jsonout_map_end(&w->j);
}

static const char *
system_of(const struct fhirbundle_config *cfg, struct str authority)
{
    for (size_t i = 0; i < cfg->authorities; i++) {
        if (str_eq_c(authority, cfg->authority[i].authority))
            return cfg->authority[i].system;
    }
    return NULL;
}

static const char *
value_of(struct arena *a, const struct alert *al)
{
    struct sb b;

    sb_init_arena(&b, a, TEXT_MAX);
    sb_addf(&b, "%.*s:v%u", STR_FMT(al->id), al->version);
    return sb_cz(&b);
}

/* What would end the value in a search is written in percent (FHIR R4, 3.1.1.4; RFC 3986). */
static struct str
escaped(struct arena *a, struct str s)
{
    struct sb b;

    sb_init_arena(&b, a, 3 * s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';

        if (plain)
            sb_add(&b, str_sub(s, i, 1));
        else
            sb_addf(&b, "%%%02X", c);
    }
    return sb_str(&b);
}

bool
fhirbundle_write(struct sb *b, const struct alert *al, struct arena *a,
                 const struct fhirbundle_config *cfg)
{
    const char *system = system_of(cfg, al->patient.authority);
    struct writer w = {.al = al, .a = a, .cfg = cfg};

    if (system == NULL)
        return false;
    w.patient = joined(
        &w, "Patient?identifier=", joined(&w, system, "|", escaped(a, al->patient.id)), STR(""));
    w.value = value_of(a, al);
    urn(&w, "issue", w.issue);
    jsonout_init(&w.j, b);
    jsonout_map(&w.j);
    key_c(&w, "resourceType", "Bundle");
    key_c(&w, "type", "transaction");
    open_list(&w, "entry");
    issue(&w);
    if (cfg->notify && !is_over(al))
        communication(&w);
    task(&w);
    jsonout_list_end(&w.j);
    jsonout_map_end(&w.j);
    return true;
}
