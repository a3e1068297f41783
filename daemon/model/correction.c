#include "model/correction.h"

static bool
is_genomic(const struct fact *f)
{
    return f->kind == FACT_VARIANT || f->kind == FACT_NEGATIVE;
}

/* A single test that was taken back says so by its gene, not by what it had found. */
static bool
is_single_test(const struct fact *f)
{
    return f->kind == FACT_NEGATIVE && str_is_empty(f->u.negative.panel);
}

/* A row of a file is one statement: what it says anew stands for all that it said before, the end
 * of a therapy on another day too. Its order is the row (normalize/csvrows.h). */
static bool
is_row(const struct fact *f)
{
    return (f->flags & FACT_IMPORTED) != 0 && !str_is_empty(f->order);
}

bool
correction_is_one(const struct fact *f)
{
    if (is_row(f))
        return true;
    if (str_is_empty(f->order))
        return false;
    if (f->kind == FACT_REPORT)
        return f->status == FACT_WITHDRAWN || f->status == FACT_CORRECTED;
    if (!is_genomic(f))
        return false;
    return f->status == FACT_CORRECTED || (f->status == FACT_WITHDRAWN && is_single_test(f));
}

/* "EGFR:T790M" is of EGFR. */
static bool
covers(const struct negative *n, struct str gene)
{
    for (size_t i = 0; i < n->gene_count; i++) {
        struct str head, rest;

        (void)str_cut(n->genes[i], ':', &head, &rest);
        if (str_eq(head, gene))
            return true;
    }
    return false;
}

static bool
same_unit(const struct fact *c, const struct fact *f)
{
    if (!str_is_empty(c->group) && !str_is_empty(f->group))
        return str_eq(c->group, f->group);
    if (c->kind == FACT_VARIANT && f->kind == FACT_VARIANT)
        return str_eq(c->u.variant.gene, f->u.variant.gene);
    if (c->kind == FACT_NEGATIVE && f->kind == FACT_VARIANT)
        return covers(&c->u.negative, f->u.variant.gene);
    if (c->kind == FACT_VARIANT) /* a panel's list goes on to hold for the other genes */
        return f->u.negative.gene_count == 1 && covers(&f->u.negative, c->u.variant.gene);
    return false;
}

/* A document that is cancelled goes with all that was added to it; one that is corrected keeps its
 * addenda, which came with a group of their own. Media absent: whatever stands under that
 * number. */
static bool
same_document(const struct fact *c, const struct fact *f)
{
    const struct report *of = &c->u.report;
    bool all = c->status == FACT_WITHDRAWN && str_is_empty(c->group);

    if (f->kind != FACT_REPORT || f->u.report.read)
        return false;
    return (all || str_eq(c->group, f->group) ||
            (str_is_empty(c->group) && str_is_empty(f->group))) &&
           (str_is_empty(of->media) || str_eq(of->media, f->u.report.media));
}

bool
correction_replaces(const struct fact *c, const struct fact *f)
{
    if (!str_eq(c->order, f->order) || !str_eq(c->patient.id, f->patient.id) ||
        !str_eq(c->patient.authority, f->patient.authority) ||
        stamp_cmp(c->status_time, f->status_time) <= 0)
        return false;
    if (is_row(c) || is_row(f))
        return is_row(c) && is_row(f) && c->kind == f->kind;
    if (c->kind == FACT_REPORT)
        return same_document(c, f);
    return is_genomic(f) && same_unit(c, f);
}
