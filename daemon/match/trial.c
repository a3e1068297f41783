#include "match/trial.h"

#include "base/sb.h"

enum { SET_START = 64, TITLE_MAX = 300, UNCHECKED_MAX = 60 };

/* Where a level keeps its children, its code, its words and its suspension. */
static const struct {
    const char *list;
    const char *code;
    const char *text;
    const char *suspended;
    const char *word;
} levels[TRIAL_LEVEL_COUNT] = {
    [TRIAL_TOP] = {NULL, NULL, NULL, NULL, ""},
    [TRIAL_STEP] = {"step", "step_code", "step_type", NULL, "step"},
    [TRIAL_ARM] = {"arm", "arm_code", "arm_description", "arm_suspended", "arm"},
    [TRIAL_DOSE] = {"dose_level", "level_code", "level_description", "level_suspended",
                    "dose level"},
};

static struct str
text_of(const struct tree *map, const char *key)
{
    const struct tree *t = tree_get(map, key);

    return tree_is_absent(t) || t->kind != TREE_SCALAR ? STR_NONE : str_trim(t->text);
}

/* The first that is there. */
static struct str
first_text(const struct tree *map, const char *const *key, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str s = text_of(map, key[i]);

        if (!str_is_empty(s)) {
            return s;
        }
    }
    return STR_NONE;
}

static struct str
status_of(const struct tree *file)
{
    const struct tree *list = tree_get(tree_get(file, "_summary"), "status");
    struct str s = tree_len(list) == 0 ? STR_NONE : text_of(tree_at(list, 0), "value");

    return str_is_empty(s) ? text_of(file, "status") : s;
}

/* "I/II, cell therapy": what kind of trial it is stands beside its phase. */
static struct str
phase_of(struct expr_build *b, const struct tree *file)
{
    struct str phase = text_of(file, "phase");
    struct str kind = text_of(file, "kind");
    struct sb text;

    if (str_is_empty(kind) || str_is_empty(phase)) {
        return str_is_empty(phase) ? kind : phase;
    }
    sb_init_arena(&text, b->table->arena, TITLE_MAX);
    sb_addf(&text, "%.*s, %.*s", STR_FMT(phase), STR_FMT(kind));
    return sb_str(&text);
}

/* Free text that nobody evaluates: headings and empty lines left out, at most UNCHECKED_MAX. */
static void
read_unchecked(struct expr_build *b, const struct tree *t, struct trial *out)
{
    size_t count = t != NULL && t->kind == TREE_SEQ ? tree_len(t) : 0;
    struct str *text = ARENA_ARRAY(b->table->arena, count + 1, struct str);
    size_t n = 0;

    for (size_t i = 0; i < count && n < UNCHECKED_MAX; i++) {
        const struct tree *item = tree_at(t, i);
        struct str s = item->kind == TREE_SCALAR ? str_trim(item->text) : STR_NONE;

        if (!str_is_empty(s) && !str_ends(s, STR(":"))) {
            text[n++] = s;
        }
    }
    if (count > UNCHECKED_MAX) {
        text[n - 1] = STR("and further requirements of the trial's protocol");
    }
    out->unchecked = text;
    out->unchecked_count = n;
}

static const struct trial *
read_trial(struct expr_build *b, const struct tree *file)
{
    static const char *const id_keys[] = {"protocol_no", "nct_id", "trial_internal_id"};
    static const char *const title_keys[] = {"short_title", "long_title"};
    static const char *const contact_keys[] = {"contact", "principal_investigator_institution"};
    struct trial *t = ARENA_NEW(b->table->arena, struct trial);
    struct str date = text_of(file, "last_updated");

    t->id = first_text(file, id_keys, RFD_COUNT(id_keys));
    t->title = first_text(file, title_keys, RFD_COUNT(title_keys));
    t->contact = first_text(file, contact_keys, RFD_COUNT(contact_keys));
    t->phase = phase_of(b, file);
    t->citation = text_of(file, "nct_id");
    t->status = status_of(file);
    t->open = str_eq_nocase(t->status, STR("open to accrual"));
    t->status_date = DAY_NONE;
    t->said_by = STR_NONE;
    t->stale_from = DAY_NONE;
    t->own = true;
    if (!str_is_empty(date) && !day_parse(date, &t->status_date)) {
        tree_warn(tree_get(file, "last_updated"), b->diags, "last_updated is no date");
    }
    read_unchecked(b, tree_get(file, "prior_treatment_requirements"), t);
    return t;
}

static bool
says_y(const struct tree *map, const char *key)
{
    return key != NULL && str_eq_nocase(text_of(map, key), STR("y"));
}

/* A step is closed when all its arms are (and when it has none), as in MatchMiner. */
static bool
is_suspended(const struct tree *node, enum trial_level level)
{
    const struct tree *arms = tree_get(node, levels[TRIAL_ARM].list);

    if (level != TRIAL_STEP) {
        return says_y(node, levels[level].suspended);
    }
    for (size_t i = 0; i < tree_len(arms); i++) {
        if (!says_y(tree_at(arms, i), levels[TRIAL_ARM].suspended)) {
            return false;
        }
    }
    return true;
}

