/*
 * What:    what a code that no table knows may be, by its name alone, and which rules read that:
 *          a hint for the person who maps it, never a mapping.
 * Owns:    nothing; answers live in the knowledge or in the arena given.
 * Threads: read-only.
 * Errors:  none: where two names fit equally well there is no answer.
 *
 * How names are compared: a result by the words of its display that terminology/analytes.yaml gives
 * for an analyte (the longest wins), or by its code when that spells the analyte's name; a
 * drug by a word of its name that is one letter off; an answer by a phrase of responses.yaml within
 * it; a diagnosis by an organ's words beside a word for a tumour; a unit by its test; a variant by
 * its gene.
 */
#ifndef RFD_KNOWLEDGE_LIKELY_H
#define RFD_KNOWLEDGE_LIKELY_H

#include "knowledge/load.h"
#include "model/likely.h"
#include "model/message.h"

/* map: the feed's; NULL: none. */
struct likely likely_of(const struct knowledge_set *set, const struct map *map,
                        const struct unmapped *u, struct arena *a);

/* Does that map, or a terminology, know it? */
bool likely_is_known(const struct knowledge_set *set, const struct map *map,
                     const struct unmapped *u, struct arena *a);

#endif
