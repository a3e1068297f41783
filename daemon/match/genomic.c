#include "match/genomic.h"

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

static enum kleene
row_holds(const struct leaf_genomic *g, const struct variant *v)
{
    enum kleene k = k_and(row_gene(g, v), row_category(g->category, v));

    k = k_and(k, row_change(g, v));
    k = k_and(k, row_exon(g, v));
    k = k_and(k, row_classification(g, v));
    k = k_and(k, row_copy_call(g, v));
    return k_and(k, row_partner(g, v));
}

/* A test that covered a whole gene and reported nothing speaks of mutations, and of "any
 * variation"; copy numbers and fusions need their own word, since a hot-spot panel sees neither. */
static bool
covers_gene(const struct leaf_genomic *g)
{
    return g->category != GENE_STRUCTURAL && g->category != GENE_COPY_NUMBER;
}

/* What a suffix after the gene ("EGFR:T790M", "ALK:fusion"), or an absent variant's name, covers. */
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

static bool
covers_absent(const struct leaf_genomic *g, const struct variant *v)
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

static bool
covers_negative(const struct leaf_genomic *g, const struct negative *n)
{
    for (size_t i = 0; i < n->gene_count; i++) {
        if (covers_entry(g, n->genes[i])) {
            return true;
        }
    }
    return false;
}

static bool
is_plasma(struct str source)
{
    return str_eq(source, STR("plasma")) || str_eq_nocase(source, STR("ctdna")) ||
           str_eq_nocase(source, STR("cfdna"));
}

static struct str
fact_source(const struct fact *f)
{
    if (f->kind == FACT_VARIANT) {
        return f->u.variant.source;
    }
    return f->kind == FACT_NEGATIVE ? f->u.negative.source : STR_NONE;
}

/* Tumour DNA in the plasma of that day: another variant was found in it. Without one a plasma test
 * that finds nothing may only mean that the tumour sheds none; FDA's companion label (cobas EGFR v2,
 * P150044) sends it to tissue. */
static bool
plasma_sheds(const struct match_case *c, day_t day)
{
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        if (f[i]->u.variant.present && is_plasma(f[i]->u.variant.source) &&
            (f[i]->flags & FACT_PLASMA_CHIP) == 0 && fact_day(f[i]) == day) {
            return true;
        }
    }
    return false;
}

/* Worst first: the best kind of negative that is known. */
static enum leaf_note
negative_note(const struct leaf_genomic *g, const struct match_case *c, const struct fact *f,
              struct str source)
{
    day_t since = g->acquired ? case_since(c) : DAY_NONE;
    day_t day = fact_day(f);

    if (f->status == FACT_PRELIMINARY) {
        return NOTE_PRELIMINARY;
    }
    if (since != DAY_NONE && (day == DAY_NONE || day < since)) {
        return NOTE_BEFORE_COURSE;
    }
    return is_plasma(source) && !plasma_sheds(c, day) ? NOTE_PLASMA_NEGATIVE : NOTE_NO;
}

static int
negative_rank(enum leaf_note n)
{
    static const enum leaf_note order[] = {NOTE_NOTHING_KNOWN, NOTE_BEFORE_COURSE, NOTE_PRELIMINARY,
                                           NOTE_PLASMA_NEGATIVE, NOTE_NO};

    for (size_t i = 0; i < RFD_COUNT(order); i++) {
        if (order[i] == n) {
            return (int)i;
        }
    }
    return 0;
}

static void
keep_better(struct leaf_result *r, const struct fact *f, enum leaf_note note)
{
    if (negative_rank(note) >= negative_rank(r->note)) {
        r->note = note;
        r->fact = f;
    }
}

