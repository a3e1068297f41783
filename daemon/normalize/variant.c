#include "normalize/variant.h"

#include "base/sb.h"
#include "normalize/protein.h"

struct parse {
    struct arena *a;
    const struct terms *t;
    struct variant_names *out;
};

static bool
add(struct parse *p, struct variant_name v)
{
    if (p->out->count == VARIANT_NAMES_MAX)
        return false;
    p->out->item[p->out->count++] = v;
    return true;
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z');
}

/* EGFR, NTRK1, RUNx1: an upper-case letter, a letter, letters and digits; not G12 or L858R. */
static bool
gene_like(struct str s)
{
    if (s.n < 2 || s.n > 12 || !is_upper(s.p[0]) || !is_letter(s.p[1]))
        return false;
    for (size_t i = 1; i < s.n; i++) {
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]))
            return false;
    }
    return true;
}

/* Exons as residues, by UniProt numbering of the canonical isoforms: in-frame changes inside them
 * make the groups that rules and labels speak of. EGFR P00533, ERBB2 P04626. */
static const struct {
    const char *gene;
    int32_t first;
    int32_t last;
    int32_t exon;
    bool insertion;
    const char *group;
} exon_groups[] = {
    {"EGFR", 729, 761, 19, false, "ex19del"},
    {"EGFR", 762, 823, 20, true, "ex20ins"},
    {"ERBB2", 770, 831, 20, true, "ex20ins"},
};

static void
put_group(struct variant_name *v, const struct protein *p)
{
    bool ins = p->kind == PROTEIN_INSERTION || p->kind == PROTEIN_DUPLICATION;
    bool del = p->kind == PROTEIN_DELETION || p->kind == PROTEIN_DELINS;
    for (size_t i = 0; i < RFD_COUNT(exon_groups); i++) {
        if (!str_eq_c(v->gene, exon_groups[i].gene) || p->first < exon_groups[i].first ||
            p->last > exon_groups[i].last || !(exon_groups[i].insertion ? ins : del))
            continue;
        v->group = str_from_c(exon_groups[i].group);
        v->exon = exon_groups[i].exon;
    }
}

/* A change that the table knows under another name of the same event. */
static struct str
same_change(struct parse *p, struct str gene, struct str name)
{
    size_t mark = arena_mark(p->a);
    struct str key = str_cat(p->a, gene, str_cat(p->a, STR(" "), name));
    int32_t at = termindex_find(&p->t->by_same, key);
    arena_release(p->a, mark);
    return at < 0 ? name : p->t->changes[at].change;
}

static bool
parse_protein(struct parse *p, struct str gene, struct str text)
{
    struct protein c;
    if (!protein_parse(p->a, p->t, gene, text, &c))
        return false;
    struct str same = str_is_empty(gene) ? c.name : same_change(p, gene, c.name);
    if (!str_eq(same, c.name) && !protein_parse(p->a, p->t, gene, same, &c))
        return false;
    struct variant_name v = {.gene = gene, .name = c.name, .category = VARIANT_MUTATION};
    v.any = c.kind == PROTEIN_CODON;
    if (c.kind == PROTEIN_SYNONYMOUS)
        v.category = VARIANT_OTHER;
    put_group(&v, &c);
    return add(p, v);
}

/* Words that name an event without a place; the text is lower case without its spaces doubled. */
static const struct {
    const char *words;
    const char *name;
    enum variant_category category;
    bool any;
    bool wild;
} events[] = {
    {"wildtype", "wild type", VARIANT_MUTATION, true, true},
    {"wild type", "wild type", VARIANT_MUTATION, true, true},
    {"wild-type", "wild type", VARIANT_MUTATION, true, true},
    {"wt", "wild type", VARIANT_MUTATION, true, true},
    {"amplification", "amplification", VARIANT_COPY_GAIN, false, false},
    {"amplified", "amplification", VARIANT_COPY_GAIN, false, false},
    {"amp", "amplification", VARIANT_COPY_GAIN, false, false},
    {"gain", "gain", VARIANT_COPY_GAIN, false, false},
    {"copy number gain", "gain", VARIANT_COPY_GAIN, false, false},
    {"copy_number_gain", "gain", VARIANT_COPY_GAIN, false, false},
    {"loss", "loss", VARIANT_COPY_LOSS, false, false},
    {"copy number loss", "loss", VARIANT_COPY_LOSS, false, false},
    {"copy_number_loss", "loss", VARIANT_COPY_LOSS, false, false},
    {"deletion", "deletion", VARIANT_COPY_LOSS, false, false},
    {"homozygous deletion", "deletion", VARIANT_COPY_LOSS, false, false},
    {"copy number variation", "copy number change", VARIANT_OTHER, true, false},
    {"mutation", "mutation", VARIANT_MUTATION, true, false},
    {"mutations", "mutation", VARIANT_MUTATION, true, false},
    {"mutated", "mutation", VARIANT_MUTATION, true, false},
    {"overexpression", "overexpression", VARIANT_OTHER, false, false},
    {"fusion", "fusion", VARIANT_FUSION, false, false},
    {"fusions", "fusion", VARIANT_FUSION, false, false},
    {"rearrangement", "fusion", VARIANT_FUSION, false, false},
    {"rearranged", "fusion", VARIANT_FUSION, false, false},
    {"translocation", "fusion", VARIANT_FUSION, false, false},
    {"itd", "ITD", VARIANT_MUTATION, false, false},
    {"internal tandem duplication", "ITD", VARIANT_MUTATION, false, false},
    {"internal duplication", "ITD", VARIANT_MUTATION, false, false},
    {"tkd", "TKD", VARIANT_MUTATION, true, false},
    {"tkd mutation", "TKD", VARIANT_MUTATION, true, false},
    {"viii", "vIII", VARIANT_OTHER, false, false},
    {"promoter hypermethylation", "promoter methylation", VARIANT_OTHER, false, false},
    {"promoter methylation", "promoter methylation", VARIANT_OTHER, false, false},
    {"v7", "v7", VARIANT_OTHER, false, false},
};

