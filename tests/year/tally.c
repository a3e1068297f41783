#include "tally.h"

#include "alert/duty.h"
#include "base/sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECIPIENTS_MAX = 512, KEYS_MAX = 1 << 20 };

void
tally_init(struct tally *t, day_t first, struct arena *a)
{
    struct tally_keys *const all[] = {&t->of_patient,   &t->of_episode, &t->of_raised,
                                      &t->of_withdrawn, &t->of_alert,   &t->of_retracted,
                                      &t->of_waiting,   &t->of_acted};

    *t = (struct tally){.monday = duty_week(first)};
    t->recipient = ARENA_ARRAY(a, RECIPIENTS_MAX, struct tally_recipient);
    for (size_t i = 0; i < RFD_COUNT(all); i++)
        all[i]->key = ARENA_ARRAY(a, KEYS_MAX, uint64_t);
    t->pair = ARENA_ARRAY(a, KEYS_MAX, struct tally_pair);
}

/* --- keys */

static void
key_add(struct tally_keys *k, uint64_t key)
{
    rfd_assert(k->count < KEYS_MAX);
    k->key[k->count++] = key;
}

uint64_t
tally_key(struct str patient, struct str case_key, struct str episode)
{
    struct sha256_ctx ctx;
    struct sha256 sha;
    uint64_t key;

    sha256_init(&ctx);
    sha256_add_str(&ctx, patient);
    sha256_add_str(&ctx, case_key);
    sha256_add_str(&ctx, episode);
    sha = sha256_end(&ctx);
    memcpy(&key, sha.b, sizeof(key));
    return key;
}

uint64_t
tally_id(const struct alert *al)
{
    return tally_key(al->id, STR(""), STR(""));
}

