/*
 * What:    which rules read something: an analyte, a drug, a gene, tumour responses, an organ.
 * Owns:    nothing; lists live in the arena given, ids in the knowledge.
 * Threads: read-only.
 * Errors:  none.
 */
#ifndef RFD_KNOWLEDGE_READERS_H
#define RFD_KNOWLEDGE_READERS_H

#include "criteria/rule.h"
#include "model/likely.h"
#include "normalize/terms.h"

enum read_what {
    READ_ANALYTE,
    READ_NAMES, /* a drug: its name and classes */
    READ_GENE,
    READ_RESPONSE,
    READ_ORGAN,
};

struct read_query {
    enum read_what what;
    struct str name; /* of an analyte or gene */
    const struct str *names;
    size_t name_count;
    const struct oncotree_node *organ;
};

/* Fills rule and rule_count of *out, in the order of the rules. */
void readers_of(const struct ruleset *rules, const struct read_query *q, struct arena *a,
                struct likely *out);

#endif
