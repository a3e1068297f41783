#include "normalize/repeat.h"

#include "base/assert.h"
#include "base/sb.h"

#include <string.h>

enum { FIRST_ROOM = 16 };

static uint64_t
hash_of(const struct fact *f)
{
    const struct observation *o = &f->u.observation;
    const uint64_t part[] = {str_hash(f->group), str_hash(o->analyte), str_hash(o->code.code),
                             (uint64_t)f->collected.utc_s};
    uint64_t h = 0;
    for (size_t i = 0; i < RFD_COUNT(part); i++)
        h = (h ^ part[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ (h >> 32); /* the product's low bits know nothing of the high ones */
}

static bool
same(const struct fact *x, const struct fact *f)
{
    return str_eq(x->group, f->group) &&
           str_eq(x->u.observation.analyte, f->u.observation.analyte) &&
           str_eq(x->u.observation.code.code, f->u.observation.code.code) &&
           stamp_cmp(x->collected, f->collected) == 0;
}

/* The slot of that measurement, or the free one where it belongs. */
static struct repeat_slot *
slot_of(const struct repeats *r, const struct fact *facts, const struct fact *f)
{
    size_t mask = r->room - 1;
    size_t i = (size_t)hash_of(f) & mask;
    while (r->slot[i].first != 0 && !same(&facts[r->slot[i].first - 1], f))
        i = (i + 1) & mask;
    return &r->slot[i];
}

/* Twice the room: at most half of it is used. */
static void
grow(struct repeats *r, struct arena *a, const struct fact *facts)
{
    struct repeats old = *r;
    r->room = old.room == 0 ? FIRST_ROOM : 2 * old.room;
    r->slot = arena_alloc(a, r->room * sizeof *r->slot);
    memset(r->slot, 0, r->room * sizeof *r->slot);
    for (size_t i = 0; i < old.room; i++) {
        if (old.slot[i].first != 0)
            *slot_of(r, facts, &facts[old.slot[i].first - 1]) = old.slot[i];
    }
}

static void
put(struct repeats *r, struct arena *a, const struct fact *facts, size_t at)
{
    if (2 * (r->used + 1) > r->room)
        grow(r, a, facts);
    struct repeat_slot *s = slot_of(r, facts, &facts[at]);
    rfd_assert(s->first == 0);
    *s = (struct repeat_slot){at + 1, 1};
    r->used++;
}

size_t
repeats_before(const struct repeats *r, const struct fact *facts, const struct fact *f)
{
    return r->room == 0 ? 0 : slot_of(r, facts, f)->count;
}

void
repeats_number(struct repeats *r, struct arena *a, struct fact *facts, size_t at)
{
    struct fact *f = &facts[at];
    struct str sent = f->group;
    struct repeat_slot *s = r->room == 0 ? NULL : slot_of(r, facts, f);
    if (s == NULL || s->first == 0) {
        put(r, a, facts, at);
        return;
    }
    do { /* each number is tried once: the count goes on from it */
        struct sb b;
        sb_init_arena(&b, a, sent.n + 32);
        sb_addf(&b, "%.*s#%zu", STR_FMT(sent), ++s->count);
        f->group = sb_str(&b);
    } while (repeats_before(r, facts, f) > 0);
    put(r, a, facts, at);
}
