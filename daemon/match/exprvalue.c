#include "base/sort.h"
#include "match/answer.h"
#include "match/expr.h"

/* ---- the bits ---- */

enum { BITS_PER_VIEW = 2, ANSWERED = 1 << 15, MARKED = 1 << 14, BELOW_START = 32 };
static const uint16_t all_true = (1u << BITS_PER_VIEW * VIEW_COUNT) - 1;

static uint16_t
bits_of(enum kleene k)
{
    static const uint16_t bits[K_COUNT] = {[K_FALSE] = 0, [K_UNKNOWN] = 1, [K_TRUE] = 3};

    return bits[k];
}

static enum kleene
view_of(uint16_t answer, enum expr_view view)
{
    static const enum kleene of[] = {K_FALSE, K_UNKNOWN, K_FALSE, K_TRUE};

    return of[answer >> BITS_PER_VIEW * (unsigned)view & 3];
}

/* Roles whose unknown leaves a view takes as true. */
static const uint32_t granted[VIEW_COUNT] = {
    [VIEW_STRICT] = 0,
    [VIEW_FIT] = 1u << ROLE_LINE | 1u << ROLE_OTHER,
    [VIEW_MARKER] = 1u << ROLE_DISEASE | 1u << ROLE_LINE | 1u << ROLE_OTHER,
    [VIEW_DISEASE] = 1u << ROLE_BIOMARKER | 1u << ROLE_LINE | 1u << ROLE_OTHER,
    [VIEW_LINE] = 1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER | 1u << ROLE_OTHER,
};

static uint16_t
leaf_bits(uint32_t roles, enum kleene k)
{
    uint16_t bits = 0;

    for (unsigned w = 0; w < VIEW_COUNT; w++) {
        bool grant = k == K_UNKNOWN && (roles & granted[w]) != 0;

        bits |= (uint16_t)(bits_of(grant ? K_TRUE : k) << BITS_PER_VIEW * w);
    }
    return bits;
}

/* In the closed world an "and" passes over what asks nothing: false if one is, else the most of
 * them. */
static uint16_t
passed_over(uint16_t a, uint16_t b)
{
    uint16_t bits = 0;

    for (unsigned w = 0; w < VIEW_COUNT; w++) {
        uint16_t x = a >> BITS_PER_VIEW * w & 3;
        uint16_t y = b >> BITS_PER_VIEW * w & 3;

        bits |= (uint16_t)((x == 0 || y == 0 ? 0 : x | y) << BITS_PER_VIEW * w);
    }
    return bits;
}

/* ---- answers ---- */

struct expr_values
expr_begin(const struct expr_table *t, const struct match_case *c, struct arena *a)
{
    struct expr_values v = {.table = t, .match = c, .arena = a};

    v.node = ARENA_ARRAY(a, t->count, uint16_t);
    v.leaf = ARENA_ARRAY(a, t->leaf_count, struct leaf_result *);
    v.due = ARENA_NEW(a, day_t);
    *v.due = DAY_NONE;
    return v;
}

const struct leaf_result *
expr_result(const struct expr_values *v, uint32_t leaf)
{
    struct leaf_result *r = v->leaf[leaf];

    if (r == NULL) {
        r = ARENA_NEW(v->arena, struct leaf_result);
        *r = answer_evaluate(&v->table->leaf[leaf], v->match);
        v->leaf[leaf] = r;
        if (r->due != DAY_NONE && (*v->due == DAY_NONE || r->due < *v->due)) {
            *v->due = r->due;
        }
    }
    return r;
}

static uint16_t answer(const struct expr_values *v, int32_t id);

/* A strict "no" is a no in every view, a strict "yes" a yes: the rest of an "and" or an "or" need
 * not be asked then. In order of content, diseases are asked first. */
static uint16_t
answer_join(const struct expr_values *v, const struct expr_node *n)
{
    const int32_t *kid = &v->table->kid[n->first];
    bool all = n->kind == EXPR_AND;
    bool native = v->match->policy == MATCH_NATIVE;
    uint16_t bits = !all ? 0 : native ? all_true : leaf_bits(0, K_UNKNOWN);

    for (size_t i = 0; i < n->count; i++) {
        uint16_t one = answer(v, kid[i]);

        if (!all) {
            bits |= one;
        } else {
            bits = native ? bits & one : passed_over(bits, one);
        }
        if (view_of(bits, VIEW_STRICT) == (all ? K_FALSE : K_TRUE)) {
            break;
        }
    }
    return bits;
}

/* Goes down as deep as the trees of a file go: LIMIT_YAML_DEPTH. */
static uint16_t
answer(const struct expr_values *v, int32_t id)
{
    const struct expr_node *n = &v->table->node[id];

    if ((v->node[id] & ANSWERED) == 0) {
        uint16_t bits = n->kind == EXPR_LEAF ? leaf_bits(n->roles, expr_result(v, n->first)->k)
                                             : answer_join(v, n);

        v->node[id] |= bits | ANSWERED;
    }
    return (uint16_t)(v->node[id] & all_true);
}

struct expr_values
expr_evaluate(const struct expr_table *t, const struct match_case *c, struct arena *a)
{
    struct expr_values v = expr_begin(t, c, a);

    for (size_t id = 0; id < t->count; id++) { /* children have smaller numbers */
        (void)answer(&v, (int32_t)id);
    }
    return v;
}

