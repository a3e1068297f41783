#include "model/timeline.h"

#include "base/limits.h"
#include "base/sort.h"
#include "model/correction.h"

#include <string.h>

/* A received version with what it is compared by. */
struct version {
    const struct fact *fact;
    struct fact_key key;
    uint32_t group; /* number of its key, in order of first sight */
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

/* What is worked with until the facts in force are chosen. */
struct chooser {
    struct timeline *t;
    struct version *v;
    size_t count;
    const struct fact **correction; /* correction_is_one() */
    size_t corrections;
    struct fact *lifted; /* room for copies of preliminary facts that became final */
};

/* The same without a result of its own: "what was preliminary is final" (OBX-11 U). */
static const struct fact *
lift(struct chooser *c, const struct fact *preliminary, const struct fact *said)
{
    struct fact *f = c->lifted++;

    *f = *preliminary;
    f->status = FACT_FINAL;
    f->status_time = said->status_time;
    return f;
}

/* The version in force of one key, NULL: none. A preliminary result never replaces a final or a
 * corrected one, even with a later status time (reference/hl7.md item 32: a laboratory that resends
 * an old P must not undo the F). After a withdrawal a later preliminary one counts again: the test
 * is being repeated. */
static const struct fact *
version_in_force(struct chooser *c, const struct version *v, size_t count)
{
    const struct fact *settled = NULL;
    const struct fact *preliminary = NULL;
    const struct fact *word = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct fact *f = v[i].fact;
        const struct fact **best = f->status == FACT_PRELIMINARY ? &preliminary : &settled;
        if ((f->flags & FACT_STATUS_ONLY) != 0)
            best = &word;
        if (supersedes(f, *best))
            *best = f;
    }
    if (settled != NULL && settled->status != FACT_WITHDRAWN)
        return settled;
    if (preliminary == NULL || (settled != NULL && fact_version_cmp(preliminary, settled) <= 0))
        return NULL;
    if (word != NULL && fact_version_cmp(word, preliminary) > 0)
        return lift(c, preliminary, word);
    return preliminary;
}

static bool
is_corrected_away(const struct chooser *c, const struct fact *f)
{
    for (size_t i = 0; i < c->corrections; i++) {
        if (correction_replaces(c->correction[i], f))
            return true;
    }
    return false;
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
        v[n++] = (struct version){f, fact_key(f), 0};
    }
    return n;
}

/* Keys are hashes: their first bytes are as good as any. */
static size_t
slot_of(const struct fact_key *key, size_t mask)
{
    size_t h;
    memcpy(&h, key->b, sizeof(h));
    return h & mask;
}

/* Numbers the keys in order of first sight; how many there are. */
static size_t
groups_number(struct chooser *c, size_t *size)
{
    size_t slots = 16;
    while (slots < 2 * c->count)
        slots *= 2;
    size_t *slot = ARENA_ARRAY(c->t->arena, slots, size_t); /* 1 + index of a version; 0: free */
    size_t groups = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct version *v = &c->v[i];
        size_t at = slot_of(&v->key, slots - 1);
        while (slot[at] != 0 && fact_key_cmp(&c->v[slot[at] - 1].key, &v->key) != 0)
            at = (at + 1) & (slots - 1);
        if (slot[at] == 0) {
            slot[at] = i + 1;
            v->group = (uint32_t)groups++;
        } else {
            v->group = c->v[slot[at] - 1].group;
        }
        size[v->group]++;
    }
    return groups;
}

/* The versions of one key side by side, keys in order of first sight: facts mostly come in order of
 * time, so that little is left to sort. */
static const struct version *
versions_grouped(struct chooser *c)
{
    size_t *at = ARENA_ARRAY(c->t->arena, c->count + 1, size_t);
    struct version *out = ARENA_ARRAY(c->t->arena, c->count, struct version);
    size_t groups = groups_number(c, at);
    for (size_t g = 0, n = 0; g < groups; g++) {
        size_t size = at[g];
        at[g] = n;
        n += size;
    }
    for (size_t i = 0; i < c->count; i++)
        out[at[c->v[i].group]++] = c->v[i];
    return out;
}

static void
items_choose(struct chooser *c)
{
    struct timeline *t = c->t;
    const struct version *v = versions_grouped(c);
    for (size_t first = 0; first < c->count;) {
        size_t end = first + 1;
        while (end < c->count && v[end].group == v[first].group)
            end++;
        const struct fact *f = version_in_force(c, v + first, end - first);
        if (f != NULL && !is_corrected_away(c, f))
            t->item[t->count++] = (struct timeline_item){f, v[first].key};
        first = end;
    }
    sort_stable(t->arena, t->item, t->count, sizeof(*t->item), item_cmp);
    if (t->count > LIMIT_FACTS_PER_PATIENT) {
        t->too_long = true;
        t->count = LIMIT_FACTS_PER_PATIENT;
    }
}

static size_t
flagged(const struct fact *facts, size_t count, uint32_t flag)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += (facts[i].flags & flag) != 0;
    return n;
}

