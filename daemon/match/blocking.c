#include "match/blocking.h"

enum { DEPTH_MAX = 200 };

/* The nodes under a root by their places: parents before their children, the root is 0. */
struct walk {
    const struct expr_values *v;
    const struct expr_below *below;
    struct arena *arena;
    enum kleene *verdict;
    uint32_t
        *cost;   /* of a false node: leaves of the smallest set, counted as if none were shared */
    bool shared; /* a false node hangs under two others: then the sum may be too much */
};

static const struct expr_node *
node_at(const struct walk *w, size_t at)
{
    return &w->v->table->node[w->below->id[at]];
}

static size_t
kid_at(const struct walk *w, const struct expr_node *n, size_t i)
{
    return expr_below_at(w->below, w->v->table->kid[n->first + i]);
}

static bool
is_leaf(const struct walk *w, size_t at)
{
    return node_at(w, at)->kind == EXPR_LEAF;
}

/* An "and" is false by its cheapest false child alone, an "or" by all of its children. */
static uint32_t
cost_of(const struct walk *w, size_t at)
{
    const struct expr_node *n = node_at(w, at);
    uint32_t best = UINT32_MAX;
    uint32_t sum = 0;

    if (n->kind == EXPR_LEAF) {
        return 1;
    }
    for (size_t i = 0; i < n->count; i++) {
        size_t kid = kid_at(w, n, i);
        uint32_t cost = w->cost[kid];

        if (w->verdict[kid] == K_FALSE) {
            best = cost < best ? cost : best;
            sum = sum > UINT32_MAX - cost ? UINT32_MAX : sum + cost;
        }
    }
    return n->kind == EXPR_AND ? best : sum;
}

/* Answers, costs, and whether anything false is shared. */
static void
look(struct walk *w)
{
    bool *seen = ARENA_ARRAY(w->arena, w->below->count, bool);

    for (size_t at = w->below->count; at > 0; at--) {
        w->verdict[at - 1] = expr_view(w->v, w->below->id[at - 1], VIEW_STRICT);
        w->cost[at - 1] = w->verdict[at - 1] == K_FALSE ? cost_of(w, at - 1) : 0;
    }
    for (size_t at = 0; at < w->below->count; at++) {
        const struct expr_node *n = node_at(w, at);

        for (size_t i = 0; n->kind != EXPR_LEAF && w->verdict[at] == K_FALSE && i < n->count; i++) {
            size_t kid = kid_at(w, n, i);

            w->shared |= seen[kid] && w->verdict[kid] == K_FALSE;
            seen[kid] = true;
        }
    }
}

/* From the root down: into all children of an "or", into the first cheapest of an "and". */
static void
go_down_false(const struct walk *w, size_t at, bool *decides)
{
    const struct expr_node *n = node_at(w, at);

    for (size_t i = 0; i < n->count; i++) {
        size_t kid = kid_at(w, n, i);

        if (n->kind == EXPR_OR) {
            decides[kid] = true;
        } else if (w->verdict[kid] == K_FALSE && w->cost[kid] == w->cost[at]) {
            decides[kid] = true;
            return;
        }
    }
}

static void
go_down_unknown(const struct walk *w, size_t at, bool *decides)
{
    const struct expr_node *n = node_at(w, at);

    for (size_t i = 0; i < n->count; i++) {
        size_t kid = kid_at(w, n, i);

        decides[kid] |= w->verdict[kid] == K_UNKNOWN;
    }
}

static void
go_down(const struct walk *w, bool *decides)
{
    decides[0] = w->verdict[0] != K_TRUE;
    for (size_t at = 0; at < w->below->count; at++) {
        if (!decides[at] || is_leaf(w, at)) {
            continue;
        }
        if (w->verdict[at] == K_FALSE) {
            go_down_false(w, at, decides);
        } else {
            go_down_unknown(w, at, decides);
        }
    }
}

/* ---- the search, where branches share leaves ---- */

struct search {
    const struct walk *walk;
    bool *chosen; /* leaves, by place */
    size_t count;
    bool *best;
    size_t best_count;
    bool *blocked; /* scratch: what the chosen make false */
    size_t steps;
    bool gave_up;
};

