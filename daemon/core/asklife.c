#include "core/asklife.h"

#include "alert/compose.h"
#include "alert/life.h"
#include "alert/veil.h"
#include "base/sb.h"
#include "codec/json.h"
#include "core/internal.h"
#include "core/person.h"
#include "core/telling.h"

enum { ALERT_JSON_MAX = 1 << 20, SNOOZE_DAYS_MAX = 180, CHANGE_MAX = 200 };

/* What is done, and how it is said. */
struct act {
    enum alert_state to;
    const char *event; /* of the audit: acknowledged … */
    struct str reason; /* absent: none is kept */
    const char *word;  /* the reason in the figures */
    day_t until;       /* of a snooze */
    struct str pool;   /* of an escalation */
};

static bool
has_word(struct str s, const char *word)
{
    struct str w = str_from_c(word);

    for (size_t i = 0; i + w.n <= s.n; i++) {
        if (str_eq_nocase(str_sub(s, i, w.n), w))
            return true;
    }
    return false;
}

const char *
asklife_reason(struct str reason)
{
    static const struct {
        const char *part;
        const char *word;
    } words[] = {
        {"known", "already_known"},      {"not my patient", "not_my_patient"},
        {"line", "wrong_line"},          {"choice", "patient_choice"},
        {"duplicate", "duplicate"},      {"criteri", "criteria_not_met"},
        {"not met", "criteria_not_met"}, {"wrong", "data_wrong"},
        {"data", "data_wrong"},          {"result", "data_wrong"},
    };

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (has_word(reason, words[i].part))
            return words[i].word;
    }
    return "other";
}

static enum store_result
note_rules(struct ask *k, const struct act *act, const struct alert *al)
{
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < al->section_count && r == STORE_OK; i++)
        r = store_rule_act_add(core_store(k->core), al->section[i].rule_id, act->event, act->word,
                               k->now.utc_s - al->raised.utc_s);
    return r;
}

/* The day that a snooze ends is one that the patient is looked at again. */
static enum store_result
look_again(struct ask *k, uint64_t patient)
{
    struct core *c = k->core;
    struct engine_event ev = core_event(c, store_journal_head(c->store), k->now, false);

    return core_evaluate(c, patient, &ev);
}

static struct str
change_text(struct ask *k, const struct act *act)
{
    struct sb b;
    char day[DAY_TEXT_MAX];

    sb_init_arena(&b, k->arena, CHANGE_MAX);
    sb_add_c(&b, act->event);
    if (act->to == ALERT_SNOOZED)
        sb_addf(&b, " until %.*s", STR_FMT(day_format(act->until, day)));
    if (act->to == ALERT_ESCALATED)
        sb_addf(&b, " to %.*s", STR_FMT(act->pool));
    return sb_ok(&b) ? sb_str(&b) : str_from_c(act->event);
}

static bool
apply(struct ask *k, const struct act *act, struct alert *al)
{
    if (al->gate != ALERT_OUT || al->silent || !alert_move(al, act->to, k->now, act->reason)) {
        ask_fail(k, 1, "the alert's state does not allow that");
        return false;
    }
    if (act->to == ALERT_ESCALATED && !str_is_empty(al->only_for)) {
        ask_fail(k, 1, "the alert is for one role alone: nobody else is asked");
        return false;
    }
    al->version++;
    al->change = change_text(k, act);
    if (act->to == ALERT_SNOOZED)
        al->snoozed_until = act->until;
    if (act->to == ALERT_ESCALATED) {
        telling_add_pool(al,
                         &(struct pool_call){k->core->duty->directory, act->pool,
                                             STR("a person asked for it"), stamp_day(k->now)},
                         k->arena);
    }
    return true;
}

static enum store_result
store_act(struct ask *k, const struct act *act, uint64_t patient, struct effect *one)
{
    struct store *s = core_store(k->core);
    struct effects fx = {.item = one, .count = 1};
    enum store_result r = store_begin(s);

    if (r == STORE_OK)
        r = ask_note_entry(k);
    if (r == STORE_OK)
        r = person_store(s, patient, &fx, k->now, k->arena);
    if (r == STORE_OK)
        r = note_rules(k, act, &one->alert);
    if (r == STORE_OK)
        r = store_audit_add(s, act->event, str_cz(k->arena, ask_actor(k)), one->alert.id, k->now);
    if (r == STORE_OK && act->to == ALERT_SNOOZED)
        r = look_again(k, patient);
    return r == STORE_OK ? store_commit(s) : r;
}

static void
print_alert(struct ask *k, const struct alert *al)
{
    struct alert seen = alert_veiled(al);
    struct sb b;

    sb_init_arena(&b, k->arena, ALERT_JSON_MAX);
    if (k->rq->json)
        codec_alert_json(&b, &seen);
    else
        compose_line(&b, al);
    lines_add(&k->lines, sb_str(&b));
}

