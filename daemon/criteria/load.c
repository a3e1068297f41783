/* criteria_compile(), declared in criteria/rule.h: a rule's map, key by key. */
#include "criteria/compile.h"
#include "criteria/exclude.h"
#include "criteria/milestone.h"
#include "criteria/primitive.h"
#include "criteria/rule.h"
#include "criteria/tables.h"
#include "wire/treehash.h"

static const char *const rule_keys[] = {
    "id",        "version", "title", "citation",   "url",        "verified",  "consequence",
    "mode",      "demo",    "asks",  "notify_age", "reviewer",   "reviewed",  "consider",
    "unchecked", "applies", "line",  "series",     "refs",       "candidate", "milestones",
    "exclude",   "confirm", "cap",   "age",        "adjustable", "act_watch",
};

static bool
names_optional(struct compiler *c, const struct tree *t, const char *key, struct name_list *out)
{
    return tree_is_absent(tree_get(t, key)) || compile_names(c, t, key, out);
}

static bool
compile_texts(struct compiler *c, const struct tree *t)
{
    struct rule_head *h = &c->rule->head;
    struct name_list consider = {0};
    struct name_list unchecked = {0};
    bool ok = tree_need(t, "id", c->diags) != NULL && compile_str(c, t, "id", &h->id) &&
              compile_str(c, t, "version", &h->version) && compile_str(c, t, "title", &h->title) &&
              compile_str(c, t, "citation", &h->citation) && compile_str(c, t, "url", &h->url) &&
              compile_str(c, t, "asks", &c->rule->asks) &&
              compile_str(c, t, "reviewer", &c->rule->reviewer) &&
              names_optional(c, t, "consider", &consider) &&
              names_optional(c, t, "unchecked", &unchecked) &&
              names_optional(c, t, "adjustable", &c->rule->adjustable);

    h->consider = consider.name;
    h->consider_count = consider.count;
    h->unchecked = unchecked.name;
    h->unchecked_count = unchecked.count;
    if (str_is_absent(h->title))
        h->title = h->id;
    return ok;
}

static bool
enum_optional(struct compiler *c, const struct tree *t, const char *const *names, size_t count,
              int *out)
{
    return tree_is_absent(t) || tree_enum(t, c->diags, names, count, out);
}

static bool
compile_verified(struct compiler *c, const struct tree *t)
{
    static const char *const words[] = {"verified", "partial", "memory"};
    int seen = 2; /* unless it is said, nobody has seen the threshold */

    if (!enum_optional(c, tree_get(t, "verified"), words, RFD_COUNT(words), &seen))
        return false;
    c->rule->head.verified = str_from_c(words[seen]);
    return true;
}

/* The mode that a rule file asks for. It runs so only with a site's sign-off on its content, which
 * stands in a file of its own (DESIGN.md section 1, promise 8). */
static bool
compile_standing(struct compiler *c, const struct tree *t)
{
    static const char *const modes[] = {"shadow", "review", "live"};
    static const char *const meanings[] = {"watch",  "repeat",    "restage",
                                           "biopsy", "adherence", "options"};
    const struct tree *mode_at = tree_get(t, "mode");
    const struct tree *reviewed = tree_get(t, "reviewed");
    int mode = RULE_SHADOW;
    int consequence = CONSEQUENCE_RESTAGE;

    if (!enum_optional(c, mode_at, modes, RFD_COUNT(modes), &mode) ||
        !enum_optional(c, tree_get(t, "consequence"), meanings, RFD_COUNT(meanings), &consequence))
        return false;
    if (!tree_is_absent(reviewed) && !tree_day(reviewed, c->diags, &c->rule->reviewed))
        return false;
    if (mode != RULE_SHADOW && (str_is_empty(c->rule->reviewer) || c->rule->reviewed == DAY_NONE)) {
        tree_error(mode_at, c->diags,
                   "only a rule with reviewer and reviewed (a date) leaves shadow mode");
        return false;
    }
    c->rule->head.mode = RULE_SHADOW; /* until criteria_sign_off() finds the site's word on it */
    c->rule->asked = (enum rule_mode)mode;
    c->rule->head.consequence = (enum consequence)consequence;
    return compile_bool(c, t, "demo", &c->rule->head.demo);
}

