#include "normalize/result.h"
#include "normalize/variant.h"

#include <string.h>

/* The genomic panel LOINC 81247-9: an OBX each for gene, change, origin …, joined by OBX-4. */

enum part {
    PART_GENE,
    PART_PROTEIN,
    PART_CODING,
    PART_NAME, /* display name or variant id: read when no change is given */
    PART_GENOMIC,
    PART_PRESENCE,
    PART_FRACTION,
    PART_ORIGIN,
    PART_COPIES,
    PART_TESTED,  /* genes that the test covered */
    PART_NOTHING, /* of the panel, and of no use here */
};

static const struct {
    const char *loinc;
    enum part part;
} parts[] = {
    {"48018-6", PART_GENE},    {"48005-3", PART_PROTEIN},  {"48004-6", PART_CODING},
    {"81252-9", PART_NAME},    {"47998-0", PART_NAME},     {"81290-9", PART_GENOMIC},
    {"81291-7", PART_GENOMIC}, {"69548-6", PART_PRESENCE}, {"81258-6", PART_FRACTION},
    {"48002-0", PART_ORIGIN},  {"82155-3", PART_COPIES},   {"36908-2", PART_TESTED},
    {"48013-7", PART_NOTHING}, {"51958-7", PART_NOTHING},  {"51959-5", PART_NOTHING},
    {"51968-6", PART_NOTHING}, {"51967-8", PART_NOTHING},  {"51963-7", PART_NOTHING},
    {"53034-5", PART_NOTHING}, {"53037-8", PART_NOTHING},  {"53041-0", PART_NOTHING},
    {"62374-4", PART_NOTHING}, {"69547-8", PART_NOTHING},  {"69551-0", PART_NOTHING},
    {"81254-5", PART_NOTHING}, {"81259-4", PART_NOTHING},  {"81304-8", PART_NOTHING},
    {"82121-5", PART_NOTHING}, {"82120-7", PART_NOTHING},  {"83005-9", PART_NOTHING},
    {"92822-6", PART_NOTHING}, {"48000-4", PART_NOTHING},  {"48001-2", PART_NOTHING},
    {"48006-1", PART_NOTHING}, {"48019-4", PART_NOTHING},  {"81250-3", PART_NOTHING},
    {"81297-4", PART_NOTHING}, {"81247-9", PART_NOTHING},  {"82115-7", PART_NOTHING},
};

enum { GROUP_GENES_MAX = 2000 };

/* What the OBX of one OBX-4 group say together. */
struct group {
    struct str key;
    size_t obx; /* the first: its times and place are the fact's */
    enum fact_status status;
    struct str *genes;
    size_t gene_count;
    struct str protein;
    struct str coding;
    struct str name;
    struct str genomic;
    struct quantity fraction;
    struct quantity copies;
    enum origin origin;
    bool absent;
    bool changed; /* one of protein, coding … : it speaks of a variant, not only of genes */
};

struct groups {
    struct group *item;
    size_t count;
    struct str *tested;
    size_t tested_count;
    struct str *found;
    size_t found_count;
};

static const size_t part_none = (size_t)-1;

static size_t
part_at(struct str loinc)
{
    for (size_t i = 0; i < RFD_COUNT(parts); i++) {
        if (str_eq_c(loinc, parts[i].loinc))
            return i;
    }
    return part_none;
}

bool
genomic_is_code(struct str loinc)
{
    return !str_is_empty(loinc) && part_at(loinc) != part_none;
}

/* "2a.b" belongs to 2a; an OG (^1^2) is its own. */
static struct str
group_key(struct walk *w, size_t obx)
{
    struct str raw = walk_leaf(w, hl7_field(w->m, obx, 4)), head, rest;
    if (str_is_absent(raw))
        return STR("");
    (void)str_cut(raw, '.', &head, &rest);
    return head;
}

/* Does the part begin another variant in a group that has one already? */
static bool
begins_anew(const struct group *g, enum part part)
{
    switch (part) {
    case PART_PROTEIN: return !str_is_absent(g->protein);
    case PART_CODING: return !str_is_absent(g->coding);
    case PART_GENE: return g->changed && g->key.n == 0;
    case PART_PRESENCE:
    case PART_NAME:
    case PART_GENOMIC:
    case PART_FRACTION:
    case PART_ORIGIN:
    case PART_COPIES:
    case PART_TESTED:
    case PART_NOTHING: return false;
    }
    return false;
}

static struct group *
group_for(struct walk *w, struct groups *all, size_t obx, enum part part, enum fact_status status)
{
    struct str key = group_key(w, obx);
    struct group *last = NULL;
    for (size_t i = all->count; i > 0 && last == NULL; i--) {
        if (str_eq(all->item[i - 1].key, key))
            last = &all->item[i - 1];
    }
    if (last != NULL && !begins_anew(last, part))
        return last;
    struct group next = {.key = key, .obx = obx, .status = status};
    if (last != NULL && part != PART_GENE) { /* a second change in the same gene */
        next.genes = last->genes;
        next.gene_count = last->gene_count;
        next.origin = last->origin;
    }
    all->item = term_grow(w->arena, all->item, all->count, sizeof *all->item);
    all->item[all->count] = next;
    return &all->item[all->count++];
}