static void
mark_blocked(const struct search *s)
{
    const struct walk *w = s->walk;

    for (size_t at = w->below->count; at > 0; at--) {
        const struct expr_node *n = node_at(w, at - 1);
        bool any = false;
        bool all = true;

        for (size_t i = 0; n->kind != EXPR_LEAF && i < n->count; i++) {
            bool kid = s->blocked[kid_at(w, n, i)];

            any |= kid;
            all &= kid;
        }
        s->blocked[at - 1] = n->kind == EXPR_LEAF ? s->chosen[at - 1]
                             : n->kind == EXPR_OR ? all
                                                  : any;
    }
}

/* From a node that is not blocked yet down to a leaf or an "and" that is not. Any set that blocks
 * an "or" blocks each of its children: so one of them is enough to go on with, and the others are
 * still open then. */
static size_t
first_open(const struct search *s, size_t at)
{
    const struct walk *w = s->walk;

    while (node_at(w, at)->kind == EXPR_OR) {
        const struct expr_node *n = node_at(w, at);
        size_t i = 0;

        while (s->blocked[kid_at(w, n, i)]) {
            i++; /* ends: not all are, or the "or" itself would be */
        }
        at = kid_at(w, n, i);
    }
    return at;
}

static void search(struct search *s, int depth);

/* The ways to block a node that is no "or": this leaf, or one of the children of an "and". */
static void
choose(struct search *s, size_t at, int depth)
{
    const struct walk *w = s->walk;
    const struct expr_node *n = node_at(w, at);

    if (n->kind == EXPR_LEAF) {
        s->chosen[at] = true;
        s->count++;
        search(s, depth + 1);
        s->chosen[at] = false;
        s->count--;
        mark_blocked(s);
        return;
    }
    for (size_t i = 0; i < n->count && !s->gave_up; i++) {
        size_t kid = kid_at(w, n, i);

        if (w->verdict[kid] == K_FALSE) {
            choose(s, first_open(s, kid), depth + 1);
        }
    }
}

static void
search(struct search *s, int depth)
{
    if (s->gave_up || ++s->steps > BLOCKING_STEPS || depth > DEPTH_MAX) {
        s->gave_up = true;
        return;
    }
    mark_blocked(s);
    if (!s->blocked[0]) {
        if (s->count + 1 < s->best_count) {
            choose(s, first_open(s, 0), depth);
        }
        return;
    }
    if (s->count < s->best_count) {
        s->best_count = s->count;
        for (size_t i = 0; i < s->walk->below->count; i++) {
            s->best[i] = s->chosen[i];
        }
    }
}

/* Leaves of the set that was found without a search. */
static size_t
chosen_leaves(const struct walk *w, const bool *decides)
{
    size_t n = 0;

    for (size_t at = 0; at < w->below->count; at++) {
        n += decides[at] && is_leaf(w, at) ? 1 : 0;
    }
    return n;
}

static void
search_smaller(const struct walk *w, struct blocking *b)
{
    size_t count = w->below->count;
    struct search s = {.walk = w,
                       .chosen = ARENA_ARRAY(w->arena, count, bool),
                       .best = b->decides,
                       .best_count = chosen_leaves(w, b->decides),
                       .blocked = ARENA_ARRAY(w->arena, count, bool)};

    search(&s, 0);
    b->smallest = !s.gave_up;
}

struct blocking
blocking_of(const struct expr_values *v, const struct expr_below *below, struct arena *a)
{
    struct walk w = {.v = v,
                     .below = below,
                     .arena = a,
                     .verdict = ARENA_ARRAY(a, below->count, enum kleene),
                     .cost = ARENA_ARRAY(a, below->count, uint32_t)};
    struct blocking b = {.decides = ARENA_ARRAY(a, below->count, bool), .smallest = true};

    look(&w);
    go_down(&w, b.decides);
    if (w.verdict[0] == K_FALSE && w.shared) {
        search_smaller(&w, &b);
    }
    return b;
}
