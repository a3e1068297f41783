#include "match/therapy.h"

#include "base/sb.h"
#include "match/leafread.h"
#include "wire/treehash.h"

enum { SET_START = 32, LEVEL_TEXT_MAX = 80, LEVEL_BOARD = 60 };

/* Scales of evidence and their steps. The rank only orders a list: a label is a regulator's
 * decision, ESCAT is Mateo 2018 Ann Oncol 29:1895, NCCN's categories are its own. */
static const struct {
    const char *scale;
    const char *value;
    int32_t rank;
} levels[] = {
    {"FDA label", "approved", 10},
    {"EMA label", "approved", 10},
    {"FDA label", "accelerated", 13},
    {"EMA label", "conditional", 13},
    {"ESCAT", "I-A", 10},
    {"ESCAT", "I-B", 11},
    {"ESCAT", "I-C", 12},
    {"ESCAT", "II-A", 20},
    {"ESCAT", "II-B", 21},
    {"ESCAT", "III-A", 30},
    {"ESCAT", "III-B", 31},
    {"ESCAT", "IV", 40},
    {"NCCN", "1", 11},
    {"NCCN", "2A", 14},
    {"NCCN", "2B", 22},
    {"NCCN", "3", 32},
    /* Imported: below every label and guideline. C is a case report, D preclinical, E inferred
     * (civic.readthedocs.io, evidence level). */
    {"CIViC", "A", 50},
    {"CIViC", "B", 51},
    {"CIViC", "C", LEVEL_BOARD},
    {"CIViC", "D", LEVEL_BOARD + 1},
    {"CIViC", "E", LEVEL_BOARD + 2},
};

static const char *const jurisdictions[] = {"US", "EU", "UK", "CH", "JP", "CN", "CA", "AU"};
static const char *const label_statuses[] = {"approved", "accelerated", "conditional", "withdrawn",
                                             "none"};
static const char *const statuses[] = {"approved",  "accelerated", "conditional",
                                       "guideline", "evidence",    "withdrawn"};
static const char *const verified_names[] = {"verified", "partial", "memory", "imported"};

static bool
read_str(struct expr_build *b, const struct tree *t, const char *key, struct str *out)
{
    return tree_str(tree_need(t, key, b->diags), b->diags, out);
}

/* A text or a list of them. */
static bool
read_texts(struct expr_build *b, const struct tree *t, const struct str **out, size_t *count_out)
{
    size_t count = t == NULL ? 0 : t->kind == TREE_SEQ ? tree_len(t) : 1;
    struct str *text = ARENA_ARRAY(b->table->arena, count, struct str);

    for (size_t i = 0; i < count; i++) {
        if (!tree_str(t->kind == TREE_SEQ ? tree_at(t, i) : t, b->diags, &text[i])) {
            tree_error(t, b->diags, "a text is missing here");
            return false;
        }
    }
    *out = text;
    *count_out = count;
    return true;
}

static bool
known_in(const struct str *list, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(list[i], name)) {
            return true;
        }
    }
    return count == 0;
}

static bool
read_drugs(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    const struct tree *t = tree_need(row, "drugs", b->diags);

    if (t == NULL || !read_texts(b, t, &o->drug, &o->drug_count) ||
        !read_texts(b, tree_get(row, "continues"), &o->continues, &o->continues_count)) {
        return false;
    }
    for (size_t i = 0; i < o->drug_count; i++) {
        if (!known_in(b->terms->drug, b->terms->drug_count, o->drug[i])) {
            tree_error(t, b->diags, "\"%.*s\" is not known as a drug", STR_FMT(o->drug[i]));
            return false;
        }
    }
    for (size_t i = 0; i < o->continues_count; i++) {
        if (!known_in(b->terms->drug, b->terms->drug_count, o->continues[i]) &&
            !known_in(b->terms->drug_class, b->terms->class_count, o->continues[i])) {
            tree_error(tree_get(row, "continues"), b->diags, "\"%.*s\" is no drug and no class",
                       STR_FMT(o->continues[i]));
            return false;
        }
    }
    return true;
}

