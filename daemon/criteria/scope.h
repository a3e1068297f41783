/*
 * What:    what every primitive of the rule language is written against: scope, points, notes.
 * Owns:    nothing; all of it lives in the arena of the evaluation, or of the compilation.
 * Threads: any; pure.
 * Errors:  compile functions return false with a diag; evaluations cannot fail, they are K_UNKNOWN.
 */
#ifndef RFD_CRITERIA_SCOPE_H
#define RFD_CRITERIA_SCOPE_H

#include "base/sb.h"
#include "criteria/rule.h"
#include "model/course.h"
#include "model/finding.h"
#include "model/timeline.h"

/* One item of the series that a rule reads. */
struct point {
    const struct fact *fact;
    day_t day;
    struct rat value; /* analyte: in the rule's unit; the limit of a censored value */
    enum cmp_op cmp;  /* analyte: CMP_LT for "<0.1" */
    struct rat uln;
    bool has_uln;
    bool present; /* variant, biomarker: found, or tested for and not found */
};

struct series {
    const struct point *point; /* by day */
    size_t count;
    size_t first;              /* the first one that can be a candidate: after the line's start */
    const struct fact *unread; /* one whose unit cannot be converted, the last; NULL: none */
    size_t unread_count;
    bool too_long;
};

/* The line of therapy, or the procedure, that a rule counts from. */
struct anchor {
    bool found;
    day_t start;
    const struct course *const *course; /* those of the rule's classes, by start */
    size_t count;
    const struct line *line;      /* NULL: background therapy */
    const struct fact *procedure; /* that the rule counts from; NULL: a line of therapy */
};

struct scope {
    struct arena *arena;
    const struct rule *rule;
    const struct timeline *timeline;
    const struct therapies *therapies;
    struct anchor anchor;
    struct series series;
    size_t at;                   /* the candidate */
    size_t first;                /* the first event; for a confirmation's test */
    const struct point *instead; /* at_least: another value in the candidate's place, or NULL */
};

/* A line of struct threshold, with the number that it is compared by. */
struct note_line {
    struct threshold shown;
    enum bound_op op;
    struct rat at;
};

/* What one leaf has to say for itself. Texts without a sentence's capital or full stop. */
struct note {
    struct str is;           /* measured: "+100.0 %" … */
    struct str over;         /* … "over the nadir of 4 ng/mL (2025-03-10)" */
    struct str asks;         /* "at least 25 %" */
    struct str says;         /* a clause of its own: "after a fall below the baseline" */
    struct str missing;      /* what is not known, as a thing to have: "a PSA on or after …" */
    const struct fact *fact; /* evidence beside the candidate */
    enum evidence_part part;
    day_t due; /* when this leaf may change by time; DAY_NONE */
    struct note_line line[RULE_BOUNDS_MAX];
    size_t line_count;
};

struct compiler;

/* n may be NULL; else it is preset empty and gets what there is to say about the result. */
typedef enum kleene primitive_eval(const struct test *t, const struct scope *s, struct note *n);
typedef bool primitive_compile(struct compiler *c, const struct tree *from, struct test *out);
/* What the test asks, as a clause: "at least 25 % over the nadir". */
typedef void primitive_tell(struct sb *b, const struct rule *r, const struct test *t);

struct compiler {
    struct arena *arena;
    struct diags *diags;
    const struct oncotree *oncotree;
    struct rule *rule;
    int depth;
    primitive_compile *test; /* any test, by its name: for those that hold others */
};

enum primitive_group {
    PRIMITIVE_LEAF,
    PRIMITIVE_ALL,
    PRIMITIVE_ANY,
    PRIMITIVE_NOT,
};

struct primitive {
    const char *name;
    enum primitive_group group;
    primitive_compile *compile;
    primitive_eval *eval;
    primitive_tell *tell;
};

static inline enum kleene
test_eval(const struct test *t, const struct scope *s, struct note *n)
{
    return t->primitive->eval(t, s, n);
}

/* The same at another candidate. */
static inline enum kleene
test_eval_at(const struct test *t, const struct scope *s, size_t at)
{
    struct scope there = *s;

    there.at = at;
    return test_eval(t, &there, NULL);
}

static inline const struct point *
scope_point(const struct scope *s)
{
    return s->instead != NULL ? s->instead : &s->series.point[s->at];
}

#endif
