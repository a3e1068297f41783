#include "match/rematch.h"

#include "match/subject.h"

/* ---- the index ---- */

/* A pair (list, item) on its way into a posting. */
struct pair {
    uint32_t list;
    uint32_t item;
};

/* Counted first, then filled: pairs keep their order within a list. */
static struct posting
posting_of(const struct pair *p, size_t count, size_t lists, struct arena *a)
{
    struct posting out = {ARENA_ARRAY(a, lists + 1, uint32_t), ARENA_ARRAY(a, count, uint32_t)};
    uint32_t at = 0;

    for (size_t i = 0; i < count; i++) {
        out.first[p[i].list]++;
    }
    for (size_t n = 0; n <= lists; n++) { /* the end of each … */
        at += n < lists ? out.first[n] : 0;
        out.first[n] = at;
    }
    for (size_t i = count; i > 0; i--) { /* … becomes its beginning, from behind */
        out.item[--out.first[p[i - 1].list]] = p[i - 1].item;
    }
    return out;
}

static void
index_parents(struct rematch_index *x, struct arena *a)
{
    const struct expr_table *t = x->table;
    struct pair *p = ARENA_ARRAY(a, t->kid_count, struct pair);
    size_t n = 0;

    for (size_t id = 0; id < t->count; id++) {
        const struct expr_node *node = &t->node[id];

        for (size_t i = 0; node->kind != EXPR_LEAF && i < node->count; i++) {
            p[n++] = (struct pair){(uint32_t)t->kid[node->first + i], (uint32_t)id};
        }
    }
    x->parents = posting_of(p, n, t->count, a);
}

static void
index_clauses(struct rematch_index *x, struct arena *a)
{
    size_t count = x->trials->count;
    struct pair *p = ARENA_ARRAY(a, count, struct pair);

    for (size_t i = 0; i < count; i++) {
        p[i] = (struct pair){(uint32_t)x->trials->clause[i].root, (uint32_t)i};
    }
    x->clauses = posting_of(p, count, x->table->count, a);
}

static void
index_leaves(struct rematch_index *x, struct arena *a)
{
    const struct expr_table *t = x->table;
    struct subjects all = {.arena = a};
    struct subjects one = {.arena = a};
    struct pair *p;
    size_t n = 0;

    for (size_t i = 0; i < t->leaf_count; i++) {
        subjects_of_leaf(&all, &t->leaf[i]);
    }
    p = ARENA_ARRAY(a, all.count, struct pair);
    subjects_end(&all);
    x->subject = all.word;
    x->subject_count = all.count;
    for (size_t id = 0; id < t->count; id++) {
        one.count = 0;
        if (t->node[id].kind == EXPR_LEAF) {
            subjects_of_leaf(&one, &t->leaf[t->node[id].first]);
        }
        for (size_t i = 0; i < one.count; i++) {
            size_t at;

            if (str_place(x->subject, x->subject_count, one.word[i], &at)) {
                p[n++] = (struct pair){(uint32_t)at, (uint32_t)id};
            }
        }
    }
    x->leaves = posting_of(p, n, x->subject_count, a);
}

void
rematch_index_build(const struct expr_table *t, const struct trial_set *trials, struct arena *a,
                    struct rematch_index *out)
{
    *out = (struct rematch_index){.table = t, .trials = trials};
    index_leaves(out, a);
    index_parents(out, a);
    index_clauses(out, a);
}

/* ---- a case ---- */