/* Without a Sequence Ontology number in parentheses behind it. */
static struct str
event_text(struct arena *a, struct str text)
{
    struct str low = str_lower(a, str_trim(text)), head, rest;
    if (str_cut(low, '(', &head, &rest) && str_starts(rest, STR("so:")))
        low = str_trim(head);
    return low;
}

static bool
parse_event(struct parse *p, struct str gene, struct str text)
{
    struct str low = event_text(p->a, text);
    for (size_t i = 0; i < RFD_COUNT(events); i++) {
        if (!str_eq_c(low, events[i].words))
            continue;
        return add(p, (struct variant_name){.gene = gene,
                                            .name = str_from_c(events[i].name),
                                            .category = events[i].category,
                                            .any = events[i].any,
                                            .wild = events[i].wild});
    }
    return false;
}

/* Takes digits from *s. */
static int32_t
take_number(struct str *s)
{
    int32_t n = 0;
    while (s->n > 0 && is_digit(s->p[0]) && n < 100000) {
        n = n * 10 + (s->p[0] - '0');
        *s = str_sub(*s, 1, s->n);
    }
    return n;
}

static void
skip_blanks(struct str *s)
{
    while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '-' || s->p[0] == '_'))
        *s = str_sub(*s, 1, s->n);
}

static struct str
exon_name(struct parse *p, int32_t exon, const char *what)
{
    struct sb b;
    sb_init_arena(&b, p->a, 32);
    sb_add_c(&b, "ex");
    sb_add_i64(&b, exon);
    sb_add_c(&b, what);
    return sb_str(&b);
}

/* "exon 19 deletion", "ex19del", "Exon 14 skipping mutation", "exon 2 mutation". */
static bool
parse_exon(struct parse *p, struct str gene, struct str text)
{
    struct str s = str_lower(p->a, str_trim(text));
    if (!str_starts(s, STR("ex")))
        return false;
    s = str_sub(s, str_starts(s, STR("exon")) ? 4 : 2, s.n);
    skip_blanks(&s);
    int32_t exon = take_number(&s);
    skip_blanks(&s);
    const char *what = str_starts(s, STR("del"))    ? "del"
                       : str_starts(s, STR("ins"))  ? "ins"
                       : str_starts(s, STR("skip")) ? "skip"
                       : str_starts(s, STR("mut"))  ? "mut"
                                                    : NULL;
    if (exon == 0 || what == NULL)
        return false;
    struct variant_name v = {.gene = gene, .exon = exon, .any = true};
    v.name = exon_name(p, exon, what);
    v.category = str_eq_c(str_from_c(what), "skip") ? VARIANT_OTHER : VARIANT_MUTATION;
    if (!str_eq_c(str_from_c(what), "mut"))
        v.group = v.name;
    return add(p, v);
}

/* Genes whose part makes the fusion a target: the fusion is filed under that one. */
static bool
is_driver(struct str gene)
{
    static const char *const drivers[] = {
        "ALK",  "ROS1", "RET", "NTRK1", "NTRK2", "NTRK3", "FGFR1", "FGFR2", "FGFR3", "BRAF",
        "ABL1", "NRG1", "MET", "EGFR",  "ERBB2", "RAF1",  "JAK2",  "KMT2A", "RARA",  "PDGFRA"};
    for (size_t i = 0; i < RFD_COUNT(drivers); i++) {
        if (str_eq_c(gene, drivers[i]))
            return true;
    }
    return false;
}

