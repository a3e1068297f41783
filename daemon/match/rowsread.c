#include "match/rowsread.h"

#include "base/sb.h"
#include "base/sort.h"
#include "match/leafread.h"

enum { WORDS_MAX = 16 << 20, MONTHS_MAX = 200 * 12 };

/* One key with its value, whose sign has been taken off. */
struct word {
    const struct tree *key;
    const struct tree *at;
    struct row_value value;
    bool negated;
};

/* Fills the test; false: MatchMiner cannot read that value either. */
typedef bool read_word(struct expr_build *b, const struct word *w, struct row_test *out);

struct key {
    const char *name;
    const char *field[2]; /* V2's, CTIMS's */
    read_word *read;      /* NULL: MatchMiner ignores the key */
};

/* ---- values ---- */

static bool
read_same(struct expr_build *b, const struct word *w, struct row_test *out)
{
    (void)b;
    out->kind = ROW_IS;
    out->value = w->value;
    return true;
}

static bool
read_same_nocase(struct expr_build *b, const struct word *w, struct row_test *out)
{
    (void)b;
    out->kind = ROW_IS_NOCASE;
    out->value = w->value;
    return w->value.kind == ROW_TEXT;
}

static bool
read_text(const struct word *w, struct row_test *out, struct str text)
{
    out->kind = ROW_IS;
    out->value = (struct row_value){.kind = ROW_TEXT, .text = text};
    return w->value.kind == ROW_TEXT;
}

/* The rest of years by twelve, rounded half to even as Python rounds: 0.083 is one month. */
static int64_t
months_of(struct str fraction)
{
    int64_t twelfths = 0;
    int64_t scale = 1;
    int64_t twice;
    int64_t whole;

    for (size_t i = 0; i < fraction.n && i < 12; i++) {
        twelfths = twelfths * 10 + (fraction.p[i] - '0');
        scale *= 10;
    }
    twelfths *= 12;
    whole = twelfths / scale;
    twice = 2 * (twelfths % scale);
    return whole + (twice > scale || (twice == scale && whole % 2 == 1) ? 1 : 0);
}

static bool
are_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return true;
}

/* ">=.083" is ">=0.083" */
static struct str
with_zero(struct arena *a, struct str s)
{
    size_t at = str_find_any(s, ".0123456789");

    if (at == s.n || s.p[at] != '.') {
        return s;
    }
    return str_cat(a, str_cat(a, str_sub(s, 0, at), STR("0")), str_sub(s, at, s.n));
}

static bool
read_bound(struct expr_build *b, const struct word *w, struct row_test *out)
{
    struct leaf_limit limit;

    out->kind = ROW_BOUND;
    if (w->value.kind != ROW_TEXT ||
        !leafread_bound(with_zero(b->table->arena, w->value.text), &limit)) {
        return false;
    }
    out->op = limit.op;
    out->value = (struct row_value){.kind = ROW_NUMBER, .number = limit.value};
    return true;
}

static bool
read_born(struct expr_build *b, const struct word *w, struct row_test *out)
{
    struct str years;
    struct str rest = STR("");
    int64_t whole = 0;

    if (!read_bound(b, w, out)) {
        return false;
    }
    out->kind = ROW_BORN;
    years = str_trim(
        str_sub(w->value.text, str_find_any(w->value.text, ".0123456789"), w->value.text.n));
    (void)str_cut(years, '.', &years, &rest);
    if (!are_digits(years) || !are_digits(rest) || (years.n > 0 && !str_to_i64(years, &whole)) ||
        whole * 12 > MONTHS_MAX) {
        return false;
    }
    out->months = (int32_t)(whole * 12 + months_of(rest));
    return true;
}

static bool
read_number(struct expr_build *b, const struct word *w, struct row_test *out)
{
    return read_bound(b, w, out);
}

/* CTIMS compares whole years: the fraction is dropped. */
static bool
read_years(struct expr_build *b, const struct word *w, struct row_test *out)
{
    struct dec *v = &out->value.number;

    if (!read_bound(b, w, out)) {
        return false;
    }
    for (; v->exp < 0; v->exp++) {
        v->coef /= 10;
    }
    return true;
}

/* ---- diagnoses ---- */

static int
text_cmp(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;

    return str_cmp(*x, *y);
}

