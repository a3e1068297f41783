/*
 * What:    alerts as cards of CDS Hooks 2.0 (cds-hooks.hl7.org/2.0): what stands in them, and the
 *          names that feedback refers to them by.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_CONSOLE_CARDS_H
#define RFD_CONSOLE_CARDS_H

#include "console/cdsconf.h"
#include "model/alert.h"
#include "wire/jsonout.h"

enum { CARD_UUID_MAX = 37 };

/* The same for the same version of the same alert, always: 8-4-4-4-12, version 8 (RFC 9562). */
struct str card_uuid(const struct alert *al, uint32_t version, char buf[CARD_UUID_MAX]);
/* The journal row that raised the alert of that card: the part after "-" of the alert's id.
 * Feedback finds its alert by it. False: no name of ours. */
RFD_MUSTCHECK bool card_number(struct str card, uint64_t *number_out);
/* The card of one of the alert's versions. */
bool card_is_of(const struct alert *al, struct str card);

/* Is there anything to say in the chart? Not when somebody has dealt with it, or it was never
 * sent. */
bool card_is_due(const struct alert *al);

/* One card into the list that is open in j. patient: the chart's FHIR id, for the suggestion. */
void card_write(struct jsonout *j, const struct alert *al, const struct cds_config *cfg,
                struct str patient, struct arena *a);

/* "Already known to the team" …, or NULL for a code that is none of ours. */
const char *card_override_text(struct str code);

#endif
