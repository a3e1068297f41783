/*
 * What:    what became of a message on its way to facts.
 * Owns:    nothing; facts, links and warnings live in the message's arena.
 * Threads: plain data.
 * Errors:  the outcome says it; warnings name places and codes, never values of the patient.
 */
#ifndef RFD_NORMALIZE_OUTCOME_H
#define RFD_NORMALIZE_OUTCOME_H

#include "base/diag.h"
#include "model/message.h"
#include "normalize/unmapped.h"
#include "wire/hl7.h"

enum normalize_outcome {
    NORMALIZE_OK,         /* facts */
    NORMALIZE_IGNORED,    /* understood, and nothing of it concerns us */
    NORMALIZE_QUARANTINE, /* not understood: kept raw, may be run again */
    NORMALIZE_OUTCOME_COUNT,
};

enum normalize_reason {
    NORMALIZE_NONE,
    /* ignored */
    NORMALIZE_NOTHING_OF_OURS, /* no code that a table knows */
    NORMALIZE_OTHER_TYPE,      /* a valid type that carries nothing for us: SIU, VXU, ACK … */
    NORMALIZE_OWN_MESSAGE,     /* ours, come back through an engine */
    NORMALIZE_NO_RESULT_YET,   /* only orders, or results without a value so far */
    /* quarantined */
    NORMALIZE_NO_PATIENT_ID,
    NORMALIZE_NO_AUTHORITY,
    NORMALIZE_SEVERAL_PATIENTS, /* a second PID: one message speaks of one patient */
    NORMALIZE_BAD_TIME,
    NORMALIZE_NO_ZONE, /* a time without an offset, and neither MSH-7 nor the map say one */
    NORMALIZE_UNKNOWN_TYPE,
    NORMALIZE_BAD_MERGE,
    NORMALIZE_MOVED_PART, /* ADT^A44, A45: facts are not kept by account or visit */
    NORMALIZE_FRAGMENT,   /* DSC, ADD: a part of a message */
    NORMALIZE_TOO_MANY_FACTS,
    NORMALIZE_REASON_COUNT,
};

struct normalized {
    enum normalize_reason reason;
    char place[HL7_PLACE_MAX]; /* "OBX[3]-14"; "" when the whole message is meant */
    const struct fact *facts;
    size_t count;
    const struct fact *const *links; /* those of the facts that are links */
    size_t link_count;
    struct patient_ref patient; /* absent in messages without one */
    struct identity identity;   /* the same, with birth date and sex as stated */
    struct str type;            /* ORU^R01 */
    struct str control_id;
    struct str sender_app;
    struct str sender_facility;
    struct stamp message_time; /* absent when MSH-7 is empty or unreadable */
    bool test;                 /* MSH-11 T or D */
    size_t unmapped;           /* results whose code no table knows */
    struct unmapped_list missed;
    const struct document *documents;
    size_t document_count;
    struct diags warnings;
};

const char *normalize_reason_name(enum normalize_reason r); /* "no_patient_id" */

#endif
