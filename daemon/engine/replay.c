#include "engine/replay.h"

#include "base/sort.h"

#include <string.h>

/* Later than this a result did not come late, it was loaded. */
enum { HISTORY_DAYS = 14 };

enum { DAY_S = 86400, MINUTE_S = 60 };

struct player {
    const struct replay_in *in;
    struct arena *arena;
    struct arena *scratch;
    const struct fact *fact;
    struct replay_item *item;
    size_t count;
    size_t looks;
    bool too_many;
};

/* When the fact can be taken to have been known. */
static struct stamp
known_from(const struct fact *f)
{
    struct stamp said = stamp_is_absent(f->status_time) ? f->collected : f->status_time;

    if (stamp_is_absent(f->received) || stamp_is_absent(said) ||
        stamp_day(f->received) - stamp_day(said) <= HISTORY_DAYS)
        return f->received;
    return said;
}

static const struct fact *
facts_known(struct arena *a, const struct fact *f, size_t count)
{
    struct fact *copy = ARENA_ARRAY(a, count, struct fact);

    for (size_t i = 0; i < count; i++) {
        copy[i] = f[i];
        copy[i].received = known_from(&f[i]);
    }
    return copy;
}

static int
day_cmp(const void *a, const void *b)
{
    const day_t *x = a;
    const day_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The days to look at, without the last one, which is the instant now. */
static day_t *
days_of(const struct player *p, size_t *count_out)
{
    day_t *day = ARENA_ARRAY(p->arena, p->in->fact_count + 1, day_t);
    day_t today = stamp_day(p->in->now);
    size_t n = 0;
    size_t kept = 0;

    for (size_t i = 0; i < p->in->fact_count; i++) {
        struct stamp r = p->fact[i].received;
        day_t d;

        if (stamp_is_absent(r))
            continue;
        r.offset_min = p->in->now.offset_min;
        d = stamp_day(r);
        if (p->in->since != DAY_NONE && d < p->in->since)
            d = p->in->since - 1;
        if (d < today)
            day[n++] = d;
    }
    sort_stable(p->arena, day, n, sizeof(*day), day_cmp);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || day[kept - 1] != day[i])
            day[kept++] = day[i];
    *count_out = kept;
    return day;
}

static struct stamp
end_of(day_t day, int16_t offset_min)
{
    struct stamp s =
        stamp_of_utc((int64_t)day * DAY_S + DAY_S - 1 - (int64_t)offset_min * MINUTE_S);

    s.offset_min = offset_min;
    return s;
}

static struct replay_item *
item_of(struct player *p, const struct found *x)
{
    for (size_t i = 0; i < p->count; i++) {
        struct replay_item *it = &p->item[i];

        if (it->rule == x->finding.rule && str_eq(it->episode, x->episode) &&
            str_eq(it->case_key, x->tumour->key))
            return it;
    }
    return NULL;
}

/* A finding of a line that has ended opens no alert, though it keeps one open. */
static void
note(struct player *p, const struct found *x, day_t day)
{
    struct replay_item *it;

    if (x->finding.status != FINDING_UNCONFIRMED && x->finding.status != FINDING_MET)
        return;
    it = item_of(p, x);
    if (it == NULL && x->past)
        return;
    if (it == NULL && p->count == REPLAY_ITEMS_MAX) {
        p->too_many = true;
        return;
    }
    if (it == NULL) {
        it = &p->item[p->count++];
        *it = (struct replay_item){.rule = x->finding.rule,
                                   .case_key = str_dup(p->arena, x->tumour->key),
                                   .episode = str_dup(p->arena, x->episode),
                                   .raised = day,
                                   .confirmed = DAY_NONE};
    }
    it->holds = true;
    it->first_event = x->finding.first_event;
    if (x->finding.status == FINDING_MET && it->confirmed == DAY_NONE)
        it->confirmed = day;
}

static void
look(struct player *p, struct stamp at)
{
    size_t mark = arena_mark(p->scratch);
    struct timeline t = timeline_build(p->scratch, p->fact, p->in->fact_count, at);
    struct cases cases = cases_of(&t, p->in->knowledge->oncotree);
    struct found_list found = find_all(p->in->knowledge, &t, &cases);

    for (size_t i = 0; i < p->count; i++)
        p->item[i].holds = false;
    for (size_t i = 0; i < found.count; i++)
        note(p, &found.item[i], t.today);
    p->looks++;
    arena_release(p->scratch, mark);
}

struct replay
replay_run(const struct replay_in *in, struct arena *a, struct arena *scratch)
{
    struct player p = {.in = in, .arena = a, .scratch = scratch};
    size_t days;
    const day_t *day;

    rfd_assert(a != scratch);
    p.fact = facts_known(a, in->fact, in->fact_count);
    p.item = ARENA_ARRAY(a, REPLAY_ITEMS_MAX, struct replay_item);
    day = days_of(&p, &days);
    for (size_t i = 0; i < days; i++)
        look(&p, end_of(day[i], in->now.offset_min));
    look(&p, in->now);
    return (struct replay){p.item, p.count, p.looks, p.too_many};
}