static int
key_cmp(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

size_t
tally_most(struct tally_keys *k, struct arena *scratch)
{
    size_t most = 0;
    size_t run = 0;

    sort_stable(scratch, k->key, k->count, sizeof(*k->key), key_cmp);
    for (size_t i = 0; i < k->count; i++) {
        run = i > 0 && k->key[i] == k->key[i - 1] ? run + 1 : 1;
        most = run > most ? run : most;
    }
    return most;
}

size_t
tally_repeats(struct tally_keys *k, struct arena *scratch)
{
    size_t n = 0;

    sort_stable(scratch, k->key, k->count, sizeof(*k->key), key_cmp);
    for (size_t i = 1; i < k->count; i++)
        n += k->key[i] == k->key[i - 1];
    return n;
}

size_t
tally_distinct(struct tally_keys *k, struct arena *scratch)
{
    return k->count - tally_repeats(k, scratch);
}

size_t
tally_strange(struct tally_keys *what, struct tally_keys *k, struct arena *scratch)
{
    size_t n = 0;
    size_t at = 0;

    sort_stable(scratch, what->key, what->count, sizeof(*what->key), key_cmp);
    sort_stable(scratch, k->key, k->count, sizeof(*k->key), key_cmp);
    for (size_t i = 0; i < what->count; i++) {
        while (at < k->count && k->key[at] < what->key[i])
            at++;
        n += at == k->count || k->key[at] != what->key[i];
    }
    return n;
}

/* --- recipients */

static struct tally_recipient *
recipient(struct tally *t, struct str id, struct arena *keep)
{
    for (size_t i = 0; i < t->recipient_count; i++) {
        if (str_eq(t->recipient[i].id, id))
            return &t->recipient[i];
    }
    rfd_assert(t->recipient_count < RECIPIENTS_MAX);
    t->recipient[t->recipient_count].id = str_dup(keep, id);
    return &t->recipient[t->recipient_count++];
}

static void
count_digest(struct tally *t, struct str packed, struct arena *keep, struct arena *scratch)
{
    struct digest d;
    const char *why = "";

    if (!codec_digest_unpack(scratch, packed, &d, &why)) {
        fprintf(stderr, "digest: %s\n", why);
        exit(2);
    }
    for (size_t i = 0; i < d.of_count; i++) {
        struct tally_recipient *r = recipient(t, d.of[i].recipient, keep);

        r->digests++;
        r->digest_items += (uint32_t)d.of[i].item_count;
    }
}

static bool
names(const struct alert *al, struct str id)
{
    for (size_t i = 0; i < al->recipient_count; i++) {
        if (str_eq(al->recipient[i].id, id))
            return true;
    }
    return false;
}

static void
count_withdrawn(struct tally *t, const struct alert *al, bool quiet, size_t day, struct arena *keep)
{
    uint64_t key = tally_id(al);

    key_add(&t->of_withdrawn, key);
    for (size_t i = 0; i < t->pair_count; i++)
        t->missed += t->pair[i].alert == key && (quiet || !names(al, t->pair[i].who->id));
    if (quiet)
        return;
    for (size_t i = 0; i < al->recipient_count; i++)
        recipient(t, al->recipient[i].id, keep)->withdrawn[day]++;
    key_add(&t->of_retracted, key);
}

static bool
was_told(const struct tally *t, uint64_t alert)
{
    for (size_t i = 0; i < t->pair_count; i++) {
        if (t->pair[i].alert == alert)
            return true;
    }
    return false;
}

/* Who was interrupted hears at once of what no longer holds, whatever the team did meanwhile. */
static bool
is_hasty(const struct tally *t, const struct alert *al)
{
    return (al->waiting_until != DAY_NONE || !str_is_empty(al->acted)) &&
           !was_told(t, tally_id(al));
}

static void
count_told(struct tally *t, const struct alert *al, size_t day, struct arena *keep)
{
    uint64_t key = tally_id(al);
    size_t before = t->pair_count;

    t->hasty += is_hasty(t, al);
    for (size_t i = 0; i < al->recipient_count; i++) {
        struct tally_recipient *r = recipient(t, al->recipient[i].id, keep);

        if (!str_eq_c(al->recipient[i].how, "now"))
            continue;
        rfd_assert(t->pair_count < KEYS_MAX);
        t->pair[t->pair_count++] = (struct tally_pair){key, r};
        r->told[day]++;
    }
    t->unanswered += t->pair_count == before;
    key_add(&t->of_alert, key);
}

static void
count_case(struct tally *t, const struct alert *al, bool quiet)
{
    size_t i = 0;

    while (t->of_case[i].raised > 0 && !str_eq_c(al->case_key, t->of_case[i].name))
        i++;
    rfd_assert(i < TALLY_CASES - 1);
    (void)snprintf(t->of_case[i].name, sizeof(t->of_case[i].name), "%.*s", STR_FMT(al->case_key));
    t->of_case[i].raised++;
    t->of_case[i].loud += !quiet;
}

static void
count_waiting(struct tally *t, const struct alert *al)
{
    if (al->waiting_until != DAY_NONE)
        key_add(&t->of_waiting, tally_id(al));
    if (!str_is_empty(al->acted))
        key_add(&t->of_acted, tally_id(al));
}

bool
tally_event(struct tally *t, const struct outbox_row *row, day_t today, struct arena *keep,
            struct arena *scratch, struct alert *out)
{
    size_t day = (size_t)(today - t->monday);
    const char *why = "";

    rfd_assert(day < TALLY_DAYS);
    t->events[row->kind]++;
    t->loud[row->kind] += !row->quiet;
    if (row->kind == EVENT_DIGEST) {
        count_digest(t, row->packed, keep, scratch);
        return false;
    }
    if (!codec_alert_unpack(scratch, row->packed, out, &why)) {
        fprintf(stderr, "alert: %s\n", why);
        exit(2);
    }
    count_waiting(t, out);
    if (row->kind == EVENT_RAISED) {
        count_case(t, out, row->quiet);
        key_add(&t->of_patient, tally_key(out->patient.id, STR(""), STR("")));
        key_add(&t->of_episode, tally_key(out->patient.id, out->case_key, out->episode));
        key_add(&t->of_raised, tally_id(out));
    }
    if (row->kind == EVENT_RETRACTED)
        count_withdrawn(t, out, row->quiet, day, keep);
    else if (row->kind != EVENT_CLOSED && !row->quiet)
        count_told(t, out, day, keep);
    return true;
}

/* --- loads */

unsigned
tally_week(const uint16_t *of_day, size_t week)
{
    unsigned n = 0;

    for (size_t i = 0; i < 7; i++)
        n += of_day[7 * week + i];
    return n;
}

static void
load_add(struct tally_load *l, const uint16_t *of_day)
{
    for (size_t day = 0; day < TALLY_DAYS; day++) {
        l->total += of_day[day];
        if (of_day[day] > l->day_most)
            l->day_most = of_day[day];
    }
    for (size_t week = 0; week < TALLY_WEEKS; week++) {
        unsigned n = tally_week(of_day, week);

        l->week_most = n > l->week_most ? n : l->week_most;
    }
}

struct tally_load
tally_told(const struct tally *t)
{
    struct tally_load l = {0};

    for (size_t i = 0; i < t->recipient_count; i++)
        load_add(&l, t->recipient[i].told);
    return l;
}

struct tally_load
tally_withdrawn(const struct tally *t)
{
    struct tally_load l = {0};

    for (size_t i = 0; i < t->recipient_count; i++)
        load_add(&l, t->recipient[i].withdrawn);
    return l;
}

struct tally_load
tally_both(const struct tally *t)
{
    struct tally_load l = {0};

    for (size_t i = 0; i < t->recipient_count; i++) {
        uint16_t sum[TALLY_DAYS];

        for (size_t day = 0; day < TALLY_DAYS; day++)
            sum[day] = (uint16_t)(t->recipient[i].told[day] + t->recipient[i].withdrawn[day]);
        load_add(&l, sum);
    }
    return l;
}
