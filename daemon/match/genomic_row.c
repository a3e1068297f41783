#include "match/genomic_row.h"

/* The 20 amino acids: MatchMiner's wildcard stands for exactly one of them. */
static const char residues[] = "ACDEFGHIKLMNPQRSTVWY";

static bool
is_residue(char ch)
{
    for (size_t i = 0; i + 1 < sizeof residues; i++) {
        if (residues[i] == ch) {
            return true;
        }
    }
    return false;
}

static enum kleene
k_of(bool b)
{
    return b ? K_TRUE : K_FALSE;
}

static bool
is_copy(enum variant_category c)
{
    return c == VARIANT_COPY_GAIN || c == VARIANT_COPY_LOSS;
}

static enum kleene
row_gene(const struct leaf_genomic *g, const struct variant *v)
{
    if (str_is_absent(g->gene) || str_eq(g->gene, v->gene)) {
        return K_TRUE;
    }
    return k_of(v->category == VARIANT_FUSION && str_eq(g->gene, v->partner));
}

static enum kleene
row_category(enum gene_category asked, const struct variant *v)
{
    /* Exon skipping is reported as an event of its own, and is a mutation by its cause. */
    bool skip = v->category == VARIANT_OTHER && str_has(v->name, STR("skip"));
    enum variant_category is = skip ? VARIANT_MUTATION : v->category;

    switch (asked) {
    case GENE_ANYTHING: return K_TRUE;
    case GENE_MUTATION: return is == VARIANT_OTHER ? K_UNKNOWN : k_of(is == VARIANT_MUTATION);
    case GENE_COPY_NUMBER: return k_of(is_copy(is));
    case GENE_MUTATION_OR_COPY:
        return is == VARIANT_OTHER ? K_UNKNOWN : k_of(is == VARIANT_MUTATION || is_copy(is));
    case GENE_STRUCTURAL: return k_of(is == VARIANT_FUSION);
    case GENE_CATEGORY_COUNT: break;
    }
    return K_UNKNOWN;
}

static bool
wildcard_holds(struct str wildcard, struct str name)
{
    return name.n == wildcard.n + 1 && str_starts(name, wildcard) && is_residue(name.p[name.n - 1]);
}

/* ex19del, ex20ins, ex14skip: the exon stands in the name. 0: it does not. */
static int32_t
name_exon(struct str name)
{
    int32_t n = 0;

    if (!str_starts(name, STR("ex"))) {
        return 0;
    }
    for (size_t i = 2; i < name.n && i < 5 && name.p[i] >= '0' && name.p[i] <= '9'; i++) {
        n = n * 10 + (name.p[i] - '0');
    }
    return n;
}

/* "del" of ex19del; "mut" stands for any change. */
static bool
is_of_kind(struct str group, struct str name)
{
    size_t at = 2;
    struct str kind;

    while (at < group.n && group.p[at] >= '0' && group.p[at] <= '9') {
        at++;
    }
    kind = str_sub(group, at, group.n);
    return str_eq(kind, STR("mut")) || str_has(name, kind);
}

/* "ex19del" is a group of changes, "E746_A750del" is one of it. The one settles the group when its
 * exon is known; the group never settles the one. */
static enum kleene
group_holds(const struct variant *v, struct str asked)
{
    int32_t exon = name_exon(v->name) != 0 ? name_exon(v->name) : v->exon;

    if (name_exon(asked) == 0) {
        return name_exon(v->name) != 0 && is_of_kind(v->name, asked) ? K_UNKNOWN : K_FALSE;
    }
    if (!is_of_kind(asked, v->name)) {
        return K_FALSE;
    }
    return exon == 0 ? K_UNKNOWN : k_of(exon == name_exon(asked));
}

/* G12: a letter and digits, whatever stands there. */
static bool
is_codon(struct str name)
{
    if (name.n < 2 || !is_residue(name.p[0])) {
        return false;
    }
    for (size_t i = 1; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9') {
            return false;
        }
    }
    return true;
}

/* A change is known, not which: no name, "mutation", or a codon whose change is asked for. */
static bool
is_unspecific(struct str name, struct str asked)
{
    if (str_is_empty(name) || str_eq(name, STR("mutation")) || str_eq(name, STR("TKD"))) {
        return true;
    }
    return is_codon(name) && asked.n == name.n + 1 && str_starts(asked, name);
}