/* The names that a table of MatchMiner gives for a name: a list, or one. */
static size_t
table_names(struct expr_build *b, const struct tree *t, struct str **out)
{
    size_t count = t->kind == TREE_SEQ ? tree_len(t) : 1;
    struct str *name = ARENA_ARRAY(b->table->arena, count, struct str);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct tree *item = t->kind == TREE_SEQ ? tree_at(t, i) : t;

        if (item->kind == TREE_SCALAR) {
            name[n++] = item->text;
        }
    }
    *out = name;
    return n;
}

/* Is n what the name stands for, in our own OncoTree? Nine names stand in several places. */
static bool
is_under(const struct oncotree *tree, const struct oncotree_node *n, struct str name)
{
    bool solid = str_eq_c(name, "_SOLID_");

    if (solid || str_eq_c(name, "_LIQUID_")) {
        return n->parent >= 0 && n->liquid == !solid;
    }
    for (const struct oncotree_node *top = oncotree_name(tree, name); top != NULL;
         top = oncotree_name_next(tree, top)) {
        if (str_eq(top->name, name) && oncotree_is_below(n, top)) {
            return true;
        }
    }
    return false;
}

static size_t
tree_names(struct expr_build *b, struct str name, struct str **out)
{
    const struct oncotree *tree = b->terms->oncotree;
    size_t count = tree == NULL ? 0 : tree->count;
    struct str *found = ARENA_ARRAY(b->table->arena, count, struct str);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_under(tree, &tree->node[i], name)) {
            found[n++] = tree->node[i].name;
        }
    }
    *out = found;
    return n;
}

static bool
read_diagnosis(struct expr_build *b, const struct word *w, struct row_test *out)
{
    const struct tree *known = NULL;
    struct str *name = NULL;

    if (w->value.kind != ROW_TEXT) {
        return false;
    }
    if (b->rows->diagnoses != NULL) {
        known = tree_get_str(b->rows->diagnoses, w->value.text);
        out->any_count = known == NULL ? 0 : table_names(b, known, &name);
    } else {
        out->any_count = tree_names(b, w->value.text, &name);
    }
    if (out->any_count == 0 && known == NULL) {
        tree_warn(w->at, b->diags, "\"%.*s\" is no diagnosis of the OncoTree given",
                  STR_FMT(w->value.text));
        return read_text(w, out, w->value.text); /* the literal name, as in V2 */
    }
    sort_stable(b->table->arena, name, out->any_count, sizeof *name, text_cmp);
    out->kind = ROW_ONE_OF;
    out->any = name;
    return true;
}

/* ---- genomic values ---- */

static struct str
upper(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);

    for (size_t i = 0; i < s.n; i++) {
        p[i] = (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - 'a' + 'A' : s.p[i]);
    }
    return (struct str){p, s.n};
}

static bool
read_category(struct expr_build *b, const struct word *w, struct row_test *out)
{
    static const struct str mutation_or_copy[] = {{"CNV", 3}, {"MUTATION", 8}};
    struct str s = w->value.text;

    if (w->value.kind != ROW_TEXT) {
        return false;
    }
    if (str_eq_c(s, "Structural Variation")) { /* in that case only; the rest of the leaf says of
                                                  which genes, see join_structural() */
        out->kind = ROW_STRUCTURAL;
        return true;
    }
    if (str_eq_nocase(s, STR("Any Variation"))) {
        out->kind = ROW_ONE_OF;
        out->any = mutation_or_copy;
        out->any_count = RFD_COUNT(mutation_or_copy);
        return true;
    }
    if (str_eq_nocase(s, STR("Copy Number Variation"))) {
        return read_text(w, out, STR("CNV"));
    }
    if (str_eq_nocase(s, STR("Structural Variation"))) {
        return read_text(w, out, STR("SV"));
    }
    return read_text(w, out, upper(b->table->arena, s));
}

static bool
read_wildcard(struct expr_build *b, const struct word *w, struct row_test *out)
{
    struct str s = w->value.text;

    out->kind = ROW_RESIDUE;
    if (w->value.kind == ROW_TEXT && !str_starts(s, STR("p."))) {
        s = str_cat(b->table->arena, STR("p."), s);
    }
    out->value = (struct row_value){.kind = ROW_TEXT, .text = s};
    return w->value.kind == ROW_TEXT;
}

struct translation {
    const char *from;
    const char *to;
};

