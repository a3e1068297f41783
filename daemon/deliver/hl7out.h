/*
 * What:    one version of an alert as an HL7 v2.5.1 message: ORU^R01 (new, corrected, withdrawn) or
 *          MDM^T02, T10, T11. The receiver knows the alert by OBR-3 or TXA-12, the message by
 *          MSH-10.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_DELIVER_HL7OUT_H
#define RFD_DELIVER_HL7OUT_H

#include "base/sb.h"
#include "model/alert.h"

enum { HL7OUT_CONTROL_MAX = 80 };

struct hl7out_config {
    const char *receiver;    /* MSH-5 */
    const char *facility;    /* MSH-6 */
    const char *result_type; /* CODE^TEXT^SYSTEM */
    const char *base;        /* of links; NULL: none */
    char withdrawn;          /* OBX-11 of a retraction: W, D or C */
};

enum hl7out_what {
    HL7OUT_NEW, /* the receiver has no version of it */
    HL7OUT_CORRECTED,
    HL7OUT_WITHDRAWN,
    HL7OUT_WHAT_COUNT,
};

/* MSH-10: ID.VERSION */
struct str hl7out_control(const struct alert *al, char buf[HL7OUT_CONTROL_MAX]);

void hl7out_oru(struct sb *b, const struct alert *al, enum hl7out_what what,
                const struct hl7out_config *cfg);
void hl7out_mdm(struct sb *b, const struct alert *al, enum hl7out_what what,
                const struct hl7out_config *cfg);

#endif
