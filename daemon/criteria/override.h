/*
 * What:    what a site changes of the shipped rules, in a file of its own: the mode, the
 *          consequence, texts, and those thresholds and windows that a rule lets be changed.
 * Owns:    nothing; changed rules are copies in the arena, the shipped trees stay as they are.
 * Threads: plain functions.
 * Errors:  false with diags (file:line:col) for a rule that is not there, another version of it, a
 *          key or a path that may not be changed.
 */
#ifndef RFD_CRITERIA_OVERRIDE_H
#define RFD_CRITERIA_OVERRIDE_H

#include "criteria/rule.h"

struct override {
    struct str rule;
    const struct tree *at;
    enum rule_mode mode; /* with has_mode */
    bool has_mode;
    const struct str *changed; /* "confirm.after: 28d (shipped: 21d)" */
    size_t changed_count;
};

struct override_list {
    const struct override *item;
    size_t count;
};

/* root: a list of {rule, version, mode?, consequence?, …, set?: {path: value}}; absent: none.
 * file: the trees of the rule files, replaced by copies where a rule is changed. */
RFD_MUSTCHECK bool
criteria_override(struct arena *a, const struct tree *root, const struct tree **file,
                  size_t file_count, struct diags *d, struct override_list *out);

/* Notes on the compiled rules what was changed and which mode the site wants; before
 * criteria_sign_off(), which settles the mode. */
void criteria_override_note(struct arena *a, const struct override_list *l, struct ruleset *rules);

#endif