static bool
translate(struct str s, const struct translation *table, size_t count, struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_c(s, table[i].from)) {
            *out = str_from_c(table[i].to);
            return true;
        }
    }
    return false;
}

static bool
read_copy_call(struct expr_build *b, const struct word *w, struct row_test *out)
{
    static const struct translation calls[] = {
        {"High Amplification", "High level amplification"},
        {"Homozygous Deletion", "Homozygous deletion"},
        {"Low Amplification", "Gain"},
        {"Heterozygous Deletion", "Heterozygous deletion"},
    };
    struct str to;

    if (w->value.kind != ROW_TEXT || !translate(w->value.text, calls, RFD_COUNT(calls), &to)) {
        return read_same(b, w, out);
    }
    return read_text(w, out, to);
}

static bool
read_repair(struct expr_build *b, const struct word *w, struct row_test *out)
{
    static const struct translation status[] = {
        {"MMR-Deficient", "Deficient (MMR-D / MSI-H)"},
        {"MSI-H", "Deficient (MMR-D / MSI-H)"},
        {"MMR-Proficient", "Proficient (MMR-P / MSS)"},
        {"MSI-L", "Proficient (MMR-P / MSS)"},
        {"MSS", "Proficient (MMR-P / MSS)"},
    };
    struct str to;

    (void)b;
    return w->value.kind == ROW_TEXT && translate(w->value.text, status, RFD_COUNT(status), &to) &&
           read_text(w, out, to);
}

/* CTIMS asks a field of its own in words of its own; else as mmr_status. */
static bool
read_satellite(struct expr_build *b, const struct word *w, struct row_test *out)
{
    static const char *const own[] = {"High", "Indeterminate", "Stable"};

    for (size_t i = 0; i < RFD_COUNT(own); i++) {
        if (w->value.kind == ROW_TEXT && str_eq_c(w->value.text, own[i])) {
            out->field[0] = "MS_STATUS";
            return read_text(w, out, w->value.text);
        }
    }
    return read_repair(b, w, out);
}

static bool
read_function(struct expr_build *b, const struct word *w, struct row_test *out)
{
    static const struct str gain[] = {{"Gain-of-function", 16}, {"Likely Gain-of-function", 23}};
    static const struct str loss[] = {{"Likely Loss-of-function", 23}, {"Loss-of-function", 16}};
    bool activating;

    (void)b;
    if (w->value.kind != ROW_TEXT) {
        return false;
    }
    activating = str_eq_c(w->value.text, "Activating");
    out->kind = ROW_ONE_OF;
    out->any = activating ? gain : loss;
    out->any_count = 2;
    return activating || str_eq_c(w->value.text, "Inactivating");
}

static bool
read_any_row(struct expr_build *b, const struct word *w, struct row_test *out)
{
    (void)b;
    (void)w;
    out->kind = ROW_IS; /* a field that no row has is absent, as is the value */
    out->value = (struct row_value){.kind = ROW_ABSENT};
    return true;
}

/* ---- keys ---- */

static const struct key clinical_keys[] = {
    {"AGE_NUMERICAL", {"BIRTH_DATE_INT", NULL}, read_born},
    {"AGE_EXPRESSION", {"AGE", NULL}, read_years},
    {"ONCOTREE_PRIMARY_DIAGNOSIS", {"ONCOTREE_PRIMARY_DIAGNOSIS_NAME", NULL}, read_diagnosis},
    {"TMB_NUMERICAL", {"TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE", NULL}, read_number},
    {"TMB", {"TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE", NULL}, read_number},
    {"GENDER", {"GENDER", NULL}, read_same},
    {"PDL1_STATUS", {"PDL1_STATUS", NULL}, read_same},
    {"MMR_STATUS", {"MMR_STATUS", NULL}, read_same}, /* V2: the words are not translated here */
    {"MS_STATUS", {"MS_STATUS", NULL}, read_same},
    {"HER2_STATUS", {NULL, NULL}, NULL},
    {"ER_STATUS", {NULL, NULL}, NULL},
    {"PR_STATUS", {NULL, NULL}, NULL},
    {"DISEASE_STATUS", {NULL, NULL}, NULL},
};