/* HGNC:3236^EGFR^HGNC, EGFR^…, or a plain text. A number that the table lacks gives its display;
 * HGNC:0000 is how one tool writes "no gene". */
static struct str
gene_of(struct walk *w, const struct value *v)
{
    struct str code = v->coded.first.code, display = v->coded.first.display;
    if (!v->is_coded || str_is_empty(code))
        return str_is_empty(v->text) ? STR_NONE : terms_symbol(w->terms, w->arena, v->text);
    struct str known = terms_symbol(w->terms, w->arena, code);
    if (known.n > 0 && (known.p[0] < '0' || known.p[0] > '9'))
        return known;
    if (str_is_empty(display) || str_eq_c(known, "0000"))
        return STR_NONE;
    return terms_symbol(w->terms, w->arena, display);
}

static void
add_str(struct walk *w, struct str **list, size_t *count, struct str s)
{
    if (str_is_absent(s) || *count == GROUP_GENES_MAX)
        return;
    *list = term_grow(w->arena, *list, *count, sizeof **list);
    (*list)[(*count)++] = s;
}

static void
read_genes(struct walk *w, size_t obx, struct str **list, size_t *count)
{
    int reps = hl7_rep_count(w->m, hl7_field(w->m, obx, 5));
    for (int r = 1; r <= reps; r++) {
        struct value v = value_read(w, obx, r);
        add_str(w, list, count, gene_of(w, &v));
    }
}

/* A fraction comes as 0.066, 57.4 % and 0.2188 {ratio}: per cent when the unit says so, or when it
 * is above 1 without one. */
static struct quantity
fraction_of(struct walk *w, size_t obx, const struct value *v)
{
    struct quantity q = v->quantity;
    struct str unit = walk_text(w, obx, 6, 1);
    if (str_is_absent(unit))
        unit = v->inline_unit;
    bool percent = str_starts(unit, STR("%"));
    if (!q.present || percent)
        return q;
    if (dec_cmp(q.value, dec_from_i64(1)) > 0) {
        q.present = str_is_empty(unit);
        return q;
    }
    q.value.exp += 2;
    if (q.value.exp > 0) /* 1 or 0: "100" and "0", not 1e2 */
        q.value = (struct dec){q.value.coef * (q.value.exp == 2 ? 100 : 10), 0};
    return q;
}

/* LOINC answers LA6683-2 germline, LA6684-0 somatic. */
static enum origin
origin_of(const struct value *v)
{
    struct str words[] = {v->coded.first.code, v->coded.first.display, v->text};
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_c(words[i], "LA6683-2") || str_eq_nocase(words[i], STR("germline")))
            return ORIGIN_GERMLINE;
        if (str_eq_c(words[i], "LA6684-0") || str_eq_nocase(words[i], STR("somatic")))
            return ORIGIN_SOMATIC;
    }
    return ORIGIN_UNKNOWN;
}

static bool
says_absent(struct walk *w, const struct value *v)
{
    struct str words[] = {v->coded.first.code, v->coded.first.display, v->text};
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (!str_is_empty(words[i]) &&
            str_eq_c(terms_answer(w->terms, w->arena, words[i]), "negative"))
            return true;
    }
    return false;
}

/* The part of a coded change that spells it: p.Leu858Arg is code or display. */
static struct str
change_text(const struct value *v)
{
    struct str display = v->coded.first.display, code = v->coded.first.code;
    if (!v->is_coded || (str_is_empty(display) && str_is_empty(code)))
        return v->text;
    return str_is_empty(display) ? code : display;
}

static void
read_part(struct walk *w, size_t obx, enum part part, struct group *g)
{
    struct value v = value_read(w, obx, 1);
    struct str text = change_text(&v);
    if (str_is_absent(text))
        return;
    g->changed = g->changed || part == PART_PROTEIN || part == PART_CODING || part == PART_NAME ||
                 part == PART_GENOMIC || part == PART_COPIES;
    switch (part) {
    case PART_GENE: read_genes(w, obx, &g->genes, &g->gene_count); break;
    case PART_PROTEIN: g->protein = text; break;
    case PART_CODING: g->coding = text; break;
    case PART_NAME: g->name = text; break;
    case PART_GENOMIC: g->genomic = text; break;
    case PART_PRESENCE: g->absent = says_absent(w, &v); break;
    case PART_FRACTION: g->fraction = fraction_of(w, obx, &v); break;
    case PART_ORIGIN: g->origin = origin_of(&v); break;
    case PART_COPIES: g->copies = v.quantity; break;
    case PART_TESTED:
    case PART_NOTHING: break;
    }
}

static struct str
join(struct walk *w, struct str x, const char *between, struct str y)
{
    return str_cat(w->arena, x, str_cat(w->arena, str_from_c(between), y));
}

