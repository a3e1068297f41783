/*
 * What:    units as laboratories write them → UCUM, and exact conversion between UCUM units.
 * Owns:    nothing; tables are constants.
 * Threads: read-only.
 * Errors:  false: the spelling or the pair is unknown. Nothing is ever assumed: an arbitrary unit
 *          ([IU], [arb'U]) never becomes a mass, and molar ↔ mass needs the analyte.
 */
#ifndef RFD_MODEL_UNIT_H
#define RFD_MODEL_UNIT_H

#include "base/dec.h"
#include "base/str.h"

#include <stdbool.h>

/* "ug/l", "mcg/L", "µg/L" → "ug/L"; "k/uL" → "10*3/uL"; the result points at a constant. */
RFD_MUSTCHECK bool unit_normalize(struct str reported, struct str *ucum_out);

/* 1 from = num/den to. analyte is needed for molar ↔ mass (testosterone, …) and else ignored. */
RFD_MUSTCHECK bool unit_convert(struct str from, struct str to, struct str analyte,
                                int64_t *num_out, int64_t *den_out);

#endif