static bool
compile_notify_age(struct compiler *c, const struct tree *t)
{
    enum { AGE_DAYS_MAX = 3660 };
    struct span age = {0};

    if (!compile_span(c, t, "notify_age", &age))
        return false;
    if (age.months || age.n > AGE_DAYS_MAX) {
        tree_error(tree_get(t, "notify_age"), c->diags,
                   "an age in days or weeks, ten years at most");
        return false;
    }
    c->rule->head.notify_age_days = age.n;
    return true;
}

static bool
compile_act_watch(struct compiler *c, const struct tree *t)
{
    enum { WAIT_DAYS_MAX = 90 };
    struct span wait = {0};

    if (!compile_span(c, t, "act_watch", &wait))
        return false;
    if (wait.months || wait.n > WAIT_DAYS_MAX) {
        tree_error(tree_get(t, "act_watch"), c->diags, "days or weeks, %d days at most",
                   WAIT_DAYS_MAX);
        return false;
    }
    c->rule->head.act_watch_days = wait.n;
    return true;
}

/* age: {ge: 18}, in years */
static bool
compile_age(struct compiler *c, const struct tree *t)
{
    struct test bounds = {0};

    if (tree_is_absent(t))
        return true;
    if (!compile_keys(c, t, NULL, 0, true) || !compile_bounds(c, t, BOUND_NUMBER, 1, &bounds))
        return false;
    for (size_t i = 0; i < bounds.bound_count; i++) {
        if (bounds.bound[i].number.exp != 0 || bounds.bound[i].number.coef > 150) {
            tree_error(t, c->diags, "an age is a whole number of years");
            return false;
        }
        c->rule->age[i] = bounds.bound[i];
    }
    c->rule->age_count = bounds.bound_count;
    return true;
}

static bool
compile_head(struct compiler *c, const struct tree *t)
{
    return compile_texts(c, t) && compile_verified(c, t) && compile_standing(c, t) &&
           compile_notify_age(c, t) && compile_act_watch(c, t) &&
           compile_age(c, tree_get(t, "age"));
}

/* The nodes of a list of OncoTree codes; "any" stands for the root where it may. */
static bool
compile_nodes(struct compiler *c, const struct tree *t, const char *key, bool *any,
              const struct oncotree_node *const **out, size_t *count_out)
{
    const struct tree *list = tree_get(t, key);
    const struct oncotree_node **node;
    struct name_list codes;

    if (!compile_names(c, t, key, &codes))
        return false;
    node = ARENA_ARRAY(c->arena, codes.count, const struct oncotree_node *);
    *out = node;
    for (size_t i = 0; i < codes.count; i++) {
        if (any != NULL && str_eq_c(codes.name[i], "any")) {
            *any = true;
        } else if (c->oncotree != NULL) {
            node[*count_out] = oncotree_code(c->oncotree, codes.name[i]);
            if (node[*count_out] == NULL) {
                tree_error(tree_at(list, i), c->diags, "no OncoTree code of this name");
                return false;
            }
            ++*count_out;
        }
    }
    return true;
}

static bool
compile_applies(struct compiler *c, const struct tree *t)
{
    static const char *const keys[] = {"oncotree", "not"};
    struct rule *r = c->rule;

    if (t == NULL || !compile_keys(c, t, keys, RFD_COUNT(keys), false) ||
        !compile_nodes(c, t, "oncotree", &r->applies_any, &r->applies, &r->applies_count))
        return false;
    return tree_is_absent(tree_get(t, "not")) ||
           compile_nodes(c, t, "not", NULL, &r->applies_not, &r->applies_not_count);
}

