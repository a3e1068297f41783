#include "match/gate.h"

#include "base/sort.h"

/* How many patients a word lets through, roughly: the gate with the least is taken. The order is
 * what matters: a variant in one gene is rarer than a disease, both are rarer than "all solid". */
enum {
    WEIGHT_GENE = 2,
    WEIGHT_DISEASE = 4,
    WEIGHT_BIOMARKER = 10,
    WEIGHT_ANY_VARIANT = 40,
    WEIGHT_LIQUID = 50,
    WEIGHT_SOLID = 100,
    WEIGHT_ANY_DISEASE = 400,
};
static const uint32_t WEIGHT_NONE = UINT32_MAX; /* nothing gates it */

enum { WORDS_START = 8 };

struct words {
    struct str *word;
    size_t count;
    size_t room;
    struct arena *arena;
};

static int
word_cmp(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;

    return str_cmp(*x, *y);
}

static void
words_add(struct words *w, struct str word)
{
    if (w->count == w->room) {
        size_t room = w->room == 0 ? WORDS_START : w->room * 2;
        struct str *more = ARENA_ARRAY(w->arena, room, struct str);

        for (size_t i = 0; i < w->count; i++) {
            more[i] = w->word[i];
        }
        w->word = more;
        w->room = room;
    }
    w->word[w->count++] = word;
}

static void
words_add_two(struct words *w, struct str kind, struct str name)
{
    words_add(w, str_cat(w->arena, kind, name));
}

static struct gate_words
words_end(struct words *w)
{
    size_t kept = 0;

    sort_stable(w->arena, w->word, w->count, sizeof *w->word, word_cmp);
    for (size_t i = 0; i < w->count; i++) {
        if (kept == 0 || !str_eq(w->word[kept - 1], w->word[i])) {
            w->word[kept++] = w->word[i];
        }
    }
    return (struct gate_words){.word = w->word, .count = kept};
}

/* ---- the gate of a clause ---- */

struct weights {
    const struct expr_table *table;
    uint32_t *of; /* per node; 0: can never be true */
};

static uint32_t
disease_weight(const struct leaf *l)
{
    if (l->negated || (l->u.disease.top != NULL && l->u.disease.top->parent < 0)) {
        return WEIGHT_ANY_DISEASE;
    }
    if (l->u.disease.top != NULL) {
        return WEIGHT_DISEASE;
    }
    return l->u.disease.liquid ? WEIGHT_LIQUID : WEIGHT_SOLID;
}

/* A leaf of line or of the rest is taken as true where it is unknown, so it gates nothing. "No
 * variant found" needs a test, of which a panel has hundreds: it gates nothing either. */
static uint32_t
leaf_weight(const struct leaf *l)
{
    if (l->role != ROLE_DISEASE && l->role != ROLE_BIOMARKER) {
        return WEIGHT_NONE;
    }
    switch (l->kind) {
    case LEAF_DISEASE: return disease_weight(l);
    case LEAF_GENOMIC:
        if (l->negated) {
            return WEIGHT_NONE;
        }
        return str_is_absent(l->u.genomic.gene) ? WEIGHT_ANY_VARIANT : WEIGHT_GENE;
    case LEAF_BIOMARKER:
    case LEAF_REPAIR: return WEIGHT_BIOMARKER;
    case LEAF_UNRESOLVED: return 0;
    case LEAF_TESTED:
    case LEAF_PRIOR:
    case LEAF_ON:
    case LEAF_LINE:
    case LEAF_WASHOUT:
    case LEAF_STATUS:
    case LEAF_AGE:
    case LEAF_SEX:
    case LEAF_ECOG:
    case LEAF_LAB:
    case LEAF_ROWS:
    case LEAF_KIND_COUNT: break;
    }
    return WEIGHT_NONE;
}

static uint32_t
join_weight(const struct weights *w, const struct expr_node *n)
{
    const int32_t *kid = &w->table->kid[n->first];
    uint32_t least = WEIGHT_NONE;
    uint32_t sum = 0;

    for (size_t i = 0; i < n->count; i++) {
        uint32_t one = w->of[kid[i]];

        least = one < least ? one : least;
        sum = sum > WEIGHT_NONE - one ? WEIGHT_NONE : sum + one;
    }
    return n->kind == EXPR_AND ? least : sum;
}

static struct weights
weigh(const struct expr_table *t, struct arena *a)
{
    struct weights w = {t, ARENA_ARRAY(a, t->count, uint32_t)};

    for (size_t id = 0; id < t->count; id++) { /* children have smaller numbers */
        const struct expr_node *n = &t->node[id];

        w.of[id] = n->kind == EXPR_LEAF ? leaf_weight(&t->leaf[n->first]) : join_weight(&w, n);
    }
    return w;
}

