#include "core/telling.h"

#include "alert/content.h"

enum { DAY_SECONDS = 86400 };

/* --- what a new version of an alert does */

static bool
has_budget(struct store *s, const struct duty *duty, struct str recipient, day_t today)
{
    struct duty_used used = {
        .today = store_told_count(s, recipient, today, today),
        .week = store_told_count(s, recipient, duty_week(today), today),
    };

    return duty_has_budget(duty, used);
}

static enum store_result
interrupt(struct store *s, const struct duty *duty, const struct alert *al,
          struct alert_recipient *r, struct stamp at)
{
    enum store_result result;

    if (!has_budget(s, duty, r->id, stamp_day(at))) {
        r->how = STR("digest");
        result = store_pending_add(s, r->id, al->id);
        return result == STORE_OK ? store_count(s, "interruptions_held", al->case_key, 1) : result;
    }
    r->how = STR("now");
    result = store_told_add(s, r->id, stamp_day(at), al);
    return result == STORE_OK ? store_pending_drop(s, r->id, al->id) : result;
}

static struct alert_recipient *
recipients_copy(const struct alert *al, struct arena *a)
{
    struct alert_recipient *r = ARENA_ARRAY(a, al->recipient_count, struct alert_recipient);

    for (size_t i = 0; i < al->recipient_count; i++) {
        r[i] = al->recipient[i];
        r[i].how = STR_NONE;
    }
    return r;
}

static enum store_result
count_unresolved(struct store *s, const struct effect *fx)
{
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < fx->alert.recipient_count && r == STORE_OK; i++) {
        if (fx->kind == EFFECT_RAISED && str_eq_c(fx->alert.recipient[i].role, "fallback"))
            r = store_count(s, "recipients_unresolved", fx->alert.case_key, 1);
    }
    return r;
}

/* Whom the version before did not name. */
static bool
is_new_to_it(const struct effect *fx, const struct alert_recipient *r)
{
    for (size_t i = 0; i < fx->before_count; i++) {
        if (str_eq(fx->before[i].id, r->id))
            return false;
    }
    return fx->handover;
}

static enum store_result
reach(struct store *s, const struct duty *duty, const struct effect *fx, struct alert_recipient *r,
      struct stamp at)
{
    bool comes_new = is_new_to_it(fx, r);
    /* who asked for a newer result is told where he looks anyway */
    bool late = comes_new && alert_interrupts(&fx->alert) && !str_eq_c(r->role, "ordering");

    if (!fx->quiet || late)
        return interrupt(s, duty, &fx->alert, r, at);
    if (!fx->digest && !comes_new)
        return STORE_OK;
    r->how = STR("digest");
    return store_pending_add(s, r->id, fx->alert.id);
}

/* It is no longer his: it shall not stand in his digest. */
static enum store_result
forget_others(struct store *s, const struct effect *fx)
{
    enum store_result result = STORE_OK;

    for (size_t i = 0; i < fx->before_count && result == STORE_OK; i++) {
        bool stays = false;

        for (size_t k = 0; k < fx->alert.recipient_count; k++)
            stays = stays || str_eq(fx->before[i].id, fx->alert.recipient[k].id);
        if (!stays)
            result = store_pending_drop(s, fx->before[i].id, fx->alert.id);
    }
    return result;
}

static enum store_result
decide(struct store *s, const struct duty *duty, struct effect *fx, struct stamp at,
       struct arena *a)
{
    struct alert_recipient *r = recipients_copy(&fx->alert, a);
    enum store_result result = forget_others(s, fx);
    bool any = false;

    for (size_t i = 0; i < fx->alert.recipient_count && result == STORE_OK; i++) {
        result = reach(s, duty, fx, &r[i], at);
        any = any || str_eq_c(r[i].how, "now");
    }
    fx->alert.recipient = r;
    fx->quiet = !any;
    if (any && duty->escalate_days > 0 && result == STORE_OK &&
        str_is_empty(fx->alert.only_for)) /* no pool hears of what is for one role */
        result = store_escalation_put(s, fx->alert.id,
                                      at.utc_s + (int64_t)duty->escalate_days * DAY_SECONDS);
    return result;
}

/* Retractions and ends have no budget: whoever got the alert hears of them. */
enum store_result
telling_decide(struct store *s, const struct duty *duty, struct effect *fx, struct stamp at,
               struct arena *a)
{
    enum store_result r;

    if (duty == NULL || fx->alert.recipient_count == 0 ||
        (fx->kind != EFFECT_RAISED && fx->kind != EFFECT_UPDATED))
        return STORE_OK;
    r = decide(s, duty, fx, at, a);
    return r == STORE_OK ? count_unresolved(s, fx) : r;
}

void
telling_add_pool(struct alert *al, const struct pool_call *call, struct arena *a)
{
    struct alert_recipient pool = {
        .id = call->pool, .role = STR("escalation"), .why = call->why, .how = STR("now")};

    struct alert_recipient *r = ARENA_ARRAY(a, al->recipient_count + 1, struct alert_recipient);
    size_t n = 0;

    directory_stand_in(call->directory, &pool, call->today, a);
    for (size_t i = 0; i < al->recipient_count; i++) {
        if (str_eq(al->recipient[i].id, pool.id))
            continue;
        r[n] = al->recipient[i];
        r[n++].how = STR_NONE;
    }
    r[n++] = pool;
    al->recipient = r;
    al->recipient_count = n;
}
