/*
 * What:    a seeded ward of oncology patients: five years of history and a year live, as events and
 *          as the messages that they arrive in. Everything in it is invented.
 * Owns:    nothing; events live in the arena given, messages in the arena of each.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_WARD_H
#define RFD_TESTS_WARD_H

#include "model/message.h"
#include "normalize/terms.h"

enum { WARD_LIVE_DAY = 20235, WARD_DAYS = 365, WARD_PAST_DAYS = 5 * 365 }; /* from 2025-05-27 */
enum { WARD_PATIENTS_PER_CLINICIAN = 250 };
#define WARD_CLINICIANS(patients) ((patients) / WARD_PATIENTS_PER_CLINICIAN + 1)

enum ward_what {
    WARD_PERSON, /* register: diagnosis, birth, sex, attending */
    WARD_MOVED,  /* another attending: ADT */
    WARD_VALUE,  /* a marker */
    WARD_DOSE,   /* the drug that was handed out */
    WARD_STAGING,
    WARD_GENES,
    WARD_SCAN_ORDERED, /* imaging for staging: ORM */
    WARD_BOARD,        /* referral to the tumour board: ORM */
    WARD_LINK,
    WARD_RESTRICTION,
    WARD_DEATH,
    WARD_WHAT_COUNT,
};

/* Whose number stands in the message. */
enum ward_number {
    WARD_OWN,
    WARD_EMERGENCY, /* a second number of the same patient, joined with his own later */
    WARD_NEXT,      /* the next patient's, by mistake */
    WARD_NUMBER_COUNT,
};

enum ward_restriction { WARD_OPTED_OUT, WARD_NO_CONTACT, WARD_VIP, WARD_HOSPICE };

struct ward_event {
    day_t said;
    day_t day;
    uint32_t patient;
    uint32_t serial;    /* message: a duplicate has that of the first */
    uint32_t order;     /* versions of one result have it in common */
    int32_t value;      /* thousandths; a response code; a variant found or not … */
    uint16_t attending; /* who has the patient now */
    uint8_t what;       /* enum ward_what */
    uint8_t number;     /* enum ward_number */
    uint8_t status;     /* enum fact_status */
    uint8_t line;       /* of therapy */
    uint8_t disease;
    uint8_t feed; /* the same result comes over two feeds now and then */
};

struct ward {
    const struct terms *terms;
    const struct ward_event *event; /* in order of arrival */
    size_t count;
    size_t patients;
    size_t clinicians;
    size_t patients_behind; /* with history */
};

struct ward ward_make(struct arena *a, const struct terms *terms, uint64_t seed, size_t patients);
struct result_message
ward_message(const struct ward *w, const struct ward_event *e, struct arena *a);

#endif
