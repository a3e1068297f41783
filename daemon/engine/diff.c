#include "engine/diff.h"

#include "alert/content.h"
#include "alert/life.h"
#include "base/sb.h"
#include "base/sort.h"

#include <string.h>

enum { ALERT_ID_MAX = 64 };

struct differ {
    const struct diff_in *in;
    struct arena *arena;
    bool *taken; /* alerts that a wanted one took over */
    bool *met;   /* wanted ones that found their alert */
    struct effect *item;
    size_t count;
    unsigned minted;
};

static struct effect *
effect_add(struct differ *d, enum effect_kind kind, bool quiet, const struct alert *al)
{
    d->item[d->count] = (struct effect){.kind = kind, .quiet = quiet, .alert = *al};
    if (kind == EFFECT_RAISED || kind == EFFECT_UPDATED)
        d->item[d->count].alert.told = al->told || !quiet;
    return &d->item[d->count++];
}

/* now: it is to interrupt; else worth: it is to stand in the digest. */
static struct effect *
tell(struct differ *d, enum effect_kind kind, bool now, bool worth, const struct alert *al)
{
    struct effect *fx = effect_add(d, kind, !now, al);

    fx->digest = worth && !now;
    return fx;
}

/* The rules of al that old (NULL: there was none) had no section of. */
static void
note_fresh(struct differ *d, struct effect *fx, const struct alert *old)
{
    struct str *rule = ARENA_ARRAY(d->arena, fx->alert.section_count, struct str);

    for (size_t i = 0; i < fx->alert.section_count; i++) {
        struct str id = fx->alert.section[i].rule_id;

        if (old == NULL || !alert_has_rule(old, id))
            rule[fx->fresh_count++] = id;
    }
    fx->fresh = rule;
}

/* What nobody was told of changes without a word. */
static enum effect_kind
effect_of(const struct alert *al, enum effect_kind told)
{
    switch (al->gate) {
    case ALERT_HELD: return EFFECT_HELD;
    case ALERT_SHADOW: return EFFECT_SHADOW;
    case ALERT_OUT:
    case ALERT_GATE_COUNT: break;
    }
    return al->silent ? EFFECT_BASELINE : told;
}