static bool
read_level(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    const struct tree *t = tree_need(row, "level", b->diags);
    struct str scale;
    struct str value;
    struct sb text;

    if (t == NULL || !read_str(b, t, "scale", &scale) || !read_str(b, t, "value", &value)) {
        return false;
    }
    for (size_t i = 0; i < RFD_COUNT(levels); i++) {
        if (str_eq_c(scale, levels[i].scale) && str_eq_c(value, levels[i].value)) {
            sb_init_arena(&text, b->table->arena, LEVEL_TEXT_MAX);
            sb_addf(&text, "%s %s", levels[i].scale, levels[i].value);
            o->level = sb_str(&text);
            o->level_rank = levels[i].rank;
            o->board_only = levels[i].rank >= LEVEL_BOARD;
            return true;
        }
    }
    tree_error(t, b->diags, "level: this scale and value are not known");
    return false;
}

static bool
read_citation(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    const struct str *text;
    size_t count;
    struct sb sb;

    if (!read_texts(b, tree_need(row, "citation", b->diags), &text, &count) || count == 0) {
        return false;
    }
    sb_init_arena(&sb, b->table->arena, 2000);
    for (size_t i = 0; i < count; i++) {
        sb_add_c(&sb, i == 0 ? "" : "; ");
        sb_add(&sb, text[i]);
    }
    o->citation = sb_str(&sb);
    return true;
}

/* review: {by, on, sha256}: a sign-off within the option itself, on its other keys as they are. */
static bool
read_review(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    static const char *const skip[] = {"review"};
    static const char *const keys[] = {"by", "on", "sha256"};
    const struct tree *review = tree_get(row, "review");
    char hex[SHA256_HEX_MAX];
    struct str by;
    struct str sha;
    day_t on;

    o->content = treehash_of(row, skip, RFD_COUNT(skip));
    o->at = row;
    if (review == NULL)
        return true;
    if (!tree_is(review, TREE_MAP, b->diags) ||
        !tree_check_keys(review, keys, RFD_COUNT(keys), b->diags) ||
        !read_str(b, review, "by", &by) || !read_str(b, review, "sha256", &sha) ||
        !tree_day(tree_need(review, "on", b->diags), b->diags, &on))
        return false;
    o->signed_off = str_eq(sha256_hex(&o->content, hex), sha);
    if (!o->signed_off)
        tree_warn(review, b->diags, "this option has changed since it was signed: it is not shown");
    return true;
}

static bool
read_standing(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    int status;
    int verified;

    if (!read_str(b, row, "basis", &o->basis) ||
        !read_str(b, row, "jurisdiction", &o->jurisdiction) ||
        !tree_enum(tree_need(row, "status", b->diags), b->diags, statuses, RFD_COUNT(statuses),
                   &status) ||
        !tree_enum(tree_need(row, "verified", b->diags), b->diags, verified_names,
                   RFD_COUNT(verified_names), &verified) ||
        !tree_day(tree_need(row, "status_date", b->diags), b->diags, &o->status_date)) {
        return false;
    }
    o->status = str_from_c(statuses[status]);
    o->verified = str_from_c(verified_names[verified]);
    o->withdrawn = str_eq(o->status, STR("withdrawn"));
    return read_review(b, row, o);
}

bool
jurisdiction_known(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(jurisdictions); i++) {
        if (str_eq_c(name, jurisdictions[i])) {
            return true;
        }
    }
    return false;
}

static bool
read_label(struct expr_build *b, const struct tree *t, const struct therapy_option *o,
           struct therapy_label *out)
{
    static const char *const keys[] = {"jurisdiction", "status", "status_date", "citation"};
    const struct tree *where;
    int status;

    if (!tree_is(t, TREE_MAP, b->diags) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags)) {
        return false;
    }
    where = tree_need(t, "jurisdiction", b->diags);
    if (where == NULL || !tree_str(where, b->diags, &out->jurisdiction)) {
        return false;
    }
    if (!jurisdiction_known(out->jurisdiction) || str_eq(out->jurisdiction, o->jurisdiction)) {
        tree_error(where, b->diags, "jurisdiction: another one than the option's own, US, EU …");
        return false;
    }
    out->citation = STR_NONE;
    if (!tree_enum(tree_need(t, "status", b->diags), b->diags, label_statuses,
                   RFD_COUNT(label_statuses), &status) ||
        !tree_day(tree_need(t, "status_date", b->diags), b->diags, &out->status_date)) {
        return false;
    }
    out->status = str_from_c(label_statuses[status]);
    return tree_get(t, "citation") == NULL || read_str(b, t, "citation", &out->citation);
}

