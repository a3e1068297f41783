/*
 * What:    the value of a biomarker: PD-L1, MSI, MMR, TMB, HER2, hormone receptors.
 * Owns:    nothing; lives in the message's arena.
 * Threads: plain data.
 * Errors:  an answer or a unit that is not known is a warning, and the fact is flagged.
 */
#ifndef RFD_NORMALIZE_BIOMARKER_H
#define RFD_NORMALIZE_BIOMARKER_H

#include "normalize/order.h"
#include "normalize/value.h"

/* Fills f->u.biomarker from the OBX. False: its answer is in no table. */
RFD_MUSTCHECK bool
biomarker_read(struct walk *w, const struct order *o, size_t obx, const struct term_biomarker *bm,
               const struct value *v, struct fact *f);

#endif
