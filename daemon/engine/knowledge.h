/*
 * What:    one immutable set of knowledge: rules, therapies, trials and the tree of diseases; and
 *          its compiler from trees.
 * Owns:    nothing; lives in the arena that it was compiled in, read-only from then on. Texts point
 *          into the trees, which must outlive it.
 * Threads: read-only.
 * Errors:  knowledge_compile() is false, with diags, for whatever is not understood; all files are
 *          read to their end first. A name that is not known in a trial is only a warning.
 */
#ifndef RFD_ENGINE_KNOWLEDGE_H
#define RFD_ENGINE_KNOWLEDGE_H

#include "criteria/rule.h"
#include "match/match.h"
#include "model/oncotree.h"

struct knowledge {
    const struct oncotree *oncotree;
    struct ruleset rules;
    struct match_knowledge match;
    struct str sha; /* of the bundle, hex */
    bool demo;      /* rules without a sign-off run, and every alert says DEMO, UNREVIEWED */
};

struct tree_list {
    const struct tree *const *tree;
    size_t count;
};

/* The files of a set, each kind in order of path. */
struct knowledge_source {
    struct tree_list criteria;          /* each a list of rules */
    struct tree_list therapies;         /* each {therapies: […]} */
    struct tree_list trials;            /* each a CTML trial */
    const struct tree *signoffs;        /* of rules by the site; NULL: none */
    const struct tree *crossresistance; /* NULL: none */
    struct match_terms terms;           /* the OncoTree, and the names of drugs and classes */
    struct str jurisdiction;            /* the site's; absent: none */
    struct str sha;
    bool demo;
};

RFD_MUSTCHECK bool knowledge_compile(struct arena *a, const struct knowledge_source *src,
                                     struct diags *d, struct knowledge *out);

/* The rules alone: files in order of path, an id that stands twice is refused. */
RFD_MUSTCHECK bool
knowledge_compile_rules(struct arena *a, const struct tree_list *files,
                        const struct oncotree *oncotree, struct diags *d, struct ruleset *out);

/* The trials alone, into a table of their own; *out has what could be read, whatever the answer. */
RFD_MUSTCHECK bool
knowledge_compile_trials(struct arena *a, const struct tree_list *files,
                         const struct match_terms *terms, struct diags *d, struct trial_set *out);

#endif
