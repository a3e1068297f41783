#include "criteria/compile.h"

#include "model/unit.h"

#include <string.h>

/* Numbers in rules are thresholds: no paper prints one past a million or below a millionth. */
enum { NUMBER_COEF_MAX = 1000000, NUMBER_EXP_MIN = -6, NUMBER_EXP_MAX = 6 };

static const char *const op_names[] = {
    [BOUND_GE] = "ge",
    [BOUND_GT] = "gt",
    [BOUND_LE] = "le",
    [BOUND_LT] = "lt",
};

bool
compile_keys(struct compiler *c, const struct tree *map, const char *const *names, size_t count,
             bool with_bounds)
{
    enum { KEYS_MAX = 32 };
    const char *all[KEYS_MAX];
    size_t n = 0;

    rfd_assert(count + BOUND_OP_COUNT <= KEYS_MAX);
    if (!tree_is(map, TREE_MAP, c->diags))
        return false;
    for (size_t i = 0; i < count; i++)
        all[n++] = names[i];
    for (size_t i = 0; with_bounds && i < BOUND_OP_COUNT; i++)
        all[n++] = op_names[i];
    return tree_check_keys(map, all, n, c->diags);
}

static bool
number_read(struct compiler *c, const struct tree *t, struct dec *out)
{
    struct dec d;

    if (!tree_dec(t, c->diags, &d))
        return false;
    if (d.coef > NUMBER_COEF_MAX || d.coef < 0 || d.exp < NUMBER_EXP_MIN ||
        d.exp > NUMBER_EXP_MAX) {
        tree_error(t, c->diags,
                   "a threshold lies between 0 and a million, with 6 decimals at most");
        return false;
    }
    *out = d;
    return true;
}

static int
ref_find(const struct compiler *c, struct str name)
{
    for (size_t i = 0; i < c->rule->ref_count; i++)
        if (str_eq(c->rule->ref[i].name, name))
            return (int)i;
    return str_eq_c(name, "first") ? REF_FIRST : REF_NONE;
}

static bool
ref_read(struct compiler *c, const struct tree *t, int *out)
{
    struct str name;
    int ref;

    if (!tree_str(t, c->diags, &name))
        return false;
    ref = ref_find(c, name);
    if (ref == REF_NONE) {
        tree_error(t, c->diags, "no reference of this name; the rule's refs name them");
        return false;
    }
    *out = ref;
    return true;
}

static bool
looks_like_number(const struct tree *t)
{
    struct dec d;

    return t->kind == TREE_SCALAR && dec_parse(t->text, &d);
}

static bool
bound_read(struct compiler *c, const struct tree *t, enum bound_type type, struct bound *out)
{
    switch (type) {
    case BOUND_SPAN: return tree_span(t, c->diags, &out->span);
    case BOUND_NUMBER: return number_read(c, t, &out->number);
    case BOUND_NUMBER_OR_REF:
        if (t != NULL && !looks_like_number(t))
            return ref_read(c, t, &out->ref);
        return number_read(c, t, &out->number);
    }
    return false;
}

bool
compile_bounds(struct compiler *c, const struct tree *map, enum bound_type type, size_t min,
               struct test *out)
{
    out->bound_count = 0;
    for (int op = 0; op < BOUND_OP_COUNT; op++) {
        const struct tree *t = tree_get(map, op_names[op]);
        struct bound b = {.op = (enum bound_op)op, .ref = REF_NONE};

        if (t == NULL)
            continue;
        if (out->bound_count == RULE_BOUNDS_MAX) {
            tree_error(t, c->diags, "at most two of ge, gt, le and lt");
            return false;
        }
        if (tree_is_absent(t)) {
            tree_error(t, c->diags, "a threshold is missing here");
            return false;
        }
        if (!bound_read(c, t, type, &b))
            return false;
        out->bound[out->bound_count++] = b;
    }
    if (out->bound_count >= min)
        return true;
    tree_error(map, c->diags, "one of ge, gt, le or lt is missing");
    return false;
}

