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

bool
correction_is_one(const struct fact *f)
{
    if (str_is_empty(f->order))
        return false;
    if (f->kind == FACT_REPORT)
        return f->status == FACT_WITHDRAWN;
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

bool
correction_replaces(const struct fact *c, const struct fact *f)
{
    if (!str_eq(c->order, f->order) || !str_eq(c->patient.id, f->patient.id) ||
        !str_eq(c->patient.authority, f->patient.authority) ||
        stamp_cmp(c->status_time, f->status_time) <= 0)
        return false;
    if (c->kind == FACT_REPORT)
        return f->kind == FACT_REPORT &&
               (str_is_empty(c->u.report.media) || str_eq(c->u.report.media, f->u.report.media));
    return is_genomic(f) && same_unit(c, f);
}
