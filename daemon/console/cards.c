#include "console/cards.h"

#include "alert/build.h"
#include "alert/compose.h"
#include "alert/markdown.h"
#include "base/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { URL_MAX = 512 };

static const uint64_t CARD_NUMBER_MASK = UINT64_C(0xffffffffffff);

/* Why clinicians set such alerts aside (reference: interfaces, 2.2). */
static const struct {
    const char *code;
    const char *display;
} overrides[] = {
    {"already-known", "Already known to the team"},
    {"criteria-not-met", "Criteria not met on review"},
    {"wrong-line", "Wrong line of therapy"},
    {"patient-choice", "Patient's choice"},
    {"not-my-patient", "Not my patient"},
    {"duplicate", "Duplicate"},
    {"wrong-input", "Underlying results are wrong"},
};

/* "k3f9-17" and "k3f9-17.2" were raised by journal row 17. */
static uint64_t
number_of(struct str id)
{
    struct str tag;
    struct str rest;
    struct str number;
    struct str more;
    uint64_t n = 0;

    if (!str_cut(id, '-', &tag, &rest))
        return 0;
    if (!str_cut(rest, '.', &number, &more))
        number = rest;
    return str_to_u64(number, &n) ? n : 0;
}

struct str
card_uuid(const struct alert *al, uint32_t version, char buf[CARD_UUID_MAX])
{
    struct sha256_ctx c;
    struct sha256 h;
    uint64_t number = number_of(al->id) & CARD_NUMBER_MASK;

    sha256_init(&c);
    sha256_add_str(&c, al->id);
    sha256_add_u64(&c, version);
    h = sha256_end(&c);
    h.b[6] = (uint8_t)((h.b[6] & 0x0f) | 0x80);
    h.b[8] = (uint8_t)((h.b[8] & 0x3f) | 0x80);
    (void)snprintf(buf, CARD_UUID_MAX,
                   "%08" PRIx64 "-%04" PRIx64 "-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   number >> 16, number & 0xffff, h.b[6], h.b[7], h.b[8], h.b[9], h.b[10], h.b[11],
                   h.b[12], h.b[13], h.b[14], h.b[15]);
    return str_from_c(buf);
}

bool
card_number(struct str card, uint64_t *number_out)
{
    static const char hex[] = "0123456789abcdef";
    char digits[13];
    uint64_t n = 0;

    if (card.n != CARD_UUID_MAX - 1 || card.p[8] != '-')
        return false;
    (void)snprintf(digits, sizeof digits, "%.8s%.4s", card.p, card.p + 9);
    for (size_t i = 0; i < 12; i++) {
        const char *at = strchr(hex, digits[i]);

        if (digits[i] == '\0' || at == NULL)
            return false;
        n = n << 4 | (uint64_t)(at - hex);
    }
    *number_out = n;
    return true;
}

bool
card_is_of(const struct alert *al, struct str card)
{
    char uuid[CARD_UUID_MAX];

    for (uint32_t v = al->version; v > 0; v--) {
        if (str_eq(card, card_uuid(al, v, uuid)))
            return true;
    }
    return false;
}

bool
card_is_due(const struct alert *al)
{
    return !al->silent && str_is_empty(al->only_for) &&
           (al->state == ALERT_NEW || al->state == ALERT_DELIVERED || al->state == ALERT_ESCALATED);
}

const char *
card_override_text(struct str code)
{
    for (size_t i = 0; i < RFD_COUNT(overrides); i++) {
        if (str_eq_c(code, overrides[i].code))
            return overrides[i].display;
    }
    return NULL;
}

static void
key_c(struct jsonout *j, const char *key, const char *value)
{
    jsonout_key(j, key);
    jsonout_c(j, value);
}

static void
key_str(struct jsonout *j, const char *key, struct str value)
{
    jsonout_key(j, key);
    jsonout_str(j, value);
}

static const char *
url_of(const struct cds_config *cfg, const char *path, struct str id, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, URL_MAX);
    sb_addf(&b, "%s%s%.*s", cfg->base, path, STR_FMT(id));
    return sb_cz(&b);
}

