#include "match/leafread.h"

/* One key with one value whose sign has been taken off. NULL name: none. */
struct asked {
    const struct tree *at;
    struct str value;
    bool negated;
};

typedef int32_t read_value(struct expr_build *b, const struct asked *q);

static int32_t
malformed(struct expr_build *b, const struct asked *q, enum leaf_role role)
{
    return leafread_unresolved(b, q->at, q->value, role);
}

static int32_t
read_age(struct expr_build *b, const struct asked *q)
{
    struct leaf l = {.kind = LEAF_AGE, .role = ROLE_OTHER, .negated = q->negated};

    if (!leafread_bound(q->value, &l.u.bound) || dec_sign(l.u.bound.value) < 0 ||
        dec_cmp(l.u.bound.value, dec_from_i64(150)) > 0 || l.u.bound.value.exp < -6) {
        return malformed(b, q, ROLE_OTHER);
    }
    return expr_leaf(b->table, &l);
}

static int32_t
read_disease(struct expr_build *b, const struct asked *q)
{
    struct leaf l = {.kind = LEAF_DISEASE, .role = ROLE_DISEASE, .negated = q->negated};

    if (str_eq(q->value, STR("_SOLID_")) || str_eq(q->value, STR("_LIQUID_"))) {
        l.u.disease.liquid = str_eq(q->value, STR("_LIQUID_"));
        return expr_leaf(b->table, &l);
    }
    l.u.disease.top = oncotree_name(b->terms->oncotree, q->value);
    if (l.u.disease.top == NULL) {
        l.u.disease.top = oncotree_code(b->terms->oncotree, q->value);
    }
    return l.u.disease.top == NULL ? malformed(b, q, ROLE_DISEASE) : expr_leaf(b->table, &l);
}

static int32_t
read_gender(struct expr_build *b, const struct asked *q)
{
    struct leaf l = {.kind = LEAF_SEX, .role = ROLE_OTHER, .negated = q->negated};

    if (str_eq_nocase(q->value, STR("female"))) {
        l.u.sex = SEX_FEMALE;
    } else if (str_eq_nocase(q->value, STR("male"))) {
        l.u.sex = SEX_MALE;
    } else {
        return malformed(b, q, ROLE_OTHER);
    }
    return expr_leaf(b->table, &l);
}

static int32_t
read_tmb(struct expr_build *b, const struct asked *q)
{
    struct leaf l = {.kind = LEAF_BIOMARKER, .role = ROLE_BIOMARKER, .negated = q->negated};

    l.u.biomarker.name = STR("tmb");
    if (!leafread_bound(q->value, &l.u.biomarker.bound)) {
        return malformed(b, q, ROLE_BIOMARKER);
    }
    return expr_leaf(b->table, &l);
}

bool
leafread_repair(struct str value, bool *deficient_out)
{
    static const struct {
        const char *word;
        bool deficient;
    } known[] = {{"MSI-H", true},  {"MMR-Deficient", true},   {"High", true},
                 {"MSI-L", false}, {"MMR-Proficient", false}, {"Stable", false},
                 {"MSS", false}};

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_nocase(value, str_from_c(known[i].word))) {
            *deficient_out = known[i].deficient;
            return true;
        }
    }
    return false;
}

static int32_t
read_repair(struct expr_build *b, const struct asked *q)
{
    struct leaf l = {.kind = LEAF_REPAIR, .role = ROLE_BIOMARKER, .negated = q->negated};

    if (!leafread_repair(q->value, &l.u.deficient)) {
        return malformed(b, q, ROLE_BIOMARKER);
    }
    return expr_leaf(b->table, &l);
}

/* Positive, Negative, High, Low; CTIMS says TRUE and FALSE for the first two. */
static int32_t
read_level(struct expr_build *b, const struct asked *q, const char *name)
{
    static const char *const word[] = {"positive", "negative", "high", "low", "ultralow"};
    struct leaf l = {.kind = LEAF_BIOMARKER, .role = ROLE_BIOMARKER, .negated = q->negated};
    struct str value = str_lower(b->table->arena, q->value);

    if (str_eq(value, STR("true"))) {
        value = STR("positive");
    } else if (str_eq(value, STR("false"))) {
        value = STR("negative");
    }
    l.u.biomarker.name = str_from_c(name);
    l.u.biomarker.value = value;
    for (size_t i = 0; i < RFD_COUNT(word); i++) {
        if (str_eq_c(value, word[i])) {
            return expr_leaf(b->table, &l);
        }
    }
    return malformed(b, q, ROLE_BIOMARKER);
}

