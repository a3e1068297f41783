#include "match/expr.h"

#include "base/sb.h"
#include "base/sort.h"
#include "match/answer.h"

enum { KEY_MAX = 1 << 20, TABLE_START = 64 };

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

static size_t
slot_of(const struct expr_table *t, struct str key)
{
    size_t i = (size_t)(str_hash(key) & (t->slot_count - 1));

    while (t->slot[i] != EXPR_NONE && !str_eq(t->node[t->slot[i]].key, key)) {
        i = (i + 1) & (t->slot_count - 1);
    }
    return i;
}

static void
table_grow(struct expr_table *t)
{
    size_t room = t->room * 2;

    t->node = grown(t->arena, t->node, t->count, room, sizeof *t->node);
    t->room = room;
    t->slot_count = room * 2;
    t->slot = ARENA_ARRAY(t->arena, t->slot_count, int32_t);
    for (size_t i = 0; i < t->slot_count; i++) {
        t->slot[i] = EXPR_NONE;
    }
    for (size_t i = 0; i < t->count; i++) {
        t->slot[slot_of(t, t->node[i].key)] = (int32_t)i;
    }
}

static int32_t
table_add(struct expr_table *t, struct expr_node n)
{
    if (t->count == t->room) {
        table_grow(t);
    }
    rfd_assert(t->count < INT32_MAX);
    t->node[t->count] = n;
    t->slot[slot_of(t, n.key)] = (int32_t)t->count;
    return (int32_t)t->count++;
}

static int
id_cmp(const void *a, const void *b)
{
    const int32_t *x = a;
    const int32_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static struct str
join_key(struct arena *a, enum expr_kind kind, const int32_t *kid, size_t count)
{
    struct sb b;

    sb_init_arena(&b, a, KEY_MAX);
    sb_add_char(&b, kind == EXPR_AND ? '&' : '|');
    for (size_t i = 0; i < count; i++) {
        sb_addf(&b, "%d,", (int)kid[i]);
    }
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

static void
kids_add(struct expr_table *t, const int32_t *kid, size_t count)
{
    size_t room = t->kid_room;

    while (t->kid_count + count > room) {
        room *= 2;
    }
    if (room != t->kid_room) {
        t->kid = grown(t->arena, t->kid, t->kid_count, room, sizeof *t->kid);
        t->kid_room = room;
    }
    for (size_t i = 0; i < count; i++) {
        t->kid[t->kid_count++] = kid[i];
    }
}

int32_t
expr_join(struct expr_table *t, enum expr_kind kind, const int32_t *child, size_t count)
{
    int32_t *kid = ARENA_ARRAY(t->arena, count, int32_t);
    struct expr_node n = {.kind = kind, .first = (uint32_t)t->kid_count};
    size_t kept = 0;
    int32_t old;

    for (size_t i = 0; i < count; i++) {
        kid[i] = child[i];
    }
    sort_stable(t->arena, kid, count, sizeof *kid, id_cmp);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || kid[kept - 1] != kid[i]) {
            kid[kept++] = kid[i];
        }
    }
    if (kept == 1) {
        return kid[0];
    }
    n.key = join_key(t->arena, kind, kid, kept);
    old = t->slot[slot_of(t, n.key)];
    if (old != EXPR_NONE) {
        return old;
    }
    for (size_t i = 0; i < kept; i++) {
        n.roles |= t->node[kid[i]].roles;
    }
    n.count = (uint32_t)kept;
    kids_add(t, kid, kept);
    return table_add(t, n);
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
    struct sb b;
    int32_t old;

    sb_init_arena(&b, t->arena, KEY_MAX);
    key_leaf(&b, l);
    rfd_assert(sb_ok(&b));
    n.key = sb_str(&b);
    old = t->slot[slot_of(t, n.key)];
    if (old != EXPR_NONE) {
        return old;
    }
    if (t->leaf_count == t->leaf_room) {
        t->leaf = grown(t->arena, t->leaf, t->leaf_count, t->leaf_room * 2, sizeof *t->leaf);
        t->leaf_room *= 2;
    }
    n.first = (uint32_t)t->leaf_count;
    t->leaf[t->leaf_count++] = *l;
    return table_add(t, n);
}

bool
expr_is_specific(const struct expr_table *t, int32_t root, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    size_t count = (size_t)root + 1;
    bool *below = ARENA_ARRAY(scratch, count, bool);
    bool found = false;

    below[root] = true;
    for (size_t id = count; id > 0; id--) {
        const struct expr_node *n = &t->node[id - 1];

        if (!below[id - 1] || (n->roles & 1u << ROLE_DISEASE) == 0) {
            continue;
        }
        if (n->kind == EXPR_LEAF) {
            const struct leaf *l = &t->leaf[n->first];

            found |= l->kind == LEAF_DISEASE && l->u.disease.top != NULL && !l->negated;
            continue;
        }
        for (size_t i = 0; i < n->count; i++) {
            below[t->kid[n->first + i]] = true;
        }
    }
    arena_release(scratch, mark);
    return found;
}

/* ---- answers ---- */

