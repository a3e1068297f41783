/*
 * What:    a site's sign-offs: which rule a person has read and let out of shadow, and its content
 *          then. A rule that has changed since is in shadow again.
 * Owns:    nothing; the signed set lives in the arena given.
 * Threads: plain functions.
 * Errors:  false with diags for a file that is not of the format. A sign-off of a rule that is
 *          not there, or has changed, is a warning.
 */
#ifndef RFD_CRITERIA_SIGNOFF_H
#define RFD_CRITERIA_SIGNOFF_H

#include "criteria/rule.h"

/* root: a list of {id, version, sha256, by, on, mode?}; mode is live or review. Entries with option
 * in the place of id are of therapies, and passed over. rules is replaced by a set in which the
 * signed rules have their reviewer, day and mode; root may be absent. A rule whose own file asks
 * for review is not made live by a signature without a mode. */
RFD_MUSTCHECK bool
criteria_sign_off(struct arena *a, const struct tree *root, struct diags *d, struct ruleset *rules);

/* What is signed: a rule, or with option set an option of therapy. */
struct signature {
    bool option;
    struct str id;
    struct str version;
    struct sha256 content;
    struct str by;
    day_t on;
    bool review; /* behind the review gate, not live */
};

/* The file with this signature: root's other entries (NULL: none), then its own. False: by has a
 * character that would need an escape. */
RFD_MUSTCHECK bool criteria_signed_file(struct arena *a, const struct tree *root,
                                        const struct signature *own, struct str *out);

#endif