/* line: {class: [...]} or {procedure: [...]} */
static bool
compile_line(struct compiler *c, const struct tree *t)
{
    static const char *const keys[] = {"class", "procedure"};
    struct rule *r = c->rule;

    if (tree_is_absent(t))
        return true;
    r->has_line = true;
    if (!compile_keys(c, t, keys, RFD_COUNT(keys), false))
        return false;
    if (tree_is_absent(tree_get(t, "class")) == tree_is_absent(tree_get(t, "procedure"))) {
        tree_error(t, c->diags, "a line begins with either a class or a procedure");
        return false;
    }
    return names_optional(c, t, "class", &r->line_class) &&
           names_optional(c, t, "procedure", &r->line_procedure);
}

static bool
compile_analyte(struct compiler *c, const struct tree *t)
{
    struct series_def *s = &c->rule->series;

    s->kind = SERIES_ANALYTE;
    if (!compile_str(c, t, "analyte", &s->analyte) || !compile_str(c, t, "name", &s->name) ||
        !names_optional(c, t, "matrix", &s->matrix) ||
        !names_optional(c, t, "difference", &s->less))
        return false;
    if (s->less.count != 0 && s->less.count != 2) {
        tree_error(tree_get(t, "difference"), c->diags, "a difference is of two analytes");
        return false;
    }
    if (str_is_absent(s->name))
        s->name = s->analyte;
    return tree_need(t, "unit", c->diags) != NULL &&
           compile_unit(c, tree_get(t, "unit"), &s->unit, &s->shown);
}

/* series: {event: biomarker, name: ctdna_mrd} */
static bool
compile_biomarker(struct compiler *c, const struct tree *t)
{
    struct series_def *s = &c->rule->series;

    s->kind = SERIES_BIOMARKER;
    if (tree_need(t, "name", c->diags) == NULL || !compile_str(c, t, "name", &s->analyte))
        return false;
    s->name = s->analyte;
    return true;
}

static bool
compile_series(struct compiler *c, const struct tree *t)
{
    static const char *const keys[] = {"analyte", "name", "unit", "matrix", "event", "difference"};
    static const char *const events[] = {"response", "variant", "biomarker"};
    static const enum series_kind kinds[] = {SERIES_RESPONSE, SERIES_VARIANT, SERIES_BIOMARKER};
    const struct tree *event = tree_get(t, "event");
    int kind;

    if (t == NULL || !compile_keys(c, t, keys, RFD_COUNT(keys), false))
        return false;
    if (tree_is_absent(event) == tree_is_absent(tree_get(t, "analyte"))) {
        tree_error(t, c->diags, "a series has either an analyte or an event");
        return false;
    }
    if (tree_is_absent(event))
        return compile_analyte(c, t);
    if (!tree_enum(event, c->diags, events, RFD_COUNT(events), &kind))
        return false;
    c->rule->series.kind = kinds[kind];
    return kinds[kind] != SERIES_BIOMARKER || compile_biomarker(c, t);
}

static bool
compile_baseline(struct compiler *c, const struct tree *t, struct ref *out)
{
    static const char *const keys[] = {"max_age"};

    out->kind = REF_BASELINE;
    if (!c->rule->has_line) {
        tree_error(t, c->diags, "a baseline needs the rule's line to be named");
        return false;
    }
    return compile_keys(c, t, keys, RFD_COUNT(keys), false) &&
           compile_span(c, t, "max_age", &out->max_age);
}

static bool
compile_nadir(struct compiler *c, const struct tree *t, struct ref *out)
{
    static const char *const keys[] = {"from", "confirmed"};
    const struct tree *from = tree_get(t, "from");

    out->kind = REF_NADIR;
    out->confirmed = 1;
    if (!compile_keys(c, t, keys, RFD_COUNT(keys), false) ||
        !compile_count(c, t, "confirmed", &out->confirmed))
        return false;
    if (from != NULL && str_eq_c(from->text, "line"))
        return true;
    if (!compile_ref(c, t, "from", &out->from))
        return false;
    if (out->from < 0 || c->rule->ref[out->from].kind != REF_BASELINE) {
        tree_error(from, c->diags, "a nadir counts from the line or from a baseline");
        return false;
    }
    return true;
}

