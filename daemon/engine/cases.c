#include "engine/cases.h"

#include "base/sort.h"

enum { CASES_MAX = 16 };

static int
case_cmp(const void *pa, const void *pb)
{
    const struct tumour_case *a = pa;
    const struct tumour_case *b = pb;
    int c = str_cmp(a->key, b->key);

    return c != 0 ? c : str_cmp(a->node->code, b->node->code);
}

struct str
cases_tissue(const struct oncotree *tree, const struct oncotree_node *n)
{
    while (n->parent >= 0 && tree->node[n->parent].parent >= 0)
        n = &tree->node[n->parent];
    return n->code;
}

static bool
same_tumour(const struct oncotree_node *a, const struct oncotree_node *b)
{
    return oncotree_is_below(a, b) || oncotree_is_below(b, a);
}

/* Joins a diagnosis to the case that it refines or repeats, or opens a new one. Diagnoses come in
 * order of depth (deepest first), so that a broad code never joins two narrow ones. */
static void
case_add(struct tumour_case *list, size_t *count, const struct oncotree_node *n,
         const struct fact *f)
{
    for (size_t i = 0; i < *count; i++) {
        if (same_tumour(list[i].node, n))
            return;
    }
    if (*count < CASES_MAX)
        list[(*count)++] = (struct tumour_case){.node = n, .diagnosis = f};
}

struct placed {
    const struct oncotree_node *node;
    const struct fact *fact;
};

static int
depth_cmp(const void *pa, const void *pb)
{
    const struct oncotree_node *a = ((const struct placed *)pa)->node;
    const struct oncotree_node *b = ((const struct placed *)pb)->node;
    int32_t wa = a->leave - a->enter;
    int32_t wb = b->leave - b->enter;

    /* fewer nodes below: deeper; ties by code, never by arrival */
    return wa != wb ? (wa < wb ? -1 : 1) : str_cmp(a->code, b->code);
}

static size_t
placed_diagnoses(const struct timeline *t, const struct oncotree *tree, struct placed *out)
{
    size_t n;
    size_t count = 0;
    const struct fact *const *f = timeline_kind(t, FACT_DIAGNOSIS, &n);

    for (size_t i = 0; i < n; i++) {
        const struct diagnosis *d = &f[i]->u.diagnosis;
        const struct oncotree_node *node =
            str_is_empty(d->oncotree) ? NULL : oncotree_code(tree, d->oncotree);

        /* a code that its text contradicts says of neither tumour that it is there */
        if (node != NULL && d->active && (f[i]->flags & FACT_CODE_CONFLICT) == 0)
            out[count++] = (struct placed){node, f[i]};
    }
    return count;
}

static void
name_cases(struct arena *a, const struct oncotree *tree, struct tumour_case *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        list[i].key = cases_tissue(tree, list[i].node);
    for (size_t i = 0; i < count; i++) {
        struct str tissue = cases_tissue(tree, list[i].node);
        bool shared = false;

        for (size_t k = 0; k < count; k++)
            shared = shared || (k != i && str_eq(tissue, cases_tissue(tree, list[k].node)));
        if (shared)
            list[i].key = str_cat(a, str_cat(a, tissue, STR(":")), list[i].node->code);
    }
}

struct cases
cases_of(const struct timeline *t, const struct oncotree *tree)
{
    size_t n;
    size_t count = 0;
    struct placed *placed;
    struct tumour_case *list = ARENA_ARRAY(t->arena, CASES_MAX, struct tumour_case);

    (void)timeline_kind(t, FACT_DIAGNOSIS, &n);
    placed = ARENA_ARRAY(t->arena, n, struct placed);
    n = placed_diagnoses(t, tree, placed);
    sort_stable(t->arena, placed, n, sizeof(*placed), depth_cmp);
    for (size_t i = 0; i < n; i++)
        case_add(list, &count, placed[i].node, placed[i].fact);
    name_cases(t->arena, tree, list, count);
    sort_stable(t->arena, list, count, sizeof(*list), case_cmp);
    return (struct cases){list, count};
}
