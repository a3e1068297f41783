/*
 * What:    all that a tumour board looks at of one case: every option and trial with every reason,
 *          what was set aside and why, and the evidence that stands in no alert; as text or JSON.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_MATCH_BOARDTEXT_H
#define RFD_MATCH_BOARDTEXT_H

#include "base/sb.h"
#include "match/match.h"

struct boardtext_of {
    struct str case_key; /* absent: no diagnosis is known */
    struct str disease;  /* absent: not known */
    bool dead;
    bool demo; /* DEMO, UNREVIEWED */
};

void boardtext_plain(struct sb *b, const struct boardtext_of *of, const struct match_board *m);
/* One line. */
void boardtext_json(struct sb *b, const struct boardtext_of *of, const struct match_board *m);

#endif
