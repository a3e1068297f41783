#include "normalize/panel.h"
#include "normalize/result.h"
#include "normalize/variant.h"

#include <string.h>

/* What a panel found, what it looked at, and what it failed to see. */
struct findings {
    const struct order *o;
    struct panel panel;
    struct panel_strs found;  /* genes, and "EGFR:T790M" */
    struct panel_strs failed; /* the same, without a call: neither found nor negative */
};

static struct str
join(struct walk *w, struct str x, const char *between, struct str y)
{
    return str_cat(w->arena, x, str_cat(w->arena, str_from_c(between), y));
}

/* A man has one X chromosome: one copy of these is the usual number, and the message does not tell
 * whose they are. */
static bool
is_on_x(struct str gene)
{
    static const char *const genes[] = {"AMER1", "AR",    "ARAF",  "ATRX",  "BCOR",  "BCORL1",
                                        "BTK",   "DDX3X", "KDM5C", "KDM6A", "MED12", "PHF6",
                                        "RBM10", "SMC1A", "STAG2", "ZRSR2"};
    for (size_t i = 0; i < RFD_COUNT(genes); i++) {
        if (str_eq_c(gene, genes[i]))
            return true;
    }
    return false;
}

/* By copy number alone; absent: the usual number, or none was given. */
static struct str
copies_name(const struct panel_group *g, struct str gene)
{
    if (!g->copies.present)
        return g->type;
    int two = dec_cmp(g->copies.value, dec_from_i64(2));
    int one = dec_cmp(g->copies.value, dec_from_i64(1));
    if (dec_sign(g->copies.value) == 0)
        return STR("deletion");
    if (two > 0)
        return STR("gain");
    return two == 0 || (one >= 0 && is_on_x(gene)) ? STR_NONE : STR("loss");
}

static bool
try_text(struct walk *w, const struct findings *f, const struct panel_group *g,
         struct genomic_finding *x, struct str text)
{
    if (str_is_empty(text))
        return false;
    x->text = text;
    return genomic_finding(w, f->o, g->obx, g->status, x);
}

/* Two genes are a fusion, unless a change says what is meant: genes overlap, too. */
static struct str
fusion_of(struct walk *w, const struct panel_group *g)
{
    if (g->genes.count != 2 || !str_is_empty(g->protein))
        return STR_NONE;
    if (!str_is_empty(g->coding) && !str_has(g->coding, STR("::")))
        return STR_NONE;
    return join(w, g->genes.item[0], "::", g->genes.item[1]);
}

static void
put_variant(struct walk *w, const struct order *o, const struct genomic_finding *g,
            const struct variant_name *v, struct fact *f)
{
    struct str source = str_eq_c(o->matrix, "serum") ? STR("plasma") : o->matrix;
    f->group = g->group;
    f->u.variant = (struct variant){.gene = v->gene,
                                    .name = str_is_absent(v->group) ? v->name : v->group,
                                    .hgvs_p = g->hgvs_p,
                                    .hgvs_c = g->hgvs_c,
                                    .partner = v->partner,
                                    .exon = v->exon,
                                    .present = g->present,
                                    .category = v->category,
                                    .origin = g->origin,
                                    .source = source,
                                    .vaf = g->vaf,
                                    .copies = g->copies};
    if (g->uncertain && v->category == VARIANT_MUTATION)
        f->u.variant.category = VARIANT_OTHER;
    bool blood = str_eq_c(source, "plasma") || str_eq_c(source, "blood");
    if (blood && g->present && g->origin != ORIGIN_GERMLINE && terms_is_chip(w->terms, v->gene))
        f->flags |= FACT_PLASMA_CHIP;
}

/* Kept as sent, so that a person can see it; no rule and no trial reads it. */
static void
unnamed(struct walk *w, const struct findings *f, const struct panel_group *g,
        struct genomic_finding *x)
{
    const struct variant_name none = {.gene = x->gene, .category = VARIANT_OTHER};
    struct str said = !str_is_absent(g->protein) ? g->protein : g->name;
    if (str_is_absent(said))
        said = g->coding;
    walk_warn(w, g->obx, 5, "alteration is not understood: kept without a name");
    walk_unmapped(w, UNMAPPED_VARIANT, (struct code){STR_NONE, x->gene, said}, STR_NONE);
    struct fact *fact = order_fact(w, f->o, g->obx, FACT_VARIANT, g->status);
    if (fact == NULL)
        return;
    if (str_is_absent(x->hgvs_c))
        x->hgvs_c = g->name;
    put_variant(w, f->o, x, &none, fact);
}

