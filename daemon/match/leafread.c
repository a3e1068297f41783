#include "match/leafread.h"

bool
leafread_sign(struct str *s)
{
    struct str t = str_trim(*s);
    bool negated = t.n > 0 && t.p[0] == '!';

    *s = negated ? str_trim(str_sub(t, 1, t.n)) : t;
    return negated;
}

int32_t
leafread_unresolved(struct expr_build *b, const struct tree *at, struct str name,
                    enum leaf_role role)
{
    struct leaf l = {.kind = LEAF_UNRESOLVED, .role = role, .u.name = name};

    if (!b->lenient) {
        tree_error(at, b->diags, "\"%.*s\" is not known", STR_FMT(name));
        return EXPR_NONE;
    }
    tree_warn(at, b->diags, "\"%.*s\" is not known: this condition stays unknown", STR_FMT(name));
    return expr_leaf(b->table, &l);
}

bool
leafread_bound(struct str s, struct leaf_limit *out)
{
    static const struct {
        const char *text;
        enum cmp_op op;
    } op[] = {{">=", CMP_GE}, {"<=", CMP_LE}, {"==", CMP_EQ},
              {">", CMP_GT},  {"<", CMP_LT},  {"=", CMP_EQ}};

    s = str_trim(s);
    for (size_t i = 0; i < RFD_COUNT(op); i++) {
        struct str prefix = str_from_c(op[i].text);

        if (str_starts(s, prefix)) {
            out->op = op[i].op;
            return dec_parse(str_trim(str_sub(s, prefix.n, s.n)), &out->value);
        }
    }
    return false;
}

/* ge, le, gt, lt of a map: one leaf each, joined by "and". */
static const struct {
    const char *key;
    enum cmp_op op;
} bound_keys[] = {{"ge", CMP_GE}, {"le", CMP_LE}, {"gt", CMP_GT}, {"lt", CMP_LT}};

static int32_t
join_bounds(struct expr_build *b, const struct tree *t, struct leaf *l, struct leaf_limit *slot)
{
    int32_t id[RFD_COUNT(bound_keys)];
    size_t count = 0;

    for (size_t i = 0; i < RFD_COUNT(bound_keys); i++) {
        const struct tree *v = tree_get(t, bound_keys[i].key);
        struct dec value;

        if (v == NULL) {
            continue;
        }
        if (tree_is_absent(v)) {
            tree_error(v, b->diags, "a number is missing");
            return EXPR_NONE;
        }
        if (!tree_dec(v, b->diags, &value)) {
            return EXPR_NONE;
        }
        if (value.exp < -4 || value.exp > 4 || value.coef < 0 || value.coef > 1000000000) {
            tree_error(v, b->diags, "a bound has at most nine digits and four decimals");
            return EXPR_NONE;
        }
        *slot = (struct leaf_limit){bound_keys[i].op, value};
        id[count++] = expr_leaf(b->table, l);
    }
    if (count == 0) {
        tree_error(t, b->diags, "one of ge, le, gt, lt is missing");
        return EXPR_NONE;
    }
    return expr_join(b->table, l->negated ? EXPR_OR : EXPR_AND, id, count);
}

/* ---- our own leaves ---- */

static bool
term_known(const struct match_terms *t, struct str name)
{
    if (t->drug_count + t->class_count == 0) {
        return true;
    }
    for (size_t i = 0; i < t->drug_count; i++) {
        if (str_eq_nocase(t->drug[i], name)) {
            return true;
        }
    }
    for (size_t i = 0; i < t->class_count; i++) {
        if (str_eq_nocase(t->drug_class[i], name)) {
            return true;
        }
    }
    return false;
}

/* One name or a list of them into l; *unknown is the first that nobody knows. */
static bool
read_names(struct expr_build *b, const struct tree *t, struct leaf_drugs *l, bool *negated,
           const struct tree **unknown)
{
    size_t count = t->kind == TREE_SEQ ? tree_len(t) : 1;
    struct str *name = ARENA_ARRAY(b->table->arena, count, struct str);

    for (size_t i = 0; i < count; i++) {
        const struct tree *item = t->kind == TREE_SEQ ? tree_at(t, i) : t;

        if (tree_is_absent(item)) {
            tree_error(t, b->diags, "the name of a drug or class is missing");
            return false;
        }
        if (!tree_str(item, b->diags, &name[i])) {
            return false;
        }
        *negated ^= leafread_sign(&name[i]) && i == 0;
        name[i] = str_lower(b->table->arena, name[i]);
        if (!term_known(b->terms, name[i]) && *unknown == NULL) {
            *unknown = item;
        }
    }
    if (count == 0) {
        tree_error(t, b->diags, "the name of a drug or class is missing");
    }
    l->name = name;
    l->count = count;
    return count > 0;
}

