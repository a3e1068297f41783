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

static void
effect_add(struct differ *d, enum effect_kind kind, bool quiet, const struct alert *al)
{
    d->item[d->count++] = (struct effect){.kind = kind, .quiet = quiet, .alert = *al};
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
    return alert_is_open(a) || a->state == ALERT_OVERRIDDEN;
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

/* The live alert of the same case and episode. */
static const struct alert *
match_key(struct differ *d, size_t w)
{
    for (size_t i = 0; i < d->in->alert_count; i++) {
        const struct alert *al = &d->in->alert[i];

        if (!d->taken[i] && is_live(al) && same_key(al, &d->in->wanted[w].alert))
            return take(d, w, i);
    }
    return NULL;
}

/* Keys move (a late administration renumbers lines, two numbers are merged): the live alert that
 * shares evidence is taken over, the lowest id first. */
static const struct alert *
match_evidence(struct differ *d, size_t w)
{
    for (size_t i = 0; i < d->in->alert_count; i++) {
        const struct alert *al = &d->in->alert[i];

        if (!d->taken[i] && is_live(al) && alert_shares_evidence(al, &d->in->wanted[w].alert))
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
    al.silent = is_old_news(d, w);
    effect_add(d, al.silent ? EFFECT_BASELINE : EFFECT_RAISED, false, &al);
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
}

static void
update(struct differ *d, const struct wanted *w, const struct alert *old)
{
    struct alert al = w->alert;
    struct sha256 before = alert_content(old);
    struct sha256 after = alert_content(&al);
    bool news;

    if (sha256_cmp(&before, &after) == 0)
        return;
    news = alert_is_news(old, &al);
    carry_over(&al, old);
    al.changed = d->in->event->at;
    al.change = alert_change_text(d->arena, old, &al);
    if (old->silent && (!news || is_old_news(d, w))) {
        effect_add(d, EFFECT_BASELINE, true, &al);
        return;
    }
    if (news && al.state != ALERT_NEW)
        RFD_IGNORE(alert_move(&al, ALERT_NEW, d->in->event->at, STR_NONE));
    al.silent = false; /* a live result adds to an old story: now it is told */
    effect_add(d, old->silent ? EFFECT_RAISED : EFFECT_UPDATED, !news, &al);
}

static void
end_alert(struct differ *d, const struct alert *old, enum alert_state to, struct str why)
{
    struct alert al = *old;
    enum effect_kind kind = to == ALERT_RETRACTED ? EFFECT_RETRACTED : EFFECT_CLOSED;

    if (!alert_move(&al, to, d->in->event->at, why))
        return;
    al.version++;
    al.change = STR_NONE;
    effect_add(d, old->silent ? EFFECT_BASELINE : kind, false, &al);
}

/* Closed ones whose finding does not hold any more: their receivers are told as well. */
static bool
still_wanted(const struct differ *d, const struct alert *al)
{
    for (size_t i = 0; i < d->in->wanted_count; i++) {
        if (same_key(al, &d->in->wanted[i].alert) ||
            alert_shares_evidence(al, &d->in->wanted[i].alert))
            return true;
    }
    return false;
}

static void
end_the_rest(struct differ *d)
{
    for (size_t i = 0; i < d->in->alert_count; i++) {
        const struct alert *al = &d->in->alert[i];

        if (d->taken[i])
            continue;
        if (!str_is_absent(d->in->ended)) {
            if (is_live(al))
                end_alert(d, al, ALERT_EXPIRED, d->in->ended);
        } else if (is_live(al) && still_wanted(d, al)) {
            /* another alert of this person speaks for the finding now */
            end_alert(d, al, ALERT_SUPERSEDED, STR("joined with another alert of this patient"));
        } else if (!still_wanted(d, al)) {
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