static bool
compile_uln(struct compiler *c, const struct tree *t, struct ref *out)
{
    out->kind = REF_ULN;
    if (tree_dec(t, c->diags, &out->uln) && dec_sign(out->uln) > 0)
        return true;
    tree_error(t, c->diags, "the default upper limit of normal is a number above 0");
    return false;
}

static bool
compile_one_ref(struct compiler *c, const struct tree *name, const struct tree *t)
{
    static const char *const kinds[] = {
        [REF_BASELINE] = "baseline",
        [REF_NADIR] = "nadir",
        [REF_ULN] = "uln",
    };
    struct ref r = {.name = name->text, .from = REF_NONE, .confirmed = 1};
    const struct tree *v = tree_at(t, 0);
    int kind;
    bool ok;

    if (t == NULL || !tree_is(t, TREE_MAP, c->diags))
        return false;
    if (tree_len(t) != 1 || c->rule->ref_count == RULE_REFS_MAX) {
        tree_error(t, c->diags, "a reference is one of baseline, nadir, uln; at most %d of them",
                   RULE_REFS_MAX);
        return false;
    }
    if (!tree_enum(tree_key_at(t, 0), c->diags, kinds, RFD_COUNT(kinds), &kind))
        return false;
    ok = kind == REF_BASELINE ? compile_baseline(c, v, &r)
         : kind == REF_NADIR  ? compile_nadir(c, v, &r)
                              : compile_uln(c, v, &r);
    if (ok)
        c->rule->ref[c->rule->ref_count++] = r;
    return ok;
}

/* Baselines first: a nadir names one, in whatever order the file has them. */
static bool
compile_refs(struct compiler *c, const struct tree *t)
{
    if (tree_is_absent(t))
        return true;
    if (!tree_is(t, TREE_MAP, c->diags))
        return false;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < tree_len(t); i++) {
            bool nadir = tree_get(tree_at(t, i), "nadir") != NULL;

            if (nadir == (pass == 1) && !compile_one_ref(c, tree_key_at(t, i), tree_at(t, i)))
                return false;
        }
    }
    return true;
}

static bool
test_optional(struct compiler *c, const struct tree *t, const struct test **out)
{
    struct test *test = ARENA_NEW(c->arena, struct test);

    if (tree_is_absent(t))
        return true;
    if (!c->test(c, t, test))
        return false;
    *out = test;
    return true;
}

static bool
compile_what(struct compiler *c, const struct tree *t)
{
    const struct tree *candidate = tree_get(t, "candidate");
    const struct tree *milestones = tree_get(t, "milestones");

    if (tree_is_absent(candidate) == tree_is_absent(milestones)) {
        tree_error(t, c->diags, "a rule has either a candidate or milestones");
        return false;
    }
    if (!tree_is_absent(candidate))
        return test_optional(c, candidate, &c->rule->candidate);
    if (!c->rule->has_line || c->rule->series.kind != SERIES_ANALYTE) {
        tree_error(milestones, c->diags, "milestones need a line and an analyte");
        return false;
    }
    return milestone_compile(c, milestones);
}

static bool
compile_confirm(struct compiler *c, const struct tree *t)
{
    static const char *const keys[] = {"after", "unbroken", "consecutive", "distinct_specimen",
                                       "test",  "at_once",  "by",          "due"};
    struct confirmation *out = &c->rule->confirm;

    if (tree_is_absent(t))
        return true;
    out->asked = true;
    return compile_keys(c, t, keys, RFD_COUNT(keys), false) &&
           tree_need(t, "after", c->diags) != NULL && compile_span(c, t, "after", &out->after) &&
           compile_span(c, t, "due", &out->due) && compile_bool(c, t, "unbroken", &out->unbroken) &&
           compile_bool(c, t, "consecutive", &out->consecutive) &&
           compile_bool(c, t, "distinct_specimen", &out->distinct_specimen) &&
           test_optional(c, tree_get(t, "test"), &out->test) &&
           test_optional(c, tree_get(t, "at_once"), &out->at_once) &&
           test_optional(c, tree_get(t, "by"), &out->by);
}