/* Ids are minted from the journal number of the cause: "k3f9-17", "k3f9-17.2" … */
static struct str
mint(struct differ *d)
{
    struct sb b;

    sb_init_arena(&b, d->arena, ALERT_ID_MAX);
    sb_add(&b, d->in->event->store_tag);
    sb_addf(&b, "-%llu", (unsigned long long)d->in->event->journal);
    if (++d->minted > 1)
        sb_addf(&b, ".%u", d->minted);
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

/* An overridden alert still holds its key: the person has spoken on it. */
static bool
is_live(const struct alert *a)
{
    return alert_is_live(a) || a->state == ALERT_OVERRIDDEN;
}

static bool
same_key(const struct alert *a, const struct alert *b)
{
    return str_eq(a->case_key, b->case_key) && str_eq(a->episode, b->episode);
}

static const struct alert *
take(struct differ *d, size_t wanted, size_t alert)
{
    d->taken[alert] = true;
    d->met[wanted] = true;
    return &d->in->alert[alert];
}

/* Alerts are taken over within their gate; a held one that is let out, by what goes out. */
static bool
same_gate(const struct differ *d, const struct alert *al, const struct alert *wanted)
{
    if (str_is_empty(al->only_for) != str_is_empty(wanted->only_for))
        return false; /* what others were told is not turned into what they may not see */
    return al->gate == wanted->gate ||
           (wanted->gate == ALERT_OUT && str_eq(al->id, d->in->event->release));
}

/* The live alert of the same case and episode. */
static const struct alert *
match_key(struct differ *d, size_t w)
{
    const struct alert *wanted = &d->in->wanted[w].alert;
    size_t found = d->in->alert_count;

    for (size_t i = 0; i < d->in->alert_count; i++) {
        const struct alert *al = &d->in->alert[i];

        if (d->taken[i] || !is_live(al) || !same_key(al, wanted) || !same_gate(d, al, wanted))
            continue;
        if (al->gate == wanted->gate) /* one that is out already, before one that is let out */
            return take(d, w, i);
        found = i;
    }
    return found < d->in->alert_count ? take(d, w, found) : NULL;
}

/* Keys move (a late administration renumbers lines, two numbers are merged): the live alert that
 * shares evidence is taken over, the lowest id first. */
static const struct alert *
match_evidence(struct differ *d, size_t w)
{
    const struct alert *wanted = &d->in->wanted[w].alert;

    for (size_t i = 0; i < d->in->alert_count; i++) {
        const struct alert *al = &d->in->alert[i];

        if (!d->taken[i] && is_live(al) && same_gate(d, al, wanted) &&
            alert_shares_evidence(al, wanted))
            return take(d, w, i);
    }
    return NULL;
}

static bool
is_old_news(const struct differ *d, const struct wanted *w)
{
    day_t newest = DAY_NONE;

    if (d->in->event->history)
        return true;
    if (w->notify_age == 0)
        return false;
    for (size_t i = 0; i < w->alert.section_count; i++) {
        const struct alert_section *s = &w->alert.section[i];

        for (size_t k = 0; k < s->evidence_count; k++) {
            if (s->evidence[k].day != DAY_NONE && s->evidence[k].day > newest)
                newest = s->evidence[k].day;
        }
    }
    return newest != DAY_NONE && newest < d->in->today - w->notify_age;
}

static void
raise_new(struct differ *d, const struct wanted *w)
{
    struct alert al = w->alert;

    al.id = mint(d);
    al.version = 1;
    al.state = ALERT_NEW;
    al.raised = d->in->event->at;
    al.changed = d->in->event->at;
    al.silent = al.gate != ALERT_OUT || is_old_news(d, w);
    note_fresh(d, tell(d, effect_of(&al, EFFECT_RAISED), alert_interrupts(&al), true, &al), NULL);
}

/* Whom it is for, whoever stands in for him today: an absence is no reason to tell anybody anew. */
static struct str
principal(const struct alert_recipient *r)
{
    return str_is_empty(r->covers) ? r->id : r->covers;
}

static bool
names(const struct alert_recipient *list, size_t n, const struct alert_recipient *r)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(principal(&list[i]), principal(r)) && str_eq(list[i].role, r->role))
            return true;
    }
    return false;
}

static bool
all_named(const struct alert *a, const struct alert *b)
{
    for (size_t i = 0; i < a->recipient_count; i++) {
        if (!str_eq_c(a->recipient[i].role, "escalation") &&
            !names(b->recipient, b->recipient_count, &a->recipient[i]))
            return false;
    }
    return true;
}

/* Status is a pure function of the facts, and so is whom it is for: a late admission, or a role
 * that has ended, ends in the same people as one that came in time. */
static bool
same_people(const struct alert *a, const struct alert *b)
{
    return all_named(a, b) && all_named(b, a);
}

/* A pool that it was escalated to goes on hearing of it. */
static void
keep_pools(struct differ *d, struct alert *al, const struct alert *old)
{
    struct alert_recipient *r =
        ARENA_ARRAY(d->arena, al->recipient_count + old->recipient_count, struct alert_recipient);
    size_t n = 0;

    for (size_t i = 0; i < al->recipient_count; i++)
        r[n++] = al->recipient[i];
    for (size_t i = 0; i < old->recipient_count; i++) {
        if (str_eq_c(old->recipient[i].role, "escalation"))
            r[n++] = old->recipient[i];
    }
    al->recipient = r;
    al->recipient_count = n;
}

/* What a person did to the old one stays with the new version. */
static void
carry_over(struct alert *al, const struct alert *old)
{
    al->id = old->id;
    al->version = old->version + 1;
    al->state = old->state;
    al->silent = old->silent;
    al->raised = old->raised;
    al->snoozed_until = old->snoozed_until;
    al->told = old->told;
}