static const struct tree *
names_of(const struct tree *t)
{
    static const char *const key[] = {"class", "drug", "prior_treatment_agent"};

    for (size_t i = 0; i < RFD_COUNT(key); i++) {
        if (tree_get(t, key[i]) != NULL) {
            return tree_get(t, key[i]);
        }
    }
    return NULL;
}

static int32_t
read_drugs(struct expr_build *b, const struct tree *t, enum leaf_kind kind, bool negate)
{
    static const char *const keys[] = {"class", "drug", "prior_treatment_agent", "progression",
                                       "days"};
    struct leaf l = {.kind = kind, .role = ROLE_LINE, .negated = negate};
    const struct tree *names = t->kind == TREE_MAP ? names_of(t) : t;
    const struct tree *unknown = NULL;
    int64_t days = 0;

    if (t->kind == TREE_MAP && !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags)) {
        return EXPR_NONE;
    }
    if (names == NULL) {
        tree_error(t, b->diags, "class or drug is missing");
        return EXPR_NONE;
    }
    if (!read_names(b, names, &l.u.drugs, &l.negated, &unknown)) {
        return EXPR_NONE;
    }
    if (unknown != NULL) {
        return leafread_unresolved(b, unknown, unknown->text, ROLE_LINE);
    }
    (void)tree_bool(tree_get(t, "progression"), b->diags, &l.u.drugs.progression);
    (void)tree_i64(tree_get(t, "days"), b->diags, 1, 3650, &days);
    if (kind == LEAF_WASHOUT && days == 0) {
        tree_error(t, b->diags, "days is missing");
        return EXPR_NONE;
    }
    l.u.drugs.days = (int32_t)days;
    return expr_leaf(b->table, &l);
}

static int32_t
read_prior(struct expr_build *b, const struct tree *t, bool negate)
{
    return read_drugs(b, t, LEAF_PRIOR, negate);
}

static int32_t
read_on(struct expr_build *b, const struct tree *t, bool negate)
{
    return read_drugs(b, t, LEAF_ON, negate);
}

static int32_t
read_washout(struct expr_build *b, const struct tree *t, bool negate)
{
    return read_drugs(b, t, LEAF_WASHOUT, negate);
}

static int32_t
read_line(struct expr_build *b, const struct tree *t, bool negate)
{
    static const char *const keys[] = {"ge", "le"};
    struct leaf l = {.kind = LEAF_LINE, .role = ROLE_LINE, .negated = negate};
    int64_t ge = 0;
    int64_t le = 0;

    if (!tree_is(t, TREE_MAP, b->diags) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags)) {
        return EXPR_NONE;
    }
    (void)tree_i64(tree_get(t, "ge"), b->diags, 1, 20, &ge);
    (void)tree_i64(tree_get(t, "le"), b->diags, 1, 20, &le);
    if (ge == 0 && le == 0) {
        tree_error(t, b->diags, "ge or le is missing");
        return EXPR_NONE;
    }
    l.u.line = (struct leaf_line){(int32_t)ge, (int32_t)le};
    return expr_leaf(b->table, &l);
}

static int32_t
read_ecog(struct expr_build *b, const struct tree *t, bool negate)
{
    static const char *const keys[] = {"ge", "le", "gt", "lt"};
    struct leaf l = {.kind = LEAF_ECOG, .role = ROLE_OTHER, .negated = negate};

    if (!tree_is(t, TREE_MAP, b->diags) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags)) {
        return EXPR_NONE;
    }
    return join_bounds(b, t, &l, &l.u.bound);
}

