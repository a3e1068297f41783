#include "match/digest.h"

/* A tree by content: children stand in order of content already. Goes down as deep as the trees of
 * a file go. */
static void
add_node(struct sha256_ctx *h, const struct expr_table *t, int32_t id)
{
    const struct expr_node *n = &t->node[id];

    sha256_add_u64(h, (uint64_t)n->kind);
    if (n->kind == EXPR_LEAF) {
        sha256_add_str(h, n->key);
        return;
    }
    sha256_add_u64(h, n->count);
    for (size_t i = 0; i < n->count; i++) {
        add_node(h, t, t->kid[n->first + i]);
    }
}

static void
add_trial(struct sha256_ctx *h, const struct trial *t)
{
    sha256_add_str(h, t->id);
    sha256_add_str(h, t->title);
    sha256_add_str(h, t->phase);
    sha256_add_str(h, t->status);
    sha256_add_u64(h, t->open ? 1 : 0);
    sha256_add_u64(h, (uint64_t)t->status_date);
    sha256_add_str(h, t->contact);
    sha256_add_str(h, t->citation);
    sha256_add_u64(h, t->unchecked_count);
    for (size_t i = 0; i < t->unchecked_count; i++) {
        sha256_add_str(h, t->unchecked[i]);
    }
    sha256_add_str(h, t->said_by);
    sha256_add_u64(h, (uint64_t)t->stale_from);
    sha256_add_u64(h, t->own ? 1 : 0);
}

struct sha256
digest_of_clause(const struct expr_table *t, const struct trial_clause *c)
{
    struct sha256_ctx h;

    sha256_init(&h);
    add_trial(&h, c->trial);
    sha256_add_u64(&h, (uint64_t)c->level);
    sha256_add_str(&h, c->id);
    sha256_add_str(&h, c->title);
    sha256_add_u64(&h, c->suspended ? 1 : 0);
    add_node(&h, t, c->root);
    return sha256_end(&h);
}