static enum kleene
row_change(const struct leaf_genomic *g, const struct variant *v)
{
    if (str_is_absent(g->change) && str_is_absent(g->wildcard)) {
        return K_TRUE;
    }
    if (is_unspecific(v->name, g->change)) {
        return K_UNKNOWN;
    }
    if (!str_is_absent(g->change) && !str_eq(g->change, v->name)) {
        return group_holds(v, g->change);
    }
    return k_of(str_is_absent(g->wildcard) || str_eq(g->wildcard, v->name) ||
                wildcard_holds(g->wildcard, v->name));
}

static enum kleene
row_exon(const struct leaf_genomic *g, const struct variant *v)
{
    int32_t exon = v->exon != 0 ? v->exon : name_exon(v->name);

    if (g->exon == 0) {
        return K_TRUE;
    }
    return exon == 0 ? K_UNKNOWN : k_of(exon == g->exon);
}

/* L858R: letter, digits, letter */
static bool
is_substitution(struct str name)
{
    if (name.n < 3 || !is_residue(name.p[0]) || !is_residue(name.p[name.n - 1])) {
        return false;
    }
    for (size_t i = 1; i + 1 < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9') {
            return false;
        }
    }
    return true;
}

/* The MAF term as far as the normal form of the name shows it; absent: it does not. */
static struct str
classification_of(struct str name)
{
    bool ins = str_has(name, STR("ins")) || str_has(name, STR("dup"));

    if (is_substitution(name)) {
        return STR("Missense_Mutation");
    }
    if (str_has(name, STR("fs"))) {
        return ins ? STR("Frame_Shift_Ins") : STR("Frame_Shift_Del");
    }
    if (str_has(name, STR("*")) || str_has(name, STR("Ter"))) {
        return STR("Nonsense_Mutation");
    }
    if (str_has(name, STR("splice")) || str_has(name, STR("skip"))) {
        return STR("Splice_Site");
    }
    if (str_has(name, STR("del"))) {
        return STR("In_Frame_Del"); /* protein level without "fs" keeps the frame (HGVS) */
    }
    return ins ? STR("In_Frame_Ins") : STR_NONE;
}

static enum kleene
row_classification(const struct leaf_genomic *g, const struct variant *v)
{
    struct str is = classification_of(v->name);

    if (str_is_absent(g->classification)) {
        return K_TRUE;
    }
    if (str_is_absent(is)) {
        return K_UNKNOWN;
    }
    /* fs alone does not say whether it inserted or deleted */
    if (str_starts(is, STR("Frame_Shift")) && str_starts(g->classification, STR("Frame_Shift"))) {
        return K_UNKNOWN;
    }
    return k_of(str_eq(g->classification, is));
}

static enum kleene
row_copy_call(const struct leaf_genomic *g, const struct variant *v)
{
    bool gain = v->category == VARIANT_COPY_GAIN;

    if (str_is_absent(g->copy_call)) {
        return K_TRUE;
    }
    if (!is_copy(v->category)) {
        return K_FALSE;
    }
    if (str_eq(g->copy_call, STR("High Amplification"))) {
        return gain && str_eq(v->name, STR("gain")) ? K_FALSE : k_of(gain);
    }
    if (str_eq(g->copy_call, STR("Low Amplification"))) {
        return gain ? k_of(str_eq(v->name, STR("gain"))) : K_FALSE;
    }
    if (gain) {
        return K_FALSE;
    }
    if (str_eq(v->name, STR("deletion"))) { /* the normal form of "homozygous deletion" */
        return k_of(str_eq(g->copy_call, STR("Homozygous Deletion")));
    }
    return K_UNKNOWN; /* "loss": of one copy or of both is not said */
}

static enum kleene
row_partner(const struct leaf_genomic *g, const struct variant *v)
{
    switch (g->partner_kind) {
    case PARTNER_NOT_ASKED: return K_TRUE;
    case PARTNER_ANY:
        if (str_is_empty(v->partner)) {
            return K_UNKNOWN;
        }
        return k_of(!str_eq(v->partner, STR("intergenic")));
    case PARTNER_INTERGENIC:
        return str_is_empty(v->partner) ? K_UNKNOWN : k_of(str_eq(v->partner, STR("intergenic")));
    case PARTNER_GENE:
        if (str_is_empty(v->partner)) {
            return K_UNKNOWN;
        }
        return k_of(str_eq(g->partner, v->partner) || str_eq(g->partner, v->gene));
    case PARTNER_KIND_COUNT: break;
    }
    return K_UNKNOWN;
}

