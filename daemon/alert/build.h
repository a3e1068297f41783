/*
 * What:    findings and options of one case and episode → the alert that says so.
 * Owns:    nothing; the alert lives in the arena and borrows the findings' text.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ALERT_BUILD_H
#define RFD_ALERT_BUILD_H

#include "model/alert.h"
#include "model/finding.h"
#include "model/option.h"

enum { ALERT_HEADLINE_MAX = 139 };

/* What an alert is made of. findings are of one case and one episode, each unconfirmed or met. */
struct alert_parts {
    struct patient_ref patient;
    struct str case_key;
    struct str disease;
    struct str episode;
    const struct line *line; /* NULL: no line known */
    const struct finding *const *finding;
    size_t finding_count;
    const struct option *option; /* those to list, in order */
    size_t option_count;
    size_t options_more; /* behind them */
    const struct option *trial;
    size_t trial_count;
    size_t trials_more;
    const struct str *behind; /* their ids */
    size_t behind_count;
    const struct option *aside;
    size_t aside_count;
    const struct str *missing; /* tests that would decide an option */
    size_t missing_count;
    struct str not_weighed; /* why no option is listed; absent: they were weighed */
    struct str knowledge;
};

/* Fills all but id, version, state, silent, change, raised, changed. */
struct alert alert_build(struct arena *a, const struct alert_parts *p);

/* Do therapies and trials stand open, or are they folded under "if progression is confirmed"?
 * Open only when a confirmed section's consequence is to discuss options (DESIGN.md section 4). */
bool alert_options_stand_open(const struct alert *a);

#endif