/* What others are told of it is quiet, but for an escalation, which asks somebody, and an end. */
static void
do_act(struct ask *k, const struct act *act)
{
    struct store *s = core_store(k->core);
    struct effect one = {.kind = act->to == ALERT_RESOLVED ? EFFECT_CLOSED : EFFECT_UPDATED,
                         .quiet = act->to != ALERT_ESCALATED && act->to != ALERT_RESOLVED};
    uint64_t patient;

    k->now = core_instant(k->core, k->now);
    if (!ask_alert(k, &one.alert, &patient)) {
        ask_fail(k, 1, "no alert of that id");
        return;
    }
    if (!apply(k, act, &one.alert))
        return;
    if (store_act(k, act, patient, &one) != STORE_OK) {
        if (store_in_transaction(s))
            store_rollback(s);
        ask_fail(k, 1, "not stored: the disk is full");
        return;
    }
    print_alert(k, &one.alert);
}

void
ask_ack(struct ask *k)
{
    const struct act act = {
        .to = ALERT_ACKNOWLEDGED, .event = "acknowledged", .reason = STR_NONE, .word = ""};

    do_act(k, &act);
}

void
ask_override(struct ask *k)
{
    const struct act act = {.to = ALERT_OVERRIDDEN,
                            .event = "overridden",
                            .reason = k->rq->arg[1],
                            .word = asklife_reason(k->rq->arg[1])};

    if (str_is_empty(str_trim(act.reason)))
        ask_fail(k, 2, "a reason is needed");
    else
        do_act(k, &act);
}

void
ask_resolve(struct ask *k)
{
    const struct act act = {.to = ALERT_RESOLVED,
                            .event = "resolved",
                            .reason = k->rq->arg_count > 1 ? k->rq->arg[1] : STR_NONE,
                            .word = ""};

    do_act(k, &act);
}

/* A day, or a span from today on. */
static bool
until_parse(struct ask *k, struct str s, day_t *out)
{
    day_t today = stamp_day(core_instant(k->core, k->now));
    struct span span;

    if (!day_parse(s, out)) {
        if (!span_parse(s, &span))
            return false;
        *out = day_add(today, span);
    }
    return *out > today && *out <= today + SNOOZE_DAYS_MAX;
}

void
ask_snooze(struct ask *k)
{
    struct act act = {
        .to = ALERT_SNOOZED, .event = "snoozed", .reason = STR_NONE, .word = "", .until = DAY_NONE};

    if (until_parse(k, k->rq->arg[1], &act.until)) {
        do_act(k, &act);
        return;
    }
    ask_fail(k, 2, "until when? a day after today such as 2026-12-01, or 14d; 180 days at most");
}

void
ask_escalate(struct ask *k)
{
    const struct duty *duty = k->core->duty;
    struct act act = {.to = ALERT_ESCALATED, .event = "escalated", .reason = STR_NONE, .word = ""};
    bool named = k->rq->arg_count > 1;

    if (duty == NULL || duty->directory == NULL) {
        ask_fail(k, 1, "the site has no directory (setting `directory`): nobody to escalate to");
        return;
    }
    act.pool = named ? directory_pool(duty->directory, k->rq->arg[1]) : duty->escalate_to;
    if (!str_is_empty(act.pool)) {
        do_act(k, &act);
        return;
    }
    ask_fail(k, 1,
             named ? "the directory has no pool of that name"
                   : "to whom? name a pool, or set alerts.escalate_to");
}

/* --- the digest, as `tail` prints it */

static void
digest_item(struct ask *k, const struct digest_of *of, const struct digest_item *item)
{
    lines_addf(&k->lines,
               k->rq->json ? "{\"digest_for\":\"%.*s\",\"alert_id\":\"%.*s\",\"version\":%u,"
                             "\"state\":\"%s\",\"certainty\":\"%s\"}"
                           : "  %.*s: %.*s v%u %s %s: %.*s",
               STR_FMT(of->recipient), STR_FMT(item->alert_id), item->version,
               alert_state_name(item->state), alert_certainty_name(item->certainty),
               STR_FMT(item->headline));
}

void
asklife_digest(struct ask *k, const struct digest *d)
{
    char day[DAY_TEXT_MAX];

    if (!k->rq->json)
        lines_addf(&k->lines, "---- event %llu: digest of %.*s", (unsigned long long)k->out->seq,
                   STR_FMT(day_format(d->day, day)));
    for (size_t i = 0; i < d->of_count; i++) {
        for (size_t n = 0; n < d->of[i].item_count; n++)
            digest_item(k, &d->of[i], &d->of[i].item[n]);
    }
}

/* --- figures */

struct figures {
    struct str rule;
    int64_t fired;
    int64_t acknowledged;
    int64_t overridden;
    int64_t snoozed;
    int64_t escalated;
    int64_t retracted;
    int64_t median_s; /* to the acknowledgement; -1: none */
};