enum kleene
expr_view(const struct expr_values *v, int32_t node, enum expr_view view)
{
    return view_of(answer(v, node), view);
}

bool
expr_again(const struct expr_values *v, int32_t node)
{
    uint16_t was = v->node[node];

    v->node[node] = 0;
    if (v->table->node[node].kind == EXPR_LEAF) {
        v->leaf[v->table->node[node].first] = NULL;
    }
    return was != 0 && (answer(v, node) | ANSWERED) != was;
}

day_t
expr_next_due(const struct expr_values *v)
{
    return *v->due;
}

/* ---- reasons ---- */

static void
mark_kids(const struct expr_values *v, const struct expr_below *b, size_t at, bool *needed)
{
    const struct expr_node *n = &v->table->node[b->id[at]];
    const int32_t *kid = &v->table->kid[n->first];
    enum kleene k = expr_view(v, b->id[at], VIEW_STRICT);

    for (size_t i = 0; i < n->count; i++) {
        enum kleene child = expr_view(v, kid[i], VIEW_STRICT);

        if (n->kind == EXPR_AND || child == k) {
            needed[expr_below_at(b, kid[i])] = true;
        }
        if (n->kind == EXPR_OR && k == K_TRUE && child == K_TRUE) {
            return; /* one true branch is reason enough */
        }
    }
}

static int
greater_first(const void *a, const void *b)
{
    const int32_t *x = a;
    const int32_t *y = b;

    return *x > *y ? -1 : *x < *y;
}

static void
below_add(const struct expr_values *v, int32_t id, struct arena *a, struct expr_below *b,
          size_t *room)
{
    if ((v->node[id] & MARKED) != 0) {
        return;
    }
    if (b->count == *room) {
        int32_t *more = ARENA_ARRAY(a, *room * 2, int32_t);

        for (size_t i = 0; i < b->count; i++) {
            more[i] = b->id[i];
        }
        b->id = more;
        *room *= 2;
    }
    v->node[id] |= MARKED;
    b->id[b->count++] = id;
}

struct expr_below
expr_below(const struct expr_values *v, int32_t root, struct arena *a)
{
    const struct expr_table *t = v->table;
    size_t room = BELOW_START;
    struct expr_below b = {.id = ARENA_ARRAY(a, room, int32_t)};

    below_add(v, root, a, &b, &room);
    for (size_t i = 0; i < b.count; i++) {
        const struct expr_node *n = &t->node[b.id[i]];

        for (size_t k = 0; n->kind != EXPR_LEAF && k < n->count; k++) {
            below_add(v, t->kid[n->first + k], a, &b, &room);
        }
    }
    for (size_t i = 0; i < b.count; i++) {
        v->node[b.id[i]] &= (uint16_t)~MARKED;
    }
    sort_stable(a, b.id, b.count, sizeof *b.id, greater_first);
    return b;
}

size_t
expr_below_at(const struct expr_below *b, int32_t id)
{
    size_t low = 0;
    size_t high = b->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (b->id[mid] > id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    rfd_assert(low < b->count && b->id[low] == id);
    return low;
}

/* A leaf that is to be said. */
struct needed_leaf {
    uint32_t roles;
    struct str key;
    uint32_t leaf;
};

static int
needed_cmp(const void *pa, const void *pb)
{
    const struct needed_leaf *a = pa;
    const struct needed_leaf *b = pb;

    return a->roles != b->roles ? (a->roles < b->roles ? -1 : 1) : str_cmp(a->key, b->key);
}

/* The leaves under root that make its verdict. */
static size_t
needed_leaves(const struct expr_values *v, int32_t root, uint32_t roles, struct arena *a,
              struct needed_leaf **out)
{
    struct expr_below b = expr_below(v, root, a);
    bool *needed = ARENA_ARRAY(a, b.count, bool);
    struct needed_leaf *list = ARENA_ARRAY(a, b.count, struct needed_leaf);
    size_t n = 0;

    needed[0] = true;
    for (size_t i = 0; i < b.count; i++) {
        const struct expr_node *node = &v->table->node[b.id[i]];

        if (needed[i] && node->kind != EXPR_LEAF) {
            mark_kids(v, &b, i, needed);
        } else if (needed[i] && (node->roles & roles) != 0) {
            list[n++] = (struct needed_leaf){node->roles, node->key, node->first};
        }
    }
    *out = list;
    return n;
}

struct expr_reasons
expr_explain(const struct expr_values *v, int32_t root, const struct match_case *c, uint32_t roles,
             struct arena *a)
{
    struct expr_reasons out = {.count = 0};
    struct needed_leaf *leaf;
    size_t count = needed_leaves(v, root, roles, a, &leaf);

    sort_stable(a, leaf, count, sizeof *leaf, needed_cmp);
    out.reason = ARENA_ARRAY(a, count, struct option_reason);
    for (size_t i = 0; i < count; i++) {
        const struct leaf_result *r = expr_result(v, leaf[i].leaf);

        out.reason[out.count++] = (struct option_reason){
            .verdict = r->k,
            .text = answer_text(a, &v->table->leaf[leaf[i].leaf], c, r),
            .journal = answer_journal(r),
        };
    }
    return out;
}
