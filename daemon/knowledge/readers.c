#include "knowledge/readers.h"

static bool
list_has(const struct name_list *l, struct str name)
{
    for (size_t i = 0; i < l->count; i++) {
        if (str_eq(l->name[i], name))
            return true;
    }
    return false;
}

static bool
list_meets(const struct name_list *l, const struct read_query *q)
{
    for (size_t i = 0; i < q->name_count; i++) {
        if (list_has(l, q->names[i]))
            return true;
    }
    return false;
}

static bool
node_reads(const struct test *t, const struct read_query *q)
{
    switch (q->what) {
    case READ_ANALYTE: return str_eq(t->analyte, q->name) || list_has(&t->names, q->name);
    case READ_NAMES: return list_meets(&t->names, q);
    case READ_GENE: return str_eq(t->gene, q->name);
    case READ_RESPONSE: return t->codes != 0;
    case READ_ORGAN: break;
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most RULE_DEPTH_MAX deep, checked when it was compiled */
static bool
test_reads(const struct test *t, const struct read_query *q)
{
    if (t == NULL)
        return false;
    if (node_reads(t, q))
        return true;
    for (size_t i = 0; i < t->child_count; i++) {
        if (test_reads(&t->child[i], q))
            return true;
    }
    return false;
}

static bool
series_reads(const struct series_def *s, const struct read_query *q)
{
    switch (q->what) {
    case READ_ANALYTE:
        return s->kind == SERIES_ANALYTE &&
               (str_eq(s->analyte, q->name) || list_has(&s->less, q->name));
    case READ_RESPONSE: return s->kind == SERIES_RESPONSE;
    case READ_NAMES:
    case READ_GENE:
    case READ_ORGAN: break;
    }
    return false;
}

static bool
organ_fits(const struct rule *r, const struct oncotree_node *organ)
{
    for (size_t i = 0; i < r->applies_count; i++) {
        if (oncotree_is_below(r->applies[i], organ) || oncotree_is_below(organ, r->applies[i]))
            return true;
    }
    return false;
}

static bool
exclusions_read(const struct rule *r, const struct read_query *q)
{
    for (size_t i = 0; i < r->exclude_count; i++) {
        const struct exclusion *x = &r->exclude[i];

        if (test_reads(x->value, q) || (q->what == READ_NAMES && list_meets(&x->names, q)))
            return true;
    }
    return false;
}

static bool
milestones_read(const struct rule *r, const struct read_query *q)
{
    for (size_t i = 0; i < r->milestone_count; i++) {
        if (test_reads(r->milestone[i].after, q))
            return true;
    }
    return false;
}

static bool
rule_reads(const struct rule *r, const struct read_query *q)
{
    const struct confirmation *c = &r->confirm;

    if (q->what == READ_ORGAN)
        return organ_fits(r, q->organ);
    return series_reads(&r->series, q) || test_reads(r->candidate, q) || test_reads(c->test, q) ||
           test_reads(c->at_once, q) || test_reads(c->by, q) || exclusions_read(r, q) ||
           milestones_read(r, q) || (q->what == READ_NAMES && list_meets(&r->line_class, q));
}

void
readers_of(const struct ruleset *rules, const struct read_query *q, struct arena *a,
           struct likely *out)
{
    struct str *id = ARENA_ARRAY(a, rules->count, struct str);
    size_t n = 0;

    for (size_t i = 0; i < rules->count; i++) {
        if (rule_reads(&rules->rule[i], q))
            id[n++] = rules->rule[i].head.id;
    }
    out->rule = id;
    out->rule_count = n;
}