/* What tests say that found nothing. */
static struct leaf_result
search_negative(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result r = {.k = K_UNKNOWN, .note = NOTE_NOTHING_KNOWN, .due = DAY_NONE};
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_NEGATIVE, &count);

    for (size_t i = 0; i < count; i++) {
        const struct negative *n = &f[i]->u.negative;

        if ((f[i]->flags & FACT_TEST_MESSAGE) == 0 && covers_negative(g, n)) {
            keep_better(&r, f[i], negative_note(g, c, f[i], n->source));
        }
    }
    f = timeline_kind(c->timeline, FACT_VARIANT, &count);
    for (size_t i = 0; i < count; i++) {
        const struct variant *v = &f[i]->u.variant;

        if ((f[i]->flags & FACT_TEST_MESSAGE) == 0 && !v->present && covers_absent(g, v)) {
            keep_better(&r, f[i], negative_note(g, c, f[i], v->source));
        }
    }
    if (r.note == NOTE_NO) {
        r.k = K_FALSE;
    }
    return r;
}

static enum leaf_note
row_note(const struct leaf_genomic *g, const struct fact *f, enum kleene row)
{
    if (row == K_UNKNOWN) {
        return NOTE_NOT_SPECIFIC;
    }
    if (f->status == FACT_PRELIMINARY) {
        return NOTE_PRELIMINARY;
    }
    if ((f->flags & FACT_PLASMA_CHIP) != 0 || (g->tissue && is_plasma(f->u.variant.source))) {
        return NOTE_PLASMA_ONLY;
    }
    return NOTE_YES;
}

/* The latest row that holds; else the latest that might. */
static struct leaf_result
search_rows(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result r = {.k = K_FALSE, .note = NOTE_NOTHING_KNOWN, .due = DAY_NONE};
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        enum kleene row;
        enum leaf_note note;

        if (!f[i]->u.variant.present || (f[i]->flags & FACT_TEST_MESSAGE) != 0) {
            continue;
        }
        row = row_holds(g, &f[i]->u.variant);
        if (row == K_FALSE) {
            continue;
        }
        note = row_note(g, f[i], row);
        row = note == NOTE_YES ? K_TRUE : K_UNKNOWN;
        if (row >= r.k) {
            r = (struct leaf_result){.k = row, .note = note, .fact = f[i], .due = DAY_NONE};
        }
    }
    return r;
}

static const struct fact *
unread_report(const struct match_case *c)
{
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_REPORT, &count);

    for (size_t i = count; i > 0; i--) {
        if (str_eq(f[i - 1]->u.report.category, STR("molecular"))) {
            return f[i - 1];
        }
    }
    return NULL;
}

static void
look_for_report(const struct match_case *c, struct leaf_result *r)
{
    const struct fact *f = r->note == NOTE_NOTHING_KNOWN ? unread_report(c) : NULL;

    if (f != NULL) {
        r->note = NOTE_UNREAD;
        r->fact = f;
    }
}

struct leaf_result
genomic_evaluate(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result row = search_rows(g, c);
    struct leaf_result none;

    if (row.k == K_TRUE) {
        return row;
    }
    none = search_negative(g, c);
    /* A plasma finding is settled by tissue that does not have it; other half-known rows are not. */
    if (row.k == K_UNKNOWN && !(row.note == NOTE_PLASMA_ONLY && none.k == K_FALSE &&
                                !is_plasma(fact_source(none.fact)))) {
        return row;
    }
    look_for_report(c, &none);
    return none;
}

struct leaf_result
genomic_tested(const struct leaf_genomic *g, const struct match_case *c)
{
    struct leaf_result r = search_negative(g, c);
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_VARIANT, &count);

    for (size_t i = 0; i < count; i++) {
        if (f[i]->u.variant.present && f[i]->status != FACT_PRELIMINARY &&
            row_holds(g, &f[i]->u.variant) == K_TRUE) {
            r.note = NOTE_YES;
            r.fact = f[i];
        }
    }
    if (r.note == NOTE_YES || r.note == NOTE_NO || r.note == NOTE_PLASMA_NEGATIVE) {
        r.k = K_TRUE;
        r.note = NOTE_YES;
        return r;
    }
    r.k = K_UNKNOWN; /* never "not tested": another laboratory may have done it */
    look_for_report(c, &r);
    return r;
}

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

/* The row's own name where the leaf asks for a whole group: "EGFR exon 20 mutation (S768I) found". */
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
    struct str source = fact_source(f);

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
