#include "match/expr.h"

#include "base/sb.h"

/* A key holds what one leaf of a file says, so no more than LIMIT_CONFIG_FILE_BYTES and numbers. */
enum { KEY_MAX = 16 << 20, TABLE_START = 64 };

/* ---- the table ---- */

static void *
grown(struct arena *a, const void *old, size_t count, size_t room, size_t size)
{
    unsigned char *fresh = arena_array(a, room, size);
    const unsigned char *from = old;

    for (size_t i = 0; i < count * size; i++) {
        fresh[i] = from[i];
    }
    return fresh;
}

void
expr_table_init(struct expr_table *t, struct arena *a)
{
    *t = (struct expr_table){.arena = a,
                             .room = TABLE_START,
                             .leaf_room = TABLE_START,
                             .kid_room = TABLE_START,
                             .slot_count = (size_t)2 * TABLE_START};
    t->node = ARENA_ARRAY(a, t->room, struct expr_node);
    t->leaf = ARENA_ARRAY(a, t->leaf_room, struct leaf);
    t->kid = ARENA_ARRAY(a, t->kid_room, int32_t);
    t->slot = ARENA_ARRAY(a, t->slot_count, int32_t);
    for (size_t i = 0; i < t->slot_count; i++) {
        t->slot[i] = EXPR_NONE;
    }
}

/* What a node is looked up by: a leaf's key, or a join's children. */
struct probe {
    enum expr_kind kind;
    struct str key;
    const int32_t *kid;
    size_t count;
    uint32_t hash;
};

static uint32_t
probe_hash(const struct probe *p)
{
    uint64_t h = p->kind == EXPR_LEAF ? str_hash(p->key) : (uint64_t)p->kind + 1;

    for (size_t i = 0; i < p->count; i++) {
        h = (h ^ (uint64_t)(uint32_t)p->kid[i]) * 1099511628211u; /* as FNV-1a, a child at a time */
    }
    return (uint32_t)(h ^ h >> 32);
}

static bool
is_probed(const struct expr_table *t, const struct expr_node *n, const struct probe *p)
{
    if (n->hash != p->hash || n->kind != p->kind) {
        return false;
    }
    if (n->kind == EXPR_LEAF) {
        return str_eq(n->key, p->key);
    }
    for (size_t i = 0; i < p->count; i++) {
        if (n->count != p->count || t->kid[n->first + i] != p->kid[i]) {
            return false;
        }
    }
    return n->count == p->count;
}

static size_t
slot_of(const struct expr_table *t, const struct probe *p)
{
    size_t i = p->hash & (t->slot_count - 1);

    while (t->slot[i] != EXPR_NONE && !is_probed(t, &t->node[t->slot[i]], p)) {
        i = (i + 1) & (t->slot_count - 1);
    }
    return i;
}

/* Of the hash alone: the nodes of the table all differ. */
static void
slot_refill(struct expr_table *t)
{
    for (size_t i = 0; i < t->slot_count; i++) {
        t->slot[i] = EXPR_NONE;
    }
    for (size_t n = 0; n < t->count; n++) {
        size_t i = t->node[n].hash & (t->slot_count - 1);

        while (t->slot[i] != EXPR_NONE) {
            i = (i + 1) & (t->slot_count - 1);
        }
        t->slot[i] = (int32_t)n;
    }
}

static void
table_grow(struct expr_table *t)
{
    size_t room = t->room * 2;

    t->node = grown(t->arena, t->node, t->count, room, sizeof *t->node);
    t->room = room;
    t->slot_count = room * 2;
    t->slot = ARENA_ARRAY(t->arena, t->slot_count, int32_t);
    slot_refill(t);
}

static int32_t
table_add(struct expr_table *t, struct expr_node n, const struct probe *p)
{
    if (t->count == t->room) {
        table_grow(t);
    }
    rfd_assert(t->count < INT32_MAX);
    n.hash = p->hash;
    t->slot[slot_of(t, p)] = (int32_t)t->count;
    t->node[t->count] = n;
    return (int32_t)t->count++;
}

