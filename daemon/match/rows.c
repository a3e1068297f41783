#include "match/rows.h"

/* ---- values ---- */

static bool
is_word(struct str s, const char *const *word, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_c(s, word[i])) {
            return true;
        }
    }
    return false;
}

/* A float of 16 or 17 digits, cut to what a decimal holds. Bounds of trials are no finer than that,
 * so that it compares with them as the float does. */
static bool
cut_number(struct str s, struct dec *out, bool *more)
{
    size_t point = str_find_any(s, ".");
    size_t keep = point + 1;
    int digits = 0;

    for (size_t i = 0; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';

        if (!digit && i != point && !(i == 0 && s.p[i] == '-')) {
            return false;
        }
        digits += digit && (digits > 0 || s.p[i] != '0') ? 1 : 0;
        if (i <= point || (digits <= DEC_DIGITS_MAX && i <= point + DEC_EXP_MAX)) {
            keep = i + 1;
        } else {
            *more |= s.p[i] != '0';
        }
    }
    return keep > point + 1 && keep < s.n && dec_parse(str_sub(s, 0, keep), out);
}

/* 1e3, 1.5E-2: dec_parse() takes no exponent. */
static bool
number_of(struct str s, struct dec *out, bool *more)
{
    size_t e = str_find_any(s, "eE");
    int64_t exp = 0;
    struct str digits = str_sub(s, e + 1, s.n);

    if (e < s.n && str_starts(digits, STR("+"))) {
        digits = str_sub(digits, 1, digits.n);
    }
    if (e < s.n && (!str_to_i64(digits, &exp) || exp < -DEC_EXP_MAX || exp > DEC_EXP_MAX)) {
        return false;
    }
    *more = false;
    if (!dec_parse(str_sub(s, 0, e), out) && !cut_number(str_sub(s, 0, e), out, more)) {
        return false;
    }
    out->exp += (int32_t)exp;
    return out->exp >= -DEC_EXP_MAX && out->exp <= DEC_EXP_MAX;
}

/* A plain scalar by YAML 1.1's rules, which MatchMiner's reader follows: "Yes" without quotes is a
 * truth value, "None" is text. */
static struct row_value
plain_value(struct str s)
{
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes",
                                      "YES",  "on",   "On",   "ON"};
    static const char *const no[] = {"false", "False", "FALSE", "no", "No",
                                     "NO",    "off",   "Off",   "OFF"};
    struct row_value v = {.kind = ROW_TEXT, .text = s};

    if (is_word(s, yes, RFD_COUNT(yes)) || is_word(s, no, RFD_COUNT(no))) {
        v.kind = ROW_TRUTH;
        v.truth = is_word(s, yes, RFD_COUNT(yes));
    } else if (number_of(s, &v.number, &v.more)) {
        v.kind = ROW_NUMBER;
    }
    return v;
}

struct row_value
row_value_of(const struct tree *t)
{
    static const char *const wrapped[] = {"$numberInt", "$numberLong", "$numberDouble", "$oid",
                                          "$date"};
    const struct tree *in = NULL;
    struct row_value v;

    for (size_t i = 0; i < RFD_COUNT(wrapped) && in == NULL; i++) {
        in = tree_get(t, wrapped[i]);
    }
    if (in != NULL) { /* {"$date": {"$numberLong": "0"}}: two deep at most */
        const struct tree *deeper = tree_get(in, "$numberLong");

        t = deeper != NULL ? deeper : in;
        v = (struct row_value){.kind = ROW_NUMBER, .text = t->text};
        if (t->kind == TREE_SCALAR && number_of(t->text, &v.number, &v.more)) {
            return v;
        }
    }
    if (tree_is_absent(t)) {
        return (struct row_value){.kind = ROW_ABSENT};
    }
    if (t->kind != TREE_SCALAR) {
        return (struct row_value){.kind = ROW_OTHER};
    }
    return t->quoted ? (struct row_value){.kind = ROW_TEXT, .text = t->text} : plain_value(t->text);
}

