/*
 * What:    builds the answer to a message: MSH, MSA and, on a refusal, ERR.
 * Owns:    nothing; writes into the caller's struct sb.
 * Threads: plain data.
 * Errors:  sb's sticky one. Nothing of the message goes out but MSH-3..6, 9.2, 10, 11, 12 and 18.
 */
#ifndef RFD_WIRE_HL7ACK_H
#define RFD_WIRE_HL7ACK_H

#include "base/date.h"
#include "base/sb.h"
#include "base/str.h"
#include "wire/hl7.h"

#include <stdbool.h>
#include <stdint.h>

enum hl7ack_code {
    HL7ACK_AA,
    HL7ACK_AE,
    HL7ACK_AR,
    HL7ACK_CA,
    HL7ACK_CE,
    HL7ACK_CR,
    HL7ACK_CODE_COUNT,
};

/* What became of the message; hl7ack_code_for() puts it into the words of the mode. */
enum hl7ack_outcome {
    HL7ACK_ACCEPTED, /* on disk */
    HL7ACK_ERROR,    /* its content cannot be taken */
    HL7ACK_REJECTED, /* MSH-9, -11 or -12 not acceptable, or we cannot work now */
    HL7ACK_OUTCOME_COUNT,
};

enum hl7ack_mode {
    HL7ACK_AUTO, /* by MSH-15/-16; as a feed's setting only */
    HL7ACK_ORIGINAL,
    HL7ACK_ENHANCED,
    HL7ACK_MODE_COUNT,
};

/* HL7 table 0357, message error condition codes. */
enum hl7ack_error {
    HL7ACK_ERR_NONE = 0,
    HL7ACK_ERR_SEGMENT_SEQUENCE = 100,
    HL7ACK_ERR_FIELD_MISSING = 101,
    HL7ACK_ERR_DATA_TYPE = 102,
    HL7ACK_ERR_TABLE_VALUE = 103,
    HL7ACK_ERR_MESSAGE_TYPE = 200,
    HL7ACK_ERR_EVENT_CODE = 201,
    HL7ACK_ERR_PROCESSING_ID = 202,
    HL7ACK_ERR_VERSION_ID = 203,
    HL7ACK_ERR_UNKNOWN_KEY = 204,
    HL7ACK_ERR_DUPLICATE_KEY = 205,
    HL7ACK_ERR_RECORD_LOCKED = 206,
    HL7ACK_ERR_INTERNAL = 207,
};

struct hl7ack {
    enum hl7ack_code code;
    struct stamp at;         /* MSH-7 */
    struct str control_id;   /* our MSH-10 */
    enum hl7ack_error error; /* NONE: no ERR segment */
    const char *text;        /* fixed text of ours, or NULL; never anything from the message */
    const char *seg;         /* where: "OBX", or NULL */
    int seg_nth;
    int field; /* 0: not said */
};

/* ORIGINAL or ENHANCED: the feed's setting, else enhanced when MSH-15 or MSH-16 holds a code
 * of table 0155 (2.9.1 section 2.8). */
enum hl7ack_mode hl7ack_mode(const struct hl7 *m, enum hl7ack_mode setting);

enum hl7ack_code hl7ack_code_for(enum hl7ack_mode mode, enum hl7ack_outcome outcome);

/* Does the sender want this answer? Always in original mode; else by MSH-15 (table 0155: AL, NE,
 * ER, SU; empty in enhanced mode means NE, unless the feed was set to answer anyway). */
bool hl7ack_wanted(const struct hl7 *m, enum hl7ack_mode setting, enum hl7ack_code code);

const char *hl7ack_code_name(enum hl7ack_code code);    /* "AA" */
const char *hl7ack_error_name(enum hl7ack_error error); /* the table's words */

/* Appends the answer to m; it ends with CR and has no MLLP frame. m NULL: the message could not be
 * read at all, the answer names nobody. */
RFD_MUSTCHECK bool hl7ack_write(struct sb *b, const struct hl7 *m, const struct hl7ack *ack);

#endif
