/*
 * What:    the name of a fact for people: its key in hex, by which `enter wrong` finds it.
 * Owns:    nothing.
 * Threads: any; pure.
 * Errors:  none.
 */
#ifndef RFD_CORE_FACTNAME_H
#define RFD_CORE_FACTNAME_H

#include "model/fact.h"

enum { FACTNAME_MAX = 2 * sizeof(struct fact_key) + 1, FACTNAME_SHOWN = 10 };

/* All 32 digits; lists show the first FACTNAME_SHOWN. */
struct str factname_of(const struct fact_key *key, char out[FACTNAME_MAX]);
/* The first FACTNAME_SHOWN of them. */
struct str factname_short(const struct fact_key *key, char out[FACTNAME_MAX]);

#endif