/* labels: [{jurisdiction: EU, status: approved, status_date: …}]: where else it is labelled. */
static bool
read_labels(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    const struct tree *list = tree_get(row, "labels");
    struct therapy_label *label =
        ARENA_ARRAY(b->table->arena, tree_len(list), struct therapy_label);

    if (list != NULL && !tree_is(list, TREE_SEQ, b->diags)) {
        return false;
    }
    for (size_t i = 0; i < tree_len(list); i++) {
        if (!read_label(b, tree_at(list, i), o, &label[i])) {
            return false;
        }
    }
    o->label = label;
    o->label_count = tree_len(list);
    return true;
}

/* Of imported evidence: where it is from, and whether it speaks for the option at all. */
static bool
read_evidence(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    static const char *const keys[] = {"source", "id", "direction", "significance", "url"};
    static const char *const directions[] = {"supports", "does_not_support"};
    const struct tree *t = tree_get(row, "evidence");
    struct str significance;
    int direction;

    if (t == NULL) {
        return true;
    }
    if (!tree_is(t, TREE_MAP, b->diags) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags) ||
        !read_str(b, t, "significance", &significance) ||
        !tree_enum(tree_need(t, "direction", b->diags), b->diags, directions, RFD_COUNT(directions),
                   &direction)) {
        return false;
    }
    o->against = direction != 0 || !str_eq(significance, STR("Sensitivity/Response"));
    return true;
}

static bool
read_contra(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    static const char *const keys[] = {"when", "reason", "citation"};
    const struct tree *list = tree_get(row, "contraindications");
    struct contraindication *c =
        ARENA_ARRAY(b->table->arena, tree_len(list), struct contraindication);

    if (list != NULL && !tree_is(list, TREE_SEQ, b->diags)) {
        return false;
    }
    for (size_t i = 0; i < tree_len(list); i++) {
        const struct tree *t = tree_at(list, i);
        const struct tree *when = tree_need(t, "when", b->diags);

        if (when == NULL || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags) ||
            !read_str(b, t, "reason", &c[i].reason) ||
            !read_str(b, t, "citation", &c[i].citation)) {
            return false;
        }
        c[i].when = expr_compile(b, when);
        if (c[i].when == EXPR_NONE) {
            return false;
        }
    }
    o->contra = c;
    o->contra_count = tree_len(list);
    return true;
}

/* disease: [NSCLC, …] by code or name, or _SOLID_: one of them. */
static int32_t
compile_disease(struct expr_build *b, const struct tree *t)
{
    struct tree key = {.kind = TREE_SCALAR, .text = STR("oncotree_primary_diagnosis")};
    struct tree clinical = {.kind = TREE_MAP, .count = 1};
    struct tree *keys[1] = {&key};
    struct tree *items[1];
    struct tree value;

    if (t == NULL) {
        return EXPR_NONE;
    }
    value = *t;
    items[0] = &value;
    clinical.keys = keys;
    clinical.items = items;
    clinical.file = t->file;
    clinical.line = t->line;
    clinical.col = t->col;
    return leafread_clinical(b, &clinical, false);
}

/* {ge: 1} says "any line": there is nothing to ask. */
static bool
is_any_line(const struct tree *lines)
{
    const struct tree *ge = tree_get(lines, "ge");

    return tree_len(lines) == 1 && ge != NULL && ge->kind == TREE_SCALAR &&
           str_eq(ge->text, STR("1"));
}

static int32_t
compile_lines(struct expr_build *b, const struct tree *t)
{
    struct tree key = {.kind = TREE_SCALAR, .text = STR("line")};

    return leafread(b, &key, t, false);
}

