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

enum unmapped_kind {
    UNMAPPED_RESULT, /* a test: OBX-3 */
    UNMAPPED_DRUG,
    UNMAPPED_ANSWER, /* to a question that is known, such as the tumour response */
    UNMAPPED_DIAGNOSIS,
    UNMAPPED_UNIT, /* of a test that is known */
    UNMAPPED_VARIANT,
    UNMAPPED_KIND_COUNT,
};

/* What no table knows, by its name alone: nothing of it says what was found in a patient. */
struct unmapped {
    enum unmapped_kind kind;
    struct code code;
    struct str unit; /* as sent; of results and units */
    uint32_t count;  /* in the message */
};

/* What a report says, for a person to read: no rule reads it. */
struct document {
    uint32_t fact;      /* its report, by place in the message's facts */
    struct str media;   /* of content */
    struct str content; /* decoded; as it came where it could not be */
    struct str title;   /* what was examined, in the sender's words; absent: not said */
    struct str answers; /* coded answers that no table knows, a line each */
    struct str phrase;  /* of the site's list, found in it and not negated; absent: none */
    struct str quote;   /* the sentence around it */
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
    const struct document *document;
    size_t document_count;
    struct str map_hash; /* of the map that it was read by; hex */
    const struct unmapped *unmapped;
    size_t unmapped_count;
    uint32_t unmapped_more; /* that did not fit the list */
};

const char *unmapped_kind_name(enum unmapped_kind k); /* result, drug, answer … */

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