static bool
compile_cap(struct compiler *c, const struct tree *t)
{
    static const char *const caps[] = {"unconfirmed"};
    int cap;

    if (tree_is_absent(t))
        return true;
    if (!tree_enum(t, c->diags, caps, RFD_COUNT(caps), &cap))
        return false;
    c->rule->cap_unconfirmed = true;
    return true;
}

static bool
is_about_values(const struct test *t)
{
    static const struct primitive *(*const tables[])(size_t *) = {
        values_primitives, falls_primitives, trend_primitives, kinetics_primitives};

    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        size_t n;
        const struct primitive *p = tables[i](&n);

        if (t->primitive >= p && t->primitive < p + n && t->primitive->group == PRIMITIVE_LEAF)
            return true;
    }
    return false;
}

/* A test of values in a rule on responses would read another kind of fact. */
static bool
fits_series(const struct rule *r, const struct test *t)
{
    if (r->series.kind == SERIES_ANALYTE || t == NULL)
        return true;
    if (is_about_values(t))
        return false;
    for (size_t i = 0; i < t->child_count; i++)
        if (!fits_series(r, &t->child[i]))
            return false;
    return true;
}

static bool
compile_rule(struct compiler *c, const struct tree *t)
{
    if (t == NULL || !compile_keys(c, t, rule_keys, RFD_COUNT(rule_keys), false) ||
        !compile_head(c, t) || !compile_line(c, tree_get(t, "line")) ||
        !compile_applies(c, tree_need(t, "applies", c->diags)) ||
        !compile_series(c, tree_need(t, "series", c->diags)) ||
        !compile_refs(c, tree_get(t, "refs")) || !compile_what(c, t) ||
        !exclude_compile(c, tree_get(t, "exclude")) ||
        !compile_confirm(c, tree_get(t, "confirm")) || !compile_cap(c, tree_get(t, "cap")))
        return false;
    if (fits_series(c->rule, c->rule->candidate) && fits_series(c->rule, c->rule->confirm.test) &&
        fits_series(c->rule, c->rule->confirm.by))
        return true;
    tree_error(t, c->diags, "a test of values in a rule whose series is an event");
    return false;
}

/* What a site signs: everything that the rule says, but not how it stands. */
static struct sha256
content_hash(const struct tree *t)
{
    static const char *const standing[] = {"mode", "demo", "reviewer", "reviewed"};

    return treehash_of(t, standing, RFD_COUNT(standing));
}

bool
criteria_compile(struct arena *a, const struct tree *root, const struct oncotree *oncotree,
                 struct diags *d, struct ruleset *out)
{
    size_t before = d->errors;
    size_t n = tree_len(root);
    struct rule *rules = ARENA_ARRAY(a, n + 1, struct rule);

    if (tree_is_absent(root) || !tree_is(root, TREE_SEQ, d)) {
        if (tree_is_absent(root))
            tree_error(root, d, "a file of criteria is a list of rules");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct compiler c = {a, d, oncotree, &rules[i], 0, primitive_test};

        rules[i].head.version = STR("0");
        rules[i].reviewed = DAY_NONE;
        rules[i].content = content_hash(tree_at(root, i));
        rules[i].at = tree_at(root, i);
        if (compile_rule(&c, tree_at(root, i)) &&
            criteria_rule(&(struct ruleset){rules, i}, rules[i].head.id) != NULL)
            tree_error(tree_at(root, i), d, "this id stands twice");
    }
    if (d->errors > before)
        return false;
    *out = (struct ruleset){rules, n};
    return true;
}