/* By content, never by number, which follows the order of files: what an alert says of one trial
 * must not move when another is added. Leaves come before joins, in order of their keys, which
 * begin with the kind: diseases first. Equal content is one node, so that only one path is gone
 * down. */
static int
node_cmp(const struct expr_table *t, int32_t x, int32_t y)
{
    while (x != y) {
        const struct expr_node *a = &t->node[x];
        const struct expr_node *b = &t->node[y];
        size_t i = 0;

        if (a->kind != b->kind) {
            return a->kind == EXPR_LEAF || (b->kind != EXPR_LEAF && a->kind < b->kind) ? -1 : 1;
        }
        if (a->kind == EXPR_LEAF) {
            return str_cmp(a->key, b->key);
        }
        while (i < a->count && i < b->count && t->kid[a->first + i] == t->kid[b->first + i]) {
            i++;
        }
        if (i == a->count || i == b->count) {
            return a->count < b->count ? -1 : 1;
        }
        x = t->kid[a->first + i];
        y = t->kid[b->first + i];
    }
    return 0;
}

/* Merge sort: the order needs the table, which base/sort.h has no place for. */
static void
sort_kids(const struct expr_table *t, int32_t *kid, int32_t *scratch, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t mid = low + width < count ? low + width : count;
            size_t high = mid + width < count ? mid + width : count;
            size_t i = low;
            size_t j = mid;

            for (size_t k = low; k < high; k++) {
                bool left = j == high || (i < mid && node_cmp(t, kid[i], kid[j]) <= 0);

                scratch[k] = left ? kid[i++] : kid[j++];
            }
        }
        for (size_t k = 0; k < count; k++) {
            kid[k] = scratch[k];
        }
    }
}

/* Room for so many children more behind those that are there. */
static int32_t *
kids_room(struct expr_table *t, size_t count)
{
    size_t room = t->kid_room;

    while (t->kid_count + count > room) {
        room *= 2;
    }
    if (room != t->kid_room) {
        t->kid = grown(t->arena, t->kid, t->kid_count, room, sizeof *t->kid);
        t->kid_room = room;
    }
    return &t->kid[t->kid_count];
}

/* In order, each once. */
static size_t
sorted_kids(struct expr_table *t, int32_t *kid, size_t count)
{
    size_t mark = arena_mark(t->arena);
    size_t kept = 0;

    sort_kids(t, kid, ARENA_ARRAY(t->arena, count, int32_t), count);
    arena_release(t->arena, mark);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || kid[kept - 1] != kid[i]) {
            kid[kept++] = kid[i];
        }
    }
    return kept;
}

int32_t
expr_join(struct expr_table *t, enum expr_kind kind, const int32_t *child, size_t count)
{
    struct expr_node n = {.kind = kind, .first = (uint32_t)t->kid_count};
    int32_t *kid = kids_room(t, count);
    struct probe p = {.kind = kind, .kid = kid};
    int32_t old;

    for (size_t i = 0; i < count; i++) {
        kid[i] = child[i];
    }
    p.count = sorted_kids(t, kid, count);
    if (p.count == 1) {
        return kid[0];
    }
    p.hash = probe_hash(&p);
    old = t->slot[slot_of(t, &p)];
    if (old != EXPR_NONE) {
        return old;
    }
    for (size_t i = 0; i < p.count; i++) {
        n.roles |= t->node[kid[i]].roles;
        n.specific |= t->node[kid[i]].specific;
    }
    n.count = (uint32_t)p.count;
    t->kid_count += p.count;
    return table_add(t, n, &p);
}

/* ---- leaves ---- */

static void
key_str(struct sb *b, struct str s)
{
    sb_addf(b, "%d:", str_is_absent(s) ? -1 : (int)s.n); /* so that no text can pose as two */
    sb_add(b, s);
    sb_add_char(b, ';');
}

static void
key_bound(struct sb *b, const struct leaf_limit *bound)
{
    char buf[DEC_TEXT_MAX];

    sb_addf(b, "%d ", (int)bound->op);
    sb_add(b, dec_format(bound->value, buf));
    sb_add_char(b, ';');
}

