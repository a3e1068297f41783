/*
 * What:    is the patient of a message the one that we know by this number? A number that was given
 *          out twice, or typed wrongly, must not put one person's results into another's timeline.
 * Owns:    nothing.
 * Threads: the core role.
 * Errors:  those of the store.
 */
#ifndef RFD_CORE_IDENTITY_H
#define RFD_CORE_IDENTITY_H

#include "model/message.h"
#include "store/store.h"

/* A stated birth date or sex conflicts when others are known of that number and none is the same.
 * The register (ADT^A08, A31) may correct one of the two; both at once is another person. */
RFD_MUSTCHECK enum store_result identity_check(struct store *s, const struct result_message *m,
                                               struct arena *a, bool *conflict_out);

#endif
