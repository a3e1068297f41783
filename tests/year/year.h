/*
 * What:    a year of a ward on a real core: its state, and the printing and judging of what came of
 *          it.
 * Owns:    nothing; the arenas are main's.
 * Threads: one.
 * Errors:  year_judge() says which promise is broken.
 */
#ifndef RFD_TESTS_YEAR_H
#define RFD_TESTS_YEAR_H

#include "alert/duty.h"
#include "core/core.h"
#include "tally.h"
#include "ward.h"

/* What people have said to an alert that interrupted them. */
enum answer { ANSWER_ACK, ANSWER_OVERRIDE, ANSWER_SNOOZE, ANSWER_COUNT };

struct pending_answer {
    day_t day;
    char id[24];
    enum answer answer;
};

struct year {
    struct arena keep;    /* the ward, the names, the figures */
    struct arena message; /* one message */
    struct arena scratch; /* what is read back */
    struct ward ward;
    struct duty duty; /* of the shipped settings */
    struct core *core;
    struct tally tally;
    uint64_t dice;
    size_t at; /* next event of the ward */
    uint64_t fetched;
    uint64_t number;
    uint64_t outcome[OUTCOME_COUNT];
    uint64_t history_messages;
    uint64_t history_events;
    size_t baseline; /* alerts that the history left open in silence */
    uint64_t outage_messages;
    uint64_t outage_events; /* of the day on which they came */
    uint64_t outage_held;   /* of them without a budget */
    size_t outage_listed;   /* lines of the digest after it */
    bool *heard_of;         /* patients with a message that is no history */
    uint64_t by_time;       /* events of the others */
    uint64_t by_time_now;   /* of them, those that interrupt */
    size_t open_most;       /* of one case and episode */
    size_t open;
    size_t gone;        /* alerts that stand as retracted at the end, and were told of */
    size_t gone_untold; /* of them without an event that says so */
    struct pending_answer *answer;
    size_t answer_count;
    size_t answer_done;
    uint64_t answered[ANSWER_COUNT];
};

extern const day_t year_outage_day; /* the first of them */
extern const int32_t year_outage_days;

void year_print(struct year *y);
/* 1 when a promise is broken, with its words on stdout. */
int year_judge(struct year *y);

#endif