static void
key_genomic(struct sb *b, const struct leaf_genomic *g)
{
    key_str(b, g->gene);
    key_str(b, g->change);
    key_str(b, g->wildcard);
    key_str(b, g->classification);
    key_str(b, g->copy_call);
    key_str(b, g->partner);
    sb_addf(b, "%d %d %d %d %d %d", (int)g->category, (int)g->partner_kind, (int)g->exon,
            g->acquired, g->tissue, (int)g->origin);
}

static void
key_drugs(struct sb *b, const struct leaf_drugs *d)
{
    sb_addf(b, "%d %d;", d->progression, (int)d->days);
    for (size_t i = 0; i < d->count; i++) {
        key_str(b, d->name[i]);
    }
}

static void
key_disease(struct sb *b, const struct leaf_disease *d)
{
    if (d->top != NULL) {
        key_str(b, d->top->code);
    } else {
        sb_add_c(b, d->liquid ? "liquid" : "solid");
    }
}

static void
key_leaf(struct sb *b, const struct leaf *l)
{
    sb_addf(b, "L%d %d %d;", (int)l->kind, (int)l->role, l->negated);
    switch (l->kind) {
    case LEAF_DISEASE: key_disease(b, &l->u.disease); break;
    case LEAF_GENOMIC:
    case LEAF_TESTED: key_genomic(b, &l->u.genomic); break;
    case LEAF_BIOMARKER:
        key_str(b, l->u.biomarker.name);
        key_str(b, l->u.biomarker.value);
        key_bound(b, &l->u.biomarker.bound);
        key_str(b, l->u.biomarker.unit);
        key_str(b, l->u.biomarker.method);
        break;
    case LEAF_REPAIR: sb_addf(b, "%d", l->u.deficient); break;
    case LEAF_PRIOR:
    case LEAF_ON:
    case LEAF_WASHOUT: key_drugs(b, &l->u.drugs); break;
    case LEAF_LINE: sb_addf(b, "%d %d", (int)l->u.line.ge, (int)l->u.line.le); break;
    case LEAF_STATUS: key_str(b, l->u.status.text); break;
    case LEAF_AGE:
    case LEAF_ECOG: key_bound(b, &l->u.bound); break;
    case LEAF_SEX: sb_addf(b, "%d", (int)l->u.sex); break;
    case LEAF_LAB:
        key_str(b, l->u.lab.analyte);
        key_bound(b, &l->u.lab.bound);
        key_str(b, l->u.lab.unit);
        sb_addf(b, "%d %d %d", (int)l->u.lab.max_age.n, l->u.lab.max_age.months,
                l->u.lab.times_uln);
        break;
    case LEAF_ROWS: key_str(b, l->u.rows.words); break;
    case LEAF_UNRESOLVED:
    case LEAF_KIND_COUNT: key_str(b, l->u.name); break;
    }
}

int32_t
expr_leaf(struct expr_table *t, const struct leaf *l)
{
    struct expr_node n = {.kind = EXPR_LEAF, .roles = 1u << (unsigned)l->role};
    struct probe p = {.kind = EXPR_LEAF};
    size_t mark = arena_mark(t->arena);
    struct sb b;
    int32_t old;

    sb_init_arena(&b, t->arena, KEY_MAX);
    key_leaf(&b, l);
    rfd_assert(sb_ok(&b));
    p.key = sb_str(&b);
    p.hash = probe_hash(&p);
    old = t->slot[slot_of(t, &p)];
    if (old != EXPR_NONE) {
        arena_release(t->arena, mark);
        return old;
    }
    n.key = str_dup(t->arena, p.key);
    n.specific = l->kind == LEAF_DISEASE && l->u.disease.top != NULL && !l->negated;
    if (t->leaf_count == t->leaf_room) {
        t->leaf = grown(t->arena, t->leaf, t->leaf_count, t->leaf_room * 2, sizeof *t->leaf);
        t->leaf_room *= 2;
    }
    n.first = (uint32_t)t->leaf_count;
    t->leaf[t->leaf_count++] = *l;
    return table_add(t, n, &p);
}
