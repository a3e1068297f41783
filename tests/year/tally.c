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
    *t = (struct tally){.monday = duty_week(first)};
    t->recipient = ARENA_ARRAY(a, RECIPIENTS_MAX, struct tally_recipient);
    t->of_patient.key = ARENA_ARRAY(a, KEYS_MAX, uint64_t);
    t->of_episode.key = ARENA_ARRAY(a, KEYS_MAX, uint64_t);
    t->of_alert.key = ARENA_ARRAY(a, KEYS_MAX, uint64_t);
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

static void
count_told(struct tally *t, const struct alert *al, bool withdrawn, size_t day, struct arena *keep)
{
    size_t named = 0;

    for (size_t i = 0; i < al->recipient_count; i++) {
        struct tally_recipient *r = recipient(t, al->recipient[i].id, keep);

        if (withdrawn) {
            r->withdrawn[day]++;
        } else if (str_eq_c(al->recipient[i].how, "now")) {
            r->told[day]++;
            named++;
        }
    }
    if (!withdrawn && named == 0)
        t->unanswered++;
    if (!withdrawn)
        key_add(&t->of_alert, tally_key(al->id, STR(""), STR("")));
}

void
tally_event(struct tally *t, const struct outbox_row *row, day_t today, struct arena *keep,
            struct arena *scratch)
{
    size_t day = (size_t)(today - t->monday);
    struct alert al;
    const char *why = "";

    rfd_assert(day < TALLY_DAYS);
    t->events[row->kind]++;
    t->loud[row->kind] += !row->quiet;
    if (row->kind == EVENT_DIGEST) {
        count_digest(t, row->packed, keep, scratch);
        return;
    }
    if (!codec_alert_unpack(scratch, row->packed, &al, &why)) {
        fprintf(stderr, "alert: %s\n", why);
        exit(2);
    }
    if (row->kind == EVENT_RAISED) {
        key_add(&t->of_patient, tally_key(al.patient.id, STR(""), STR("")));
        key_add(&t->of_episode, tally_key(al.patient.id, al.case_key, al.episode));
    }
    if (!row->quiet && row->kind != EVENT_CLOSED)
        count_told(t, &al, row->kind == EVENT_RETRACTED, day, keep);
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
