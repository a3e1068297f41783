/*
 * What:    what a year of alert events comes to: per clinician and week, per alert, per patient,
 *          per case and episode.
 * Owns:    nothing; memory comes from the arena of the run.
 * Threads: one.
 * Errors:  more events than there is room for: an assertion.
 */
#ifndef RFD_TESTS_TALLY_H
#define RFD_TESTS_TALLY_H

#include "codec/feed.h"
#include "store/store.h"

enum { TALLY_WEEKS = 56, TALLY_DAYS = TALLY_WEEKS * 7, TALLY_CASES = 32 };

/* One name of the directory. Days count from the Monday on or before the first. */
struct tally_recipient {
    struct str id;
    uint16_t told[TALLY_DAYS];
    uint16_t withdrawn[TALLY_DAYS]; /* retractions that are meant to interrupt */
    uint32_t digest_items;
    uint32_t digests;
};

struct tally_keys {
    uint64_t *key;
    size_t count;
};

/* Somebody was interrupted for an alert. */
struct tally_pair {
    uint64_t alert;
    const struct tally_recipient *who;
};

struct tally_case {
    char name[16];
    uint64_t raised;
    uint64_t loud;
};

struct tally {
    day_t monday;
    struct tally_recipient *recipient;
    size_t recipient_count;
    struct tally_keys of_patient;   /* one key for each alert raised: its patient */
    struct tally_keys of_episode;   /* … its case and episode */
    struct tally_keys of_raised;    /* … its id */
    struct tally_keys of_withdrawn; /* one key for each retraction: the alert's id */
    struct tally_keys of_alert;     /* one key for each version that interrupts */
    struct tally_keys of_retracted; /* one key for each retraction that interrupts */
    struct tally_keys of_waiting;   /* one key for each version that waits for the team */
    struct tally_keys of_acted;     /* … that says what the team did */
    uint64_t events[EVENT_KIND_COUNT];
    uint64_t loud[EVENT_KIND_COUNT];
    struct tally_case of_case[TALLY_CASES];
    struct tally_pair *pair;
    size_t pair_count;
    uint64_t missed;     /* people who were interrupted, and whom the retraction does not name */
    uint64_t unanswered; /* meant to interrupt, but naming nobody */
    uint64_t hasty;      /* interrupted while the team had time to act, or had acted */
    uint64_t held;       /* recipients that had no budget left */
};

void tally_init(struct tally *t, day_t first, struct arena *a);
/* The alert of the row in *out; false: it is a digest. */
bool tally_event(struct tally *t, const struct outbox_row *row, day_t today, struct arena *keep,
                 struct arena *scratch, struct alert *out);

uint64_t tally_key(struct str patient, struct str case_key, struct str episode);
uint64_t tally_id(const struct alert *al);
/* How often the most frequent key is there; sorts. */
size_t tally_most(struct tally_keys *k, struct arena *scratch);
/* Keys that are there more than once, counted without their first; sorts. */
size_t tally_repeats(struct tally_keys *k, struct arena *scratch);
/* How many keys there are, each counted once; sorts. */
size_t tally_distinct(struct tally_keys *k, struct arena *scratch);
/* Keys of what, each time that it is there, that are not in k; sorts both. */
size_t tally_strange(struct tally_keys *what, struct tally_keys *k, struct arena *scratch);

unsigned tally_week(const uint16_t *of_day, size_t week);
/* One recipient's most in a day and in a week, and all of all. */
struct tally_load {
    unsigned day_most;
    unsigned week_most;
    unsigned long total;
};
struct tally_load tally_told(const struct tally *t);
struct tally_load tally_withdrawn(const struct tally *t);
struct tally_load tally_both(const struct tally *t);

#endif
