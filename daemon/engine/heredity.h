/*
 * What:    what may be inherited: which findings rest on such a variant, the timeline as the others
 *          are to see it, and the notice to the one role that hears of it.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ENGINE_HEREDITY_H
#define RFD_ENGINE_HEREDITY_H

#include "alert/build.h"
#include "alert/directory.h"
#include "model/timeline.h"

struct heredity {
    const struct fact *const *variant; /* in force, found, and to be taken for possibly inherited */
    size_t count;                      /* 0: nothing is to be kept apart */
    struct timeline without;           /* the timeline without them, of count > 0 only */
};

/* fact: every version ever received. d NULL: the site names no role, and nothing is kept apart. */
struct heredity heredity_of(const struct directory *d, const struct timeline *t,
                            const struct fact *fact, size_t fact_count, struct arena *a);

bool heredity_rests(const struct directory *d, const struct finding *f);

/* The titles of options and trials that only these variants bring; absent: none. */
struct str
heredity_brings(const struct alert_parts *with, const struct alert_parts *without, struct arena *a);

/* What the role is told: which variants, and what rests on them. */
const struct finding *heredity_notice(const struct heredity *h, struct str brings, struct arena *a);

/* One line for the others. */
struct str heredity_elsewhere(const struct directory *d, struct arena *a);

/* Makes the alert one for that role alone: under a key of its own, and its headline, which lists
 * and digests show, says nothing of the finding. */
void
heredity_restrict(const struct directory *d, struct alert *al, const char *key, struct arena *a);

/* Of what is missing with the variants and without: without alone would ask for a test that is
 * there. */
void heredity_missing(const struct alert_parts *with, struct alert_parts *without, struct arena *a);

#endif
