#include "model/timeline.h"

#include "base/limits.h"
#include "base/sort.h"

/* A received version with what it is compared by. */
struct version {
    const struct fact *fact;
    struct fact_key key;
};

static bool
is_future(const struct fact *f, day_t today)
{
    day_t day = fact_day(f);
    return day != DAY_NONE && day > today;
}

static bool
is_received(const struct fact *f, struct stamp as_of)
{
    return stamp_is_absent(f->received) || stamp_cmp(f->received, as_of) <= 0;
}

static bool
is_test(const struct fact *f)
{
    return (f->flags & FACT_TEST_MESSAGE) != 0;
}

static int
version_cmp_key(const void *a, const void *b)
{
    const struct version *x = a;
    const struct version *y = b;
    return fact_key_cmp(&x->key, &y->key);
}

/* The same statement sent twice: which copy is shown as its source must not hang on arrival. */
static int
copy_cmp(const struct fact *a, const struct fact *b)
{
    int c = str_cmp(a->source.feed, b->source.feed);
    if (c == 0)
        c = str_cmp(a->source.control_id, b->source.control_id);
    if (c == 0)
        c = str_cmp(a->source.place, b->source.place);
    if (c == 0)
        c = str_cmp(a->map_hash, b->map_hash);
    if (c == 0 && a->flags != b->flags)
        c = a->flags < b->flags ? -1 : 1;
    if (c == 0 && a->source.journal != b->source.journal)
        c = a->source.journal < b->source.journal ? -1 : 1;
    return c;
}

static bool
supersedes(const struct fact *f, const struct fact *best)
{
    if (best == NULL)
        return true;
    int c = fact_version_cmp(f, best);
    return c > 0 || (c == 0 && copy_cmp(f, best) < 0);
}

/* The version in force of one key, NULL: none. A preliminary result never replaces a final or a
 * corrected one, even with a later status time (reference/hl7.md item 32: a laboratory that resends
 * an old P must not undo the F). After a withdrawal a later preliminary one counts again: the test
 * is being repeated. */
static const struct fact *
version_in_force(const struct version *v, size_t count)
{
    const struct fact *settled = NULL;
    const struct fact *preliminary = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct fact *f = v[i].fact;
        const struct fact **best = f->status == FACT_PRELIMINARY ? &preliminary : &settled;
        if (supersedes(f, *best))
            *best = f;
    }
    if (settled == NULL)
        return preliminary;
    if (settled->status != FACT_WITHDRAWN)
        return settled;
    bool again = preliminary != NULL && fact_version_cmp(preliminary, settled) > 0;
    return again ? preliminary : NULL;
}

static int
item_cmp(const void *a, const void *b)
{
    const struct timeline_item *x = a;
    const struct timeline_item *y = b;
    int by_time = stamp_cmp(x->fact->collected, y->fact->collected);
    return by_time != 0 ? by_time : fact_key_cmp(&x->key, &y->key); /* keys differ: one per fact */
}

static size_t
versions_seen(struct version *v, const struct fact *facts, size_t count, const struct timeline *t)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct fact *f = &facts[i];
        if (is_test(f) || !is_received(f, t->as_of) || is_future(f, t->today))
            continue;
        v[n++] = (struct version){f, fact_key(f)};
    }
    return n;
}

static void
items_choose(struct timeline *t, struct version *v, size_t count)
{
    sort_stable(t->arena, v, count, sizeof(*v), version_cmp_key);
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && fact_key_cmp(&v[end].key, &v[first].key) == 0)
            end++;
        const struct fact *f = version_in_force(v + first, end - first);
        if (f != NULL)
            t->item[t->count++] = (struct timeline_item){f, v[first].key};
        first = end;
    }
    sort_stable(t->arena, t->item, t->count, sizeof(*t->item), item_cmp);
    if (t->count > LIMIT_FACTS_PER_PATIENT) {
        t->too_long = true;
        t->count = LIMIT_FACTS_PER_PATIENT;
    }
}

static void
kinds_group(struct timeline *t)
{
    size_t at[FACT_KIND_COUNT];
    for (size_t i = 0; i < t->count; i++)
        t->by_kind_count[t->item[i].fact->kind]++;
    for (size_t k = 0, n = 0; k < FACT_KIND_COUNT; k++) {
        t->by_kind_first[k] = n;
        at[k] = n;
        n += t->by_kind_count[k];
    }
    t->by_kind = ARENA_ARRAY(t->arena, t->count, const struct fact *);
    for (size_t i = 0; i < t->count; i++)
        t->by_kind[at[t->item[i].fact->kind]++] = t->item[i].fact;
}

struct timeline
timeline_build(struct arena *a, const struct fact *facts, size_t count, struct stamp as_of)
{
    rfd_assert(!stamp_is_absent(as_of));
    struct timeline t = {.arena = a, .as_of = as_of, .today = stamp_day(as_of)};
    t.item = ARENA_ARRAY(a, count, struct timeline_item);
    size_t mark = arena_mark(a);
    struct version *v = ARENA_ARRAY(a, count, struct version);
    size_t seen = versions_seen(v, facts, count, &t);
    items_choose(&t, v, seen);
    arena_release(a, mark);
    kinds_group(&t);
    return t;
}

const struct fact *const *
timeline_kind(const struct timeline *t, enum fact_kind kind, size_t *count_out)
{
    rfd_assert((unsigned)kind < FACT_KIND_COUNT);
    *count_out = t->by_kind_count[kind];
    return (const struct fact *const *)t->by_kind + t->by_kind_first[kind];
}

day_t
timeline_next_day(const struct fact *facts, size_t count, struct stamp as_of)
{
    day_t today = stamp_day(as_of);
    day_t next = DAY_NONE;
    for (size_t i = 0; i < count; i++) {
        const struct fact *f = &facts[i];
        if (is_test(f) || !is_received(f, as_of) || !is_future(f, today))
            continue;
        day_t day = fact_day(f);
        if (next == DAY_NONE || day < next)
            next = day;
    }
    return next;
}

/* What happened on a day, as against what is so of a person: his birth, his diagnosis, his links. */
static bool
is_standing(enum fact_kind k)
{
    return k == FACT_DIAGNOSIS || k == FACT_DEMOGRAPHICS || k == FACT_RESTRICTION ||
           k == FACT_LINK;
}

struct timeline
timeline_until(const struct timeline *t, day_t day)
{
    struct timeline cut = {
        .arena = t->arena, .as_of = t->as_of, .today = day, .too_long = t->too_long};
    cut.item = ARENA_ARRAY(t->arena, t->count, struct timeline_item);
    for (size_t i = 0; i < t->count; i++) {
        if (is_standing(t->item[i].fact->kind) || !is_future(t->item[i].fact, day))
            cut.item[cut.count++] = t->item[i];
    }
    kinds_group(&cut);
    return cut;
}
