#include "match/compat.h"

#include "base/limits.h"
#include "base/sort.h"

enum { CLAUSES_START = 8 };

/* ---- trials ---- */

static bool
says(const struct tree *map, const char *key, struct str word)
{
    const struct tree *t = tree_get(map, key);

    return t != NULL && t->kind == TREE_SCALAR && str_eq_nocase(str_trim(t->text), word);
}

/* As CTML has it: also when the step has no arm at all. */
static bool
all_arms_suspended(const struct tree *step)
{
    const struct tree *arms = tree_get(step, "arm");

    for (size_t i = 0; i < tree_len(arms); i++) {
        if (!says(tree_at(arms, i), "arm_suspended", STR("y"))) {
            return false;
        }
    }
    return true;
}

/* list: the key of the list that node is an item of. */
static bool
is_suspended(const struct tree *node, struct str list)
{
    if (str_eq_c(list, "step")) {
        return all_arms_suspended(node);
    }
    if (str_eq_c(list, "arm")) {
        return says(node, "arm_suspended", STR("y"));
    }
    return str_eq_c(list, "dose_level") && says(node, "level_suspended", STR("y"));
}

static void
add_clause(struct arena *a, struct compat_trial *t, const struct compat_clause *c)
{
    if (t->count == t->room) {
        struct compat_clause *fresh;

        t->room = t->room == 0 ? CLAUSES_START : t->room * 2;
        fresh = ARENA_ARRAY(a, t->room, struct compat_clause);
        for (size_t i = 0; i < t->count; i++) {
            fresh[i] = t->clause[i];
        }
        t->clause = fresh;
    }
    t->clause[t->count++] = *c;
}

static bool
read_match(struct expr_build *b, const struct tree *node, const struct tree *match, struct str list,
           struct compat_trial *out)
{
    struct compat_clause c = {.suspended = is_suspended(node, list)};

    if (tree_is_absent(match)) {
        tree_warn(match, b->diags, "match is empty: is what follows it indented right?");
        return true;
    }
    if (match->kind != TREE_SEQ) {
        tree_error(match, b->diags, "match must be a list of conditions");
        return false;
    }
    if (tree_len(match) == 0) {
        tree_warn(match, b->diags, "match is empty: this matches nobody");
    }
    c.root = expr_compile(b, match);
    if (c.root == EXPR_NONE) {
        return false;
    }
    add_clause(b->table->arena, out, &c);
    return true;
}

static bool find_clauses(struct expr_build *b, const struct tree *t, struct str list, int depth,
                         struct compat_trial *out);

static bool
find_in_map(struct expr_build *b, const struct tree *t, struct str list, int depth,
            struct compat_trial *out)
{
    bool ok = true;

    for (size_t i = 0; i < tree_len(t); i++) {
        struct str key = tree_key_at(t, i)->text;

        if (str_eq_c(key, "match")) {
            ok = read_match(b, t, tree_at(t, i), list, out) && ok;
        } else {
            ok = find_clauses(b, tree_at(t, i), key, depth + 1, out) && ok;
        }
    }
    return ok;
}

static bool
find_clauses(struct expr_build *b, const struct tree *t, struct str list, int depth,
             struct compat_trial *out)
{
    bool ok = true;

    if (t->kind == TREE_SCALAR) {
        return true;
    }
    if (depth > LIMIT_YAML_DEPTH) {
        tree_error(t, b->diags, "nested more than %d deep", (int)LIMIT_YAML_DEPTH);
        return false;
    }
    if (t->kind == TREE_MAP) {
        return find_in_map(b, t, list, depth, out);
    }
    for (size_t i = 0; i < tree_len(t); i++) {
        ok = find_clauses(b, tree_at(t, i), list, depth + 1, out) && ok;
    }
    return ok;
}

bool
compat_trial_compile(struct expr_build *b, const struct tree *file, struct compat_trial *out)
{
    const struct tree *status = tree_get(tree_get(file, "_summary"), "status");

    *out = (struct compat_trial){.open = false};
    if (file->kind != TREE_MAP) {
        tree_error(file, b->diags, "a trial is a map of keys");
        return false;
    }
    out->open = tree_len(status) > 0 && says(tree_at(status, 0), "value", STR("open to accrual"));
    return find_clauses(b, file, STR_NONE, 0, out);
}

/* ---- patients ---- */

/* A row of one file under the id that it is joined by. */
struct joined {
    struct str id;
    const struct tree *row;
};

struct joined_list {
    struct joined *item;
    size_t count;
};

static int
joined_cmp(const void *a, const void *b)
{
    const struct joined *x = a;
    const struct joined *y = b;

    return str_cmp(x->id, y->id);
}

