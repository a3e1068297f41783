/*
 * What:    one person's facts and alerts, from the store into the engine and back.
 * Owns:    nothing; everything lives in the arena.
 * Threads: the core role.
 * Errors:  STORE_FULL passes through; a row that does not decode is fatal.
 */
#ifndef RFD_CORE_PERSON_H
#define RFD_CORE_PERSON_H

#include "engine/step.h"
#include "store/store.h"

struct person_loaded {
    uint64_t survivor; /* patient number that alerts are filed under */
    struct engine_patient patient;
};

/* A row of the store. */
struct fact person_fact(struct arena *a, struct str packed);
struct alert person_alert(struct arena *a, struct str packed);

RFD_MUSTCHECK enum store_result
person_load(struct store *s, uint64_t number, struct arena *a, struct person_loaded *out);

/* Alerts, outbox, audit and counters, as the step's effects say. */
RFD_MUSTCHECK enum store_result
person_store(struct store *s, uint64_t survivor, const struct effects *fx, struct stamp at,
             struct arena *a);

/* Load, step, store, and note when to look again. */
RFD_MUSTCHECK enum store_result
person_evaluate(struct store *s, const struct knowledge *k, uint64_t number,
                const struct engine_event *ev, struct arena *a);

#endif
