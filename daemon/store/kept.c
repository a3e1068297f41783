/* Facts of patients with long timelines, decoded once and kept: a new result of such a patient
 * costs what the rules read, not the decoding of thousands of rows. What is kept is only ever
 * what the table holds: a fact that is added here is added there, and whatever takes rows back
 * (a rollback, a later reading of a message) drops all of it. Another process's writes are not
 * seen, so that a reader keeps nothing. */
#include "codec/message.h"
#include "store/db.h"
#include "sys/mem.h"

#include <string.h>

enum {
    KEPT_PATIENTS = 32,
    KEPT_FACTS_MIN = 200, /* shorter timelines are decoded sooner than looked after */
    KEPT_ROOM_MIN = 256,
};

/* Address space of one, and memory of all. A fact takes up to 3 KB (LIMIT_FACTS_PER_PATIENT of them
 * 60 MB). */
static const size_t KEPT_ONE_BYTES = (size_t)1 << 27;
static const size_t KEPT_ALL_BYTES = (size_t)1 << 28;

struct kept_one {
    uint64_t patient; /* 0: free */
    uint64_t used;    /* when it was asked for last */
    struct arena arena;
    struct fact *fact;
    size_t count;
    size_t room;
};

struct kept {
    struct kept_one one[KEPT_PATIENTS];
    uint64_t clock; /* counts what is asked for */
};

static struct kept_one *
find(struct store *s, uint64_t patient)
{
    for (size_t i = 0; s->kept != NULL && i < KEPT_PATIENTS; i++)
        if (s->kept->one[i].patient == patient)
            return &s->kept->one[i];
    return NULL;
}

static void
drop(struct kept_one *k)
{
    if (k->patient == 0)
        return;
    mem_arena_free(&k->arena);
    xfree(k->fact);
    *k = (struct kept_one){0};
}

void
db_kept_forget(struct store *s)
{
    for (size_t i = 0; s->kept != NULL && i < KEPT_PATIENTS; i++)
        drop(&s->kept->one[i]);
}

void
db_kept_free(struct store *s)
{
    db_kept_forget(s);
    xfree(s->kept);
    s->kept = NULL;
}

static size_t
bytes_of(const struct kept_one *k)
{
    return k->patient == 0 ? 0 : k->arena.used + k->room * sizeof(struct fact);
}

/* False: it does not decode, or is too large to be kept. */
static bool
append(struct kept_one *k, const struct fact_key *key, struct str packed)
{
    const char *why = "";
    struct fact *f;

    if (k->count == k->room) {
        k->room = k->room == 0 ? KEPT_ROOM_MIN : 2 * k->room;
        k->fact = xrealloc_array(k->fact, k->room, sizeof(*k->fact));
    }
    f = &k->fact[k->count];
    *f = (struct fact){0};
    if (!codec_fact_unpack(&k->arena, packed, f, &why))
        return false;
    f->key = *key;
    f->keyed = true;
    k->count++;
    return true;
}

void
db_kept_add(struct store *s, uint64_t patient, const struct fact_key *key, int32_t kind,
            struct str packed)
{
    struct kept_one *k = find(s, patient);

    if (k != NULL && kind >= 0 && !append(k, key, packed))
        drop(k);
}

/* Those longest out of use go, until the rest and the new one have room. */
static void
make_room(struct kept *kept)
{
    for (;;) {
        struct kept_one *oldest = NULL;
        size_t bytes = 0;
        size_t n = 0;

        for (size_t i = 0; i < KEPT_PATIENTS; i++) {
            struct kept_one *k = &kept->one[i];

            bytes += bytes_of(k);
            n += k->patient != 0;
            if (k->patient != 0 && (oldest == NULL || k->used < oldest->used))
                oldest = k;
        }
        if (oldest == NULL || (bytes < KEPT_ALL_BYTES && n < KEPT_PATIENTS))
            return;
        drop(oldest);
    }
}

void
store_facts_keep_from(struct store *s, size_t facts)
{
    s->kept_from = facts;
}

bool
store_facts_keep(struct store *s, uint64_t patient, const struct stored_fact *facts, size_t count)
{
    struct kept_one *k;

    if (s->read_only || count < (s->kept_from == 0 ? KEPT_FACTS_MIN : s->kept_from) || patient == 0)
        return false;
    if (s->kept == NULL)
        s->kept = xcalloc(1, sizeof(*s->kept));
    rfd_assert(find(s, patient) == NULL);
    make_room(s->kept);
    k = find(s, 0);
    rfd_assert(k != NULL);
    *k = (struct kept_one){.patient = patient};
    mem_arena_new(&k->arena, KEPT_ONE_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (append(k, &facts[i].key, facts[i].packed))
            continue;
        drop(k);
        return false;
    }
    return true;
}

bool
store_facts_kept(struct store *s, uint64_t patient, const struct fact **facts_out,
                 size_t *count_out)
{
    struct kept_one *k = patient == 0 ? NULL : find(s, patient);

    if (k == NULL)
        return false;
    k->used = ++s->kept->clock;
    *facts_out = k->fact;
    *count_out = k->count;
    return true;
}
