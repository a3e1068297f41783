#include "match/genomic.h"
#include "match/genomic_row.h"

static void
label_change(struct sb *b, const struct leaf_genomic *g)
{
    if (g->exon != 0) {
        sb_addf(b, " exon %d", (int)g->exon);
    }
    if (!str_is_absent(g->classification)) {
        sb_addf(b, " %.*s", STR_FMT(g->classification));
        return;
    }
    switch (g->category) {
    case GENE_MUTATION: sb_add_c(b, " mutation"); return;
    case GENE_COPY_NUMBER:
        if (str_is_absent(g->copy_call)) {
            sb_add_c(b, " copy number change");
        } else {
            sb_addf(b, " %.*s", STR_FMT(g->copy_call));
        }
        return;
    case GENE_STRUCTURAL: sb_add_c(b, " fusion"); return;
    case GENE_ANYTHING:
    case GENE_MUTATION_OR_COPY: sb_add_c(b, " alteration"); return;
    case GENE_CATEGORY_COUNT: break;
    }
}

void
genomic_label(struct sb *b, const struct leaf_genomic *g)
{
    if (g->origin != ORIGIN_UNKNOWN) {
        sb_addf(b, "%s ", origin_name(g->origin));
    }
    if (str_is_absent(g->gene)) {
        sb_add_c(b, "any gene");
    } else {
        sb_add(b, g->gene);
    }
    if (g->partner_kind == PARTNER_GENE) {
        sb_addf(b, "::%.*s", STR_FMT(g->partner));
    }
    if (!str_is_absent(g->change)) {
        sb_addf(b, " %.*s", STR_FMT(g->change));
    } else if (!str_is_absent(g->wildcard)) {
        sb_addf(b, " %.*sX", STR_FMT(g->wildcard));
    } else {
        label_change(b, g);
    }
}

/* The row's own name where the leaf asks for a whole group: "EGFR exon 20 mutation (S768I)
 * found". */
static void
add_row_name(struct sb *b, const struct leaf_genomic *g, const struct fact *f)
{
    const struct variant *v = &f->u.variant;

    if (!str_is_absent(g->change) || f->kind != FACT_VARIANT) {
        return;
    }
    if (!str_is_empty(v->partner)) {
        sb_addf(b, " (%.*s::%.*s)", STR_FMT(v->partner), STR_FMT(v->gene));
    } else if (str_is_absent(g->gene)) {
        sb_addf(b, " (%.*s %.*s)", STR_FMT(v->gene), STR_FMT(v->name));
    } else if (!str_is_empty(v->name)) {
        sb_addf(b, " (%.*s)", STR_FMT(v->name));
    }
}

static void
add_when(struct sb *b, const struct fact *f)
{
    char buf[DAY_TEXT_MAX];
    struct str source = genomic_row_source(f);

    if (fact_day(f) != DAY_NONE) {
        sb_add_c(b, " on ");
        sb_add(b, day_format(fact_day(f), buf));
    }
    if (!str_is_empty(source)) {
        sb_addf(b, " (%.*s)", STR_FMT(source));
    }
}

/* Before and after the name and date of the fact, by note. */
static const struct {
    const char *before;
    const char *after;
} phrase[LEAF_NOTE_COUNT] = {
    [NOTE_YES] = {" found", ""},
    [NOTE_NO] = {" not found", ""},
    [NOTE_PLASMA_ONLY] = {" found", ": not confirmed in tissue"},
    [NOTE_PLASMA_NEGATIVE] = {" not found", ": plasma alone does not exclude it"},
    [NOTE_BEFORE_COURSE] = {" not found",
                            ", before the therapy that failed: no later test is known"},
    [NOTE_PRELIMINARY] = {": only a preliminary result", ""},
    [NOTE_NOT_SPECIFIC] = {": a result is known", ", but less exactly than asked here"},
    [NOTE_UNREAD] = {": a molecular report exists", ", not read by this system"},
};

void
genomic_text(struct sb *b, const struct leaf_genomic *g, const struct leaf_result *r)
{
    genomic_label(b, g);
    if (r->fact == NULL) {
        sb_add_c(b, ": no test that covers it is known");
        return;
    }
    if (r->note == NOTE_YES || r->note == NOTE_NOT_SPECIFIC || r->note == NOTE_PLASMA_ONLY) {
        if (r->fact->kind == FACT_VARIANT && r->fact->u.variant.present) {
            add_row_name(b, g, r->fact);
        }
    }
    sb_add_c(b, phrase[r->note].before != NULL ? phrase[r->note].before : "");
    add_when(b, r->fact);
    if ((r->fact->flags & FACT_PLASMA_CHIP) != 0) {
        sb_add_c(b, ": plasma only, clonal haematopoiesis is not excluded");
    } else {
        sb_add_c(b, phrase[r->note].after != NULL ? phrase[r->note].after : "");
    }
}

void
genomic_tested_text(struct sb *b, const struct leaf_genomic *g, const struct leaf_result *r)
{
    if (r->note != NOTE_YES || r->fact == NULL) {
        genomic_text(b, g, r);
        return;
    }
    genomic_label(b, g);
    sb_add_c(b, ": covered by a test");
    add_when(b, r->fact);
}