/* By copy number alone: 2 is usual for an autosome, and says nothing. */
static struct str
copies_name(const struct group *g)
{
    if (!g->copies.present)
        return STR_NONE;
    int c = dec_cmp(g->copies.value, dec_from_i64(2));
    if (dec_sign(g->copies.value) == 0)
        return STR("deletion");
    return c < 0 ? STR("loss") : c > 0 ? STR("gain") : STR_NONE;
}

static bool
try_text(struct walk *w, const struct order *o, const struct group *g, struct genomic_finding *f,
         struct str text)
{
    if (str_is_empty(text))
        return false;
    f->text = text;
    return genomic_finding(w, o, g->obx, g->status, f);
}

/* The surest text first; at last the variant is kept as sent, without a name. */
static void
emit_variant(struct walk *w, const struct order *o, struct groups *all, const struct group *g)
{
    struct genomic_finding f = {.present = !g->absent,
                                .gene = g->gene_count > 0 ? g->genes[0] : STR_NONE,
                                .hgvs_p = g->protein,
                                .hgvs_c = g->coding,
                                .vaf = g->fraction,
                                .copies = g->copies,
                                .origin = g->origin,
                                .group = g->key};
    struct str fusion = g->gene_count == 2 ? join(w, g->genes[0], "::", g->genes[1]) : STR_NONE;
    size_t before = w->count;
    bool named = try_text(w, o, g, &f, fusion) || try_text(w, o, g, &f, g->protein) ||
                 try_text(w, o, g, &f, g->name) || try_text(w, o, g, &f, g->coding) ||
                 try_text(w, o, g, &f, g->genomic) || try_text(w, o, g, &f, copies_name(g));
    for (size_t i = before; i < w->count; i++) {
        if (w->facts[i].kind == FACT_VARIANT && w->facts[i].u.variant.present)
            add_str(w, &all->found, &all->found_count, w->facts[i].u.variant.gene);
    }
    if (named || str_is_absent(f.gene))
        return;
    walk_warn(w, g->obx, 5, "alteration is not understood: kept without a name");
    struct fact *x = order_fact(w, o, g->obx, FACT_VARIANT, g->status);
    if (x == NULL)
        return;
    x->group = g->key;
    x->u.variant = (struct variant){.gene = f.gene,
                                    .hgvs_p = g->protein,
                                    .hgvs_c = str_is_absent(g->coding) ? g->name : g->coding,
                                    .present = f.present,
                                    .category = VARIANT_OTHER,
                                    .origin = g->origin,
                                    .source = o->matrix,
                                    .vaf = g->fraction};
    add_str(w, &all->found, &all->found_count, f.gene);
}

static void
emit_group(struct walk *w, const struct order *o, struct groups *all, const struct group *g)
{
    if (g->changed) {
        emit_variant(w, o, all, g);
        return;
    }
    for (size_t i = 0; i < g->gene_count; i++) /* genes without a change: what the test looked at */
        add_str(w, &all->tested, &all->tested_count, g->genes[i]);
}

static bool
is_in(struct str s, const struct str *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(list[i], s))
            return true;
    }
    return false;
}

static void
emit_covered(struct walk *w, const struct order *o, struct groups *all, size_t obx,
             enum fact_status status)
{
    struct str *genes = ARENA_ARRAY(w->arena, all->tested_count, struct str);
    size_t n = 0;
    for (size_t i = 0; i < all->tested_count; i++) {
        if (!is_in(all->tested[i], all->found, all->found_count) &&
            !is_in(all->tested[i], genes, n))
            genes[n++] = all->tested[i];
    }
    if (n > 0)
        genomic_negative(w, o, obx, status, genes, n);
}

void
genomic_order(struct walk *w, const struct order *o)
{
    struct groups all = {.count = 0};
    enum fact_status status = FACT_FINAL;
    size_t first = w->m->seg_count;
    for (size_t i = o->first; i < o->end && w->reason == NORMALIZE_NONE; i++) {
        if (!hl7_seg_is(w->m, i, "OBX"))
            continue;
        struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        struct str loinc = walk_code_in(&c, "LN");
        size_t at = str_is_empty(loinc) ? part_none : part_at(loinc);
        if (at == part_none || !order_status(w, o, i, &status))
            continue;
        first = first == w->m->seg_count ? i : first;
        if (parts[at].part == PART_TESTED)
            read_genes(w, i, &all.tested, &all.tested_count);
        else if (parts[at].part != PART_NOTHING)
            read_part(w, i, parts[at].part, group_for(w, &all, i, parts[at].part, status));
    }
    for (size_t i = 0; i < all.count && w->reason == NORMALIZE_NONE; i++)
        emit_group(w, o, &all, &all.item[i]);
    if (all.tested_count > 0 && w->reason == NORMALIZE_NONE)
        emit_covered(w, o, &all, first, status);
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
    bool blood = str_eq_c(source, "plasma") || str_eq_c(source, "blood");
    if (blood && g->present && terms_is_chip(w->terms, v->gene))
        f->flags |= FACT_PLASMA_CHIP;
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
