#include "model/oncotree.h"

#include "base/sort.h"

enum { NO_NODE = -1 };

struct named {
    struct str name;
    int32_t index;
};

static int
named_cmp(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    int c = str_cmp(x->name, y->name);
    return c != 0 ? c : (x->index > y->index) - (x->index < y->index);
}

static int32_t *
named_index(struct arena *a, struct named *list, size_t count)
{
    sort_stable(a, list, count, sizeof(*list), named_cmp);
    int32_t *index = ARENA_ARRAY(a, count, int32_t);
    for (size_t i = 0; i < count; i++)
        index[i] = list[i].index;
    return index;
}

static int32_t
code_index(const struct oncotree *t, struct str code)
{
    size_t low = 0;
    size_t high = t->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = str_cmp(t->node[t->by_code[mid]].code, code);
        if (c == 0)
            return t->by_code[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NO_NODE;
}

static bool
codes_sort(struct arena *a, struct oncotree *t, size_t *bad_row)
{
    struct named *list = ARENA_ARRAY(a, t->count, struct named);
    for (size_t i = 0; i < t->count; i++)
        list[i] = (struct named){t->node[i].code, (int32_t)i};
    t->by_code = named_index(a, list, t->count);
    for (size_t i = 1; i < t->count; i++) {
        if (str_eq(list[i].name, list[i - 1].name)) {
            *bad_row = (size_t)list[i].index; /* ties are by row: the later one */
            return false;
        }
    }
    return true;
}

static void
names_sort(struct arena *a, struct oncotree *t)
{
    struct named *list = ARENA_ARRAY(a, t->count, struct named);
    for (size_t i = 0; i < t->count; i++)
        list[i] = (struct named){str_lower(a, t->node[i].name), (int32_t)i};
    t->by_name = named_index(a, list, t->count);
}

/* Parents as indexes; exactly one root. */
static bool
parents_find(struct oncotree *t, const struct oncotree_row *rows, int32_t *root, size_t *bad_row)
{
    *root = NO_NODE;
    for (size_t i = 0; i < t->count; i++) {
        *bad_row = i;
        bool top = str_is_empty(rows[i].parent);
        t->node[i].parent = top ? NO_NODE : code_index(t, rows[i].parent);
        if (top ? *root != NO_NODE : t->node[i].parent == NO_NODE)
            return false;
        if (top)
            *root = (int32_t)i;
    }
    return *root != NO_NODE;
}

struct walk {
    int32_t *child;   /* first child of each node */
    int32_t *sibling; /* next one of the same parent */
};

static void
children_link(const struct oncotree *t, struct walk *w)
{
    for (size_t i = 0; i < t->count; i++) {
        w->child[i] = NO_NODE;
        w->sibling[i] = NO_NODE;
    }
    for (size_t i = t->count; i-- > 0;) { /* backwards, so that children come by code */
        int32_t n = t->by_code[i];
        int32_t parent = t->node[n].parent;
        if (parent == NO_NODE)
            continue;
        w->sibling[n] = w->child[parent];
        w->child[parent] = n;
    }
}

static bool
is_liquid_top(const struct oncotree_node *n)
{
    return str_eq_c(n->code, "LYMPH") || str_eq_c(n->code, "MYELOID");
}

static void
node_enter(struct oncotree *t, int32_t n, int32_t number)
{
    struct oncotree_node *node = &t->node[n];
    node->enter = number;
    node->liquid = is_liquid_top(node) || (node->parent != NO_NODE && t->node[node->parent].liquid);
}

/* Pre-order without recursion; returns how many nodes hang on the root. */
static size_t
tree_number(struct oncotree *t, const struct walk *w, int32_t root)
{
    int32_t n = root;
    int32_t number = 0;
    node_enter(t, n, number++);
    while (n != NO_NODE) {
        if (w->child[n] != NO_NODE) {
            n = w->child[n];
            node_enter(t, n, number++);
            continue;
        }
        for (t->node[n].leave = number - 1; n != NO_NODE && w->sibling[n] == NO_NODE;) {
            n = t->node[n].parent;
            if (n != NO_NODE)
                t->node[n].leave = number - 1;
        }
        if (n != NO_NODE) {
            n = w->sibling[n];
            node_enter(t, n, number++);
        }
    }
    return (size_t)number;
}

/* What the walk did not reach hangs on a cycle. */
static size_t
first_unreached(const struct oncotree *t)
{
    size_t i = 0;
    while (i < t->count && t->node[i].enter != NO_NODE)
        i++;
    return i;
}

bool
oncotree_build(struct arena *a, const struct oncotree_row *rows, size_t count, struct oncotree *out,
               size_t *bad_row)
{
    struct oncotree t = {.count = count};
    int32_t root = NO_NODE;
    rfd_assert(count <= INT32_MAX);
    *bad_row = 0;
    t.node = ARENA_ARRAY(a, count, struct oncotree_node);
    for (size_t i = 0; i < count; i++)
        t.node[i] = (struct oncotree_node){
            .code = rows[i].code, .name = rows[i].name, .parent = NO_NODE, .enter = NO_NODE};
    if (!codes_sort(a, &t, bad_row) || !parents_find(&t, rows, &root, bad_row))
        return false;
    struct walk w = {ARENA_ARRAY(a, count, int32_t), ARENA_ARRAY(a, count, int32_t)};
    children_link(&t, &w);
    if (tree_number(&t, &w, root) != count) {
        *bad_row = first_unreached(&t);
        return false;
    }
    names_sort(a, &t);
    *out = t;
    return true;
}

const struct oncotree_node *
oncotree_code(const struct oncotree *t, struct str code)
{
    int32_t n = code_index(t, code);
    return n == NO_NODE ? NULL : &t->node[n];
}

static char
lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int
name_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)lower(a.p[i]);
        unsigned char y = (unsigned char)lower(b.p[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.n > b.n) - (a.n < b.n);
}

/* Where name begins in by_name, or where it would. */
static size_t
name_first(const struct oncotree *t, struct str name)
{
    size_t low = 0;
    size_t high = t->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (name_cmp(t->node[t->by_name[mid]].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct oncotree_node *
name_at(const struct oncotree *t, size_t at, struct str name)
{
    if (at >= t->count || name_cmp(t->node[t->by_name[at]].name, name) != 0)
        return NULL;
    return &t->node[t->by_name[at]];
}

const struct oncotree_node *
oncotree_name(const struct oncotree *t, struct str name)
{
    return name_at(t, name_first(t, name), name);
}

const struct oncotree_node *
oncotree_name_next(const struct oncotree *t, const struct oncotree_node *n)
{
    size_t at = name_first(t, n->name);
    while (name_at(t, at, n->name) != n)
        at++;
    return name_at(t, at + 1, n->name);
}

bool
oncotree_is_below(const struct oncotree_node *n, const struct oncotree_node *top)
{
    return n->enter >= top->enter && n->enter <= top->leave;
}

enum kleene
oncotree_applies(const struct oncotree_node *n, const struct oncotree_node *top)
{
    if (oncotree_is_below(n, top))
        return K_TRUE;
    return oncotree_is_below(top, n) ? K_UNKNOWN : K_FALSE;
}
