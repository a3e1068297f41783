/*
 * What:    a trial clause's answer in text and as JSON: verdict, every leaf, what decides, what
 *          nobody has checked.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  sb's sticky one.
 */
#ifndef RFD_MATCH_TRIALTEXT_H
#define RFD_MATCH_TRIALTEXT_H

#include "base/sb.h"
#include "match/trialview.h"

/* Whom the answer speaks of. */
struct trialtext_of {
    struct str patient;  /* absent: is not said */
    struct str case_key; /* absent: no diagnosis is known */
};

/* Lines ended by LF. */
void trialtext_plain(struct sb *b, const struct trialtext_of *of, const struct trialview *t);
/* One map on one line, without LF. */
void trialtext_json(struct sb *b, const struct trialtext_of *of, const struct trialview *t);

#endif
