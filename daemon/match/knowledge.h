/*
 * What:    all that matching reads of the knowledge set, compiled into one table of questions.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  none.
 */
#ifndef RFD_MATCH_KNOWLEDGE_H
#define RFD_MATCH_KNOWLEDGE_H

#include "match/cross.h"
#include "match/gate.h"
#include "match/therapy.h"
#include "match/trialfile.h"

/* Everything was compiled into one table. A part may be empty, none is NULL. */
struct match_knowledge {
    const struct expr_table *table;
    const struct therapy_set *therapies;
    const struct trial_set *trials;
    const struct cross_table *cross;
    const struct trial_files *files; /* NULL: the trials were compiled from no files */
    struct str jurisdiction;         /* the site's: its options first among equals; absent: none */
    size_t show_max;                 /* per list; 0: MATCH_SHOW_DEFAULT */
    bool show_unsigned;              /* demo: therapies without a site's sign-off are shown too */
};

#endif