static bool
add_fusion(struct parse *p, struct str context, struct str five, struct str three)
{
    bool first =
        str_eq(context, five) || (!str_eq(context, three) && !is_driver(three) && is_driver(five));
    return add(p, (struct variant_name){.gene = first ? five : three,
                                        .partner = first ? three : five,
                                        .name = STR("fusion"),
                                        .category = VARIANT_FUSION});
}

/* BCR-ABL is written for BCR::ABL1; NPM for NPM1. */
static struct str
fusion_symbol(struct parse *p, struct str gene)
{
    return terms_symbol(p->t, p->a, gene);
}

/* "EML4::ALK" or "EML4-ALK"; false for gene names with a hyphen of their own. */
static bool
cut_fusion(struct str text, struct str *five, struct str *three)
{
    struct str head, rest;
    if (str_cut(text, ':', &head, &rest)) {
        if (rest.n == 0 || rest.p[0] != ':')
            return false;
        rest = str_sub(rest, 1, rest.n);
    } else if (!str_cut(text, '-', &head, &rest) || str_eq_c(head, "HLA") ||
               str_eq_c(head, "NKX2")) {
        return false;
    }
    *five = head;
    *three = rest;
    return gene_like(head) && gene_like(rest);
}

/* e20-e20, e6-e20: which exons are joined; kept with the text as sent. */
static bool
is_exon_pair(struct str s)
{
    struct str x, y;
    return str_cut(s, '-', &x, &y) && x.n >= 2 && y.n >= 2 && x.p[0] == 'e' && y.p[0] == 'e' &&
           is_digit(x.p[1]) && is_digit(y.p[1]);
}

static bool parse_one(struct parse *p, struct str gene, struct str text);

/* A fusion and what may follow it: a word, the joined exons, or a change in the gene. */
static bool
parse_fusion(struct parse *p, struct str context, struct str text)
{
    struct str head, rest, five, three;
    if (!str_cut(text, ' ', &head, &rest))
        rest = STR("");
    if (!cut_fusion(head, &five, &three))
        return false;
    five = fusion_symbol(p, five);
    three = fusion_symbol(p, three);
    if (!add_fusion(p, context, five, three))
        return false;
    struct str gene = p->out->item[p->out->count - 1].gene;
    rest = str_trim(rest);
    if (rest.n == 0 || is_exon_pair(rest) || str_eq_nocase(rest, STR("fusion")) ||
        str_eq_nocase(rest, STR("rearrangement")))
        return true;
    return parse_protein(p, gene, rest);
}

/* "ALK FUSION G1202R": any fusion of the gene, and a change in it. */
static bool
parse_fusion_and_change(struct parse *p, struct str gene, struct str text)
{
    struct str head, rest;
    if (!str_cut(text, ' ', &head, &rest) || !str_eq_nocase(head, STR("fusion")))
        return false;
    return parse_event(p, gene, head) && parse_protein(p, gene, str_trim(rest));
}

/* D835H/Y: two ends of one place. G12/G13: two places. */
static bool
parse_either(struct parse *p, struct str gene, struct str text)
{
    struct str head, rest;
    size_t before = p->out->count;
    if (!str_cut(text, '/', &head, &rest) || head.n < 2)
        return false;
    struct str second = rest.n == 1 ? str_cat(p->a, str_sub(head, 0, head.n - 1), rest) : rest;
    if (parse_protein(p, gene, head) && parse_protein(p, gene, second)) {
        p->out->either = true;
        return true;
    }
    p->out->count = before;
    return false;
}

static bool
parse_translocation(struct parse *p, struct str context, struct str text)
{
    struct str low = str_lower(p->a, text);
    if (low.n < 2 || low.p[0] != 't' || low.p[1] != '(')
        return false;
    int32_t at = termindex_find(&p->t->by_translocation, low);
    return at >= 0 && add_fusion(p, context, p->t->changes[at].gene, p->t->changes[at].change);
}

/* Coding or genomic HGVS, dbSNP number: by the table, else a c. change keeps its own name. */
static bool
parse_alias(struct parse *p, struct str gene, struct str text)
{
    struct str key = terms_alias_key(p->a, text), head, rest;
    if (str_starts(text, STR("RS")) || str_starts(text, STR("rs")))
        key = str_lower(p->a, text);
    int32_t at = termindex_find(&p->t->by_alias, key);
    if (at >= 0)
        return parse_protein(p, p->t->changes[at].gene, p->t->changes[at].change);
    struct str c = str_cut(key, ':', &head, &rest) ? rest : key;
    if (!str_starts(c, STR("c.")) || c.n < 4)
        return false;
    return add(p, (struct variant_name){.gene = gene, .name = c, .category = VARIANT_MUTATION});
}

