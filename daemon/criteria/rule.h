/*
 * What:    a criterion as data: the compiled form of one rule of config/criteria.
 * Owns:    nothing; lives in the arena that it was compiled in, read-only from then on.
 * Threads: read-only after compile.
 * Errors:  criteria_compile() is false with diags (file:line:col and a hint) for unknown keys,
 *          primitives, units, codes and references; then *out is not written.
 */
#ifndef RFD_CRITERIA_RULE_H
#define RFD_CRITERIA_RULE_H

#include "base/arena.h"
#include "base/date.h"
#include "base/dec.h"
#include "base/diag.h"
#include "base/kleene.h"
#include "base/sha256.h"
#include "model/fact.h"
#include "model/oncotree.h"
#include "model/rule.h"
#include "wire/tree.h"

enum {
    RULE_REFS_MAX = 8,
    RULE_BOUNDS_MAX = 2,
    RULE_DEPTH_MAX = 12, /* of nested tests; the deepest published rule needs 4 */
    RULE_WATCH_MAX = 8,  /* tests for variants in one rule */
};

/* A test's reference: an index into rule.ref, or one of these. */
enum { REF_NONE = -1, REF_FIRST = -2 /* the first event, in a confirmation's test */ };

/* In test.codes, beside 1 << enum response_code. */
#define RULE_CODE_NONE (1u << RESPONSE_CODE_COUNT)

enum bound_op {
    BOUND_GE,
    BOUND_GT,
    BOUND_LE,
    BOUND_LT,
    BOUND_OP_COUNT,
};

struct bound {
    enum bound_op op;
    struct dec number;
    struct span span;
    int ref; /* REF_NONE: the number or the span counts */
};

struct name_list {
    const struct str *name;
    size_t count;
};

/* A limit in the unit that a paper prints beside it. */
struct native_limit {
    struct str unit; /* UCUM */
    struct str shown;
    struct dec limit;
};

struct primitive; /* criteria/primitive.h */

/* One node of a candidate: a primitive with its parameters. Which are used is the primitive's. */
struct test {
    const struct primitive *primitive;
    const struct test *child; /* of all, any, not, at_least */
    size_t child_count;
    struct bound bound[RULE_BOUNDS_MAX];
    size_t bound_count;
    int ref;
    int ref_to;
    enum kleene otherwise; /* else: what it is worth when it does not hold */
    int32_t count;
    int32_t last;
    struct dec percent; /* {0, 0}: none asked */
    struct span span;   /* n = 0: none asked */
    uint32_t codes;     /* response codes as bits; RULE_CODE_NONE: no earlier assessment */
    struct str gene;
    struct str analyte;
    struct name_list names;
    const struct native_limit *native;
    size_t native_count;
    struct str unit; /* UCUM, of another analyte than the series' */
    struct str shown;
    bool of_uln; /* its numbers are multiples of the result's own upper limit of normal */
    bool before_line;
};

enum ref_kind {
    REF_BASELINE, /* the last value on or before the line's start */
    REF_NADIR,    /* the lowest value strictly before the candidate's day */
    REF_ULN,      /* the laboratory's own upper limit, else a default */
    REF_KIND_COUNT,
};

struct ref {
    struct str name;
    enum ref_kind kind;
    struct span max_age; /* of a baseline; n = 0: any */
    int from;            /* of a nadir: index of the baseline that counts too; REF_NONE: the line */
    int32_t confirmed;   /* of a nadir: how often in a row it must be reached; 1: once */
    struct dec uln;
};

enum series_kind {
    SERIES_ANALYTE,
    SERIES_RESPONSE,
    SERIES_VARIANT,
    SERIES_BIOMARKER,
    SERIES_KIND_COUNT,
};

struct series_def {
    enum series_kind kind;
    struct str analyte;      /* of a biomarker: its name */
    struct name_list less;   /* involved minus uninvolved: the two analytes, in any order */
    struct str name;         /* how a reader calls it: PSA */
    struct str unit;         /* UCUM */
    struct str shown;        /* as the rule writes it */
    struct name_list matrix; /* none: what is not another fluid */
};

