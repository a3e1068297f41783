/*
 * What:    another set of knowledge at the start of core: when only its trials differ from the set
 *          that patients were last evaluated with, only those whom a changed trial concerns are
 *          evaluated again; the others count as evaluated.
 * Owns:    nothing.
 * Threads: the core role, before anything else is taken.
 * Errors:  none: what cannot be compared or written leaves everybody waiting, as without it.
 *
 * Trials reach a person's alerts and next look only through the cases that they are weighed for,
 * and there only through clauses whose gate the case opens (match/gate.h). So who opens no gate of
 * a clause that has changed, came or went would get what he has.
 */
#ifndef RFD_CORE_ADOPT_H
#define RFD_CORE_ADOPT_H

#include "engine/knowledge.h"
#include "store/store.h"

void adopt_knowledge(struct store *s, const struct knowledge *k, struct arena *a);

#endif