const struct tree *
row_field(const struct tree *row, const char *const field[2])
{
    const struct tree *t = tree_get(row, field[0]);

    return row_value_of(t).kind == ROW_ABSENT && field[1] != NULL ? tree_get(row, field[1]) : t;
}

bool
row_value_eq(const struct row_value *a, const struct row_value *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case ROW_ABSENT: return true;
    case ROW_TRUTH: return a->truth == b->truth;
    case ROW_NUMBER:
        return a->more == b->more && dec_cmp(a->number, b->number) == 0 &&
               (!a->more || str_eq(a->text, b->text));
    case ROW_TEXT: return str_eq(a->text, b->text);
    case ROW_OTHER:
    case ROW_VALUE_KIND_COUNT: break;
    }
    return false;
}

/* ---- tests of one row ---- */

static bool
is_one_of(const struct row_test *t, struct str s)
{
    size_t at;

    return str_place(t->any, t->any_count, s, &at);
}

static bool
is_residue(char ch)
{
    static const char residues[] = "ACDEFGHIKLMNPQRSTVWYacdefghiklmnpqrstvwy";

    for (size_t i = 0; i + 1 < sizeof residues; i++) {
        if (residues[i] == ch) {
            return true;
        }
    }
    return false;
}

static bool
holds_residue(struct str prefix, struct str s)
{
    return s.n == prefix.n + 1 && str_eq_nocase(str_sub(s, 0, prefix.n), prefix) &&
           is_residue(s.p[prefix.n]);
}

static bool
holds_bound(enum cmp_op op, const struct row_value *a, struct dec b)
{
    int cmp = dec_cmp(a->number, b);

    if (cmp == 0 && a->more) {
        cmp = dec_sign(a->number) < 0 ? -1 : 1;
    }

    switch (op) {
    case CMP_EQ: return cmp == 0;
    case CMP_LT: return cmp < 0;
    case CMP_LE: return cmp <= 0;
    case CMP_GT: return cmp > 0;
    case CMP_GE: return cmp >= 0;
    case CMP_OP_COUNT: break;
    }
    return false;
}

/* Older means born earlier: the comparison turns round. */
static bool
holds_born(const struct row_test *t, const struct row_value *born, day_t today)
{
    static const enum cmp_op turned[CMP_OP_COUNT] = {[CMP_EQ] = CMP_EQ,
                                                     [CMP_LT] = CMP_GT,
                                                     [CMP_LE] = CMP_GE,
                                                     [CMP_GT] = CMP_LT,
                                                     [CMP_GE] = CMP_LE};
    int y;
    int m;
    int d;

    day_to_ymd(day_add_months(today, -t->months), &y, &m, &d);
    return holds_bound(turned[t->op], born,
                       dec_from_i64((int64_t)y * 10000 + (int64_t)m * 100 + d));
}

/* ---- structural variants ---- */

static bool
is_word_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_';
}

/* The gene as a word: with something that is no word before it and after it, or with nothing on
 * one of the two sides. A comment that is the gene alone does not count; it does not in MatchMiner
 * either. */
static bool
mentions(struct str comment, struct str gene)
{
    for (size_t at = 0; at + gene.n <= comment.n; at++) {
        bool first = at == 0;
        bool last = at + gene.n == comment.n;

        if (str_eq_nocase(str_sub(comment, at, gene.n), gene) && !(first && last) &&
            (first || !is_word_char(comment.p[at - 1])) &&
            (last || !is_word_char(comment.p[at + gene.n]))) {
            return true;
        }
    }
    return false;
}

static bool
side_holds(const struct row_test *t, size_t side, const struct row_value *is)
{
    switch (t->side[side]) {
    case SIDE_NOT_ASKED: return true;
    case SIDE_ANY: return is->kind != ROW_ABSENT;
    case SIDE_NONE: return is->kind == ROW_ABSENT;
    case SIDE_GENE: return is->kind == ROW_TEXT && str_eq(is->text, t->gene[side]);
    case SIDE_COUNT: break;
    }
    return false;
}

