#include "core/person.h"

#include "alert/compose.h"
#include "base/limits.h"
#include "codec/feed.h"
#include "codec/message.h"
#include "core/telling.h"
#include "sys/fatal.h"

#include <string.h>

/* Codec answers "too_large" where any other allocation jumps to the arena's trap: so this jumps. */
static void
unreadable(struct arena *a, const char *event, const char *why)
{
    if (strcmp(why, "too_large") == 0)
        (void)arena_array(a, 2, SIZE_MAX / 2);
    fatal(FATAL_STORE, event, LOG_NAME("reason", why));
}

struct fact
person_fact(struct arena *a, struct str packed)
{
    struct fact f;
    const char *why = "";

    if (!codec_fact_unpack(a, packed, &f, &why))
        unreadable(a, "store.fact_unreadable", why);
    return f;
}

struct alert
person_alert(struct arena *a, struct str packed)
{
    struct alert al;
    const char *why = "";

    if (!codec_alert_unpack(a, packed, &al, &why))
        unreadable(a, "store.alert_unreadable", why);
    return al;
}

static enum store_result
load_facts(struct store *s, const uint64_t *numbers, size_t n, struct arena *a,
           struct engine_patient *p)
{
    struct stored_fact *stored;
    struct fact *f;
    size_t count;
    enum store_result r;

    if (n == 1 && store_facts_kept(s, numbers[0], &p->fact, &p->fact_count))
        return STORE_OK;
    r = store_facts_load(s, numbers, n, a, &stored, &count);
    if (r != STORE_OK)
        return r;
    if (n == 1 && store_facts_keep(s, numbers[0], stored, count) &&
        store_facts_kept(s, numbers[0], &p->fact, &p->fact_count))
        return STORE_OK;
    f = ARENA_ARRAY(a, count, struct fact);
    for (size_t i = 0; i < count; i++) {
        f[i] = person_fact(a, stored[i].packed);
        f[i].key = stored[i].key;
        f[i].keyed = true;
    }
    p->fact = f;
    p->fact_count = count;
    return STORE_OK;
}

static enum store_result
load_alerts(struct store *s, const uint64_t *numbers, size_t n, struct arena *a,
            struct engine_patient *p)
{
    struct str *packed;
    struct alert *al;
    size_t count;
    enum store_result r = store_alerts_load(s, numbers, n, a, &packed, &count);

    if (r != STORE_OK)
        return r;
    al = ARENA_ARRAY(a, count, struct alert);
    for (size_t i = 0; i < count; i++)
        al[i] = person_alert(a, packed[i]);
    p->alert = al;
    p->alert_count = count;
    return STORE_OK;
}

enum store_result
person_load(struct store *s, uint64_t number, struct arena *a, struct person_loaded *out)
{
    uint64_t *numbers;
    size_t n;
    enum store_result r = store_patient_joined(s, number, a, &numbers, &n, &out->survivor);

    if (r == STORE_OK)
        r = store_patient_ref(s, out->survivor, a, &out->patient.ref);
    if (r == STORE_OK)
        r = load_facts(s, numbers, n, a, &out->patient);
    if (r == STORE_OK)
        r = load_alerts(s, numbers, n, a, &out->patient);
    return r;
}

static enum event_kind
event_of(enum effect_kind k)
{
    switch (k) {
    case EFFECT_RAISED: return EVENT_RAISED;
    case EFFECT_UPDATED: return EVENT_UPDATED;
    case EFFECT_RETRACTED: return EVENT_RETRACTED;
    case EFFECT_CLOSED: return EVENT_CLOSED;
    case EFFECT_BASELINE:
    case EFFECT_HELD:
    case EFFECT_SHADOW:
    case EFFECT_KIND_COUNT: break;
    }
    return EVENT_NONE;
}

/* Per rule: how often it was told, held for review, or seen in shadow. */
static enum store_result
count_rules(struct store *s, const struct effect *fx)
{
    static const char *const counter[ALERT_GATE_COUNT] = {
        [ALERT_OUT] = "rule_raised",
        [ALERT_HELD] = "rule_held",
        [ALERT_SHADOW] = "rule_shadow",
    };
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < fx->fresh_count && r == STORE_OK; i++)
        r = store_count(s, counter[fx->alert.gate], fx->fresh[i], 1);
    return r;
}

/* For the figures of each rule. */
static enum store_result
count_retracted(struct store *s, const struct alert *al)
{
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < al->section_count && r == STORE_OK; i++)
        r = store_rule_act_add(s, al->section[i].rule_id, "retracted", "",
                               al->changed.utc_s - al->raised.utc_s);
    return r;
}

static enum store_result
store_effect(struct store *s, uint64_t survivor, const struct effect *fx, struct stamp at,
             struct arena *a)
{
    struct sb text;
    struct outbox_row row = {.kind = (int32_t)event_of(fx->kind),
                             .quiet = fx->quiet,
                             .alert_id = fx->alert.id,
                             .version = fx->alert.version};
    enum store_result r;

    sb_init_arena(&text, a, ALERT_TEXT_MAX);
    compose_alert(&text, &fx->alert);
    row.packed = codec_alert_pack(a, &fx->alert, sb_str(&text));
    r = store_alert_put(s, survivor, &fx->alert, row.packed);
    if (r == STORE_OK && row.kind != (int32_t)EVENT_NONE)
        r = store_outbox_add(s, &row);
    if (r == STORE_OK)
        r = store_audit_add(s, effect_kind_name(fx->kind), "engine", fx->alert.id, at);
    if (r == STORE_OK)
        r = store_count(s, "alerts", str_from_c(effect_kind_name(fx->kind)), 1);
    if (r == STORE_OK && fx->kind == EFFECT_RETRACTED)
        r = count_retracted(s, &fx->alert);
    return r == STORE_OK ? count_rules(s, fx) : r;
}

enum store_result
person_store(struct store *s, uint64_t survivor, const struct effects *fx, struct stamp at,
             struct arena *a)
{
    for (size_t i = 0; i < fx->count; i++) {
        struct effect told = fx->item[i];
        enum store_result r = telling_decide(s, fx->duty, &told, at, a);

        if (r == STORE_OK)
            r = store_effect(s, survivor, &told, at, a);
        if (r != STORE_OK)
            return r;
    }
    return fx->too_long ? store_count(s, "patients_too_long", STR(""), 1) : STORE_OK;
}

enum store_result
person_evaluate(struct store *s, const struct knowledge *k, uint64_t number,
                const struct engine_event *ev, struct arena *a)
{
    struct person_loaded p = {0};
    struct effects fx;
    enum store_result r = person_load(s, number, a, &p);

    if (r != STORE_OK)
        return r;
    engine_step(k, &p.patient, ev, a, &fx);
    r = person_store(s, p.survivor, &fx, ev->at, a);
    if (r == STORE_OK)
        r = store_interest_put(s, p.survivor, fx.word, fx.word_count);
    if (fx.next_due != DAY_NONE && fx.next_due <= stamp_day(ev->at))
        fx.next_due = stamp_day(ev->at) + 1; /* today was looked at: never twice in a day */
    if (r == STORE_OK)
        r = store_patient_due(s, p.survivor, fx.next_due, k->sha);
    return r;
}