struct rules_read {
    struct rule_act_row *act;
    size_t acts;
    struct rule_time_row *time;
    size_t times;
    struct counter_row *counter;
    size_t counters;
};

static bool
rules_load(struct ask *k, struct rules_read *in)
{
    struct store *s = core_store(k->core);

    return store_rule_acts(s, k->arena, &in->act, &in->acts) == STORE_OK &&
           store_rule_times(s, "acknowledged", k->arena, &in->time, &in->times) == STORE_OK &&
           store_counters(s, k->arena, &in->counter, &in->counters) == STORE_OK;
}

/* They come sorted: the middle one, of two the earlier. */
static int64_t
median(const struct rules_read *in, struct str rule)
{
    size_t first = 0;
    size_t n = 0;

    for (size_t i = 0; i < in->times; i++) {
        if (!str_eq(in->time[i].rule, rule))
            continue;
        first = n == 0 ? i : first;
        n++;
    }
    return n == 0 ? -1 : in->time[first + (n - 1) / 2].seconds;
}

static struct figures
figures_of(const struct rules_read *in, struct str rule)
{
    struct figures f = {.rule = rule, .median_s = median(in, rule)};

    for (size_t i = 0; i < in->counters; i++) {
        if (str_eq_c(in->counter[i].counter, "rule_raised") && str_eq(in->counter[i].label, rule))
            f.fired = in->counter[i].value;
    }
    for (size_t i = 0; i < in->acts; i++) {
        const struct rule_act_row *r = &in->act[i];

        if (!str_eq(r->rule, rule))
            continue;
        f.acknowledged += str_eq_c(r->act, "acknowledged") ? r->count : 0;
        f.overridden += str_eq_c(r->act, "overridden") ? r->count : 0;
        f.snoozed += str_eq_c(r->act, "snoozed") ? r->count : 0;
        f.escalated += str_eq_c(r->act, "escalated") ? r->count : 0;
        f.retracted += str_eq_c(r->act, "retracted") ? r->count : 0;
    }
    return f;
}

static void
reasons_add(struct sb *b, const struct rules_read *in, struct str rule, bool json)
{
    bool first = true;

    for (size_t i = 0; i < in->acts; i++) {
        const struct rule_act_row *r = &in->act[i];

        if (!str_eq(r->rule, rule) || !str_eq_c(r->act, "overridden"))
            continue;
        sb_addf(b, json ? "%s\"%.*s\":%lld" : "%s%.*s %lld",
                first  ? ""
                : json ? ","
                       : ", ",
                STR_FMT(r->reason), (long long)r->count);
        first = false;
    }
}

static void
figures_json(struct sb *b, const struct figures *f, const struct rules_read *in)
{
    sb_addf(b,
            "{\"rule\":\"%.*s\",\"fired\":%lld,\"acknowledged\":%lld,\"overridden\":%lld,"
            "\"overridden_by\":{",
            STR_FMT(f->rule), (long long)f->fired, (long long)f->acknowledged,
            (long long)f->overridden);
    reasons_add(b, in, f->rule, true);
    sb_addf(b, "},\"snoozed\":%lld,\"escalated\":%lld,\"retracted\":%lld", (long long)f->snoozed,
            (long long)f->escalated, (long long)f->retracted);
    if (f->median_s >= 0)
        sb_addf(b, ",\"median_seconds_to_acknowledge\":%lld", (long long)f->median_s);
    sb_add_char(b, '}');
}

static void
figures_text(struct sb *b, const struct figures *f, const struct rules_read *in)
{
    sb_addf(b, "%-32.*s fired %lld, acknowledged %lld", STR_FMT(f->rule), (long long)f->fired,
            (long long)f->acknowledged);
    if (f->median_s >= 0)
        sb_addf(b, " (half of them within %lld h %lld min)", (long long)(f->median_s / 3600),
                (long long)(f->median_s % 3600 / 60));
    sb_addf(b, ", overridden %lld", (long long)f->overridden);
    if (f->overridden > 0) {
        sb_add_c(b, " (");
        reasons_add(b, in, f->rule, false);
        sb_add_char(b, ')');
    }
    sb_addf(b, ", snoozed %lld, escalated %lld, retracted %lld", (long long)f->snoozed,
            (long long)f->escalated, (long long)f->retracted);
}

/* Each rule of the set that was told or answered, in the set's order. */
void
ask_rules(struct ask *k)
{
    const struct ruleset *rules = &core_knowledge(k->core)->rules;
    struct rules_read in = {0};

    if (!rules_load(k, &in)) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct figures f = figures_of(&in, rules->rule[i].head.id);
        struct sb b;

        if (f.fired + f.acknowledged + f.overridden + f.snoozed + f.escalated + f.retracted == 0)
            continue;
        sb_init_arena(&b, k->arena, LINE_BYTES_MAX);
        if (k->rq->json)
            figures_json(&b, &f, &in);
        else
            figures_text(&b, &f, &in);
        lines_add(&k->lines, sb_str(&b));
    }
}
