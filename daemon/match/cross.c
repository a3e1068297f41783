#include "match/cross.h"

#include "base/sort.h"

static const char *const verdict_names[CROSS_VERDICT_COUNT] = {
    [CROSS_EXCLUDED] = "excluded",
    [CROSS_NEEDS_VARIANT] = "needs_variant",
    [CROSS_ALLOWED] = "allowed",
    [CROSS_BACKBONE] = "backbone",
};

static const char *const verified_names[] = {"verified", "partial", "memory"};

static struct str
disease_code(const struct cross_entry *e)
{
    return e->disease == NULL ? STR_NONE : e->disease->code;
}

static int
entry_cmp(const void *a, const void *b)
{
    const struct cross_entry *x = a;
    const struct cross_entry *y = b;
    int c = str_cmp(x->from, y->from);

    if (c == 0) {
        c = str_cmp(x->to, y->to);
    }
    return c != 0 ? c : str_cmp(disease_code(x), disease_code(y));
}

static bool
drug_known(const struct match_terms *t, struct str name)
{
    for (size_t i = 0; i < t->drug_count; i++) {
        if (str_eq(t->drug[i], name)) {
            return true;
        }
    }
    return t->drug_count == 0;
}

static bool
read_text(struct expr_build *b, const struct tree *row, const char *key, struct str *out)
{
    return tree_str(tree_need(row, key, b->diags), b->diags, out);
}

static bool
read_disease(struct expr_build *b, const struct tree *row, struct cross_entry *e)
{
    const struct tree *t = tree_get(row, "disease");
    struct str code;

    if (t == NULL) {
        return true;
    }
    if (!tree_str(t, b->diags, &code)) {
        return false;
    }
    e->disease = oncotree_code(b->terms->oncotree, code);
    if (e->disease == NULL) {
        tree_error(t, b->diags, "\"%.*s\" is no OncoTree code", STR_FMT(code));
    }
    return e->disease != NULL;
}

static bool
read_variant(struct expr_build *b, const struct tree *row, struct cross_entry *e)
{
    const struct tree *t = tree_get(row, "variant");

    e->variant = EXPR_NONE;
    if ((t != NULL) != (e->verdict == CROSS_NEEDS_VARIANT)) {
        tree_error(row, b->diags, "variant goes with needs_variant, and only with it");
        return false;
    }
    if (t == NULL) {
        return true;
    }
    e->variant = expr_compile(b, t);
    return e->variant != EXPR_NONE;
}

/* What all pairs of a row share. */
static bool
read_shared(struct expr_build *b, const struct tree *row, struct cross_entry *e)
{
    int verdict;
    int verified;

    if (!tree_enum(tree_need(row, "verdict", b->diags), b->diags, verdict_names,
                   CROSS_VERDICT_COUNT, &verdict) ||
        !read_text(b, row, "reason", &e->reason) || !read_text(b, row, "citation", &e->citation) ||
        !tree_enum(tree_need(row, "verified", b->diags), b->diags, verified_names,
                   RFD_COUNT(verified_names), &verified)) {
        return false;
    }
    e->verdict = (enum cross_verdict)verdict;
    e->verified = str_from_c(verified_names[verified]);
    return read_disease(b, row, e) && read_variant(b, row, e);
}

static size_t
name_count(const struct tree *t)
{
    return t == NULL ? 0 : t->kind == TREE_SEQ ? tree_len(t) : 1;
}

static bool
name_at(struct expr_build *b, const struct tree *t, size_t i, struct str *out)
{
    const struct tree *item = t->kind == TREE_SEQ ? tree_at(t, i) : t;

    if (!tree_str(item, b->diags, out)) {
        tree_error(item, b->diags, "a drug is missing here");
        return false;
    }
    if (!drug_known(b->terms, *out)) {
        tree_error(item, b->diags, "\"%.*s\" is not known as a drug", STR_FMT(*out));
        return false;
    }
    return true;
}

