#include "match/trialview.h"

#include "match/answer.h"

/* The walk over one clause. below: is in the clause; decides: is in the set. */
struct walk {
    const struct expr_values *v;
    size_t count; /* nodes up to the root */
    bool *below;
    bool *decides;
    uint32_t *cost; /* of a false node: leaves of the smallest set that makes it false */
};

static enum kleene
answer_of(const struct walk *w, size_t id)
{
    return expr_view(w->v, (int32_t)id, VIEW_STRICT);
}

static const int32_t *
kids_of(const struct walk *w, size_t id)
{
    return &w->v->table->kid[w->v->table->node[id].first];
}

/* An "and" is false by its cheapest false child alone, an "or" by all of its children. Where
 * children share leaves the sum counts them twice: the set is small, not proven smallest. */
static uint32_t
cost_of(const struct walk *w, size_t id)
{
    const struct expr_node *n = &w->v->table->node[id];
    const int32_t *kid = kids_of(w, id);
    uint32_t best = UINT32_MAX;
    uint32_t sum = 0;

    if (n->kind == EXPR_LEAF) {
        return 1;
    }
    for (size_t i = 0; i < n->count; i++) {
        uint32_t cost = w->cost[kid[i]];

        if (answer_of(w, (size_t)kid[i]) != K_FALSE) {
            continue;
        }
        best = cost < best ? cost : best;
        sum = sum > UINT32_MAX - cost ? UINT32_MAX : sum + cost;
    }
    return n->kind == EXPR_AND ? best : sum;
}

static void
find_below(const struct walk *w)
{
    w->below[w->count - 1] = true;
    for (size_t id = w->count; id > 0; id--) { /* parents come after their children */
        const struct expr_node *n = &w->v->table->node[id - 1];

        for (size_t i = 0; w->below[id - 1] && n->kind != EXPR_LEAF && i < n->count; i++) {
            w->below[kids_of(w, id - 1)[i]] = true;
        }
    }
}

static void
decide_false(const struct walk *w, size_t id)
{
    const struct expr_node *n = &w->v->table->node[id];
    const int32_t *kid = kids_of(w, id);

    for (size_t i = 0; i < n->count; i++) {
        if (n->kind == EXPR_OR) {
            w->decides[kid[i]] = true;
        } else if (answer_of(w, (size_t)kid[i]) == K_FALSE && w->cost[kid[i]] == w->cost[id]) {
            w->decides[kid[i]] = true;
            return;
        }
    }
}

static void
decide_unknown(const struct walk *w, size_t id)
{
    const struct expr_node *n = &w->v->table->node[id];
    const int32_t *kid = kids_of(w, id);

    for (size_t i = 0; i < n->count; i++) {
        w->decides[kid[i]] |= answer_of(w, (size_t)kid[i]) == K_UNKNOWN;
    }
}

/* Of a "yes" nothing decides: every leaf stands for itself. */
static void
find_deciding(const struct walk *w)
{
    size_t root = w->count - 1;

    for (size_t id = 0; id < w->count; id++) {
        w->cost[id] = w->below[id] && answer_of(w, id) == K_FALSE ? cost_of(w, id) : 0;
    }
    w->decides[root] = answer_of(w, root) != K_TRUE;
    for (size_t id = w->count; id > 0; id--) {
        if (!w->decides[id - 1] || w->v->table->node[id - 1].kind == EXPR_LEAF) {
            continue;
        }
        if (answer_of(w, id - 1) == K_FALSE) {
            decide_false(w, id - 1);
        } else {
            decide_unknown(w, id - 1);
        }
    }
}

static size_t
count_leaves(const struct walk *w)
{
    size_t n = 0;

    for (size_t id = 0; id < w->count; id++) {
        n += w->below[id] && w->v->table->node[id].kind == EXPR_LEAF ? 1 : 0;
    }
    return n;
}

static struct trialview_leaf
leaf_of(const struct walk *w, size_t id, enum leaf_role role, const struct match_case *c,
        struct arena *a)
{
    uint32_t at = w->v->table->node[id].first;
    const struct leaf_result *r = &w->v->leaf[at];

    return (struct trialview_leaf){.role = role,
                                   .verdict = r->k,
                                   .text = answer_text(a, &w->v->table->leaf[at], c, r),
                                   .journal = answer_journal(r),
                                   .decides = w->decides[id]};
}

struct trialview
trialview_of(const struct trial_clause *clause, const struct expr_values *v,
             const struct match_case *c, struct arena *a)
{
    size_t count = (size_t)clause->root + 1;
    struct walk w = {.v = v,
                     .count = count,
                     .below = ARENA_ARRAY(a, count, bool),
                     .decides = ARENA_ARRAY(a, count, bool),
                     .cost = ARENA_ARRAY(a, count, uint32_t)};
    struct trialview out = {.clause = clause, .verdict = expr_view(v, clause->root, VIEW_STRICT)};
    struct trialview_leaf *leaf;

    find_below(&w);
    find_deciding(&w);
    leaf = ARENA_ARRAY(a, count_leaves(&w), struct trialview_leaf);
    for (unsigned role = 0; role < LEAF_ROLE_COUNT; role++) {
        for (size_t id = 0; id < count; id++) {
            const struct expr_node *n = &v->table->node[id];

            if (w.below[id] && n->kind == EXPR_LEAF && n->roles == 1u << role) {
                leaf[out.leaf_count++] = leaf_of(&w, id, (enum leaf_role)role, c, a);
            }
        }
    }
    out.leaf = leaf;
    return out;
}

bool
trialview_names(const struct trial_clause *clause, struct str name)
{
    return !str_is_empty(name) &&
           (str_eq_nocase(name, clause->trial->id) ||
            str_eq_nocase(name, clause->trial->citation) || str_eq_nocase(name, clause->id));
}