bool
compile_bound(struct compiler *c, const struct tree *map, enum bound_type type, struct bound *out)
{
    struct test t = {0};

    if (!compile_bounds(c, map, type, 1, &t))
        return false;
    *out = t.bound[0];
    return true;
}

bool
compile_ref(struct compiler *c, const struct tree *map, const char *key, int *out)
{
    const struct tree *t = tree_need(map, key, c->diags);

    return t != NULL && ref_read(c, t, out);
}

bool
compile_names(struct compiler *c, const struct tree *map, const char *key, struct name_list *out)
{
    const struct tree *t = tree_need(map, key, c->diags);
    size_t n = tree_len(t);
    struct str *name = ARENA_ARRAY(c->arena, n + 1, struct str);

    if (t == NULL || !tree_is(t, TREE_SEQ, c->diags))
        return false;
    if (n == 0) {
        tree_error(t, c->diags, "an empty list names nothing");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!tree_str(tree_at(t, i), c->diags, &name[i])) {
            tree_error(tree_at(t, i), c->diags, "a name is missing here");
            return false;
        }
    }
    *out = (struct name_list){name, n};
    return true;
}

bool
compile_span(struct compiler *c, const struct tree *map, const char *key, struct span *out)
{
    const struct tree *t = tree_get(map, key);

    return tree_is_absent(t) || tree_span(t, c->diags, out);
}

bool
compile_count(struct compiler *c, const struct tree *map, const char *key, int32_t *out)
{
    enum { COUNT_MAX = 20 };
    const struct tree *t = tree_get(map, key);
    int64_t n;

    if (tree_is_absent(t))
        return true;
    if (!tree_i64(t, c->diags, 1, COUNT_MAX, &n))
        return false;
    *out = (int32_t)n;
    return true;
}

bool
compile_number(struct compiler *c, const struct tree *map, const char *key, struct dec *out)
{
    const struct tree *t = tree_get(map, key);

    return tree_is_absent(t) || number_read(c, t, out);
}

bool
compile_str(struct compiler *c, const struct tree *map, const char *key, struct str *out)
{
    const struct tree *t = tree_get(map, key);

    return tree_is_absent(t) || tree_str(t, c->diags, out);
}

bool
compile_bool(struct compiler *c, const struct tree *map, const char *key, bool *out)
{
    const struct tree *t = tree_get(map, key);

    return tree_is_absent(t) || tree_bool(t, c->diags, out);
}

bool
compile_else(struct compiler *c, const struct tree *map, enum kleene *out)
{
    static const char *const words[] = {
        [K_FALSE] = "false", [K_UNKNOWN] = "unknown", [K_TRUE] = "true"};
    const struct tree *t = tree_get(map, "else");
    int k;

    if (tree_is_absent(t))
        return true;
    if (!tree_enum(t, c->diags, words, RFD_COUNT(words), &k))
        return false;
    *out = (enum kleene)k;
    return true;
}

bool
compile_unit(struct compiler *c, const struct tree *t, struct str *ucum_out, struct str *shown_out)
{
    struct str s;

    if (!tree_str(t, c->diags, &s))
        return false;
    if (!unit_normalize(s, ucum_out)) {
        tree_error(t, c->diags,
                   "this unit is not in the table of units (UCUM: ng/mL, U/mL, mm, %%)");
        return false;
    }
    *shown_out = s;
    return true;
}

static int64_t
pow10_of(int32_t n)
{
    int64_t p = 1;

    for (; n > 0; n--)
        p *= 10;
    return p;
}

struct fraction
fraction_of(struct dec d)
{
    if (d.exp >= 0)
        return (struct fraction){d.coef * pow10_of(d.exp), 1};
    return (struct fraction){d.coef, pow10_of(-d.exp)};
}

struct fraction
fraction_percent(struct dec d)
{
    struct fraction f = fraction_of(d);

    return (struct fraction){f.num, f.den * 100};
}

struct fraction
fraction_one_percent(struct dec d)
{
    struct fraction f = fraction_percent(d);

    return (struct fraction){f.den + f.num, f.den};
}