struct milestone_limit {
    bool asked;
    struct bound bound;
    bool again; /* only with a second value … */
    struct span after;
    struct span before;
    struct bound repeat;
};

struct milestone {
    struct str name;
    bool windowed; /* days from the line's start, both ends included */
    struct span from;
    struct span to;
    const struct test *after; /* or: from the moment that this holds */
    struct milestone_limit warn;
    struct milestone_limit fail;
};

enum exclusion_kind {
    EXCLUDE_METHOD_CHANGE,
    EXCLUDE_EVENT_BEFORE,
    EXCLUDE_EVENT_EVER,
    EXCLUDE_VALUE_BEFORE,
    EXCLUDE_KIND_COUNT,
};

struct exclusion {
    enum exclusion_kind kind;
    int ref;
    enum fact_kind event;     /* procedure or therapy */
    const struct test *value; /* of another analyte: "latest" */
    struct name_list names;
    struct span within;
};

/* A confirmation in the style that the paper uses. */
struct confirmation {
    bool asked;
    struct span after; /* at least that long after the first event */
    struct span due;   /* until when it is expected; n = 0: not said */
    bool unbroken;     /* no value between that speaks against it */
    bool consecutive;  /* assessments one after the other: none between that speaks against it */
    bool distinct_specimen;
    const struct test *test;    /* what the confirming value must show beside the candidate */
    const struct test *at_once; /* what needs no confirmation */
    const struct test *by;      /* what confirms in the candidate's stead */
};

struct rule {
    struct rule_head head;       /* first: finding.rule points at it */
    struct str asks;             /* who states the thresholds: "PCWG3" */
    struct name_list adjustable; /* paths that a site may set in a file of its own */
    struct str reviewer;         /* the site's sign-off; without it the rule runs in shadow */
    day_t reviewed;
    struct sha256 content;      /* of all but its standing: what a site signs */
    enum rule_mode asked;       /* by its file: shadow asks for nothing */
    enum rule_mode signed_mode; /* by the site's sign-off; shadow: none that holds */
    enum rule_mode site_mode;   /* of the site's own file, with has_site_mode */
    bool has_site_mode;
    bool signoff_void;         /* signed once, and changed since */
    const struct tree *at;     /* where it stands */
    const struct str *changed; /* what the site has changed of the shipped rule, in words */
    size_t changed_count;
    struct bound age[RULE_BOUNDS_MAX];
    size_t age_count; /* 0: any age */
    bool applies_any;
    const struct oncotree_node *const *applies;
    size_t applies_count;
    const struct oncotree_node *const *applies_not;
    size_t applies_not_count;
    bool has_line;
    struct name_list line_class;
    struct name_list line_procedure; /* instead: the last of these is the line's start */
    struct series_def series;
    struct ref ref[RULE_REFS_MAX];
    size_t ref_count;
    const struct test *candidate; /* NULL: milestones */
    const struct milestone *milestone;
    size_t milestone_count;
    const struct exclusion *exclude;
    size_t exclude_count;
    struct confirmation confirm;
    bool cap_unconfirmed;
    const struct test *watch[RULE_WATCH_MAX]; /* its tests for variants: what the series is about */
    size_t watch_count;
};

struct ruleset {
    const struct rule *rule; /* in the order of the files */
    size_t count;
};

/* root: a list of rules. With diags->errors > 0 before the call that call's errors still decide. */
RFD_MUSTCHECK bool
criteria_compile(struct arena *a, const struct tree *root, const struct oncotree *oncotree,
                 struct diags *d, struct ruleset *out);

/* Several files' sets as one, in that order; a rule id that stands twice is an error. */
RFD_MUSTCHECK bool criteria_join(struct arena *a, const struct ruleset *sets, size_t count,
                                 struct diags *d, struct ruleset *out);

const struct rule *criteria_rule(const struct ruleset *rules, struct str id); /* NULL: none */

#endif
