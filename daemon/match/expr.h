/*
 * What:    eligibility trees as one shared DAG: equal questions and equal subtrees are one node,
 *          each is answered once per case, in place, by Kleene's logic; nothing is ever expanded to
 *          paths.
 * Owns:    nothing; the table lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  expr_compile() is EXPR_NONE for what refuses the set (strict); in a trial (lenient) a
 *          name that is not known becomes a leaf that stays unknown, with a warning at its place.
 */
#ifndef RFD_MATCH_EXPR_H
#define RFD_MATCH_EXPR_H

#include "match/leaf.h"
#include "model/option.h"
#include "wire/tree.h"

enum { EXPR_NONE = -1 };

enum expr_kind {
    EXPR_AND, /* of nothing: true */
    EXPR_OR,  /* of nothing: false; CTML's "match: []" */
    EXPR_LEAF,
    EXPR_KIND_COUNT,
};

struct expr_node {
    enum expr_kind kind;
    uint32_t first; /* of kids, or index of the leaf */
    uint32_t count;
    uint32_t roles; /* bit per enum leaf_role that occurs below */
    uint32_t hash;  /* of the key, or of the children */
    bool specific;  /* a disease by name (and not only solid or liquid) is asked for below */
    struct str key; /* of a leaf, canonical text: equal keys are one node */
};

/* Children have smaller numbers than their parents, so one pass upwards answers everything. */
struct expr_table {
    struct arena *arena;
    struct expr_node *node;
    size_t count;
    size_t room;
    struct leaf *leaf;
    size_t leaf_count;
    size_t leaf_room;
    int32_t *kid;
    size_t kid_count;
    size_t kid_room;
    int32_t *slot; /* open addressing, EXPR_NONE: free */
    size_t slot_count;
};

/* Names that drugs, classes and analytes are checked against; count 0: not checked. */
struct match_terms {
    const struct oncotree *oncotree;
    const struct str *drug;
    size_t drug_count;
    const struct str *drug_class;
    size_t class_count;
    const struct str *analyte;
    size_t analyte_count;
};

/* For questions about MatchMiner's rows. */
struct rows_terms {
    const struct tree *diagnoses; /* its table, name: [names below]; NULL: our OncoTree */
};

struct expr_build {
    struct expr_table *table;
    const struct match_terms *terms;
    struct diags *diags;
    bool lenient;                  /* a trial: unknown names are kept */
    const struct rows_terms *rows; /* set: leaves ask MatchMiner's rows, as it does; else facts */
};

void expr_table_init(struct expr_table *t, struct arena *a);
/* Interned: the same children in any order, the same number. */
int32_t expr_join(struct expr_table *t, enum expr_kind kind, const int32_t *child, size_t count);
int32_t expr_leaf(struct expr_table *t, const struct leaf *l);
/* A match list, or one node of it. CTML's and, or, clinical, genomic (with and1, or_2 …) and
 * ours. */
int32_t expr_compile(struct expr_build *b, const struct tree *match);

/* The ways to read a tree: unknown leaves of the roles named are taken as true. */
enum expr_view {
    VIEW_STRICT,  /* none: the verdict itself */
    VIEW_FIT,     /* line and other: do disease and biomarkers fit? */
    VIEW_MARKER,  /* all but biomarkers: would they fit, if the disease were known more exactly? */
    VIEW_DISEASE, /* all but disease */
    VIEW_LINE,    /* all but line */
    VIEW_COUNT,
};

/* Answers for one case, each made when it is first asked for and kept. Two bits a view: false 00,
 * unknown 01, true 11, so that "and" and "or" of all views are & and |. */
struct expr_values {
    const struct expr_table *table;
    const struct match_case *match;
    struct arena *arena;       /* of the answers */
    uint16_t *node;            /* all views of a node; 0: not asked yet. NULL: nobody may ask */
    struct leaf_result **leaf; /* per leaf; NULL: not asked yet */
    day_t *due;                /* the earliest of the leaves that were asked; DAY_NONE */
};

/* Nothing is answered yet: what is asked later lives in the same arena, which must not be released
 * in between. c must live as long. */
struct expr_values
expr_begin(const struct expr_table *t, const struct match_case *c, struct arena *a);
/* Answers every node and every leaf at once. */
struct expr_values
expr_evaluate(const struct expr_table *t, const struct match_case *c, struct arena *a);
enum kleene expr_view(const struct expr_values *v, int32_t node, enum expr_view view);
const struct leaf_result *expr_result(const struct expr_values *v, uint32_t leaf);
/* A node as of now: true when any of its views differs from what it was; not for a join's
 * children, which the caller has seen to. */
bool expr_again(const struct expr_values *v, int32_t node);

/* A node and all below it, each once, greatest number first: parents before their children. */
struct expr_below {
    int32_t *id;
    size_t count;
};

struct expr_below expr_below(const struct expr_values *v, int32_t root, struct arena *a);
size_t expr_below_at(const struct expr_below *b, int32_t id); /* where it stands; it is there */

/* The first day on which time alone changes a leaf that was asked, and so the only day on which it
 * could change what was made of the answers; DAY_NONE: none. */
day_t expr_next_due(const struct expr_values *v);

struct expr_reasons {
    struct option_reason *reason;
    size_t count;
};

/* The leaves that make the verdict: of an "or" that is true its first true branch, of one that is
 * unknown its unknown branches. In order of role, then of content. roles: bits of enum leaf_role
 * to list. */
struct expr_reasons expr_explain(const struct expr_values *v, int32_t root,
                                 const struct match_case *c, uint32_t roles, struct arena *a);

#endif
