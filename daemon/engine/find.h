/*
 * What:    every rule on every case, today and as each earlier line ended: which findings stand.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ENGINE_FIND_H
#define RFD_ENGINE_FIND_H

#include "engine/cases.h"
#include "engine/knowledge.h"
#include "model/course.h"
#include "model/finding.h"

struct found {
    struct finding finding;
    const struct tumour_case *tumour;
    struct str episode; /* "line:2026-01-10", "none" */
    bool past;          /* a later line has begun since: the team has evidently acted */
};

struct found_list {
    const struct found *item; /* rules in order of the set, cases by key, newest line first */
    size_t count;
    const struct therapies *therapies; /* as of today */
    day_t next_due;
};

/* One finding per (rule, case, episode): as of today, and for an episode whose line has ended as of
 * the day before the next line's start. A pure function of the timeline. */
struct found_list
find_all(const struct knowledge *k, const struct timeline *t, const struct cases *cases);

#endif
