/*
 * What:    a result message between the socket and the journal: raw bytes, and the facts read from
 *          them.
 * Owns:    nothing; lives in the arena of its message.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MODEL_MESSAGE_H
#define RFD_MODEL_MESSAGE_H

#include "model/fact.h"

struct publisher {
    struct str id; /* absent: not a native publisher */
    uint64_t epoch;
    uint64_t seq;
};

/* Whom a message speaks of, and what it says of him; patient absent: it does not say. */
struct identity {
    struct patient_ref patient;
    struct demographics stated; /* birth and sex */
    bool corrects;              /* from the register: may correct one of the two */
};

struct result_message {
    struct str feed; /* set by edge, from the socket */
    struct publisher publisher;
    struct str control_id;
    struct str sender;
    struct stamp sent;
    struct str type; /* ORU^R01, native */
    struct str raw;  /* as received; absent in native messages */
    const struct fact *fact;
    size_t fact_count;
    bool history;
    struct str quarantine_reason; /* absent: understood */
    struct str quarantine_place;
    struct str ignore_reason; /* absent: concerns us */
    const struct str *warning;
    size_t warning_count;
    struct identity identity;
};

/* What became of a message. */
enum outcome {
    OUTCOME_STORED,
    OUTCOME_DUPLICATE,
    OUTCOME_IGNORED,
    OUTCOME_QUARANTINED,
    OUTCOME_REFUSED, /* not stored, never will be; counted */
    OUTCOME_BUSY,    /* not stored now */
    OUTCOME_COUNT,
};

const char *outcome_name(enum outcome o);

#endif
