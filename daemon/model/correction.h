/*
 * What:    which earlier facts a correction puts out of force beside the versions of its own key.
 *          The
 *          keys of variants and negatives hold the answer itself (gene and change), so a corrected
 *          answer has another key; a cancelled document has no content to build a key from.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 *
 * HL7 2.9.1, OBX-11: C replaces what stood under the same order, code and sub-id as a unit; D and X
 * act on the single result only.
 */
#ifndef RFD_MODEL_CORRECTION_H
#define RFD_MODEL_CORRECTION_H

#include "model/fact.h"

/* Could this fact put another one out of force? */
bool correction_is_one(const struct fact *f);

/* Does c, of a later status time, put f out of force? */
bool correction_replaces(const struct fact *c, const struct fact *f);

#endif