static void
note_found(struct walk *w, struct findings *f, size_t before)
{
    for (size_t i = before; i < w->count; i++) {
        const struct variant *v = &w->facts[i].u.variant;
        if (w->facts[i].kind != FACT_VARIANT || !v->present || str_is_empty(v->gene))
            continue;
        panel_add(w, &f->found, v->gene);
        if (!str_is_empty(v->name))
            panel_add(w, &f->found, join(w, v->gene, ":", v->name));
    }
}

/* Looked at and as it should be. */
static void
usual_copies(struct walk *w, const struct findings *f, const struct panel_group *g, struct str gene)
{
    static const char *const changes[] = {"amplification", "loss"};
    for (size_t i = 0; i < RFD_COUNT(changes); i++)
        genomic_negative_test(w, f->o, g->obx, g->status,
                              join(w, gene, ":", str_from_c(changes[i])));
}

/* The surest text first; at last the alteration is kept as sent, without a name. */
static void
emit_variant(struct walk *w, struct findings *f, const struct panel_group *g)
{
    bool lists = g->genes.count > 2; /* none of them is the one */
    struct genomic_finding x = {.present = g->presence != PANEL_ABSENT && !g->wild,
                                .uncertain = g->uncertain,
                                .gene = g->genes.count == 0 || lists ? STR_NONE : g->genes.item[0],
                                .hgvs_p = g->protein,
                                .hgvs_c = g->coding,
                                .vaf = g->fraction,
                                .copies = g->copies,
                                .origin = g->origin == ORIGIN_UNKNOWN ? f->panel.origin : g->origin,
                                .group = g->key};
    struct str copies = copies_name(g, x.gene);
    size_t before = w->count;
    bool named = try_text(w, f, g, &x, fusion_of(w, g)) || try_text(w, f, g, &x, g->protein) ||
                 try_text(w, f, g, &x, g->name) || try_text(w, f, g, &x, g->coding) ||
                 try_text(w, f, g, &x, g->genomic) || try_text(w, f, g, &x, copies);
    bool silent = str_is_empty(g->protein) && str_is_empty(g->name) && str_is_empty(g->coding) &&
                  str_is_empty(g->genomic) && str_is_empty(copies);
    if (!named && !str_is_absent(x.gene)) {
        if (g->wild)
            genomic_negative_test(w, f->o, g->obx, g->status, x.gene);
        else if (silent && g->copies.present)
            usual_copies(w, f, g, x.gene);
        else
            unnamed(w, f, g, &x);
    } else if (!named) {
        walk_warn(w, g->obx, 5, "an alteration without a gene is not understood: not used");
        w->unmapped++;
    }
    note_found(w, f, before);
}

/* No call: what the test failed to see is neither there nor absent. */
static void
no_call(struct walk *w, struct findings *f, const struct panel_group *g)
{
    const struct str texts[] = {g->protein, g->name, g->coding};
    walk_warn(w, g->obx, 5, "no call: neither found nor absent");
    w->pending++;
    for (size_t i = 0; i < g->genes.count; i++)
        panel_add(w, &f->failed, g->genes.item[i]);
    for (size_t i = 0; i < RFD_COUNT(texts) && g->genes.count > 0; i++) {
        struct variant_names names;
        if (str_is_empty(texts[i]) ||
            !variant_parse(w->arena, w->terms, g->genes.item[0], texts[i], &names))
            continue;
        for (size_t k = 0; k < names.count; k++)
            panel_add(w, &f->failed, join(w, names.item[k].gene, ":", names.item[k].name));
    }
}

static void
emit_group(struct walk *w, struct findings *f, const struct panel_group *g)
{
    bool speaks =
        g->changed || g->detail || g->wild || g->fraction.present || g->presence == PANEL_PRESENT;
    if (g->genes.count == 0 && !g->changed)
        return;
    if (g->presence == PANEL_NO_CALL) {
        no_call(w, f, g);
    } else if (g->benign && g->presence != PANEL_ABSENT) {
        walk_warn(w, g->obx, 5, "a benign alteration: not taken as found");
        panel_covers(w, &f->panel, g->obx, g->status, &g->genes);
    } else if (speaks) {
        emit_variant(w, f, g);
    } else if (g->follows) {
        walk_warn(w, g->obx, 5, "a gene behind an alteration, without one of its own: not used");
    } else { /* genes without a change: what the test looked at */
        panel_covers(w, &f->panel, g->obx, g->status, &g->genes);
    }
}

