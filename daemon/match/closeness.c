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

/* Every leaf below the root, from the top: parents come after their children. A branch that is not
 * true makes nothing closer. */
struct closeness
closeness_of(const struct weighing *w, int32_t root)
{
    const struct expr_table *t = w->v->table;
    size_t count = (size_t)root + 1;
    bool *below = ARENA_ARRAY(w->a, count, bool);
    struct closeness out = {.step = CLOSE_NONE, .text = STR_NONE};

    below[root] = true;
    for (size_t id = count; id > 0; id--) {
        const struct expr_node *n = &t->node[id - 1];

        if (!below[id - 1] || (n->roles & 1u << ROLE_BIOMARKER) == 0 ||
            (id != count && expr_view(w->v, (int32_t)id - 1, VIEW_MARKER) != K_TRUE)) {
            continue;
        }
        if (n->kind == EXPR_LEAF) {
            keep_closer(w, &t->leaf[n->first], &w->v->leaf[n->first], &out);
            continue;
        }
        for (size_t i = 0; i < n->count; i++) {
            below[t->kid[n->first + i]] = true;
        }
    }
    return out;
}
