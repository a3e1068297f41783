/*
 * What:    the one job of reading stored messages again: what is asked for, the few messages that
 *          are at edge, and what became of each.
 * Owns:    itself; rejob_free(&r).
 * Threads: the core role.
 * Errors:  none. Results past REJOB_RESULTS_MAX that nobody has asked for are counted only.
 */
#ifndef RFD_CORE_REJOB_H
#define RFD_CORE_REJOB_H

#include "model/message.h"

enum {
    REJOB_WINDOW = 16,        /* messages at edge: intake has the other slots of its window */
    REJOB_SLICE_ROWS = 4096,  /* of the journal that are looked at in one go */
    REJOB_LISTED_MAX = 1000,  /* journal numbers in one request */
    REJOB_RESULTS_MAX = 4096, /* that wait to be asked for; older ones are only counted */
    REJOB_WORD_MAX = 64,
    REJOB_FEED_MAX = 64,
};

enum rejob_state {
    REJOB_FREE,
    REJOB_SENT,
    REJOB_DONE, /* in the open batch */
};

struct rejob_result {
    uint64_t journal;
    enum outcome was;
    enum outcome is;
    bool failed; /* nothing has changed; reason says why */
    size_t facts;
    char feed[REJOB_FEED_MAX];
    char reason[REJOB_WORD_MAX];
    char place[REJOB_WORD_MAX];
};

struct rejob_message {
    enum rejob_state state;
    uint64_t journal;
    int64_t sent_ms;
    int tries;
    struct rejob_result result; /* when done */
};

/* What is asked for; all of it must hold. */
struct rejob_wanted {
    char feed[REJOB_FEED_MAX];   /* "": any */
    char reason[REJOB_WORD_MAX]; /* "": any */
    bool quarantined;
    bool changed;
    int64_t since_s; /* INT64_MIN: any */
    uint64_t listed[REJOB_LISTED_MAX];
    size_t listed_count; /* 0: by the rest */
};

struct rejob {
    bool active;
    struct rejob_wanted want;
    char actor[REJOB_WORD_MAX];
    uint64_t cursor; /* of the journal, or of the list */
    uint64_t last;
    uint64_t candidate[REJOB_SLICE_ROWS];
    size_t candidates;
    size_t next;
    struct rejob_message pending[REJOB_WINDOW];
    struct rejob_result result[REJOB_RESULTS_MAX]; /* a ring */
    uint64_t results;                              /* so many so far */
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t failed;
    uint64_t freed; /* out of quarantine */
};

struct rejob *rejob_new(void);
void rejob_free(struct rejob **r);

/* A text into an array of that size, cut where it does not fit. */
void rejob_text(char *to, size_t size, struct str s);
void rejob_publish(struct rejob *r, const struct rejob_result *x);
/* A message that cannot be read again. */
void rejob_fail(struct rejob *r, uint64_t journal, struct str feed, const char *why);

/* One that has had no answer for so long; NULL: none. */
struct rejob_message *rejob_overdue(struct rejob *r, int64_t now_ms, int64_t patience_ms);
/* One in that state (free: any of them); NULL: none. */
struct rejob_message *rejob_find(struct rejob *r, uint64_t journal, enum rejob_state state);

/* Nothing left to look at, nothing on its way: the job is done. */
void rejob_settle(struct rejob *r);
/* The batch that answers were applied in has ended. */
void rejob_batch_end(struct rejob *r, bool kept);

#endif
