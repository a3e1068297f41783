/*
 * What:    one trial file of the set for whoever keeps the folder: its id, whether it is open here
 *          and as of when, its arms, what is wrong with it; as text or one line of JSON.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_MATCH_TRIALFILETEXT_H
#define RFD_MATCH_TRIALFILETEXT_H

#include "base/sb.h"
#include "match/trialfile.h"

void trialfiletext_plain(struct sb *b, const struct trial_file *f, const struct trial_set *set,
                         day_t today);
void trialfiletext_json(struct sb *b, const struct trial_file *f, const struct trial_set *set,
                        day_t today);

#endif