/* May what was tested and not found be called negative? */
static bool
is_conclusive(struct walk *w, const struct findings *f)
{
    if (f->panel.overall == PANEL_OVERALL_FAILED) {
        walk_warn(w, f->panel.first_obx, 5, "the test failed or is inconclusive: nothing negative");
        w->pending++;
        return false;
    }
    if (f->panel.overall == PANEL_OVERALL_POSITIVE && f->found.count == 0) {
        walk_warn(w, f->panel.first_obx, 5, "positive without an alteration: nothing negative");
        w->unmapped++;
        return false;
    }
    return true;
}

static bool
is_open(const struct findings *f, struct str tested)
{
    return !panel_has(&f->found, tested) && !panel_has(&f->failed, tested);
}

/* "Negative" without a list of genes is a fact too: it covers none that a rule could name. */
static void
emit_covered(struct walk *w, const struct findings *f, size_t before)
{
    const struct panel *p = &f->panel;
    struct str *genes = ARENA_ARRAY(w->arena, p->tested.count, struct str);
    size_t n = 0;
    for (size_t i = 0; i < p->tested.count; i++) {
        if (is_open(f, p->tested.item[i]))
            genes[n++] = p->tested.item[i];
    }
    if (n > 0)
        genomic_negative(w, f->o, p->tested_obx, p->tested_status, genes, n);
    else if (p->overall == PANEL_OVERALL_NEGATIVE && w->count == before &&
             !str_is_empty(f->o->service))
        genomic_negative(w, f->o, p->first_obx, p->status, NULL, 0);
}

void
genomic_order(struct walk *w, const struct order *o)
{
    struct findings f = {.o = o};
    size_t before = w->count;
    panel_read(w, o, &f.panel);
    if (f.panel.first_obx == w->m->seg_count)
        return;
    for (size_t i = 0; i < f.panel.count && w->reason == NORMALIZE_NONE; i++)
        emit_group(w, &f, &f.panel.group[i]);
    if (w->reason == NORMALIZE_NONE && is_conclusive(w, &f))
        emit_covered(w, &f, before);
}

void
genomic_negative(struct walk *w, const struct order *o, size_t obx, enum fact_status status,
                 const struct str *genes, size_t count)
{
    struct fact *f = order_fact(w, o, obx, FACT_NEGATIVE, status);
    if (f == NULL)
        return;
    f->group = STR_NONE;
    f->u.negative = (struct negative){
        .panel = o->service, .genes = genes, .gene_count = count, .source = o->matrix};
}

void
genomic_negative_test(struct walk *w, const struct order *o, size_t obx, enum fact_status status,
                      struct str gene)
{
    struct str *genes = ARENA_NEW(w->arena, struct str);
    *genes = gene;
    genomic_negative(w, o, obx, status, genes, 1);
    if (w->count > 0 && w->facts[w->count - 1].kind == FACT_NEGATIVE)
        w->facts[w->count - 1].u.negative.panel = STR_NONE;
}

/* Wild type: the gene was looked at, and nothing found. "Either" names no single change. */
bool
genomic_finding(struct walk *w, const struct order *o, size_t obx, enum fact_status status,
                const struct genomic_finding *g)
{
    struct variant_names names;
    if (!variant_parse(w->arena, w->terms, g->gene, g->text, &names) || names.either)
        return false;
    for (size_t i = 0; i < names.count; i++) {
        if (str_is_empty(names.item[i].gene))
            return false;
    }
    for (size_t i = 0; i < names.count; i++) {
        const struct variant_name *v = &names.item[i];
        if (v->wild) {
            genomic_negative_test(w, o, obx, status, v->gene);
            continue;
        }
        struct fact *f = order_fact(w, o, obx, FACT_VARIANT, status);
        if (f != NULL)
            put_variant(w, o, g, v, f);
    }
    return true;
}