static void
source(struct jsonout *j, const struct alert *al, const struct cds_config *cfg, struct arena *a)
{
    jsonout_key(j, "source");
    jsonout_map(j);
    key_c(j, "label", "refractd");
    if (al->section_count > 0 && !str_is_empty(al->section[0].url))
        key_str(j, "url", al->section[0].url);
    jsonout_key(j, "topic");
    jsonout_map(j);
    key_c(j, "system", url_of(cfg, "/topics", STR(""), a));
    key_c(j, "code", "acquired-resistance");
    key_c(j, "display", "Acquired resistance");
    jsonout_map_end(j);
    jsonout_map_end(j);
}

/* A draft that the clinician may take over: nothing is ordered by us. */
static void
board(struct jsonout *j, struct str patient, struct arena *a)
{
    struct str subject = str_cat(a, STR("Patient/"), patient);

    jsonout_key(j, "resource");
    jsonout_map(j);
    key_c(j, "resourceType", "ServiceRequest");
    key_c(j, "status", "draft");
    key_c(j, "intent", "proposal");
    jsonout_key(j, "code");
    jsonout_map(j);
    key_c(j, "text", "Molecular tumour board referral");
    jsonout_map_end(j);
    jsonout_key(j, "subject");
    jsonout_map(j);
    key_str(j, "reference", subject);
    jsonout_map_end(j);
    jsonout_map_end(j);
}

static void
suggestions(struct jsonout *j, const struct alert *al, struct str patient, struct arena *a)
{
    char uuid[CARD_UUID_MAX];

    if (str_is_empty(patient))
        return;
    jsonout_key(j, "suggestions");
    jsonout_list(j);
    jsonout_map(j);
    key_c(j, "label", "Refer to molecular tumour board");
    key_str(j, "uuid", card_uuid(al, UINT32_MAX - al->version, uuid));
    jsonout_key(j, "actions");
    jsonout_list(j);
    jsonout_map(j);
    key_c(j, "type", "create");
    key_c(j, "description", "Draft referral: present at the molecular tumour board");
    board(j, patient, a);
    jsonout_map_end(j);
    jsonout_list_end(j);
    jsonout_map_end(j);
    jsonout_list_end(j);
    key_c(j, "selectionBehavior", "at-most-one");
}

static void
reasons(struct jsonout *j, const struct cds_config *cfg, struct arena *a)
{
    const char *system = url_of(cfg, "/override", STR(""), a);

    jsonout_key(j, "overrideReasons");
    jsonout_list(j);
    for (size_t i = 0; i < RFD_COUNT(overrides); i++) {
        jsonout_map(j);
        key_c(j, "code", overrides[i].code);
        key_c(j, "system", system);
        key_c(j, "display", overrides[i].display);
        jsonout_map_end(j);
    }
    jsonout_list_end(j);
}

static void
links(struct jsonout *j, const struct alert *al, const struct cds_config *cfg, struct arena *a)
{
    jsonout_key(j, "links");
    jsonout_list(j);
    jsonout_map(j);
    key_c(j, "label", "Timeline and evidence");
    key_c(j, "url", url_of(cfg, "/alerts/", al->id, a));
    key_c(j, "type", "absolute");
    jsonout_map_end(j);
    jsonout_list_end(j);
}

/* Never critical: nothing of ours is time-critical (DESIGN.md, promise 8). */
static const char *
indicator(const struct alert *al)
{
    return al->certainty == ALERT_CONFIRMED && alert_options_stand_open(al) ? "warning" : "info";
}

void
card_write(struct jsonout *j, const struct alert *al, const struct cds_config *cfg,
           struct str patient, struct arena *a)
{
    char uuid[CARD_UUID_MAX];
    struct sb detail;

    sb_init_arena(&detail, a, ALERT_TEXT_MAX);
    markdown_alert(&detail, al);
    jsonout_map(j);
    key_str(j, "uuid", card_uuid(al, al->version, uuid));
    key_str(j, "summary", al->headline);
    key_c(j, "indicator", indicator(al));
    key_str(j, "detail", sb_str(&detail));
    source(j, al, cfg, a);
    suggestions(j, al, patient, a);
    reasons(j, cfg, a);
    links(j, al, cfg, a);
    jsonout_map_end(j);
}
