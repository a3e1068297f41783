/*
 * What:    engine_step(), the program as a function: one patient's facts and alerts in, changes out.
 * Owns:    nothing; everything made lives in the arena given.
 * Threads: one thread, no clock, no I/O: the same journal gives the same effects, always.
 * Errors:  a full arena jumps to its trap: the caller quarantines the message ("too large").
 */
#ifndef RFD_ENGINE_STEP_H
#define RFD_ENGINE_STEP_H

#include "engine/knowledge.h"
#include "model/alert.h"

/* One person: the facts of all identifiers that live links join, every version ever received. */
struct engine_patient {
    struct patient_ref ref; /* the identifier that survives */
    const struct fact *fact;
    size_t fact_count;
    const struct alert *alert; /* of all identifiers, open and closed, by id */
    size_t alert_count;
};

/* What caused the step: it has a journal number, whatever it was. */
struct engine_event {
    uint64_t journal;
    struct stamp at;      /* max(last journal instant, wall clock) */
    struct str store_tag; /* first part of alert ids, one per store */
    bool history;         /* of a history load: opens alerts as a silent baseline */
};

enum effect_kind {
    EFFECT_RAISED,
    EFFECT_UPDATED,
    EFFECT_RETRACTED,
    EFFECT_CLOSED,   /* resolved, expired, superseded */
    EFFECT_BASELINE, /* opened in silence: stored, never sent */
    EFFECT_KIND_COUNT,
};

struct effect {
    enum effect_kind kind;
    bool quiet; /* nothing that needs attention changed */
    struct alert alert;
};

/* A rule that applies and could not be evaluated, for `explain`. */
struct engine_view {
    const struct finding *finding; /* every rule that applies to a case, whatever its status */
    struct str case_key;
    bool shown; /* is or would be a section of an alert */
};

struct effects {
    const struct effect *item; /* by alert id */
    size_t count;
    const struct engine_view *view;
    size_t view_count;
    day_t next_due; /* first day on which time alone could change something; DAY_NONE */
    bool too_long;  /* more facts than LIMIT_FACTS_PER_PATIENT: nothing was evaluated */
};

void engine_step(const struct knowledge *k, const struct engine_patient *p,
                 const struct engine_event *ev, struct arena *a, struct effects *out);

const char *effect_kind_name(enum effect_kind k);

#endif
