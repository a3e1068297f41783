/*
 * What:    a patient's past under a set of rules: what each would have found, and on which day
 *          first.
 *          For backtests: nothing here is matched, told or stored.
 * Owns:    nothing; the result lives in the arena given, the looks in scratch.
 * Threads: one thread, no clock, no I/O.
 * Errors:  a full arena jumps to its trap.
 */
#ifndef RFD_ENGINE_REPLAY_H
#define RFD_ENGINE_REPLAY_H

#include "engine/find.h"

/* One finding of one rule in one episode, from the first look at which it held. */
struct replay_item {
    const struct rule_head *rule;
    struct str case_key;
    struct str episode;
    day_t raised;    /* the first day at whose end it held */
    day_t confirmed; /* … and held as met; DAY_NONE: never */
    day_t first_event;
    bool holds; /* at the last look */
};

struct replay_in {
    const struct knowledge *knowledge;
    const struct fact *fact; /* as person_load() gives them */
    size_t fact_count;
    struct stamp now;
    day_t since; /* the days before are one look, the evening before; DAY_NONE: all days */
};

struct replay {
    const struct replay_item *item; /* by first sight, then in the order of the rules */
    size_t count;
    size_t looks;
    bool too_many; /* more than REPLAY_ITEMS_MAX: the rest is left out */
};

enum { REPLAY_ITEMS_MAX = 4096 };

/* Looks at the end of every day on which something was received, and now. What came more than two
 * weeks after its own status time is a history load: it counts as known from that time on. */
struct replay replay_run(const struct replay_in *in, struct arena *a, struct arena *scratch);

#endif
