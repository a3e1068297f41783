/*
 * What:    the events of a worked timeline as facts, as received up to a day.
 * Owns:    nothing; facts live in the arena given, texts in the tree.
 * Threads: plain functions.
 * Errors:  vector_facts_check() is false with diags for what the format does not know;
 *          vector_facts() takes only events that it passed.
 */
#ifndef RFD_CRITERIA_VECTOR_FACTS_H
#define RFD_CRITERIA_VECTOR_FACTS_H

#include "model/fact.h"
#include "wire/tree.h"

RFD_MUSTCHECK bool vector_facts_check(const struct tree *events, struct diags *d);

/* Of the events received on or before asof. An event of the same id that came later replaces the
 * earlier one, whatever it changed. */
struct fact *
vector_facts(const struct tree *events, day_t asof, struct arena *a, size_t *count_out);

struct stamp vector_facts_end_of(day_t day); /* its last second, UTC */

#endif
