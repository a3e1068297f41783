#include "criteria/primitive.h"

#include "criteria/compile.h"
#include "criteria/tables.h"
#include "criteria/tell.h"

static bool
compile_children(struct compiler *c, const struct tree *from, struct test *out)
{
    size_t n = tree_len(from);
    struct test *child = ARENA_ARRAY(c->arena, n + 1, struct test);

    if (!tree_is(from, TREE_SEQ, c->diags))
        return false;
    if (n == 0) {
        tree_error(from, c->diags, "an empty list decides nothing");
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!c->test(c, tree_at(from, i), &child[i]))
            return false;
    out->child = child;
    out->child_count = n;
    return true;
}

static bool
compile_not(struct compiler *c, const struct tree *from, struct test *out)
{
    struct test *child = ARENA_NEW(c->arena, struct test);

    if (!c->test(c, from, child))
        return false;
    out->child = child;
    out->child_count = 1;
    return true;
}

static enum kleene
eval_all(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = K_TRUE;

    (void)n;
    for (size_t i = 0; i < t->child_count && k != K_FALSE; i++)
        k = k_and(k, test_eval(&t->child[i], s, NULL));
    return k;
}

static enum kleene
eval_any(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = K_FALSE;

    (void)n;
    for (size_t i = 0; i < t->child_count && k != K_TRUE; i++)
        k = k_or(k, test_eval(&t->child[i], s, NULL));
    return k;
}

static enum kleene
eval_not(const struct test *t, const struct scope *s, struct note *n)
{
    return k_not(test_eval(t->child, s, n));
}

static const struct primitive groups[] = {
    {"all", PRIMITIVE_ALL, compile_children, eval_all, tell_all},
    {"any", PRIMITIVE_ANY, compile_children, eval_any, tell_any},
    {"not", PRIMITIVE_NOT, compile_not, eval_not, tell_not},
};

typedef const struct primitive *primitive_table(size_t *count_out);

static const struct primitive *
group_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(groups);
    return groups;
}

static primitive_table *const tables[] = {
    group_primitives,    values_primitives,   trend_primitives,  times_primitives, coded_primitives,
    variants_primitives, kinetics_primitives, latest_primitives, falls_primitives, lines_primitives,
};

static const struct primitive *
primitive_find(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        size_t n;
        const struct primitive *p = tables[i](&n);

        for (size_t j = 0; j < n; j++)
            if (str_eq_c(name, p[j].name))
                return &p[j];
    }
    return NULL;
}

const struct primitive *
primitive_at(size_t at)
{
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        size_t n;
        const struct primitive *p = tables[i](&n);

        if (at < n)
            return &p[at];
        at -= n;
    }
    return NULL;
}

static const char *const *
primitive_names(struct arena *a, size_t *count_out)
{
    enum { NAMES_MAX = 64 };
    const char **names = ARENA_ARRAY(a, NAMES_MAX, const char *);
    size_t count = 0;

    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        size_t n;
        const struct primitive *p = tables[i](&n);

        for (size_t j = 0; j < n && count < NAMES_MAX; j++)
            names[count++] = p[j].name;
    }
    *count_out = count;
    return names;
}

static bool
test_unknown(struct compiler *c, const struct tree *key)
{
    size_t n;
    const char *const *names = primitive_names(c->arena, &n);
    const char *near = tree_nearest(key->text, names, n);

    if (near != NULL)
        tree_error(key, c->diags, "no test of this name; did you mean \"%s\"?", near);
    else
        tree_error(key, c->diags, "no test of this name (all, any, not, value, code and others)");
    return false;
}

bool
primitive_test(struct compiler *c, const struct tree *from, struct test *out)
{
    const struct tree *key;
    bool ok;

    if (from == NULL || !tree_is(from, TREE_MAP, c->diags))
        return false;
    if (tree_len(from) != 1) {
        tree_error(from, c->diags, "a test is a map with one key, its name");
        return false;
    }
    if (c->depth == RULE_DEPTH_MAX) {
        tree_error(from, c->diags, "tests are nested more than %d deep", RULE_DEPTH_MAX);
        return false;
    }
    key = tree_key_at(from, 0);
    *out = (struct test){.ref = REF_NONE, .ref_to = REF_NONE, .otherwise = K_FALSE};
    out->primitive = primitive_find(key->text);
    if (out->primitive == NULL)
        return test_unknown(c, key);
    c->depth++;
    ok = out->primitive->compile(c, tree_at(from, 0), out);
    c->depth--;
    return ok;
}
