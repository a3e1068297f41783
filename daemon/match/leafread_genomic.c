#include "match/leafread.h"

/* What the map says, before it becomes a leaf. */
struct reading {
    struct leaf_genomic g;
    bool exclusion; /* a "!" on any key turns the whole leaf */
    bool wildtype;
    bool repair; /* mmr_status, ms_status: then the gene is not asked (as in MatchMiner) */
    bool deficient;
    const struct tree *unresolved; /* first value or key that nobody knows */
    struct str unresolved_name;
};

typedef void read_field(struct reading *r, const struct tree *at, struct str value);

static void
not_known(struct reading *r, const struct tree *at, struct str name)
{
    if (r->unresolved == NULL) {
        r->unresolved = at;
        r->unresolved_name = name;
    }
}

static bool
is_symbol(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool fine = (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
                    (ch >= '0' && ch <= '9') || ch == '-' || ch == '.' || ch == '@';

        if (!fine) {
            return false;
        }
    }
    return s.n > 0;
}

static void
read_gene(struct reading *r, const struct tree *at, struct str value)
{
    r->g.gene = value;
    if (!is_symbol(value)) {
        not_known(r, at, value);
    }
}

static void
read_category(struct reading *r, const struct tree *at, struct str value)
{
    static const struct {
        const char *word;
        enum gene_category category;
    } known[] = {{"Mutation", GENE_MUTATION},
                 {"Copy Number Variation", GENE_COPY_NUMBER},
                 {"CNV", GENE_COPY_NUMBER},
                 {"Any Variation", GENE_MUTATION_OR_COPY},
                 {"Structural Variation", GENE_STRUCTURAL},
                 {"SV", GENE_STRUCTURAL}};

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_nocase(value, str_from_c(known[i].word))) {
            r->g.category = known[i].category;
            return;
        }
    }
    not_known(r, at, value);
}

static struct str
without_p(struct str s)
{
    return str_starts(s, STR("p.")) ? str_sub(s, 2, s.n) : s;
}

static void
read_change(struct reading *r, const struct tree *at, struct str value)
{
    (void)at;
    r->g.change = without_p(value);
}

static void
read_wildcard(struct reading *r, const struct tree *at, struct str value)
{
    (void)at;
    r->g.wildcard = without_p(value);
}

static void
read_classification(struct reading *r, const struct tree *at, struct str value)
{
    (void)at;
    r->g.classification = value;
}

static void
read_exon(struct reading *r, const struct tree *at, struct str value)
{
    int64_t n;

    if (str_to_i64(value, &n) && n > 0 && n < 1000) {
        r->g.exon = (int32_t)n;
    } else {
        not_known(r, at, value);
    }
}

static void
read_copy_call(struct reading *r, const struct tree *at, struct str value)
{
    static const char *const known[] = {"High Amplification", "Low Amplification",
                                        "Homozygous Deletion", "Heterozygous Deletion"};

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_nocase(value, str_from_c(known[i]))) {
            r->g.copy_call = str_from_c(known[i]);
            return;
        }
    }
    if (str_eq_nocase(value, STR("Gain"))) {
        r->g.copy_call = STR("Low Amplification");
        return;
    }
    not_known(r, at, value);
}

static void
read_partner(struct reading *r, const struct tree *at, struct str value)
{
    (void)at;
    if (str_eq_nocase(value, STR("any_gene"))) {
        r->g.partner_kind = PARTNER_ANY;
    } else if (str_eq_nocase(value, STR("intergenic"))) {
        r->g.partner_kind = PARTNER_INTERGENIC;
    } else {
        r->g.partner_kind = PARTNER_GENE;
        r->g.partner = value;
    }
}

static bool
says_true(struct str value)
{
    return str_eq_nocase(value, STR("true")) || str_eq_nocase(value, STR("yes"));
}

static void
read_wildtype(struct reading *r, const struct tree *at, struct str value)
{
    (void)at;
    r->wildtype = says_true(value);
}

static void
read_repair(struct reading *r, const struct tree *at, struct str value)
{
    r->repair = leafread_repair(value, &r->deficient);
    if (!r->repair) {
        not_known(r, at, value);
    }
}