static bool
bit(const uint64_t *bits, size_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

static void
bit_set(uint64_t *bits, size_t i, bool on)
{
    uint64_t one = (uint64_t)1 << i % 64;

    bits[i / 64] = on ? bits[i / 64] | one : bits[i / 64] & ~one;
}

static size_t
words_of(const struct rematch *r)
{
    return r->index->trials->count / 64 + 1;
}

static bool
fits_now(const struct rematch *r, size_t clause)
{
    return bit(r->may, clause) &&
           expr_view(&r->v, r->index->trials->clause[clause].root, VIEW_FIT) == K_TRUE;
}

static uint64_t *
may_bits(const struct rematch *r, const struct match_case *c)
{
    struct gate_clauses may = gate_open(r->index->trials->gates, c, r->arena);
    uint64_t *bits = ARENA_ARRAY(r->arena, words_of(r), uint64_t);

    for (size_t i = 0; i < may.count; i++) {
        bit_set(bits, may.clause[i], true);
    }
    return bits;
}

void
rematch_begin(const struct rematch_index *x, const struct match_case *c, struct arena *a,
              struct rematch *out)
{
    *out = (struct rematch){.index = x, .arena = a, .v = expr_begin(x->table, c, a)};
    out->has = gate_of_case(x->trials->gates->oncotree, c, a);
    out->may = may_bits(out, c);
    out->fits = ARENA_ARRAY(a, words_of(out), uint64_t);
    for (size_t i = 0; i < x->trials->count; i++) {
        if (bit(out->may, i)) {
            bit_set(out->fits, i, fits_now(out, i));
        }
    }
}

bool
rematch_fits(const struct rematch *r, size_t clause)
{
    return bit(r->fits, clause);
}

/* ---- a change ---- */

/* Numbers, each once, in order when drawn. */
struct work {
    struct arena *arena;
    uint32_t *heap; /* least first */
    size_t count;
    size_t room;
};

static void
work_add(struct work *w, uint32_t n)
{
    size_t at = w->count;

    if (w->count == w->room) {
        size_t room = w->room == 0 ? 64 : w->room * 2;
        uint32_t *more = ARENA_ARRAY(w->arena, room, uint32_t);

        for (size_t i = 0; i < w->count; i++) {
            more[i] = w->heap[i];
        }
        w->heap = more;
        w->room = room;
    }
    for (w->count++; at > 0 && w->heap[(at - 1) / 2] > n; at = (at - 1) / 2) {
        w->heap[at] = w->heap[(at - 1) / 2];
    }
    w->heap[at] = n;
}

static uint32_t
work_pop(struct work *w)
{
    uint32_t least = w->heap[0];
    uint32_t last = w->heap[--w->count];
    size_t at = 0;

    for (size_t kid = 1; kid < w->count; kid = 2 * at + 1) {
        kid += kid + 1 < w->count && w->heap[kid + 1] < w->heap[kid] ? 1 : 0;
        if (w->heap[kid] >= last) {
            break;
        }
        w->heap[at] = w->heap[kid];
        at = kid;
    }
    w->heap[at] = last;
    return least;
}

/* The next number that is not the one drawn before. */
static bool
work_next(struct work *w, uint32_t *out)
{
    uint32_t before = *out;

    while (w->count > 0) {
        *out = work_pop(w);
        if (*out != before) {
            return true;
        }
    }
    return false;
}

/* The leaves that may answer otherwise now. */
static void
add_leaves(struct rematch *r, const struct subjects *s, struct work *w)
{
    const struct posting *p = &r->index->leaves;

    for (size_t i = 0; i < s->count; i++) {
        size_t at;

        if (!str_place(r->index->subject, r->index->subject_count, s->word[i], &at)) {
            continue;
        }
        for (size_t k = p->first[at]; k < p->first[at + 1]; k++) {
            work_add(w, p->item[k]);
        }
    }
}

static void
add_answered(const struct rematch *r, struct work *w)
{
    const struct expr_table *t = r->index->table;

    for (size_t id = 0; id < t->count; id++) {
        if (t->node[id].kind == EXPR_LEAF && r->v.leaf[t->node[id].first] != NULL) {
            work_add(w, (uint32_t)id);
        }
    }
}

static void
add_all(const struct posting *p, uint32_t list, struct work *w)
{
    for (size_t i = p->first[list]; i < p->first[list + 1]; i++) {
        work_add(w, p->item[i]);
    }
}

/* Upwards from the leaves, each node after its children; ends where an answer stays as it was. A
 * node that was never answered stays so: whoever asks it finds its children as they are. */
static void
go_up(struct rematch *r, struct work *w, struct work *clauses)
{
    uint32_t id = UINT32_MAX;

    while (work_next(w, &id)) {
        bool leaf = r->index->table->node[id].kind == EXPR_LEAF;

        r->asked += leaf && r->v.leaf[r->index->table->node[id].first] != NULL ? 1 : 0;
        if (expr_again(&r->v, (int32_t)id)) {
            add_all(&r->index->parents, id, w);
            add_all(&r->index->clauses, id, clauses);
        }
    }
}

static bool
same_words(const struct gate_words *a, const struct gate_words *b)
{
    for (size_t i = 0; i < a->count && a->count == b->count; i++) {
        if (!str_eq(a->word[i], b->word[i])) {
            return false;
        }
    }
    return a->count == b->count;
}

/* Gates that have opened or closed. */
static void
look_at_gates(struct rematch *r, const struct match_case *now, struct work *clauses)
{
    struct gate_words has = gate_of_case(r->index->trials->gates->oncotree, now, r->arena);
    uint64_t *before = r->may;

    if (same_words(&has, &r->has)) {
        return;
    }
    r->has = has;
    r->may = may_bits(r, now);
    for (size_t w = 0; w < words_of(r); w++) {
        uint64_t moved = before[w] ^ r->may[w];

        for (unsigned i = 0; moved != 0 && i < 64; i++) {
            if ((moved >> i & 1) != 0) {
                work_add(clauses, (uint32_t)(w * 64 + i));
            }
        }
    }
}

static struct gate_clauses
settle(struct rematch *r, struct work *clauses)
{
    uint32_t *toggled = ARENA_ARRAY(r->arena, clauses->count, uint32_t);
    uint32_t clause = UINT32_MAX;
    size_t n = 0;

    while (work_next(clauses, &clause)) {
        bool is = fits_now(r, clause);

        if (is != rematch_fits(r, clause)) {
            bit_set(r->fits, clause, is);
            toggled[n++] = clause;
        }
    }
    return (struct gate_clauses){toggled, n};
}

struct gate_clauses
rematch_change(struct rematch *r, const struct match_case *now, const struct fact *const *changed,
               size_t count)
{
    struct subjects s = {.arena = r->arena};
    struct work leaves = {.arena = r->arena};
    struct work clauses = {.arena = r->arena};
    const struct match_case *was = r->v.match;

    for (size_t i = 0; i < count; i++) {
        subjects_of_fact(&s, changed[i], now);
    }
    subjects_of_change(&s, was, now);
    subjects_end(&s);
    r->v.match = now;
    r->asked = 0;
    if (was->today != now->today) {
        add_answered(r, &leaves);
    } else {
        add_leaves(r, &s, &leaves);
    }
    go_up(r, &leaves, &clauses);
    look_at_gates(r, now, &clauses);
    return settle(r, &clauses);
}
