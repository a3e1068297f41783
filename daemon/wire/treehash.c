#include "wire/treehash.h"

/* The depth of a tree is bounded by its reader. */
static void
add(struct sha256_ctx *h, const struct tree *t)
{
    sha256_add_u64(h, (uint64_t)t->kind);
    sha256_add_str(h, t->kind == TREE_SCALAR && !tree_is_absent(t) ? t->text : STR_NONE);
    sha256_add_u64(h, tree_len(t));
    for (size_t i = 0; i < tree_len(t); i++) {
        if (t->kind == TREE_MAP)
            sha256_add_str(h, tree_key_at(t, i)->text);
        add(h, tree_at(t, i));
    }
}

struct sha256
treehash_of(const struct tree *map, const char *const *skip, size_t skip_count)
{
    struct sha256_ctx h;

    sha256_init(&h);
    for (size_t i = 0; i < tree_len(map) && map->kind == TREE_MAP; i++) {
        struct str key = tree_key_at(map, i)->text;
        bool skipped = false;

        for (size_t k = 0; k < skip_count; k++)
            skipped = skipped || str_eq_c(key, skip[k]);
        if (skipped)
            continue;
        sha256_add_str(&h, key);
        add(&h, tree_at(map, i));
    }
    return sha256_end(&h);
}