static void
read_acquired(struct reading *r, const struct tree *at, struct str value)
{
    (void)at;
    r->g.acquired = says_true(value);
}

static void
read_origin(struct reading *r, const struct tree *at, struct str value)
{
    static const enum origin known[] = {ORIGIN_SOMATIC, ORIGIN_GERMLINE};

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_nocase(value, str_from_c(origin_name(known[i])))) {
            r->g.origin = known[i];
            return;
        }
    }
    not_known(r, at, value);
}

static void
read_nothing(struct reading *r, const struct tree *at, struct str value)
{
    (void)r;
    (void)at;
    (void)value;
}

static const struct {
    const char *key;
    read_field *read;
} fields[] = {
    {"hugo_symbol", read_gene},
    {"gene", read_gene}, /* ours, in tested: {gene: …} */
    {"variant_category", read_category},
    {"protein_change", read_change},
    {"wildcard_protein_change", read_wildcard},
    {"variant_classification", read_classification},
    {"exon", read_exon},
    {"cnv_call", read_copy_call},
    {"fusion_partner_hugo_symbol", read_partner},
    {"wildtype", read_wildtype},
    {"mmr_status", read_repair},
    {"ms_status", read_repair},
    {"acquired", read_acquired}, /* ours */
    {"origin", read_origin},     /* ours: germline or somatic */
    {"match_all", read_nothing}, /* any row */
    {"display_name", read_nothing},
};

static void
read_pair(struct reading *r, const struct tree *key, const struct tree *value)
{
    struct str text = value->kind == TREE_SCALAR ? value->text : STR_NONE;

    if (tree_is_absent(value) || str_is_absent(text)) {
        not_known(r, key, key->text);
        return;
    }
    if (leafread_sign(&text)) {
        r->exclusion = true; /* two signs in one leaf are still one exclusion */
    }
    for (size_t i = 0; i < RFD_COUNT(fields); i++) {
        if (str_eq_c(key->text, fields[i].key)) {
            fields[i].read(r, value, text);
            return;
        }
    }
    not_known(r, key, key->text); /* signatures, molecular_function: no feed says them */
}

static bool
read_map(struct expr_build *b, const struct tree *t, struct reading *r)
{
    if (!tree_is(t, TREE_MAP, b->diags)) {
        return false;
    }
    for (size_t i = 0; i < tree_len(t); i++) {
        read_pair(r, tree_key_at(t, i), tree_at(t, i));
    }
    if (r->wildtype && r->g.category == GENE_ANYTHING) {
        r->g.category = GENE_MUTATION;
    }
    return true;
}

static int32_t
to_leaf(struct expr_build *b, const struct reading *r, enum leaf_kind kind, bool negate)
{
    /* Wild type is "no mutation in it". */
    bool negated = (negate ^ r->exclusion) ^ r->wildtype;
    struct leaf l = {.kind = kind, .role = ROLE_BIOMARKER, .negated = negated};

    if (r->unresolved != NULL) {
        return leafread_unresolved(b, r->unresolved, r->unresolved_name, ROLE_BIOMARKER);
    }
    if (r->repair) {
        l.kind = LEAF_REPAIR;
        l.u.deficient = r->deficient;
    } else {
        l.u.genomic = r->g;
    }
    return expr_leaf(b->table, &l);
}

int32_t
leafread_genomic(struct expr_build *b, const struct tree *t, bool negate)
{
    struct reading r = {.exclusion = false};

    return read_map(b, t, &r) ? to_leaf(b, &r, LEAF_GENOMIC, negate) : EXPR_NONE;
}

int32_t
leafread_tested(struct expr_build *b, const struct tree *t, bool negate)
{
    struct reading r = {.exclusion = false};

    return read_map(b, t, &r) ? to_leaf(b, &r, LEAF_TESTED, negate) : EXPR_NONE;
}

int32_t
leafread_confirmed(struct expr_build *b, const struct tree *t, bool negate)
{
    struct reading r = {.g.tissue = true};

    return read_map(b, t, &r) ? to_leaf(b, &r, LEAF_GENOMIC, negate) : EXPR_NONE;
}
