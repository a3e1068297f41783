/*
 * What:    the OncoTree: codes, names and descent, as one interval test.
 * Owns:    nothing; built in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  an unknown code or name is NULL; the caller says where.
 */
#ifndef RFD_MODEL_ONCOTREE_H
#define RFD_MODEL_ONCOTREE_H

#include "base/arena.h"
#include "base/kleene.h"
#include "base/str.h"

#include <stdbool.h>

struct oncotree_node {
    struct str code; /* LUAD */
    struct str name; /* Lung Adenocarcinoma */
    int32_t parent;  /* index; -1 for the root */
    int32_t enter;   /* pre-order number … */
    int32_t leave;   /* … and the last one below it */
    bool liquid;     /* below LYMPH, MYELOID (CTML's _LIQUID_) */
};

struct oncotree {
    struct oncotree_node *node;
    size_t count;
    int32_t *by_code; /* indexes sorted by code */
    int32_t *by_name; /* indexes sorted by lower-case name */
};

/* One row of the table; parents may come in any order. */
struct oncotree_row {
    struct str code;
    struct str name;
    struct str parent; /* empty for the root */
    int line;          /* in the file, for messages */
};

/* False with *bad_row set: unknown parent, second root, cycle, code twice. */
RFD_MUSTCHECK bool oncotree_build(struct arena *a, const struct oncotree_row *rows, size_t count,
                                  struct oncotree *out, size_t *bad_row);
const struct oncotree_node *oncotree_code(const struct oncotree *t, struct str code);
const struct oncotree_node *oncotree_name(const struct oncotree *t, struct str name); /* no case */
/* Nine names stand in two to four places (Choriocarcinoma): oncotree_name() gives the first row,
 * this
 * the next one of the same name; NULL: no more. Who must not guess asks whether there is a next. */
const struct oncotree_node *
oncotree_name_next(const struct oncotree *t, const struct oncotree_node *n);
bool
oncotree_is_below(const struct oncotree_node *n, const struct oncotree_node *top); /* or equal */

/* Does a diagnosis known as deep as n fall under top? Unknown when n is a proper ancestor of top:
 * C34 is lung, which may or may not be LUAD. */
enum kleene oncotree_applies(const struct oncotree_node *n, const struct oncotree_node *top);

#endif
