#include "match/closeness.h"

#include "base/sb.h"
#include "match/answer.h"
#include "match/genomic.h"

enum { CLOSENESS_TEXT_MAX = 200 };

static bool
same_variant(const struct fact *a, const struct fact *b)
{
    const struct variant *x = &a->u.variant;
    const struct variant *y = &b->u.variant;

    return str_eq(x->gene, y->gene) && str_eq(x->name, y->name) && x->category == y->category;
}

/* Is it there since the course that failed began, and not before? */
static bool
is_new(const struct match_case *c, const struct fact *f)
{
    day_t since = case_since(c);
    size_t count;
    const struct fact *const *row = timeline_kind(c->timeline, FACT_VARIANT, &count);

    if (since == DAY_NONE || fact_day(f) == DAY_NONE || fact_day(f) < since) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (row[i]->u.variant.present && same_variant(row[i], f) && fact_day(row[i]) < since) {
            return false;
        }
    }
    return true;
}

static bool
is_own(const struct match_case *c, const struct fact *f)
{
    for (size_t i = 0; i < c->finding_count; i++) {
        if (same_variant(c->finding[i], f)) {
            return true;
        }
    }
    return c->finding_count == 0 && is_new(c, f);
}

static enum closeness_step
leaf_step(const struct match_case *c, const struct leaf *l, const struct leaf_result *r)
{
    const struct leaf_genomic *g = &l->u.genomic;

    if (l->role != ROLE_BIOMARKER || r->k != K_TRUE) {
        return CLOSE_NONE;
    }
    if (l->kind != LEAF_GENOMIC || l->negated || r->fact == NULL || r->fact->kind != FACT_VARIANT ||
        (str_is_absent(g->change) && str_is_absent(g->wildcard))) {
        return CLOSE_BIOMARKER;
    }
    return is_own(c, r->fact) ? CLOSE_OWN : CLOSE_CHANGE;
}

static void
keep_closer(const struct weighing *w, const struct leaf *l, const struct leaf_result *r,
            struct closeness *out)
{
    enum closeness_step step = leaf_step(w->c, l, r);
    struct sb b;

    if (step >= out->step) {
        return;
    }
    out->step = step;
    if (step == CLOSE_OWN) {
        sb_init_arena(&b, w->a, CLOSENESS_TEXT_MAX);
        sb_add_c(&b, "Before options of equal level: it names ");
        genomic_label(&b, &l->u.genomic);
        sb_add_c(&b, ", the finding's own variant");
        out->text = sb_str(&b);
        out->journal = answer_journal(r);
    }
}

/* Every leaf below the root, from the top. A branch that is not true makes nothing closer. */
struct closeness
closeness_of(const struct weighing *w, int32_t root)
{
    const struct expr_table *t = w->v->table;
    struct expr_below b = expr_below(w->v, root, w->a);
    bool *below = ARENA_ARRAY(w->a, b.count, bool);
    struct closeness out = {.step = CLOSE_NONE, .text = STR_NONE};

    below[0] = true;
    for (size_t i = 0; i < b.count; i++) {
        const struct expr_node *n = &t->node[b.id[i]];

        if (!below[i] || (n->roles & 1u << ROLE_BIOMARKER) == 0 ||
            (i > 0 && expr_view(w->v, b.id[i], VIEW_MARKER) != K_TRUE)) {
            continue;
        }
        if (n->kind == EXPR_LEAF) {
            keep_closer(w, &t->leaf[n->first], expr_result(w->v, n->first), &out);
            continue;
        }
        for (size_t k = 0; k < n->count; k++) {
            below[expr_below_at(&b, t->kid[n->first + k])] = true;
        }
    }
    return out;
}