static struct str
clause_title(struct arena *a, const struct trial *t, enum trial_level level, struct str code,
             struct str words)
{
    struct sb b;

    sb_init_arena(&b, a, TITLE_MAX);
    sb_add(&b, t->id);
    if (level == TRIAL_TOP || level == TRIAL_STEP) {
        words = t->title; /* a step's type is "Registration": the trial's own name says more */
    } else {
        sb_addf(&b, " %s %.*s", levels[level].word, STR_FMT(code));
    }
    if (!str_is_empty(words)) {
        sb_addf(&b, ": %.*s", STR_FMT(words));
    }
    return sb_str(&b);
}

static void
set_add(struct trial_set *set, struct arena *a, const struct trial_clause *c)
{
    struct trial_clause *fresh;

    if (set->count == set->room) {
        set->room = set->room == 0 ? SET_START : set->room * 2;
        fresh = ARENA_ARRAY(a, set->room, struct trial_clause);
        for (size_t i = 0; i < set->count; i++) {
            fresh[i] = set->clause[i];
        }
        set->clause = fresh;
    }
    set->clause[set->count++] = *c;
}

static struct str
clause_id(struct arena *a, const struct trial *t, struct str parent, struct str code)
{
    struct sb b;

    sb_init_arena(&b, a, TITLE_MAX);
    sb_add(&b, str_is_empty(parent) ? t->id : parent);
    if (!str_is_empty(code)) {
        sb_addf(&b, "/%.*s", STR_FMT(code));
    }
    return sb_str(&b);
}

/* The match list of this node, if it has one. *id_out is the node's own id, for its children. */
static bool
read_clause(struct expr_build *b, const struct trial *t, const struct tree *node,
            enum trial_level level, struct str *id, struct trial_set *set)
{
    const struct tree *match = tree_get(node, "match");
    struct str code = levels[level].code == NULL ? STR_NONE : text_of(node, levels[level].code);
    struct str words = levels[level].text == NULL ? STR_NONE : text_of(node, levels[level].text);
    struct trial_clause c = {.trial = t, .level = level};

    *id = clause_id(b->table->arena, t, *id, code);
    if (match == NULL) {
        return true;
    }
    c.id = *id;
    c.title = clause_title(b->table->arena, t, level, code, words);
    c.suspended = is_suspended(node, level);
    if (tree_is_absent(match)) {
        tree_warn(match, b->diags, "match is empty: this matches nobody");
        c.root = expr_join(b->table, EXPR_OR, NULL, 0);
    } else {
        c.root = expr_compile(b, match);
    }
    if (c.root == EXPR_NONE) {
        return false;
    }
    c.specific = b->table->node[c.root].specific;
    set_add(set, b->table->arena, &c);
    return true;
}

/* The clauses of a node and of what hangs below it: step, arm, dose level, no deeper. */
static bool
read_doses(struct expr_build *b, const struct trial *t, const struct tree *arm, struct str parent,
           struct trial_set *set)
{
    const struct tree *list = tree_get(arm, levels[TRIAL_DOSE].list);
    bool ok = true;

    for (size_t i = 0; i < tree_len(list); i++) {
        struct str id = parent;

        ok = read_clause(b, t, tree_at(list, i), TRIAL_DOSE, &id, set) && ok;
    }
    return ok;
}

static bool
read_arms(struct expr_build *b, const struct trial *t, const struct tree *step, struct str parent,
          struct trial_set *set)
{
    const struct tree *list = tree_get(step, levels[TRIAL_ARM].list);
    bool ok = true;

    for (size_t i = 0; i < tree_len(list); i++) {
        const struct tree *arm = tree_at(list, i);
        struct str id = parent;

        if (str_is_empty(text_of(arm, "arm_code")) && tree_get(arm, "match") == NULL) {
            tree_warn(arm, b->diags, "an arm without arm_code and match: is it indented right?");
        }
        ok = read_clause(b, t, arm, TRIAL_ARM, &id, set) && ok;
        ok = read_doses(b, t, arm, id, set) && ok;
    }
    return ok;
}

bool
trial_compile(struct expr_build *b, const struct tree *file, struct trial_set *set)
{
    const struct tree *steps = tree_get(tree_get(file, "treatment_list"), levels[TRIAL_STEP].list);
    const struct trial *t;
    struct str top = STR_NONE;
    bool ok;

    if (tree_is_absent(file)) {
        tree_error(file, b->diags, "the file is empty: this is no CTML trial");
        return false;
    }
    if (!tree_is(file, TREE_MAP, b->diags)) {
        return false;
    }
    t = read_trial(b, file);
    if (str_is_empty(t->id)) {
        tree_error(file, b->diags, "protocol_no or nct_id is missing: this is no CTML trial");
        return false;
    }
    ok = read_clause(b, t, file, TRIAL_TOP, &top, set);
    for (size_t i = 0; i < tree_len(steps); i++) {
        struct str id = top;
        const struct tree *step = tree_at(steps, i);

        /* One step is the rule: its number would only lengthen the ids. */
        ok = read_clause(b, t, step, TRIAL_STEP, &id, set) && ok;
        ok = read_arms(b, t, step, tree_len(steps) > 1 ? id : top, set) && ok;
    }
    return ok;
}