static void
corrections_find(struct chooser *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        n += correction_is_one(c->v[i].fact);
    c->correction = ARENA_ARRAY(c->t->arena, n, const struct fact *);
    for (size_t i = 0; i < c->count; i++) {
        if (correction_is_one(c->v[i].fact))
            c->correction[c->corrections++] = c->v[i].fact;
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

/* Where the name's index stands, or would. */
static size_t *
analyte_slot(const struct timeline *t, struct str name)
{
    size_t mask = t->analyte_slots - 1;
    size_t at = (size_t)str_hash(name) & mask;

    while (t->analyte_slot[at] != 0 && !str_eq(t->analyte[t->analyte_slot[at] - 1].name, name))
        at = (at + 1) & mask;
    return &t->analyte_slot[at];
}

/* At most half full, so that a search ends. */
static void
analyte_slots_grow(struct timeline *t)
{
    if (2 * (t->analyte_count + 1) <= t->analyte_slots)
        return;
    t->analyte_slots = t->analyte_slots == 0 ? 64 : 4 * t->analyte_slots;
    t->analyte_slot = ARENA_ARRAY(t->arena, t->analyte_slots, size_t);
    for (size_t i = 0; i < t->analyte_count; i++)
        *analyte_slot(t, t->analyte[i].name) = i + 1;
}

static size_t
analyte_index(struct timeline *t, struct str name)
{
    size_t *slot;

    analyte_slots_grow(t);
    slot = analyte_slot(t, name);
    if (*slot == 0) {
        t->analyte[t->analyte_count++].name = name;
        *slot = t->analyte_count;
    }
    return *slot - 1;
}

static void
analytes_group(struct timeline *t)
{
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_OBSERVATION, &count);
    size_t *of = ARENA_ARRAY(t->arena, count, size_t);
    size_t *at;

    t->analyte = ARENA_ARRAY(t->arena, count, struct timeline_analyte);
    t->by_analyte = ARENA_ARRAY(t->arena, count, const struct fact *);
    for (size_t i = 0; i < count; i++) {
        of[i] = analyte_index(t, f[i]->u.observation.analyte);
        t->analyte[of[i]].count++;
    }
    at = ARENA_ARRAY(t->arena, t->analyte_count, size_t);
    for (size_t i = 0, n = 0; i < t->analyte_count; i++) {
        at[i] = n;
        t->analyte[i].first = n;
        n += t->analyte[i].count;
    }
    for (size_t i = 0; i < count; i++)
        t->by_analyte[at[of[i]]++] = f[i];
}

struct timeline
timeline_build(struct arena *a, const struct fact *facts, size_t count, struct stamp as_of)
{
    rfd_assert(!stamp_is_absent(as_of));
    struct timeline t = {.arena = a, .as_of = as_of, .today = stamp_day(as_of)};
    struct chooser c = {.t = &t};
    t.item = ARENA_ARRAY(a, count, struct timeline_item);
    c.lifted = ARENA_ARRAY(a, flagged(facts, count, FACT_STATUS_ONLY), struct fact);
    size_t mark = arena_mark(a);
    c.v = ARENA_ARRAY(a, count, struct version);
    c.count = versions_seen(c.v, facts, count, &t);
    corrections_find(&c);
    items_choose(&c);
    arena_release(a, mark);
    kinds_group(&t);
    analytes_group(&t);
    return t;
}

const struct fact *const *
timeline_kind(const struct timeline *t, enum fact_kind kind, size_t *count_out)
{
    rfd_assert((unsigned)kind < FACT_KIND_COUNT);
    *count_out = t->by_kind_count[kind];
    return (const struct fact *const *)t->by_kind + t->by_kind_first[kind];
}

const struct fact *const *
timeline_analyte(const struct timeline *t, struct str analyte, size_t *count_out)
{
    size_t i = t->analyte_slots == 0 ? 0 : *analyte_slot(t, analyte);

    *count_out = i == 0 ? 0 : t->analyte[i - 1].count;
    if (i == 0)
        return NULL;
    return (const struct fact *const *)t->by_analyte + t->analyte[i - 1].first;
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

/* What happened on a day, as against what is so of a person: his birth, his diagnosis, his
 * links. */
static bool
is_standing(enum fact_kind k)
{
    return k == FACT_DIAGNOSIS || k == FACT_DEMOGRAPHICS || k == FACT_RESTRICTION ||
           k == FACT_LINK || k == FACT_ROLE;
}

struct timeline
timeline_until(const struct timeline *t, day_t day)
{
    struct timeline cut = {.arena = t->arena,
                           .as_of = t->as_of,
                           .today = day,
                           .too_long = t->too_long,
                           .oncotree = t->oncotree};
    cut.item = ARENA_ARRAY(t->arena, t->count, struct timeline_item);
    for (size_t i = 0; i < t->count; i++) {
        if (is_standing(t->item[i].fact->kind) || !is_future(t->item[i].fact, day))
            cut.item[cut.count++] = t->item[i];
    }
    kinds_group(&cut);
    analytes_group(&cut);
    return cut;
}