static void
disease_words(struct words *w, const struct leaf *l)
{
    if (l->negated) {
        words_add(w, STR("d:*"));
    } else if (l->u.disease.top != NULL) {
        words_add_two(w, STR("d:"), l->u.disease.top->code);
    } else {
        words_add(w, l->u.disease.liquid ? STR("d:*liquid") : STR("d:*solid"));
    }
}

static void
leaf_words(struct words *w, const struct leaf *l)
{
    if (l->kind == LEAF_DISEASE) {
        disease_words(w, l);
    } else if (l->kind == LEAF_GENOMIC) {
        bool any = str_is_absent(l->u.genomic.gene);

        words_add_two(w, STR("g:"), any ? STR("*") : l->u.genomic.gene);
    } else if (l->kind == LEAF_BIOMARKER) {
        words_add_two(w, STR("b:"), l->u.biomarker.name);
    } else if (l->kind == LEAF_REPAIR) {
        words_add(w, STR("b:mmr"));
        words_add(w, STR("b:msi"));
    }
}

/* Goes down as deep as the trees of a file go. A branch that can never be true needs no word. */
static void
node_words(const struct weights *w, int32_t id, struct words *out)
{
    const struct expr_node *n = &w->table->node[id];
    const int32_t *kid = &w->table->kid[n->first];

    if (w->of[id] == 0) {
        return;
    }
    if (n->kind == EXPR_LEAF) {
        leaf_words(out, &w->table->leaf[n->first]);
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        if (n->kind == EXPR_OR) {
            node_words(w, kid[i], out);
        } else if (w->of[kid[i]] == w->of[id]) {
            node_words(w, kid[i], out);
            return;
        }
    }
}

static bool
can_be_shown(const struct expr_table *t, const struct trial_clause *c)
{
    return c->trial->open && !c->suspended &&
           (t->node[c->root].roles & (1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER)) != 0;
}

const struct gate_words *
gate_of_clauses(const struct expr_table *t, const struct trial_set *set, struct arena *a)
{
    struct weights w = weigh(t, a);
    struct gate_words *gate = ARENA_ARRAY(a, set->count, struct gate_words);

    for (size_t i = 0; i < set->count; i++) {
        const struct trial_clause *c = &set->clause[i];
        struct words words = {.arena = a};

        if (!can_be_shown(t, c)) {
            continue;
        }
        if (w.of[c->root] == WEIGHT_NONE) {
            gate[i].everyone = true;
            continue;
        }
        node_words(&w, c->root, &words);
        gate[i] = words_end(&words);
    }
    return gate;
}

/* ---- clauses by word ---- */

/* One word of one clause. */
struct posted {
    struct str word;
    uint32_t clause;
};

static int
posted_cmp(const void *pa, const void *pb)
{
    const struct posted *a = pa;
    const struct posted *b = pb;
    int c = str_cmp(a->word, b->word);

    return c != 0 ? c : (a->clause > b->clause) - (a->clause < b->clause);
}

static size_t
count_postings(const struct gate_words *gate, size_t count, size_t *always)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        n += gate[i].count;
        *always += gate[i].everyone ? 1 : 0;
    }
    return n;
}

static size_t
post_all(const struct gate_words *gate, size_t count, struct posted *out, uint32_t *always)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (gate[i].everyone) {
            *always++ = (uint32_t)i;
        }
        for (size_t k = 0; k < gate[i].count; k++) {
            out[n++] = (struct posted){gate[i].word[k], (uint32_t)i};
        }
    }
    return n;
}

static size_t
count_words(const struct posted *p, size_t n)
{
    size_t words = 0;

    for (size_t i = 0; i < n; i++) {
        words += i == 0 || !str_eq(p[i - 1].word, p[i].word) ? 1 : 0;
    }
    return words;
}

/* Into what stays; the list of pairs is given back after it. */
static void
fill(struct gate_index *g, const struct posted *p, size_t n, struct str *word, uint32_t *first,
     uint32_t *clause)
{
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !str_eq(p[i - 1].word, p[i].word)) {
            word[g->word_count] = p[i].word;
            first[g->word_count++] = (uint32_t)i;
        }
        clause[i] = p[i].clause;
    }
    first[g->word_count] = (uint32_t)n;
    g->word = word;
    g->first = first;
    g->clause = clause;
}

