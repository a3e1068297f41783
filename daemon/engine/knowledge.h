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

#include "criteria/override.h"
#include "match/match.h"
#include "match/openness.h"
#include "model/drugtable.h"
#include "model/oncotree.h"

struct knowledge {
    const struct oncotree *oncotree;
    struct ruleset rules;
    struct match_knowledge match;
    struct drug_table drugs; /* what a person may enter */
    struct str sha;          /* of the bundle, hex */
    struct str base;         /* of all of it but the trials, hex; absent: not known */
    bool demo; /* rules without a sign-off run, and every alert says DEMO, UNREVIEWED */
};

struct tree_list {
    const struct tree *const *tree;
    size_t count;
};

/* The files of a set, each kind in order of path. */
struct knowledge_source {
    struct tree_list criteria;             /* each a list of rules */
    struct tree_list therapies;            /* each {therapies: […]} */
    struct trial_sources trials;           /* each a CTML trial, or none: then it is kept out */
    const struct openness *openness;       /* the site's list; NULL: none */
    int32_t openness_max_age;              /* days; 0: OPENNESS_MAX_AGE_DAYS */
    const struct tree *signoffs;           /* of rules and options by the site; NULL: none */
    const struct override_list *overrides; /* made of these trees; NULL: none */
    const struct tree *crossresistance;    /* NULL: none */
    struct match_terms terms;              /* the OncoTree, and the names of drugs and classes */
    struct drug_table drugs;
    struct str jurisdiction; /* the site's; absent: none */
    struct str sha;
    struct str base; /* of all but the trials; absent: not known */
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