/* Germline, somatic and unknown are three things: a tumour test that does not say which stays
 * unknown. */
static enum kleene
row_origin(enum origin asked, const struct variant *v)
{
    if (asked == ORIGIN_UNKNOWN) {
        return K_TRUE;
    }
    return v->origin == ORIGIN_UNKNOWN ? K_UNKNOWN : k_of(v->origin == asked);
}

enum kleene
genomic_row_holds(const struct leaf_genomic *g, const struct variant *v)
{
    enum kleene k = k_and(row_gene(g, v), row_category(g->category, v));

    k = k_and(k, row_change(g, v));
    k = k_and(k, row_exon(g, v));
    k = k_and(k, row_classification(g, v));
    k = k_and(k, row_copy_call(g, v));
    k = k_and(k, row_origin(g->origin, v));
    return k_and(k, row_partner(g, v));
}

/* A test that covered a whole gene and reported nothing speaks of mutations, and of "any
 * variation"; copy numbers and fusions need their own word, since a hot-spot panel sees neither. */
static bool
covers_gene(const struct leaf_genomic *g)
{
    return g->category != GENE_STRUCTURAL && g->category != GENE_COPY_NUMBER;
}

/* What a suffix after the gene ("EGFR:T790M", "ALK:fusion"), or an absent variant's name,
 * covers. */
static bool
covers_name(const struct leaf_genomic *g, struct str name)
{
    if (!str_is_absent(g->change) && str_eq(g->change, name)) {
        return true;
    }
    if (!str_is_absent(g->wildcard) && str_eq(g->wildcard, name)) {
        return true;
    }
    if (is_codon(name) && g->change.n == name.n + 1 && str_starts(g->change, name)) {
        return true;
    }
    if (str_eq(name, STR("mutation"))) {
        return covers_gene(g);
    }
    if (str_eq(name, STR("fusion")) || str_eq(name, STR("rearrangement"))) {
        return g->category == GENE_STRUCTURAL;
    }
    if (str_eq(name, STR("amplification")) || str_eq(name, STR("copy"))) {
        return g->category == GENE_COPY_NUMBER &&
               (str_is_absent(g->copy_call) || str_has(g->copy_call, STR("Amplification")) ||
                str_eq(name, STR("copy")));
    }
    if (str_eq(name, STR("loss")) || str_eq(name, STR("deletion"))) {
        return g->category == GENE_COPY_NUMBER && str_has(g->copy_call, STR("Deletion"));
    }
    return g->exon != 0 && name_exon(name) == g->exon && str_is_absent(g->change) &&
           str_is_absent(g->classification) && str_is_absent(g->wildcard);
}

static bool
covers_entry(const struct leaf_genomic *g, struct str entry)
{
    struct str gene;
    struct str name;

    if (!str_cut(entry, ':', &gene, &name)) {
        return str_eq(entry, g->gene) && covers_gene(g);
    }
    return str_eq(gene, g->gene) && covers_name(g, name);
}

bool
genomic_row_excludes(const struct leaf_genomic *g, const struct variant *v)
{
    if (!str_eq(v->gene, g->gene)) {
        return false;
    }
    if (!str_is_empty(v->name)) {
        return covers_name(g, v->name);
    }
    if (v->category == VARIANT_FUSION) {
        return g->category == GENE_STRUCTURAL;
    }
    return v->category == VARIANT_MUTATION && covers_gene(g);
}

bool
genomic_row_covered(const struct leaf_genomic *g, const struct negative *n)
{
    for (size_t i = 0; i < n->gene_count; i++) {
        if (covers_entry(g, n->genes[i])) {
            return true;
        }
    }
    return false;
}

struct str
genomic_row_source(const struct fact *f)
{
    if (f->kind == FACT_VARIANT) {
        return f->u.variant.source;
    }
    return f->kind == FACT_NEGATIVE ? f->u.negative.source : STR_NONE;
}