/* Let out by a person: for its receivers it is a new alert. */
static void
let_out(struct differ *d, struct alert *al)
{
    al->state = ALERT_NEW;
    al->silent = false;
    al->change = STR_NONE;
    al->reason = STR_NONE;
    note_fresh(d, effect_add(d, EFFECT_RAISED, false, al), NULL);
}

/* The day that a person chose has come. */
static bool
snooze_is_over(const struct differ *d, const struct alert *old)
{
    return old->state == ALERT_SNOOZED &&
           (old->snoozed_until == DAY_NONE || d->in->today >= old->snoozed_until);
}

/* Is a person's silence on it to be kept? */
static bool
is_silenced(const struct differ *d, const struct alert *old, const struct alert *al)
{
    if (old->state != ALERT_SNOOZED && old->state != ALERT_OVERRIDDEN)
        return false;
    return !snooze_is_over(d, old) && !alert_breaks_silence(old, al);
}

/* A new version of what is told: is it to interrupt, and is it told anew? */
static void
update_told(struct differ *d, struct alert *al, const struct alert *old, bool news)
{
    bool kept = is_silenced(d, old, al);
    bool ends = snooze_is_over(d, old);
    bool starts = alert_interrupts(al) && !alert_interrupts(old);
    bool now =
        !kept && (starts || ((news || ends) && (alert_interrupts(al) || alert_interrupts(old))));
    bool worth = !kept && (news || ends || al->overdue != old->overdue);

    if (!kept && (news || starts || ends) && al->state != ALERT_NEW)
        RFD_IGNORE(alert_move(al, ALERT_NEW, d->in->event->at, STR_NONE));
    al->silent = al->gate != ALERT_OUT; /* a live result adds to an old story: now it is told */
    note_fresh(d,
               tell(d, effect_of(al, old->silent ? EFFECT_RAISED : EFFECT_UPDATED), now, worth, al),
               old);
}

static struct str
joined(struct differ *d, struct str before, const char *after)
{
    if (str_is_empty(before))
        return str_from_c(after);
    return str_cat(d->arena, before, str_cat(d->arena, STR("; "), str_from_c(after)));
}

static struct str
change_of(struct differ *d, const struct alert *old, const struct alert *al, bool same, bool moved)
{
    struct str ended = STR("the snooze has ended");
    struct str change = same ? STR_NONE : alert_change_text(d->arena, old, al);

    if (moved)
        change = joined(d, change, "it is for other people now");
    if (!snooze_is_over(d, old))
        return change;
    return str_is_empty(change) ? ended : joined(d, ended, str_cz(d->arena, change));
}

/* Who has it from now on; nobody has answered it, so whoever comes new is to hear of it. */
static void
hand_over(struct differ *d, const struct alert *old, const struct alert *al)
{
    struct effect *fx = &d->item[d->count - 1];
    bool open = fx->alert.state == ALERT_NEW || fx->alert.state == ALERT_ESCALATED;

    fx->before = old->recipient;
    fx->before_count = old->recipient_count;
    fx->handover = open && !old->silent && !fx->alert.silent;
    fx->alert.told = fx->alert.told || (fx->handover && alert_interrupts(al));
}

static void
update(struct differ *d, const struct wanted *w, const struct alert *old)
{
    struct alert al = w->alert;
    struct sha256 before = alert_content(old);
    struct sha256 after = alert_content(&al);
    bool same = sha256_cmp(&before, &after) == 0;
    bool moved = !same_people(old, &al);
    bool news;

    if (same && !moved && old->gate == al.gate && !snooze_is_over(d, old))
        return;
    news = alert_is_news(old, &al);
    carry_over(&al, old);
    keep_pools(d, &al, old);
    al.changed = d->in->event->at;
    al.change = change_of(d, old, &al, same, moved);
    if (old->gate != al.gate) {
        let_out(d, &al);
        return;
    }
    if (old->silent && al.gate == ALERT_OUT && (!news || is_old_news(d, w))) {
        effect_add(d, EFFECT_BASELINE, true, &al);
        return;
    }
    update_told(d, &al, old, news);
    if (moved)
        hand_over(d, old, &al);
}

