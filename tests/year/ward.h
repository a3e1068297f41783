/*
 * What:    a seeded oncology ward: five years of patients that lie behind and one year that comes,
 *          most of them stable, with what results are like: noise, corrections, duplicates, delays.
 * Owns:    nothing; events live in the arena, a message in the arena that it is made in.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_WARD_H
#define RFD_TESTS_WARD_H

#include "model/message.h"

enum { WARD_LIVE_DAY = 20235, WARD_DAYS = 365, WARD_PAST_DAYS = 5 * 365 }; /* from 2025-05-27 */

enum ward_what {
    WARD_PERSON, /* register: diagnosis, birth, sex, attending */
    WARD_VISIT,  /* a marker value, and the drug that was handed out that day */
    WARD_STAGING,
    WARD_GENES,
    WARD_DEATH,
    WARD_WHAT_COUNT,
};

struct ward_event {
    day_t said;
    day_t day;
    uint32_t patient;
    uint32_t serial; /* message: a duplicate has that of the first */
    uint32_t order;  /* versions of one result have it in common */
    int32_t value;   /* thousandths; a response code; a variant found or not */
    uint8_t what;    /* enum ward_what */
    uint8_t status;  /* enum fact_status */
    uint8_t line;    /* of therapy */
    uint8_t disease;
};

struct ward {
    const struct ward_event *event; /* in order of arrival */
    size_t count;
    size_t patients;
    size_t clinicians;
    size_t patients_behind; /* with history */
};

struct ward ward_make(struct arena *a, uint64_t seed, size_t patients);
struct result_message
ward_message(const struct ward *w, const struct ward_event *e, struct arena *a);

#endif
