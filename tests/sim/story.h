/*
 * What:    a seeded story: patients with diagnoses, therapies, marker series, responses,
 *          corrections, withdrawals and merges, as result messages in an order that could have
 *          happened.
 * Owns:    nothing; messages live in the arena.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_STORY_H
#define RFD_TESTS_STORY_H

#include "model/message.h"

struct story {
    struct result_message *message;
    size_t count;
};

struct story story_make(struct arena *a, uint64_t seed, size_t patients);

#endif