static void
end_alert(struct differ *d, const struct alert *old, enum alert_state to, struct str why)
{
    struct alert al = *old;
    enum effect_kind told = to == ALERT_RETRACTED ? EFFECT_RETRACTED : EFFECT_CLOSED;

    if (!alert_move(&al, to, d->in->event->at, why))
        return;
    al.version++;
    al.change = STR_NONE;
    effect_add(d, effect_of(&al, told), !al.told, &al); /* what interrupted nobody ends so */
}

static bool
shares_rule(const struct alert *al, const struct alert *wanted)
{
    for (size_t i = 0; i < al->section_count; i++) {
        if (alert_has_rule(wanted, al->section[i].rule_id))
            return true;
    }
    return false;
}

/* What speaks for the finding of an alert that nothing was matched to; NULL: it does not hold any
 * more. Closed ones are asked about as well, for their receivers are told. */
static const struct alert *
still_wanted(const struct differ *d, const struct alert *al)
{
    const struct alert *other = NULL;

    for (size_t i = 0; i < d->in->wanted_count; i++) {
        const struct alert *wanted = &d->in->wanted[i].alert;

        if (!same_key(al, wanted) && !alert_shares_evidence(al, wanted))
            continue;
        if (same_gate(d, al, wanted))
            return wanted;
        if (shares_rule(al, wanted)) /* the same finding, behind another gate now */
            other = wanted;
    }
    return other;
}

/* It holds, but another alert speaks for it now; or, when a site took its sign-off back, none. */
static void
end_covered(struct differ *d, const struct alert *al, const struct alert *by)
{
    if (al->gate == ALERT_OUT && by->gate != ALERT_OUT) {
        end_alert(d, al, ALERT_EXPIRED,
                  STR("its criterion is not signed off at this site any more"));
    } else {
        end_alert(d, al, ALERT_SUPERSEDED, STR("joined with another alert of this patient"));
    }
}

static void
end_the_rest(struct differ *d)
{
    for (size_t i = 0; i < d->in->alert_count; i++) {
        const struct alert *al = &d->in->alert[i];
        const struct alert *by;

        if (d->taken[i])
            continue;
        by = still_wanted(d, al);
        if (!str_is_absent(d->in->ended)) {
            if (is_live(al))
                end_alert(d, al, ALERT_EXPIRED, d->in->ended);
        } else if (is_live(al) && by != NULL) {
            end_covered(d, al, by);
        } else if (by == NULL) {
            end_alert(d, al, ALERT_RETRACTED,
                      STR("the results in force no longer show that the criterion is met"));
        }
    }
}

static void
settle(struct differ *d, size_t w, const struct alert *old)
{
    const struct wanted *want = &d->in->wanted[w];

    if (old == NULL && !want->past)
        raise_new(d, want);
    if (old != NULL && want->past)
        end_alert(d, old, ALERT_RESOLVED, STR("the next line of therapy has begun"));
    if (old != NULL && !want->past)
        update(d, want, old);
}

static int
effect_cmp(const void *pa, const void *pb)
{
    return str_cmp(((const struct effect *)pa)->alert.id, ((const struct effect *)pb)->alert.id);
}

void
diff_alerts(const struct diff_in *in, struct arena *a, struct effects *out)
{
    struct differ d = {.in = in, .arena = a};
    size_t n = str_is_absent(in->ended) ? in->wanted_count : 0;
    const struct alert **old = ARENA_ARRAY(a, n, const struct alert *);

    d.taken = ARENA_ARRAY(a, in->alert_count, bool);
    d.met = ARENA_ARRAY(a, in->wanted_count, bool);
    d.item = ARENA_ARRAY(a, in->alert_count + in->wanted_count, struct effect);
    for (size_t w = 0; w < n; w++)
        old[w] = match_key(&d, w);
    for (size_t w = 0; w < n; w++) {
        if (!d.met[w])
            old[w] = match_evidence(&d, w);
    }
    for (size_t w = 0; w < n; w++)
        settle(&d, w, old[w]);
    end_the_rest(&d);
    sort_stable(a, d.item, d.count, sizeof(*d.item), effect_cmp);
    out->item = d.item;
    out->count = d.count;
}