static const struct key genomic_keys[] = {
    {"HUGO_SYMBOL", {"TRUE_HUGO_SYMBOL", "HARMONIZED_HUGO_SYMBOL"}, read_same},
    {"VARIANT_CATEGORY", {"VARIANT_CATEGORY", NULL}, read_category},
    {"PROTEIN_CHANGE", {"TRUE_PROTEIN_CHANGE", "HARMONIZED_PROTEIN_CHANGE"}, read_same},
    {"WILDCARD_PROTEIN_CHANGE",
     {"TRUE_PROTEIN_CHANGE", "HARMONIZED_PROTEIN_CHANGE"},
     read_wildcard},
    {"VARIANT_CLASSIFICATION",
     {"TRUE_VARIANT_CLASSIFICATION", "HARMONIZED_VARIANT_CLASSIFICATION"},
     read_same},
    {"EXON", {"TRUE_TRANSCRIPT_EXON", "HARMONIZED_TRANSCRIPT_EXON"}, read_same},
    {"CNV_CALL", {"CNV_CALL", NULL}, read_copy_call},
    {"WILDTYPE", {"WILDTYPE", NULL}, read_same},
    {"FUSION_PARTNER_HUGO_SYMBOL", {"FUSION_PARTNER_HUGO_SYMBOL", NULL}, read_same},
    {"MMR_STATUS", {"MMR_STATUS", NULL}, read_repair},
    {"MS_STATUS", {"MMR_STATUS", NULL}, read_satellite},
    {"APOBEC_SIGNATURE", {"APOBEC_STATUS", NULL}, read_same},
    {"POLE_SIGNATURE", {"POLE_STATUS", NULL}, read_same},
    {"TOBACCO_SIGNATURE", {"TABACCO_STATUS", "TOBACCO_STATUS"}, read_same}, /* sic, V2 */
    {"TEMOZOLOMIDE_SIGNATURE", {"TEMOZOLOMIDE_STATUS", NULL}, read_same},
    {"UVA_SIGNATURE", {"UVA_STATUS", NULL}, read_same},
    {"MOLECULAR_FUNCTION", {"MUTATION_EFFECT", NULL}, read_function},
    {"MATCH_ALL", {"", NULL}, read_any_row},
    {"DISPLAY_NAME", {NULL, NULL}, NULL},
};

static const struct key prior_keys[] = {
    {"DRUG", {"DRUG", NULL}, read_same},                          /* V2 */
    {"PRIOR_TREATMENT_AGENT", {"AGENT", NULL}, read_same_nocase}, /* CTIMS */
};

static const struct collection {
    const char *label;
    enum rows_of of;
    enum leaf_role role;
    const struct key *key;
    size_t count;
} collections[] = {
    {"clinical", ROWS_CLINICAL, ROLE_OTHER, clinical_keys, RFD_COUNT(clinical_keys)},
    {"genomic", ROWS_GENOMIC, ROLE_BIOMARKER, genomic_keys, RFD_COUNT(genomic_keys)},
    {"prior_treatments", ROWS_PRIOR, ROLE_LINE, prior_keys, RFD_COUNT(prior_keys)}, /* V2 */
    {"prior_treatment", ROWS_PRIOR, ROLE_LINE, prior_keys, RFD_COUNT(prior_keys)},  /* CTIMS */
};

/* ---- a leaf ---- */

/* The tests of one leaf with its words, while it is read. */
struct reading {
    const struct collection *of;
    struct row_test *test;
    size_t count;
    struct str *word; /* one per test */
    bool exclusion;   /* a "!" on any key */
    bool signature;   /* then the gene is not asked */
    /* Where these stand; -1: not asked. */
    int structural;
    int gene;
    int partner;
};

int32_t
rowsread_nothing(struct expr_build *b)
{
    struct leaf l = {.kind = LEAF_ROWS, .role = ROLE_OTHER, .u.rows = {.of = ROWS_NOTHING}};

    l.u.rows.words = STR("nothing is asked");
    return expr_leaf(b->table, &l);
}

static const struct key *
find_key(struct expr_build *b, const struct collection *of, struct str name)
{
    struct key *literal;

    for (size_t i = 0; i < of->count; i++) {
        if (str_eq_c(name, of->key[i].name)) {
            return &of->key[i];
        }
    }
    literal = ARENA_NEW(b->table->arena, struct key); /* the field of that name */
    *literal = (struct key){NULL, {str_cz(b->table->arena, name), NULL}, read_same};
    return literal;
}