static struct str
id_of(const struct tree *row, const char *key)
{
    struct row_value v = row_value_of(tree_get(row, key));

    /* A number's text is as good an id as any. */
    return v.kind == ROW_TEXT || v.kind == ROW_NUMBER ? v.text : STR_NONE;
}

/* Of rows, those that have an id, in order of it. */
static struct joined_list
sorted_rows(const struct tree *const *row, size_t count, const char *key, struct arena *a,
            struct diags *d)
{
    struct joined_list l = {ARENA_ARRAY(a, count, struct joined), 0};

    for (size_t i = 0; i < count; i++) {
        struct str id = id_of(row[i], key);

        if (str_is_empty(id)) {
            id = id_of(row[i], "SAMPLE_ID");
        }
        if (str_is_empty(id)) {
            tree_warn(row[i], d, "a row without %s or SAMPLE_ID: left out", key);
        } else {
            l.item[l.count++] = (struct joined){id, row[i]};
        }
    }
    sort_stable(a, l.item, l.count, sizeof *l.item, joined_cmp);
    return l;
}

static const struct tree *const *
rows_under(const struct joined_list *l, struct str id, struct arena *a, size_t *count_out)
{
    const struct tree **row;
    size_t low = 0;
    size_t high = l->count;
    size_t n = 0;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (str_cmp(l->item[mid].id, id) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    while (low + n < l->count && str_eq(l->item[low + n].id, id)) {
        n++;
    }
    row = ARENA_ARRAY(a, n, const struct tree *);
    for (size_t i = 0; i < n; i++) {
        row[i] = l->item[low + i].row;
    }
    *count_out = n;
    return row;
}

/* From 2018-12-01 on reports name the partners in fields (MatchMiner's own date). */
static bool
is_structured(const struct tree *row)
{
    static const int64_t first_ms = 1543622400000;
    struct row_value v = row_value_of(tree_get(row, "REPORT_DATE"));
    day_t day;
    day_t first;

    if (v.kind == ROW_NUMBER) {
        return dec_cmp(v.number, dec_from_i64(first_ms)) >= 0;
    }
    return v.kind == ROW_TEXT && day_from_ymd(2018, 12, 1, &first) &&
           day_parse(str_sub(v.text, 0, 10), &day) && day >= first;
}

static int
patient_cmp(const void *a, const void *b)
{
    const struct compat_patient *x = a;
    const struct compat_patient *y = b;

    return str_cmp(x->sample, y->sample);
}

struct compat_patients
compat_join(const struct compat_files *f, struct arena *a, struct diags *d)
{
    struct joined_list clinical = sorted_rows(f->clinical, f->clinical_count, "_id", a, d);
    struct joined_list genomic = sorted_rows(f->genomic, f->genomic_count, "CLINICAL_ID", a, d);
    struct joined_list prior = sorted_rows(f->prior, f->prior_count, "CLINICAL_ID", a, d);
    struct compat_patients out = {ARENA_ARRAY(a, clinical.count, struct compat_patient), 0};

    for (size_t i = 0; i < clinical.count; i++) {
        struct compat_patient *p = &out.item[out.count];
        struct str id = clinical.item[i].id;
        const struct tree *row = clinical.item[i].row;

        p->sample = id_of(row, "SAMPLE_ID");
        if (str_is_empty(p->sample)) {
            tree_warn(row, d, "a patient without SAMPLE_ID: left out");
            continue;
        }
        p->alive = str_eq_c(row_value_of(tree_get(row, "VITAL_STATUS")).text, "alive");
        p->rows.clinical = row;
        p->rows.genomic = rows_under(&genomic, id, a, &p->rows.genomic_count);
        p->rows.prior = rows_under(&prior, id, a, &p->rows.prior_count);
        p->rows.structured = is_structured(row);
        out.count++;
    }
    sort_stable(a, out.item, out.count, sizeof *out.item, patient_cmp);
    return out;
}

/* ---- answers ---- */

struct expr_values
compat_ask(const struct expr_table *t, const struct compat_patient *p,
           const struct compat_rules *rules, struct arena *a)
{
    struct match_case c = {
        .policy = MATCH_COMPAT, .rows = &p->rows, .today = rules->today, .birth = STAMP_NONE};

    if (!p->alive && !rules->deceased) {
        return (struct expr_values){.table = t};
    }
    return expr_evaluate(t, &c, a);
}

bool
compat_matches(const struct compat_trial *t, const struct compat_rules *rules,
               const struct expr_values *v)
{
    if (v->node == NULL || (!t->open && !rules->closed)) {
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        if ((!t->clause[i].suspended || rules->closed) &&
            expr_view(v, t->clause[i].root, VIEW_STRICT) == K_TRUE) {
            return true;
        }
    }
    return false;
}