static int32_t
read_her2(struct expr_build *b, const struct asked *q)
{
    return read_level(b, q, "her2");
}

static int32_t
read_er(struct expr_build *b, const struct asked *q)
{
    return read_level(b, q, "er");
}

static int32_t
read_pr(struct expr_build *b, const struct asked *q)
{
    return read_level(b, q, "pr");
}

static int32_t
read_pdl1(struct expr_build *b, const struct asked *q)
{
    return read_level(b, q, "pdl1");
}

static int32_t
read_status(struct expr_build *b, const struct asked *q)
{
    static const struct {
        const char *word;
        enum disease_status status;
    } known[] = {
        {"Untreated", STATUS_UNTREATED},     {"Previously Treated", STATUS_TREATED},
        {"Refractory", STATUS_PROGRESSED},   {"Relapsed", STATUS_PROGRESSED},
        {"Progressive", STATUS_PROGRESSED},  {"Recurrent", STATUS_OTHER},
        {"Metastatic", STATUS_OTHER},        {"Locally Advanced", STATUS_OTHER},
        {"Advanced", STATUS_OTHER},          {"Unresectable", STATUS_OTHER},
        {"Early Stage", STATUS_OTHER},       {"Localized", STATUS_OTHER},
        {"Locally Recurrent", STATUS_OTHER},
    };
    struct leaf l = {.kind = LEAF_STATUS, .role = ROLE_LINE, .negated = q->negated};

    l.u.status.text = q->value;
    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_nocase(q->value, str_from_c(known[i].word))) {
            l.u.status.status = known[i].status;
            return expr_leaf(b->table, &l);
        }
    }
    return malformed(b, q, ROLE_LINE);
}

static const struct {
    const char *key;
    read_value *read;
} readers[] = {
    {"oncotree_primary_diagnosis", read_disease},
    {"age_numerical", read_age},
    {"age_expression", read_age},
    {"gender", read_gender},
    {"tmb_numerical", read_tmb},
    {"tmb", read_tmb},
    {"mmr_status", read_repair},
    {"ms_status", read_repair},
    {"her2_status", read_her2},
    {"er_status", read_er},
    {"pr_status", read_pr},
    {"pdl1_status", read_pdl1},
    {"disease_status", read_status},
};

static int32_t
read_one(struct expr_build *b, read_value *reader, const struct tree *at, bool negate, bool *sign)
{
    struct asked q = {.at = at};

    if (!tree_str(at, b->diags, &q.value)) {
        tree_error(at, b->diags, "a value is missing here");
        return EXPR_NONE;
    }
    *sign = leafread_sign(&q.value);
    q.negated = negate ^ *sign;
    return reader(b, &q);
}

/* A list of values: one of them; of negated values: none of them. */
static int32_t
read_values(struct expr_build *b, read_value *reader, const struct tree *t, bool negate)
{
    size_t count = tree_len(t);
    int32_t *id = ARENA_ARRAY(b->table->arena, count, int32_t);
    bool sign = false;

    if (t->kind != TREE_SEQ) {
        return read_one(b, reader, t, negate, &sign);
    }
    for (size_t i = 0; i < count; i++) {
        id[i] = read_one(b, reader, tree_at(t, i), negate, &sign);
        if (id[i] == EXPR_NONE) {
            return EXPR_NONE;
        }
    }
    return expr_join(b->table, sign ^ negate ? EXPR_AND : EXPR_OR, id, count);
}

static int32_t
read_key(struct expr_build *b, const struct tree *key, const struct tree *value, bool negate)
{
    for (size_t i = 0; i < RFD_COUNT(readers); i++) {
        if (str_eq_c(key->text, readers[i].key)) {
            return read_values(b, readers[i].read, value, negate);
        }
    }
    return leafread_unresolved(b, key, key->text, ROLE_OTHER);
}

int32_t
leafread_clinical(struct expr_build *b, const struct tree *t, bool negate)
{
    size_t count = tree_len(t);
    int32_t *id = ARENA_ARRAY(b->table->arena, count, int32_t);

    if (!tree_is(t, TREE_MAP, b->diags)) {
        return EXPR_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        const struct tree *value = tree_at(t, i);

        id[i] = tree_is_absent(value)
                    ? leafread_unresolved(b, tree_key_at(t, i), tree_key_at(t, i)->text, ROLE_OTHER)
                    : read_key(b, tree_key_at(t, i), value, negate);
        if (id[i] == EXPR_NONE) {
            return EXPR_NONE;
        }
    }
    return expr_join(b->table, negate ? EXPR_OR : EXPR_AND, id, count);
}
