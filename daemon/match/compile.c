#include "base/limits.h"
#include "match/expr.h"
#include "match/leafread.h"
#include "match/rowsread.h"

/* One node of the tree; every step down adds one to depth. negate: below a "not". */
static int32_t compile_node(struct expr_build *b, const struct tree *t, bool negate, int depth);

struct joined {
    int32_t *id;
    size_t count;
    bool bad;
};

static void
joined_add(struct joined *j, int32_t id)
{
    if (id == EXPR_NONE) {
        j->bad = true;
    } else {
        j->id[j->count++] = id;
    }
}

static int32_t
joined_end(struct expr_build *b, const struct joined *j, bool all)
{
    if (j->bad) {
        return EXPR_NONE;
    }
    return expr_join(b->table, all ? EXPR_AND : EXPR_OR, j->id, j->count);
}

/* Under a "not" the join turns with the leaves (De Morgan), so that no "not" is left inside. */
static int32_t
compile_list(struct expr_build *b, const struct tree *t, bool all, bool negate, int depth)
{
    size_t count = tree_len(t);
    struct joined j = {.id = ARENA_ARRAY(b->table->arena, count, int32_t)};

    if (t == NULL || t->kind != TREE_SEQ) {
        tree_error(t, b->diags, "a list of conditions is expected here");
        return EXPR_NONE;
    }
    if (count == 0 && b->rows != NULL) {
        return rowsread_nothing(b);
    }
    if (count == 0) {
        tree_warn(t, b->diags, "no condition: this matches nobody");
        return expr_join(b->table, EXPR_OR, NULL, 0);
    }
    for (size_t i = 0; i < count; i++) {
        joined_add(&j, compile_node(b, tree_at(t, i), negate, depth + 1));
    }
    return joined_end(b, &j, all != negate);
}

static int32_t
compile_key(struct expr_build *b, const struct tree *key, const struct tree *value, bool negate,
            int depth)
{
    if (str_starts(key->text, STR("and"))) { /* and1, and_2: MatchMiner tells them by prefix */
        return compile_list(b, value, true, negate, depth);
    }
    if (str_starts(key->text, STR("or"))) {
        return compile_list(b, value, false, negate, depth);
    }
    if (str_eq(key->text, STR("not"))) {
        return compile_node(b, value, !negate, depth + 1);
    }
    return b->rows != NULL ? rowsread(b, key, value, negate) : leafread(b, key, value, negate);
}

/* Several keys of one map are joined by "and". */
static int32_t
compile_map(struct expr_build *b, const struct tree *t, bool negate, int depth)
{
    struct joined j = {.id = ARENA_ARRAY(b->table->arena, tree_len(t), int32_t)};

    for (size_t i = 0; i < tree_len(t); i++) {
        joined_add(&j, compile_key(b, tree_key_at(t, i), tree_at(t, i), negate, depth));
    }
    return joined_end(b, &j, !negate);
}

static int32_t
compile_node(struct expr_build *b, const struct tree *t, bool negate, int depth)
{
    if (depth > LIMIT_YAML_DEPTH) {
        tree_error(t, b->diags, "conditions are nested more than %d deep", (int)LIMIT_YAML_DEPTH);
        return EXPR_NONE;
    }
    if (t != NULL && t->kind == TREE_MAP) {
        return compile_map(b, t, negate, depth);
    }
    return compile_list(b, t, true, negate, depth);
}

int32_t
expr_compile(struct expr_build *b, const struct tree *match)
{
    size_t errors = b->diags->errors;
    int32_t root = compile_node(b, match, false, 0);

    if (root == EXPR_NONE && b->diags->errors == errors) {
        tree_error(match, b->diags, "a condition in here has no value"); /* never in silence */
    }
    return root;
}