/* Disease, lines and match are one tree, so that one pass answers all. */
static bool
compile_root(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    const struct tree *lines = tree_get(row, "lines");
    const struct tree *match = tree_get(row, "match");
    int32_t id[3];
    size_t count = 1;

    id[0] = compile_disease(b, tree_need(row, "disease", b->diags));
    if (lines != NULL && !is_any_line(lines)) {
        id[count++] = compile_lines(b, lines);
    }
    if (match != NULL) {
        id[count++] = expr_compile(b, match);
    }
    for (size_t i = 0; i < count; i++) {
        if (id[i] == EXPR_NONE) {
            return false;
        }
    }
    o->root = expr_join(b->table, EXPR_AND, id, count);
    o->specific = b->table->node[o->root].specific;
    return true;
}

static bool
read_option(struct expr_build *b, const struct tree *row, struct therapy_option *o)
{
    static const char *const keys[] = {
        "id",     "title",  "drugs",       "continues", "disease",           "lines",
        "match",  "level",  "basis",       "citation",  "verified",          "jurisdiction",
        "status", "review", "status_date", "unchecked", "contraindications", "evidence",
        "labels"};

    return tree_is(row, TREE_MAP, b->diags) &&
           tree_check_keys(row, keys, RFD_COUNT(keys), b->diags) &&
           read_str(b, row, "id", &o->id) && read_str(b, row, "title", &o->title) &&
           read_drugs(b, row, o) && read_level(b, row, o) && read_citation(b, row, o) &&
           read_standing(b, row, o) && read_labels(b, row, o) && read_evidence(b, row, o) &&
           read_contra(b, row, o) &&
           read_texts(b, tree_get(row, "unchecked"), &o->unchecked, &o->unchecked_count) &&
           compile_root(b, row, o);
}

static void
set_reserve(struct therapy_set *set, struct arena *a)
{
    struct therapy_option *fresh;

    if (set->count < set->room) {
        return;
    }
    set->room = set->room == 0 ? SET_START : set->room * 2;
    fresh = ARENA_ARRAY(a, set->room, struct therapy_option);
    for (size_t i = 0; i < set->count; i++) {
        fresh[i] = set->option[i];
    }
    set->option = fresh;
}

static bool
id_is_new(struct expr_build *b, const struct tree *row, const struct therapy_set *set,
          struct str id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_eq(set->option[i].id, id)) {
            tree_error(row, b->diags, "the id \"%.*s\" is there twice", STR_FMT(id));
            return false;
        }
    }
    return true;
}

bool
therapy_compile(struct expr_build *b, const struct tree *file, struct therapy_set *set)
{
    static const char *const keys[] = {"reviewed", "therapies"};
    const struct tree *list = tree_need(file, "therapies", b->diags);
    bool ok = list != NULL && tree_is(list, TREE_SEQ, b->diags) &&
              tree_check_keys(file, keys, RFD_COUNT(keys), b->diags);

    for (size_t i = 0; i < tree_len(list); i++) { /* all errors of a file at once */
        struct therapy_option o = {.root = EXPR_NONE, .status_date = DAY_NONE};

        if (!read_option(b, tree_at(list, i), &o) || !id_is_new(b, tree_at(list, i), set, o.id)) {
            ok = false;
            continue;
        }
        set_reserve(set, b->table->arena);
        set->option[set->count++] = o;
    }
    return ok;
}

static struct therapy_option *
option_named(struct therapy_set *set, struct str id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_eq(set->option[i].id, id))
            return &set->option[i];
    }
    return NULL;
}

void
therapy_sign_off(struct therapy_set *set, const struct tree *root, struct diags *d)
{
    for (size_t i = 0; i < tree_len(root); i++) {
        const struct tree *t = tree_at(root, i);
        const struct tree *id = tree_get(t, "option");
        const struct tree *sha = tree_get(t, "sha256");
        struct therapy_option *o;
        char hex[SHA256_HEX_MAX];

        if (id == NULL || sha == NULL || id->kind != TREE_SCALAR || sha->kind != TREE_SCALAR)
            continue;
        o = option_named(set, id->text);
        if (o == NULL)
            tree_warn(t, d, "signed, but there is no option %.*s", STR_FMT(id->text));
        else if (str_eq(sha256_hex(&o->content, hex), sha->text))
            o->signed_off = true;
        else
            tree_warn(t, d, "%.*s has changed since it was signed: it is not shown",
                      STR_FMT(id->text));
    }
}