static struct word
word_of(const struct tree *key, const struct tree *at)
{
    struct word w = {.key = key, .at = at, .value = row_value_of(at)};

    w.negated = w.value.kind == ROW_TEXT && str_starts(w.value.text, STR("!"));
    if (w.negated) {
        w.value.text = str_sub(w.value.text, 1, w.value.text.n);
    }
    return w;
}

/* "HUGO_SYMBOL=t:EGFR": the kind tells 19 and "19" apart. */
static struct str
words_of(struct arena *a, struct str key, const struct word *w)
{
    static const char *const kind[ROW_VALUE_KIND_COUNT] = {"-", "b", "n", "t", "?"};
    struct sb b;

    sb_init_arena(&b, a, WORDS_MAX);
    sb_addf(&b, "%.*s%s=%s:", STR_FMT(key), w->negated ? "!" : "", kind[w->value.kind]);
    if (w->value.kind == ROW_TRUTH) {
        sb_add_c(&b, w->value.truth ? "true" : "false");
    } else {
        sb_addf(&b, "%zu:", w->value.text.n);
        sb_add(&b, w->value.text);
    }
    return sb_str(&b);
}

static bool
is_signature(struct str name)
{
    return str_ends(name, STR("_SIGNATURE")) || str_eq_c(name, "MMR_STATUS") ||
           str_eq_c(name, "MS_STATUS");
}

static void
note_part(struct reading *r, struct str name)
{
    int at = (int)r->count - 1;

    r->signature |= is_signature(name);
    if (r->test[at].kind == ROW_STRUCTURAL) {
        r->structural = at;
    } else if (str_eq_c(name, "HUGO_SYMBOL")) {
        r->gene = at;
    } else if (str_eq_c(name, "FUSION_PARTNER_HUGO_SYMBOL")) {
        r->partner = at;
    }
}

/* False: the whole leaf cannot be read; it has been said. */
static bool
read_key(struct expr_build *b, struct reading *r, const struct tree *key, const struct tree *at)
{
    struct str name = upper(b->table->arena, key->text);
    const struct key *k = find_key(b, r->of, name);
    struct word w = word_of(key, at);
    struct row_test *t = &r->test[r->count];

    if (k->read == NULL) {
        return true;
    }
    if (k->name == NULL) {
        tree_warn(key, b->diags, "\"%.*s\" is no key of CTML: the field %.*s is compared",
                  STR_FMT(key->text), STR_FMT(name));
    }
    *t = (struct row_test){.field = {k->field[0], k->field[1]}};
    if (!k->read(b, &w, t)) {
        tree_warn(tree_is_absent(at) ? key : at, b->diags,
                  "\"%.*s\" has a value that cannot be read: this condition never holds",
                  STR_FMT(key->text));
        return false;
    }
    r->exclusion |= w.negated;
    r->word[r->count++] = words_of(b->table->arena, name, &w);
    note_part(r, name);
    return true;
}

static struct str
text_at(const struct reading *r, int at)
{
    return at < 0 || r->test[at].value.kind != ROW_TEXT ? STR_NONE : r->test[at].value.text;
}

static enum row_side
side_of(struct str s)
{
    if (str_is_absent(s)) {
        return SIDE_NOT_ASKED;
    }
    if (str_eq_nocase(s, STR("intergenic"))) {
        return SIDE_NONE;
    }
    return str_eq_nocase(s, STR("any_gene")) || str_eq_nocase(s, STR("any gene")) ? SIDE_ANY
                                                                                  : SIDE_GENE;
}

static void
drop(struct reading *r, int at)
{
    if (at < 0) {
        return;
    }
    for (size_t i = (size_t)at; i + 1 < r->count; i++) {
        r->test[i] = r->test[i + 1];
    }
    r->count--;
}

/* Gene and partner belong to the structural question and are not asked beside it; with a signature
 * the gene is not asked at all. The words of all of them stay in the key. */
