/*
 * What:    who cares for the patient: PV1, ROL and PRT → roles; OBR-16, ORC-12 and PRT → who
 *          ordered.
 * Owns:    nothing; lives in the message's arena.
 * Threads: plain data.
 * Errors:  by walk; a person without a number is a warning: names are no facts.
 */
#ifndef RFD_NORMALIZE_CARETEAM_H
#define RFD_NORMALIZE_CARETEAM_H

#include "normalize/walk.h"

/* The numbers in a field of XCN, in order. */
const struct provider *careteam_providers(struct walk *w, size_t seg, int field, size_t *count_out);

/* Who ordered what that OBR is of: OBR-16, else ORC-12, else a PRT of the order with code OP. */
const struct provider *careteam_ordered_by(struct walk *w, size_t obr, size_t *count_out);

/* PV1-7 of a message that is no admission: who attends on that visit. */
const struct provider *careteam_attended_by(struct walk *w, size_t *count_out);

#endif