static bool
analyte_known(const struct match_terms *t, struct str name)
{
    for (size_t i = 0; i < t->analyte_count; i++) {
        if (str_eq(t->analyte[i], name)) {
            return true;
        }
    }
    return t->analyte_count == 0;
}

static int32_t
read_lab(struct expr_build *b, const struct tree *t, bool negate)
{
    static const char *const keys[] = {"analyte", "ge",   "le",      "gt",
                                       "lt",      "unit", "max_age", "times_uln"};
    struct leaf l = {.kind = LEAF_LAB, .role = ROLE_OTHER, .negated = negate};
    struct leaf_lab *lab = &l.u.lab;

    if (!tree_is(t, TREE_MAP, b->diags) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags) ||
        !tree_str(tree_need(t, "analyte", b->diags), b->diags, &lab->analyte)) {
        return EXPR_NONE;
    }
    if (!analyte_known(b->terms, lab->analyte)) {
        return leafread_unresolved(b, tree_get(t, "analyte"), lab->analyte, ROLE_OTHER);
    }
    (void)tree_bool(tree_get(t, "times_uln"), b->diags, &lab->times_uln);
    (void)tree_span(tree_get(t, "max_age"), b->diags, &lab->max_age);
    if (!lab->times_uln && !tree_str(tree_need(t, "unit", b->diags), b->diags, &lab->unit)) {
        return EXPR_NONE;
    }
    return join_bounds(b, t, &l, &lab->bound);
}

/* What a feed may bring as a biomarker; a name beside these would never be answered. */
static bool
biomarker_known(struct str name)
{
    static const char *const known[] = {
        "pdl1", "msi", "mmr",   "tmb",  "her2", "her2_copies", "her2_ratio", "er",
        "pr",   "hrd", "folr1", "psma", "sstr", "cldn18",      "met_ihc",    "hla_a"};

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_c(name, known[i])) {
            return true;
        }
    }
    return false;
}

static int32_t
read_biomarker(struct expr_build *b, const struct tree *t, bool negate)
{
    static const char *const keys[] = {"name", "value", "ge", "le", "gt", "lt", "unit", "method"};
    struct leaf l = {.kind = LEAF_BIOMARKER, .role = ROLE_BIOMARKER, .negated = negate};
    struct leaf_biomarker *m = &l.u.biomarker;

    if (!tree_is(t, TREE_MAP, b->diags) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags) ||
        !tree_str(tree_need(t, "name", b->diags), b->diags, &m->name)) {
        return EXPR_NONE;
    }
    if (!biomarker_known(m->name)) {
        return leafread_unresolved(b, tree_get(t, "name"), m->name, ROLE_BIOMARKER);
    }
    (void)tree_str(tree_get(t, "unit"), b->diags, &m->unit);
    (void)tree_str(tree_get(t, "method"), b->diags, &m->method);
    if (tree_str(tree_get(t, "value"), b->diags, &m->value)) {
        l.negated ^= leafread_sign(&m->value);
        m->value = str_lower(b->table->arena, m->value);
        return expr_leaf(b->table, &l);
    }
    return join_bounds(b, t, &l, &m->bound);
}

static const struct {
    const char *key;
    int32_t (*read)(struct expr_build *b, const struct tree *t, bool negate);
} readers[] = {
    {"clinical", leafread_clinical},
    {"genomic", leafread_genomic},
    {"tested", leafread_tested},
    {"variant_confirmed", leafread_confirmed},
    {"prior_therapy", read_prior},
    {"prior_treatments", read_prior}, /* MatchMiner V2 */
    {"prior_treatment", read_prior},  /* CTIMS */
    {"on_therapy", read_on},
    {"washout", read_washout},
    {"line", read_line},
    {"ecog", read_ecog},
    {"lab", read_lab},
    {"biomarker", read_biomarker},
};

int32_t
leafread(struct expr_build *b, const struct tree *key, const struct tree *value, bool negate)
{
    for (size_t i = 0; i < RFD_COUNT(readers); i++) {
        if (str_eq_c(key->text, readers[i].key)) {
            if (tree_is_absent(value)) {
                tree_error(key, b->diags, "this condition is empty");
                return EXPR_NONE;
            }
            return readers[i].read(b, value, negate);
        }
    }
    return leafread_unresolved(b, key, key->text, ROLE_OTHER);
}
