/*
 * What:    the site's own list of which trials and arms take patients here, as of which day. It
 *          beats the registry and the trial's file (DESIGN.md section 7).
 * Owns:    nothing; lives in the arena given.
 * Threads: read-only after load.
 * Errors:  openness_read() is false with diags that carry the place: what cannot be read refuses
 *          the set, since a trial would else be shown as open that is not. A trial that nobody
 *          knows is a warning.
 */
#ifndef RFD_MATCH_OPENNESS_H
#define RFD_MATCH_OPENNESS_H

#include "match/trialfile.h"

enum { OPENNESS_MAX_AGE_DAYS = 60 };

struct openness_row {
    struct str trial; /* protocol number or registry number */
    struct str arm;   /* its code; absent: the whole trial */
    struct str status;
    bool open;
    day_t as_of;
    struct str site;    /* absent: not named */
    struct str contact; /* absent: as in the trial's file */
    const struct tree *at;
};

struct openness {
    struct openness_row *row;
    size_t count;
    bool given; /* there is a list: what is not on it is not the site's own */
};

/* The rows of a CSV file as a list of maps, each value with its place; NULL with diags. */
const struct tree *
openness_csv(struct arena *a, const char *origin, struct str bytes, struct diags *d);

/* root: a list of maps {trial_id, arm, status, as_of, site, contact}, or {openness: [...]}; adds to
 * *out, which starts as all zero. */
RFD_MUSTCHECK bool
openness_read(struct arena *a, const struct tree *root, struct diags *d, struct openness *out);

/* Says it of the clauses. max_age_days: how long such a row is believed without a word. files: may
 * be NULL; a trial that was kept out is not unknown. */
void openness_apply(struct arena *a, const struct openness *list, int32_t max_age_days,
                    const struct trial_files *files, struct trial_set *set, struct diags *d);

#endif
