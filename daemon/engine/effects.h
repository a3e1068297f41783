/*
 * What:    what a step is caused by, and what it causes.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ENGINE_EFFECTS_H
#define RFD_ENGINE_EFFECTS_H

#include "alert/duty.h"
#include "model/alert.h"
#include "model/finding.h"

/* What caused the step: it has a journal number, whatever it was. */
struct engine_event {
    uint64_t journal;
    struct stamp at;         /* max(last journal instant, wall clock) */
    struct str store_tag;    /* first part of alert ids, one per store */
    bool history;            /* of a history load: opens alerts as a silent baseline */
    struct str release;      /* a held alert that a person lets out; absent: none */
    const struct duty *duty; /* whom alerts are for, and when; NULL: the site has not said */
};

enum effect_kind {
    EFFECT_RAISED,
    EFFECT_UPDATED,
    EFFECT_RETRACTED,
    EFFECT_CLOSED,   /* resolved, expired, superseded */
    EFFECT_BASELINE, /* opened in silence: stored, never sent */
    EFFECT_HELD,     /* the same, waiting for a person's review */
    EFFECT_SHADOW,   /* the same, of rules that nobody has signed */
    EFFECT_KIND_COUNT,
};

struct effect {
    enum effect_kind kind;
    bool quiet;    /* nothing that needs attention at once changed */
    bool digest;   /* quiet, but worth a line in the digest */
    bool handover; /* unanswered, and for other people than before: who comes new hears of it */
    const struct alert_recipient *before; /* those who were named */
    size_t before_count;
    struct alert alert;
    const struct str *fresh; /* rules whose finding is new in this version */
    size_t fresh_count;
};

/* A rule that applies and could not be evaluated, for `explain`. */
struct engine_view {
    const struct finding *finding; /* every rule that applies to a case, whatever its status */
    struct str case_key;
    bool shown; /* is a section of an alert that goes out */
    enum alert_gate gate;
};

struct effects {
    const struct effect *item; /* by alert id */
    size_t count;
    const struct engine_view *view;
    size_t view_count;
    const struct duty *duty; /* as the event's */
    day_t next_due;          /* first day on which time alone could change something; DAY_NONE */
    const struct str *word;  /* cases that trials were weighed for, as match/gate.h words them */
    size_t word_count;
    bool too_long; /* more facts than LIMIT_FACTS_PER_PATIENT: nothing was evaluated */
};

const char *effect_kind_name(enum effect_kind k);

#endif
