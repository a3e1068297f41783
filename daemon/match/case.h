/*
 * What:    what matching knows of one case: its timeline, lines, disease, age, sex, what failed.
 * Owns:    nothing; lives in the step's arena.
 * Threads: plain data.
 * Errors:  none. What is not known stays absent and leaves are then unknown.
 */
#ifndef RFD_MATCH_CASE_H
#define RFD_MATCH_CASE_H

#include "model/course.h"
#include "model/oncotree.h"
#include "model/timeline.h"

/* How a leaf speaks that nothing is known about. */
enum match_policy {
    MATCH_NATIVE, /* unknown stays unknown */
    /* MatchMiner's closed world: what is not there is not so. There an unknown says that nothing is
     * asked: an "and" passes over it, and alone it matches nobody. */
    MATCH_COMPAT,
    MATCH_POLICY_COUNT,
};

struct match_rows;

struct match_case {
    const struct timeline *timeline;
    const struct therapies *therapies;
    const struct oncotree_node *disease; /* as deep as known; NULL: unknown */
    const struct fact *diagnosis;        /* that says so; NULL: none */
    struct stamp birth;                  /* may be partial or absent */
    enum sex sex;
    bool dead;
    day_t today;
    /* The courses that the alert's findings are anchored to: the disease progressed on them. A
     * course whose stop names progression as its reason counts beside these. */
    const struct course *const *progressed;
    size_t progressed_count;
    /* Variants that the alert's findings rest on; only the order of options reads them. */
    const struct fact *const *finding;
    size_t finding_count;
    enum match_policy policy;
    const struct match_rows *rows; /* a patient of MatchMiner's, beside or without facts */
};

/* Did the disease progress on this course, as far as the alert or the stop's reason says? */
bool case_progressed_on(const struct match_case *c, const struct course *course);
/* Start of the latest course on which the disease progressed; DAY_NONE: none. A test from before it
 * says nothing of resistance acquired since. */
day_t case_since(const struct match_case *c);

#endif
