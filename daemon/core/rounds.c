#include "core/rounds.h"

#include "alert/life.h"
#include "base/sb.h"
#include "codec/feed.h"
#include "core/internal.h"
#include "core/person.h"
#include "core/telling.h"
#include "sys/log.h"

enum {
    DIGEST_ROWS_MAX = 5000, /* lines of one digest; a site with more has other troubles */
    ESCALATE_MAX = 64,      /* in one transaction */
    KEEP_DAYS = 14,         /* of interruptions, for the budget of a week */
    WHY_MAX = 100,
};

/* --- the digest */

/* Whatever can cause an effect has a journal number. */
static enum store_result
note_tick(struct store *s, struct str what, struct stamp at)
{
    struct journal_row row = {.kind = JOURNAL_TICK,
                              .feed = STR("tick"),
                              .control_id = what,
                              .sender = STR(""),
                              .type = STR("tick"),
                              .outcome = OUTCOME_STORED,
                              .received = at,
                              .payload = what,
                              .payload_sha = sha256_of(what.p, what.n)};

    return store_journal_add(s, &row);
}

/* Who has been answered since, or has ended, is no news any more. */
static bool
is_for_digest(const struct alert *al)
{
    return alert_is_open(al) && al->state != ALERT_ACKNOWLEDGED && al->state != ALERT_SNOOZED;
}

static struct digest
digest_make(const struct pending_row *row, size_t n, day_t day, struct arena *a)
{
    struct digest_of *of = ARENA_ARRAY(a, n, struct digest_of);
    struct digest_item *item = ARENA_ARRAY(a, n, struct digest_item);
    struct digest d = {.day = day, .of = of};
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        struct alert al = person_alert(a, row[i].packed);
        struct digest_of *last = d.of_count == 0 ? NULL : &of[d.of_count - 1];

        if (!is_for_digest(&al))
            continue;
        if (last == NULL || !str_eq(last->recipient, row[i].recipient)) {
            last = &of[d.of_count++];
            *last = (struct digest_of){row[i].recipient, &item[used], 0};
        }
        item[used++] = (struct digest_item){al.id, al.version, al.state, al.certainty, al.headline};
        last->item_count++;
    }
    return d;
}

static enum store_result
digest_write(struct core *c, struct stamp at)
{
    struct arena *a = &c->step;
    struct outbox_row out = {.kind = (int32_t)EVENT_DIGEST, .alert_id = STR("")};
    struct pending_row *row;
    struct digest d;
    size_t n;
    enum store_result r = store_pending_list(c->store, DIGEST_ROWS_MAX, a, &row, &n);

    if (r != STORE_OK)
        return r;
    d = digest_make(row, n, stamp_day(at), a);
    if (d.of_count > 0) {
        r = note_tick(c->store, STR("digest"), at);
        out.packed = codec_digest_pack(a, &d);
        if (r == STORE_OK)
            r = store_outbox_add(c->store, &out);
        if (r == STORE_OK)
            r = store_count(c->store, "digests", STR(""), 1);
    }
    return r == STORE_OK ? store_digest_done(c->store, stamp_day(at), stamp_day(at) - KEEP_DAYS)
                         : r;
}

/* --- escalation */

static struct str
unanswered(const struct duty *duty, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, WHY_MAX);
    sb_addf(&b, "nobody has acknowledged it in %ld days", (long)duty->escalate_days);
    return sb_str(&b);
}

/* An alert that somebody has answered meanwhile, or that has ended, stays where it is. */
static enum store_result
escalate(struct core *c, struct str id, struct stamp at)
{
    struct arena *a = &c->step;
    struct effect one = {.kind = EFFECT_UPDATED};
    struct effects fx = {.item = &one, .count = 1};
    uint64_t patient;
    struct str packed;
    enum store_result r = store_alert_get(c->store, id, a, &patient, &packed);

    if (r == STORE_OK)
        one.alert = person_alert(a, packed);
    if (r == STORE_OK && alert_is_open(&one.alert) && one.alert.state == ALERT_NEW &&
        alert_move(&one.alert, ALERT_ESCALATED, at, STR_NONE)) {
        one.alert.version++;
        one.alert.change = str_cat(a, STR("escalated: "), unanswered(c->duty, a));
        telling_add_pool(&one.alert,
                         &(struct pool_call){c->duty->directory, c->duty->escalate_to,
                                             unanswered(c->duty, a), stamp_day(at)},
                         a);
        r = note_tick(c->store, id, at);
        if (r == STORE_OK)
            r = person_store(c->store, patient, &fx, at, a);
        if (r == STORE_OK)
            r = store_audit_add(c->store, "escalated", "engine", id, at);
    }
    return r == STORE_OK || r == STORE_NONE ? store_escalation_drop(c->store, id) : r;
}

static enum store_result
escalate_all(struct core *c, const struct str *id, size_t n, struct stamp at)
{
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < n && r == STORE_OK; i++)
        r = escalate(c, id[i], at);
    return r;
}

/* --- time */

static enum store_result
tick(struct core *c, struct stamp at, bool digest, bool *any)
{
    struct str *id = NULL;
    size_t n = 0;
    enum store_result r = STORE_OK;

    if (duty_is_open(c->duty, at))
        r = store_escalations_due(c->store, at.utc_s, ESCALATE_MAX, &c->step, &id, &n);
    *any = digest || n > 0;
    if (r != STORE_OK || !*any)
        return r;
    r = store_begin(c->store);
    if (r == STORE_OK && digest)
        r = digest_write(c, at);
    if (r == STORE_OK)
        r = escalate_all(c, id, n, at);
    return r == STORE_OK ? store_commit(c->store) : r;
}

bool
rounds_tick(struct core *c, struct stamp at)
{
    bool digest;
    bool any = false;
    enum store_result r;

    if (c->duty == NULL || c->duty->directory == NULL)
        return false;
    if (c->digest_day == DAY_NONE)
        c->digest_day = store_digest_day(c->store);
    digest = duty_digest_is_due(c->duty, at, c->digest_day);
    r = tick(c, at, digest, &any);
    if (r == STORE_OK && digest)
        c->digest_day = stamp_day(at);
    if (r != STORE_OK) {
        log_error("core.rounds_failed", LOG_NAME("reason", store_result_name(r)));
        if (store_in_transaction(c->store))
            store_rollback(c->store);
    }
    return any && r == STORE_OK;
}
