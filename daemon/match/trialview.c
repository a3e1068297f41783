#include "match/trialview.h"

#include "base/sort.h"
#include "match/answer.h"
#include "match/blocking.h"

/* A leaf of the clause by its place. */
struct placed {
    size_t at;
    uint32_t roles;
    struct str key;
};

static int
placed_cmp(const void *pa, const void *pb)
{
    const struct placed *a = pa;
    const struct placed *b = pb;

    return a->roles != b->roles ? (a->roles < b->roles ? -1 : 1) : str_cmp(a->key, b->key);
}

static size_t
leaves_in_order(const struct expr_values *v, const struct expr_below *b, struct arena *a,
                struct placed *out)
{
    size_t n = 0;

    for (size_t at = 0; at < b->count; at++) {
        const struct expr_node *node = &v->table->node[b->id[at]];

        if (node->kind == EXPR_LEAF) {
            out[n++] = (struct placed){at, node->roles, node->key};
        }
    }
    sort_stable(a, out, n, sizeof *out, placed_cmp);
    return n;
}

static enum leaf_role
role_of(uint32_t roles)
{
    unsigned role = 0;

    while ((roles & 1u << role) == 0) {
        role++; /* a leaf has one */
    }
    return (enum leaf_role)role;
}

struct trialview
trialview_of(const struct trial_clause *clause, const struct expr_values *v,
             const struct match_case *c, struct arena *a)
{
    struct trialview out = {.clause = clause, .verdict = expr_view(v, clause->root, VIEW_STRICT)};
    struct expr_below below = expr_below(v, clause->root, a);
    struct blocking blocking = blocking_of(v, &below, a);
    struct placed *placed = ARENA_ARRAY(a, below.count, struct placed);
    size_t count = leaves_in_order(v, &below, a, placed);
    struct trialview_leaf *leaf = ARENA_ARRAY(a, count, struct trialview_leaf);

    for (size_t i = 0; i < count; i++) {
        uint32_t n = v->table->node[below.id[placed[i].at]].first;
        const struct leaf_result *r = expr_result(v, n);

        leaf[i] = (struct trialview_leaf){.role = role_of(placed[i].roles),
                                          .verdict = r->k,
                                          .text = answer_text(a, &v->table->leaf[n], c, r),
                                          .journal = answer_journal(r),
                                          .decides = blocking.decides[placed[i].at]};
    }
    out.leaf = leaf;
    out.leaf_count = count;
    out.smallest = blocking.smallest;
    return out;
}

bool
trialview_names(const struct trial_clause *clause, struct str name)
{
    return !str_is_empty(name) &&
           (str_eq_nocase(name, clause->trial->id) ||
            str_eq_nocase(name, clause->trial->citation) || str_eq_nocase(name, clause->id));
}