static void
join_structural(struct reading *r)
{
    struct str gene = text_at(r, r->gene);
    struct str partner = text_at(r, r->partner);
    struct row_test *t;

    if (r->structural < 0) {
        drop(r, r->signature ? r->gene : -1);
        return;
    }
    t = &r->test[r->structural];
    t->side[0] = side_of(gene);
    t->side[1] = side_of(partner);
    t->gene[0] = gene;
    t->gene[1] = partner;
    /* MatchMiner writes a gene that is not there into its pattern as the word None. */
    t->value.text = str_is_absent(gene) ? STR("None") : gene;
    /* The later one first: dropping moves what stands behind. */
    drop(r, r->gene > r->partner ? r->gene : r->partner);
    drop(r, r->gene > r->partner ? r->partner : r->gene);
}

static struct str
join_words(struct expr_build *b, struct str label, struct str *word, size_t count)
{
    struct sb text;

    sort_stable(b->table->arena, word, count, sizeof *word, text_cmp);
    sb_init_arena(&text, b->table->arena, WORDS_MAX);
    sb_add(&text, label);
    for (size_t i = 0; i < count; i++) {
        sb_add_char(&text, ' ');
        sb_add(&text, word[i]);
    }
    rfd_assert(sb_ok(&text));
    return sb_str(&text);
}

static int32_t
make_leaf(struct expr_build *b, const struct reading *r, size_t words, bool negated)
{
    struct leaf l = {.kind = LEAF_ROWS, .role = r->of->role, .negated = negated};

    l.u.rows.of = r->of->of;
    l.u.rows.test = r->test;
    l.u.rows.test_count = r->count;
    l.u.rows.words = join_words(b, str_from_c(r->of->label), r->word, words);
    return expr_leaf(b->table, &l);
}

static struct reading
reading_of(struct expr_build *b, const struct collection *of, size_t keys)
{
    return (struct reading){.of = of,
                            .structural = -1,
                            .gene = -1,
                            .partner = -1,
                            .test = ARENA_ARRAY(b->table->arena, keys, struct row_test),
                            .word = ARENA_ARRAY(b->table->arena, keys, struct str)};
}

static int32_t
never(struct expr_build *b, const struct tree *at)
{
    struct leaf l = {.kind = LEAF_UNRESOLVED, .role = ROLE_OTHER, .u.name = at->text};

    return expr_leaf(b->table, &l);
}

/* Genomic rows and prior treatments: all keys on one row, one sign for all. */
static int32_t
read_one_row(struct expr_build *b, const struct collection *of, const struct tree *t, bool negate)
{
    struct reading r = reading_of(b, of, tree_len(t));
    size_t words;

    for (size_t i = 0; i < tree_len(t); i++) {
        if (!read_key(b, &r, tree_key_at(t, i), tree_at(t, i))) {
            return never(b, tree_key_at(t, i));
        }
    }
    if (r.count == 0) {
        return rowsread_nothing(b);
    }
    words = r.count;
    join_structural(&r);
    return make_leaf(b, &r, words, r.exclusion != negate);
}

/* Clinical keys: each with its own sign. */
static int32_t
read_each(struct expr_build *b, const struct collection *of, const struct tree *t, bool negate)
{
    int32_t *id = ARENA_ARRAY(b->table->arena, tree_len(t) + 1, int32_t);
    size_t n = 0;

    for (size_t i = 0; i < tree_len(t); i++) {
        struct reading r = reading_of(b, of, 1);

        if (!read_key(b, &r, tree_key_at(t, i), tree_at(t, i))) {
            id[n++] = never(b, tree_key_at(t, i));
        } else if (r.count > 0) {
            id[n++] = make_leaf(b, &r, 1, r.exclusion != negate);
        }
    }
    if (n == 0) {
        return rowsread_nothing(b);
    }
    return expr_join(b->table, negate ? EXPR_OR : EXPR_AND, id, n);
}

int32_t
rowsread(struct expr_build *b, const struct tree *key, const struct tree *value, bool negate)
{
    for (size_t i = 0; i < RFD_COUNT(collections); i++) {
        const struct collection *of = &collections[i];

        if (!str_eq_c(key->text, of->label)) {
            continue;
        }
        if (value == NULL || value->kind != TREE_MAP) {
            tree_error(value == NULL ? key : value, b->diags, "a map of conditions is expected");
            return EXPR_NONE;
        }
        return of->of == ROWS_CLINICAL ? read_each(b, of, value, negate)
                                       : read_one_row(b, of, value, negate);
    }
    tree_warn(key, b->diags, "\"%.*s\" is no condition of MatchMiner: it never holds",
              STR_FMT(key->text));
    return never(b, key);
}
