/*
 * What:    where a therapy option is labelled, and where it is not, seen from the site: an option
 *          with a label of the FDA alone says so in Europe, and the reverse.
 * Owns:    nothing; the text lives in the arena given.
 * Threads: plain data.
 * Errors:  none. What is not recorded is said to be not recorded, never taken for "no label".
 */
#ifndef RFD_MATCH_LABELS_H
#define RFD_MATCH_LABELS_H

#include "match/therapy.h"

/* Smaller stands first among equals. */
enum labels_rank {
    LABELS_HERE,         /* labelled in the site's jurisdiction, or the site names none */
    LABELS_NOT_RECORDED, /* of the site's jurisdiction nothing is recorded */
    LABELS_ELSEWHERE,    /* recorded as not labelled here, or withdrawn */
    LABELS_RANK_COUNT,
};

/* site: its jurisdiction, absent: none is named. */
enum labels_rank labels_rank(const struct therapy_option *o, struct str site);

/* "EU approved as of 2016-02-02; US approved as of 2017-03-30", the site's first; absent for an
 * option without a jurisdiction (imported evidence). */
struct str labels_text(struct arena *a, const struct therapy_option *o, struct str site);

#endif