static struct row_value
field_value(const struct tree *row, const char *const field[2])
{
    return row_value_of(row_field(row, field));
}

static bool
holds_structural(const struct row_test *t, const struct match_rows *rows, const struct tree *row)
{
    static const char *const comment[2] = {"STRUCTURAL_VARIANT_COMMENT", NULL};
    static const char *const category[2] = {"VARIANT_CATEGORY", NULL};
    static const char *const left[2] = {"LEFT_PARTNER_GENE", "HARMONIZED_LEFT_PARTNER_GENE"};
    static const char *const right[2] = {"RIGHT_PARTNER_GENE", "HARMONIZED_RIGHT_PARTNER_GENE"};
    struct row_value a;
    struct row_value b;

    if (!rows->structured) {
        a = field_value(row, comment);
        return a.kind == ROW_TEXT && mentions(a.text, t->value.text);
    }
    a = field_value(row, category);
    if (a.kind != ROW_TEXT || !str_eq(a.text, STR("SV"))) {
        return false;
    }
    a = field_value(row, left);
    b = field_value(row, right);
    return (side_holds(t, 0, &a) && side_holds(t, 1, &b)) ||
           (side_holds(t, 0, &b) && side_holds(t, 1, &a));
}

static bool
value_holds(const struct row_test *t, const struct row_value *v, day_t today)
{
    switch (t->kind) {
    case ROW_IS: return row_value_eq(v, &t->value);
    case ROW_IS_NOCASE: return v->kind == ROW_TEXT && str_eq_nocase(v->text, t->value.text);
    case ROW_ONE_OF: return v->kind == ROW_TEXT && is_one_of(t, v->text);
    case ROW_RESIDUE: return v->kind == ROW_TEXT && holds_residue(t->value.text, v->text);
    case ROW_BORN: return v->kind == ROW_NUMBER && holds_born(t, v, today);
    case ROW_BOUND: return v->kind == ROW_NUMBER && holds_bound(t->op, v, t->value.number);
    case ROW_STRUCTURAL:
    case ROW_TEST_KIND_COUNT: break;
    }
    return false;
}

/* Of a list it is enough that one item holds: so MongoDB compares a field with a value. */
static bool
test_holds(const struct row_test *t, const struct match_rows *rows, const struct tree *row,
           day_t today)
{
    const struct tree *field;
    struct row_value v;

    if (t->kind == ROW_STRUCTURAL) {
        return holds_structural(t, rows, row);
    }
    field = row_field(row, t->field);
    if (field == NULL || field->kind != TREE_SEQ) {
        v = row_value_of(field);
        return value_holds(t, &v, today);
    }
    for (size_t i = 0; i < tree_len(field); i++) {
        v = row_value_of(tree_at(field, i));
        if (value_holds(t, &v, today)) {
            return true;
        }
    }
    return false;
}

static bool
row_holds(const struct leaf_rows *l, const struct match_rows *rows, const struct tree *row,
          day_t today)
{
    for (size_t i = 0; i < l->test_count; i++) {
        if (!test_holds(&l->test[i], rows, row, today)) {
            return false;
        }
    }
    return true;
}

enum kleene
rows_answer(const struct leaf_rows *l, const struct match_rows *rows, day_t today)
{
    const struct tree *const *row = l->of == ROWS_GENOMIC ? rows->genomic : rows->prior;
    size_t count = l->of == ROWS_GENOMIC ? rows->genomic_count : rows->prior_count;

    if (l->of == ROWS_NOTHING) {
        return K_UNKNOWN;
    }
    if (l->of == ROWS_CLINICAL) {
        return row_holds(l, rows, rows->clinical, today) ? K_TRUE : K_FALSE;
    }
    for (size_t i = 0; i < count; i++) {
        if (row_holds(l, rows, row[i], today)) {
            return K_TRUE;
        }
    }
    return K_FALSE;
}