/* Roles whose unknown leaves a view takes as true. */
static const uint32_t granted[VIEW_COUNT] = {
    [VIEW_STRICT] = 0,
    [VIEW_FIT] = 1u << ROLE_LINE | 1u << ROLE_OTHER,
    [VIEW_MARKER] = 1u << ROLE_DISEASE | 1u << ROLE_LINE | 1u << ROLE_OTHER,
    [VIEW_DISEASE] = 1u << ROLE_BIOMARKER | 1u << ROLE_LINE | 1u << ROLE_OTHER,
    [VIEW_LINE] = 1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER | 1u << ROLE_OTHER,
};

static void
answer_leaf(const struct expr_values *v, size_t id, const struct match_case *c)
{
    const struct expr_node *n = &v->table->node[id];

    v->leaf[n->first] = answer_evaluate(&v->table->leaf[n->first], c);
    for (size_t w = 0; w < VIEW_COUNT; w++) {
        enum kleene k = v->leaf[n->first].k;

        v->view[id][w] = (uint8_t)(k == K_UNKNOWN && (n->roles & granted[w]) != 0 ? K_TRUE : k);
    }
}

/* In the closed world an "and" passes over what asks nothing. */
static enum kleene
joined(enum expr_kind kind, enum match_policy policy, enum kleene a, enum kleene b)
{
    if (kind == EXPR_OR) {
        return k_or(a, b);
    }
    return policy == MATCH_NATIVE || a == K_FALSE || b == K_FALSE ? k_and(a, b) : k_or(a, b);
}

static void
answer_join(const struct expr_values *v, size_t id, enum match_policy policy)
{
    const struct expr_node *n = &v->table->node[id];
    const int32_t *kid = &v->table->kid[n->first];

    for (size_t w = 0; w < VIEW_COUNT; w++) {
        enum kleene all = policy == MATCH_NATIVE ? K_TRUE : K_UNKNOWN;
        enum kleene k = n->kind == EXPR_AND ? all : K_FALSE;

        for (size_t i = 0; i < n->count; i++) {
            k = joined(n->kind, policy, k, (enum kleene)v->view[kid[i]][w]);
        }
        v->view[id][w] = (uint8_t)k;
    }
}

struct expr_values
expr_evaluate(const struct expr_table *t, const struct match_case *c, struct arena *a)
{
    struct expr_values v = {.table = t};

    v.view = arena_array(a, t->count, sizeof *v.view);
    v.leaf = ARENA_ARRAY(a, t->leaf_count, struct leaf_result);
    for (size_t id = 0; id < t->count; id++) {
        if (t->node[id].kind == EXPR_LEAF) {
            answer_leaf(&v, id, c);
        } else {
            answer_join(&v, id, c->policy);
        }
    }
    return v;
}

enum kleene
expr_view(const struct expr_values *v, int32_t node, enum expr_view view)
{
    return (enum kleene)v->view[node][view];
}

day_t
expr_next_due(const struct expr_values *v)
{
    day_t due = DAY_NONE;

    for (size_t i = 0; i < v->table->leaf_count; i++) {
        if (v->leaf[i].due != DAY_NONE && (due == DAY_NONE || v->leaf[i].due < due)) {
            due = v->leaf[i].due;
        }
    }
    return due;
}

/* ---- reasons ---- */

static void
mark_kids(const struct expr_values *v, size_t id, bool *needed)
{
    const struct expr_node *n = &v->table->node[id];
    const int32_t *kid = &v->table->kid[n->first];
    enum kleene k = (enum kleene)v->view[id][VIEW_STRICT];

    for (size_t i = 0; i < n->count; i++) {
        enum kleene child = (enum kleene)v->view[kid[i]][VIEW_STRICT];

        if (n->kind == EXPR_AND || child == k) {
            needed[kid[i]] = true;
        }
        if (n->kind == EXPR_OR && k == K_TRUE && child == K_TRUE) {
            return; /* one true branch is reason enough */
        }
    }
}

static void
add_reason(const struct expr_values *v, size_t id, const struct match_case *c, struct arena *a,
           struct expr_reasons *out)
{
    const struct expr_node *n = &v->table->node[id];
    const struct leaf_result *r = &v->leaf[n->first];

    out->reason[out->count++] = (struct option_reason){
        .verdict = r->k,
        .text = answer_text(a, &v->table->leaf[n->first], c, r),
        .journal = answer_journal(r),
    };
}

struct expr_reasons
expr_explain(const struct expr_values *v, int32_t root, const struct match_case *c, uint32_t roles,
             struct arena *a)
{
    const struct expr_table *t = v->table;
    size_t count = (size_t)root + 1;
    bool *needed = ARENA_ARRAY(a, count, bool);
    struct expr_reasons out = {.count = 0};
    size_t leaves = 0;

    needed[root] = true;
    for (size_t id = count; id > 0; id--) { /* parents come after their children */
        const struct expr_node *n = &t->node[id - 1];

        if (!needed[id - 1]) {
            continue;
        }
        if (n->kind != EXPR_LEAF) {
            mark_kids(v, id - 1, needed);
            continue;
        }
        leaves++;
    }
    out.reason = ARENA_ARRAY(a, leaves, struct option_reason);
    for (unsigned role = 0; role < LEAF_ROLE_COUNT; role++) {
        for (size_t id = 0; id < count && (roles & 1u << role) != 0; id++) {
            if (needed[id] && t->node[id].kind == EXPR_LEAF && t->node[id].roles == 1u << role) {
                add_reason(v, id, c, a, &out);
            }
        }
    }
    return out;
}