void
gate_index_build(const struct expr_table *t, const struct trial_set *set,
                 const struct oncotree *oncotree, struct arena *a, struct gate_index *out)
{
    const struct gate_words *gate = gate_of_clauses(t, set, a);
    size_t always_count = 0;
    size_t n = count_postings(gate, set->count, &always_count);
    struct posted *p = ARENA_ARRAY(a, n, struct posted);
    uint32_t *always = ARENA_ARRAY(a, always_count, uint32_t);
    size_t words;

    *out = (struct gate_index){.oncotree = oncotree,
                               .always = always,
                               .always_count = always_count,
                               .clause_count = set->count};
    (void)post_all(gate, set->count, p, always);
    sort_stable(a, p, n, sizeof *p, posted_cmp);
    words = count_words(p, n);
    fill(out, p, n, ARENA_ARRAY(a, words, struct str), ARENA_ARRAY(a, words + 1, uint32_t),
         ARENA_ARRAY(a, n, uint32_t));
}

/* ---- a case ---- */

static void
case_disease(struct words *w, const struct oncotree *tree, const struct match_case *c)
{
    const struct oncotree_node *n = c->disease;

    if (n == NULL) {
        return;
    }
    words_add(w, STR("d:*"));
    if (n->parent >= 0) {
        words_add(w, n->liquid ? STR("d:*liquid") : STR("d:*solid"));
    }
    for (; n != NULL; n = n->parent < 0 ? NULL : &tree->node[n->parent]) {
        words_add_two(w, STR("d:"), n->code);
    }
}

static void
case_variants(struct words *w, const struct match_case *c)
{
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        const struct variant *v = &f[i]->u.variant;

        if (!v->present) {
            continue;
        }
        words_add(w, STR("g:*"));
        words_add_two(w, STR("g:"), v->gene);
        if (!str_is_empty(v->partner)) {
            words_add_two(w, STR("g:"), v->partner);
        }
    }
}

struct gate_words
gate_of_case(const struct oncotree *oncotree, const struct match_case *c, struct arena *a)
{
    struct words w = {.arena = a};
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_BIOMARKER, &count);

    case_disease(&w, oncotree, c);
    case_variants(&w, c);
    for (size_t i = 0; i < count; i++) {
        words_add_two(&w, STR("b:"), f[i]->u.biomarker.name);
    }
    return words_end(&w);
}

struct gate_words
gate_join(const struct gate_words *x, const struct gate_words *y, struct arena *a)
{
    struct words w = {.arena = a};
    struct gate_words out;

    for (size_t i = 0; i < x->count; i++) {
        words_add(&w, x->word[i]);
    }
    for (size_t i = 0; i < y->count; i++) {
        words_add(&w, y->word[i]);
    }
    out = words_end(&w);
    out.everyone = x->everyone || y->everyone;
    return out;
}

/* ---- who may be shown ---- */

static void
mark(uint64_t *bits, uint32_t clause)
{
    bits[clause / 64] |= (uint64_t)1 << clause % 64;
}

static void
mark_word(const struct gate_index *g, struct str word, uint64_t *bits)
{
    size_t at;

    if (!str_place(g->word, g->word_count, word, &at)) {
        return;
    }
    for (size_t i = g->first[at]; i < g->first[at + 1]; i++) {
        mark(bits, g->clause[i]);
    }
}

static struct gate_clauses
marked(const uint64_t *bits, size_t words, struct arena *a)
{
    uint32_t *clause;
    size_t count = 0;
    size_t n = 0;

    for (size_t w = 0; w < words; w++) {
        for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
            count++;
        }
    }
    clause = ARENA_ARRAY(a, count, uint32_t);
    for (size_t w = 0; w < words; w++) {
        for (unsigned bit = 0; bits[w] != 0 && bit < 64; bit++) {
            if ((bits[w] >> bit & 1) != 0) {
                clause[n++] = (uint32_t)(w * 64 + bit);
            }
        }
    }
    return (struct gate_clauses){clause, count};
}

struct gate_clauses
gate_open(const struct gate_index *g, const struct match_case *c, struct arena *a)
{
    struct gate_words has = gate_of_case(g->oncotree, c, a);
    size_t words = g->clause_count / 64 + 1;
    uint64_t *bits = ARENA_ARRAY(a, words, uint64_t);

    for (size_t i = 0; i < g->always_count; i++) {
        mark(bits, g->always[i]);
    }
    for (size_t i = 0; i < has.count; i++) {
        mark_word(g, has.word[i], bits);
    }
    return marked(bits, words, a);
}
