/*
 * What:    a patient's timeline: of each fact the version in force, in clinical order, as of an
 *          instant.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  more than LIMIT_FACTS_PER_PATIENT facts in force: too_long is set and the rest is left
 *          out;
 *          every rule is then not evaluable.
 */
#ifndef RFD_MODEL_TIMELINE_H
#define RFD_MODEL_TIMELINE_H

#include "base/arena.h"
#include "model/fact.h"
#include "model/oncotree.h"

/* One fact in force. */
struct timeline_item {
    const struct fact *fact;
    struct fact_key key;
};

/* The observations of one analyte: a part of by_analyte. */
struct timeline_analyte {
    struct str name;
    size_t first;
    size_t count;
};

struct timeline {
    struct arena *arena;
    struct stamp as_of;
    day_t today;                /* local day of as_of, in as_of's own offset */
    struct timeline_item *item; /* by fact_order_cmp; withdrawn facts are not here */
    size_t count;
    size_t by_kind_first[FACT_KIND_COUNT]; /* index into by_kind */
    size_t by_kind_count[FACT_KIND_COUNT];
    const struct fact **by_kind; /* the same facts grouped by kind, each group in order */
    struct timeline_analyte *analyte;
    size_t analyte_count;
    size_t *analyte_slot;           /* a table by the hash of the name: 1 + index; 0: free */
    size_t analyte_slots;           /* a power of two; 0: no observations */
    const struct fact **by_analyte; /* the observations, each analyte's in order */
    bool too_long;
    const struct oncotree *oncotree; /* to read diagnoses by; NULL after timeline_build() */
};

/* Facts received after as_of, and facts of a clinical time after as_of, are not seen. facts may
 * hold
 * every version ever received, in any order; duplicates fall together. */
struct timeline
timeline_build(struct arena *a, const struct fact *facts, size_t count, struct stamp as_of);

/* The facts of a kind, in order. */
const struct fact *const *
timeline_kind(const struct timeline *t, enum fact_kind kind, size_t *count_out);

/* The observations of an analyte, in order: a rule that reads one does not pay for the others. */
const struct fact *const *
timeline_analyte(const struct timeline *t, struct str analyte, size_t *count_out);

/* The same patient as things stood at the end of an earlier day: no result, response, therapy or
 * procedure of a later clinical day. Diagnoses and demographics stay. */
struct timeline timeline_until(const struct timeline *t, day_t day);

/* The first day on which a fact dated after as_of comes into sight, DAY_NONE: none. */
day_t timeline_next_day(const struct fact *facts, size_t count, struct stamp as_of);

#endif