/* to: same, each drug of from to itself. */
static bool
is_same(const struct tree *to)
{
    return to->kind == TREE_SCALAR && str_eq(to->text, STR("same"));
}

static bool
read_row(struct expr_build *b, const struct tree *row, struct cross_table *out)
{
    static const char *const keys[] = {"from",    "to",     "verdict",  "variant",
                                       "disease", "reason", "citation", "verified"};
    const struct tree *from = tree_need(row, "from", b->diags);
    const struct tree *to = tree_need(row, "to", b->diags);
    struct cross_entry e = {.variant = EXPR_NONE};

    if (from == NULL || to == NULL || !tree_check_keys(row, keys, RFD_COUNT(keys), b->diags) ||
        !read_shared(b, row, &e)) {
        return false;
    }
    for (size_t i = 0; i < name_count(from); i++) {
        if (!name_at(b, from, i, &e.from)) {
            return false;
        }
        e.to = e.from;
        if (is_same(to)) {
            out->entry[out->count++] = e;
            continue;
        }
        for (size_t j = 0; j < name_count(to); j++) {
            if (!name_at(b, to, j, &e.to)) {
                return false;
            }
            out->entry[out->count++] = e;
        }
    }
    return true;
}

static size_t
pair_count(const struct tree *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < tree_len(rows); i++) {
        const struct tree *row = tree_at(rows, i);

        n += name_count(tree_get(row, "from")) * name_count(tree_get(row, "to"));
    }
    return n;
}

static bool
check_twice(struct expr_build *b, const struct tree *rows, const struct cross_table *t)
{
    bool ok = true;

    for (size_t i = 1; i < t->count; i++) {
        const struct cross_entry *e = &t->entry[i];

        if (entry_cmp(&t->entry[i - 1], e) == 0) {
            tree_error(rows, b->diags, "%.*s to %.*s is there twice", STR_FMT(e->from),
                       STR_FMT(e->to));
            ok = false;
        }
    }
    return ok;
}

bool
cross_compile(struct expr_build *b, const struct tree *file, struct cross_table *out)
{
    static const char *const keys[] = {"reviewed", "same_drug", "pairs"};
    const struct tree *rows = tree_need(file, "pairs", b->diags);
    const struct tree *same = tree_get(file, "same_drug");
    bool ok = rows != NULL && tree_is(rows, TREE_SEQ, b->diags) &&
              tree_check_keys(file, keys, RFD_COUNT(keys), b->diags);

    *out = (struct cross_table){.same_drug = {.variant = EXPR_NONE}};
    if (same != NULL) {
        ok = read_shared(b, same, &out->same_drug) && ok;
    }
    if (!ok) {
        return false;
    }
    out->entry = ARENA_ARRAY(b->table->arena, pair_count(rows), struct cross_entry);
    for (size_t i = 0; i < tree_len(rows); i++) {
        ok = read_row(b, tree_at(rows, i), out) && ok;
    }
    sort_stable(b->table->arena, out->entry, out->count, sizeof *out->entry, entry_cmp);
    return check_twice(b, rows, out) && ok;
}

static size_t
first_of(const struct cross_table *t, struct str from, struct str to)
{
    size_t low = 0;
    size_t high = t->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = str_cmp(t->entry[mid].from, from);

        if (c == 0) {
            c = str_cmp(t->entry[mid].to, to);
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

const struct cross_entry *
cross_find(const struct cross_table *t, struct str from, struct str to,
           const struct oncotree_node *disease)
{
    const struct cross_entry *general = NULL;

    for (size_t i = first_of(t, from, to); i < t->count; i++) {
        const struct cross_entry *e = &t->entry[i];

        if (!str_eq(e->from, from) || !str_eq(e->to, to)) {
            break;
        }
        if (e->disease == NULL) {
            general = e;
        } else if (disease != NULL && oncotree_is_below(disease, e->disease)) {
            return e;
        }
    }
    return general;
}