/* "NM_000251.3(MSH2):c.1832del (p.Val611fs)": the gene and the protein change of it. */
static bool
parse_title(struct parse *p, struct str text)
{
    struct str head, rest, gene, after, change;
    if (!str_starts(text, STR("NM_")) || !str_cut(text, '(', &head, &rest) ||
        !str_cut(rest, ')', &gene, &after) || !gene_like(gene))
        return false;
    gene = str_dup(p->a, gene);
    if (str_cut(after, '(', &head, &change) && str_ends(change, STR(")")))
        return parse_protein(p, gene, str_sub(change, 0, change.n - 1));
    return parse_alias(p, gene, after.n > 1 ? str_sub(after, 1, after.n) : after);
}

/* "NP_005219.2:p.Leu858Arg" without its accession, which may say the gene. */
static struct str
without_accession(struct parse *p, struct str text, struct str *gene)
{
    struct str head, rest, accession, version;
    if (!str_cut(text, ':', &head, &rest) ||
        !(str_starts(rest, STR("p.")) || str_starts(rest, STR("P."))))
        return text;
    (void)str_cut(head, '.', &accession, &version);
    int32_t at = termindex_find(&p->t->by_symbol, accession);
    if (str_is_empty(*gene) && at >= 0)
        *gene = terms_name_at(p->t, at);
    return rest;
}

/* "Splicing alteration (c.463+1G>C)": what is in the parentheses. */
static struct str
without_words(struct str text)
{
    struct str head, rest;
    if (str_cut(text, '(', &head, &rest) &&
        str_eq_nocase(str_trim(head), STR("splicing alteration")) && str_ends(rest, STR(")")))
        return str_sub(rest, 0, rest.n - 1);
    return text;
}

/* A text that begins with a gene: "EGFR L858R", "NRAS Gain", "MET exon 14 skipping". */
static bool
parse_with_gene(struct parse *p, struct str text)
{
    struct str head, rest;
    if (!str_cut(text, ' ', &head, &rest) || !gene_like(head))
        return false;
    struct str gene = terms_symbol(p->t, p->a, head);
    return parse_one(p, gene, str_trim(rest));
}

/* Called again at most once: parse_with_gene() takes a word away, and only without a gene. */
static bool
parse_one(struct parse *p, struct str gene, struct str text)
{
    size_t before = p->out->count;
    if (text.n == 0)
        return false;
    typedef bool part(struct parse *, struct str, struct str);
    static part *const parts[] = {
        parse_protein,       parse_event, parse_exon,   parse_fusion,
        parse_translocation, parse_alias, parse_either, parse_fusion_and_change};
    if (parse_title(p, text))
        return true;
    text = without_words(without_accession(p, text, &gene));
    for (size_t i = 0; i < RFD_COUNT(parts); i++) {
        p->out->count = before;
        if (parts[i](p, gene, text))
            return true;
    }
    return false;
}

/* With the gene in front of it, when the text names it. */
static bool
parse_named(struct parse *p, struct str gene, struct str text)
{
    size_t before = p->out->count;
    if (parse_one(p, gene, text))
        return true;
    p->out->count = before;
    if (parse_with_gene(p, text))
        return true;
    p->out->count = before;
    return false;
}

/* The next part of a name joined by " and ", without case. */
static struct str
next_part(struct str *rest)
{
    struct str s = *rest;
    for (size_t i = 0; i + 5 <= s.n; i++) {
        if (str_eq_nocase(str_sub(s, i, 5), STR(" and "))) {
            *rest = str_sub(s, i + 5, s.n);
            return str_trim(str_sub(s, 0, i));
        }
    }
    *rest = STR("");
    return str_trim(s);
}

bool
variant_parse(struct arena *a, const struct terms *t, struct str gene, struct str text,
              struct variant_names *out)
{
    enum { VARIANT_TEXT_MAX = 400 };
    struct variant_names names = {.count = 0};
    struct parse p = {a, t, &names};
    struct str rest = str_trim(text);
    if (rest.n == 0 || rest.n > VARIANT_TEXT_MAX)
        return false;
    struct str symbol = str_is_empty(gene) ? STR_NONE : terms_symbol(t, a, gene);
    while (rest.n > 0) {
        if (!parse_named(&p, symbol, next_part(&rest)))
            return false;
    }
    *out = names;
    return names.count > 0;
}

bool
variant_is_negation(struct str text)
{
    static const char *const words[] = {
        "not detected", "negative", "none",      "none detected",
        "absent",       "neg",      "wild type", "wildtype",
        "wild-type",    "wt",       "not found", "no mutation detected"};
    struct str s = str_trim(text);
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(s, str_from_c(words[i])))
            return true;
    }
    return false;
}
