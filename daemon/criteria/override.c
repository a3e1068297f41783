#include "criteria/override.h"

#include "base/near.h"
#include "base/sb.h"

enum { CHANGES_MAX = 32, CHANGE_TEXT_MAX = 300, PATH_DEPTH_MAX = 16 };

/* A rule in its file. */
struct place {
    size_t file;
    size_t at;
    const struct tree *rule; /* NULL: there is none of that id */
};

struct overrider {
    struct arena *arena;
    struct diags *diags;
    const struct tree **file;
    size_t file_count;
    struct override *own; /* that is being read */
    struct str *text;
    struct tree *copy; /* of the rule */
};

static const char *const own_keys[] = {"rule",        "version",    "mode",     "title",
                                       "consequence", "notify_age", "consider", "unchecked",
                                       "set",         "act_watch"};

/* Those that stand in the place of the rule's own. */
static const char *const replaced[] = {"title",    "consequence", "notify_age",
                                       "consider", "unchecked",   "act_watch"};

static struct place
place_of(const struct overrider *o, const struct tree *entry, struct str id)
{
    struct near n = near_start(id);

    for (size_t f = 0; f < o->file_count; f++) {
        for (size_t i = 0; i < tree_len(o->file[f]); i++) {
            const struct tree *rule = tree_at(o->file[f], i);
            const struct tree *name = tree_get(rule, "id");

            if (name == NULL || name->kind != TREE_SCALAR)
                continue;
            if (str_eq(name->text, id))
                return (struct place){f, i, rule};
            near_offer(&n, name->text);
        }
    }
    if (str_is_absent(n.nearest))
        tree_error(tree_get(entry, "rule"), o->diags, "no rule of this id");
    else
        tree_error(tree_get(entry, "rule"), o->diags, "no rule of this id; did you mean \"%.*s\"?",
                   STR_FMT(n.nearest));
    return (struct place){.rule = NULL};
}

static struct tree *
copy_of(struct arena *a, const struct tree *t)
{
    struct tree *c = ARENA_NEW(a, struct tree);

    *c = *t;
    c->room = t->count;
    c->items = ARENA_ARRAY(a, t->count, struct tree *);
    c->keys = ARENA_ARRAY(a, t->count, struct tree *);
    for (size_t i = 0; i < t->count; i++) {
        c->items[i] = t->items[i];
        c->keys[i] = t->kind == TREE_MAP ? t->keys[i] : NULL;
    }
    return c;
}

/* The value's own place stays with it: what the compiler finds wrong is said of the site's file. */
static struct tree *
own_copy(struct arena *a, const struct tree *value)
{
    struct tree *v = ARENA_NEW(a, struct tree);

    *v = *value;
    return v;
}

static void
note(struct overrider *o, struct str key, const struct tree *value, const struct tree *was)
{
    struct sb b;

    if (o->own->changed_count == CHANGES_MAX)
        return;
    sb_init_arena(&b, o->arena, CHANGE_TEXT_MAX);
    sb_add(&b, key);
    if (value->kind == TREE_SCALAR)
        sb_addf(&b, ": %.*s", STR_FMT(value->text));
    if (was != NULL && was->kind == TREE_SCALAR && !tree_is_absent(was))
        sb_addf(&b, " (shipped: %.*s)", STR_FMT(was->text));
    sb_addf(&b, ", %s:%d", value->file, value->line);
    o->text[o->own->changed_count++] = sb_str(&b);
}

static void
replace_key(struct overrider *o, const char *key, const struct tree *value)
{
    struct str name = str_from_c(key);

    note(o, name, value, tree_get(o->copy, key));
    for (size_t i = 0; i < o->copy->count; i++) {
        if (str_eq(o->copy->keys[i]->text, name)) {
            o->copy->items[i] = own_copy(o->arena, value);
            return;
        }
    }
    tree_map_add(o->arena, o->copy,
                 tree_scalar(o->arena, (struct tree_place){value->file, value->line, value->col},
                             name, false),
                 own_copy(o->arena, value));
}

/* The child of that name, or of that number in a list, from 1; tree_len() when there is none. */
static size_t
child_of(const struct tree *t, struct str part)
{
    int64_t n;

    if (t->kind == TREE_SEQ)
        return str_to_i64(part, &n) && n >= 1 && (size_t)n <= t->count ? (size_t)n - 1 : t->count;
    for (size_t i = 0; t->kind == TREE_MAP && i < t->count; i++) {
        if (str_eq(t->keys[i]->text, part))
            return i;
    }
    return tree_len(t);
}

/* Copies what lies on the way, so that the shipped rule stays what it is. */
static bool
set_path(struct overrider *o, struct str path, const struct tree *value)
{
    struct tree *t = o->copy;
    struct str rest = path;
    struct str part;

    for (int depth = 0; depth < PATH_DEPTH_MAX; depth++) {
        bool more = str_cut(rest, '.', &part, &rest);
        size_t i = child_of(t, part);

        if (i >= tree_len(t))
            return false;
        if (!more) {
            if (t->items[i]->kind != TREE_SCALAR)
                return false;
            note(o, path, value, t->items[i]);
            t->items[i] = own_copy(o->arena, value);
            return true;
        }
        t->items[i] = copy_of(o->arena, t->items[i]);
        t = t->items[i];
    }
    return false;
}

static bool
may_change(const struct tree *rule, struct str path)
{
    const struct tree *list = tree_get(rule, "adjustable");

    for (size_t i = 0; i < tree_len(list); i++) {
        if (tree_at(list, i)->kind == TREE_SCALAR && str_eq(tree_at(list, i)->text, path))
            return true;
    }
    return false;
}

static void
read_set(struct overrider *o, const struct tree *set)
{
    if (tree_is_absent(set) || !tree_is(set, TREE_MAP, o->diags))
        return;
    for (size_t i = 0; i < tree_len(set); i++) {
        const struct tree *key = tree_key_at(set, i);
        const struct tree *value = tree_at(set, i);

        if (value->kind != TREE_SCALAR || tree_is_absent(value)) {
            tree_error(value, o->diags, "a single value is expected here");
        } else if (!may_change(o->copy, key->text)) {
            tree_error(key, o->diags,
                       "the rule does not let this be changed; see its \"adjustable\"");
        } else if (!set_path(o, key->text, value)) {
            tree_error(key, o->diags, "the rule has no single value there");
        }
    }
}

static bool
read_mode(struct overrider *o, const struct tree *t)
{
    static const char *const modes[] = {"shadow", "review", "live"};
    int mode;

    if (tree_is_absent(t))
        return true;
    if (!tree_enum(t, o->diags, modes, RFD_COUNT(modes), &mode))
        return false;
    o->own->mode = (enum rule_mode)mode;
    o->own->has_mode = true;
    note(o, STR("mode"), t, NULL);
    return true;
}

static bool
fits_version(struct overrider *o, const struct tree *entry, const struct tree *rule)
{
    const struct tree *want = tree_need(entry, "version", o->diags);
    const struct tree *have = tree_get(rule, "version");
    struct str s;

    if (want == NULL || !tree_str(want, o->diags, &s))
        return false;
    if (have != NULL && str_eq(have->text, s))
        return true;
    tree_error(want, o->diags,
               "the rule is version %.*s now: see whether this still fits it, then say so here",
               STR_FMT(have == NULL ? STR("0") : have->text));
    return false;
}

static bool
is_twice(const struct override *list, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(list[i].rule, id))
            return true;
    }
    return false;
}

static void
change_rule(struct overrider *o, const struct tree *entry, const struct place *at)
{
    struct tree *file = copy_of(o->arena, o->file[at->file]);

    o->copy = copy_of(o->arena, at->rule);
    for (size_t i = 0; i < RFD_COUNT(replaced); i++) {
        const struct tree *value = tree_get(entry, replaced[i]);

        if (!tree_is_absent(value))
            replace_key(o, replaced[i], value);
    }
    read_set(o, tree_get(entry, "set"));
    file->items[at->at] = o->copy;
    o->file[at->file] = file;
}

static bool
read_entry(struct overrider *o, const struct tree *t, const struct override *before, size_t count)
{
    struct place at;

    *o->own = (struct override){.at = t};
    o->text = ARENA_ARRAY(o->arena, CHANGES_MAX, struct str);
    o->own->changed = o->text;
    if (!tree_is(t, TREE_MAP, o->diags) ||
        !tree_check_keys(t, own_keys, RFD_COUNT(own_keys), o->diags) ||
        !tree_str(tree_need(t, "rule", o->diags), o->diags, &o->own->rule))
        return false;
    if (is_twice(before, count, o->own->rule)) {
        tree_error(t, o->diags, "this rule is changed above already");
        return false;
    }
    at = place_of(o, t, o->own->rule);
    if (at.rule == NULL || !fits_version(o, t, at.rule) || !read_mode(o, tree_get(t, "mode")))
        return false;
    change_rule(o, t, &at);
    return true;
}

bool
criteria_override(struct arena *a, const struct tree *root, const struct tree **file,
                  size_t file_count, struct diags *d, struct override_list *out)
{
    struct override *list = ARENA_ARRAY(a, tree_len(root), struct override);
    struct overrider o = {.arena = a, .diags = d, .file = file, .file_count = file_count};
    size_t before = d->errors;
    size_t n = 0;

    *out = (struct override_list){list, 0};
    if (tree_is_absent(root))
        return true;
    if (!tree_is(root, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < tree_len(root); i++) {
        o.own = &list[n];
        if (read_entry(&o, tree_at(root, i), list, n))
            n++;
    }
    out->count = n;
    return d->errors == before;
}

static const struct override *
override_of(const struct override_list *l, struct str id)
{
    for (size_t i = 0; i < l->count; i++) {
        if (str_eq(l->item[i].rule, id))
            return &l->item[i];
    }
    return NULL;
}

void
criteria_override_note(struct arena *a, const struct override_list *l, struct ruleset *rules)
{
    struct rule *copy = ARENA_ARRAY(a, rules->count + 1, struct rule);

    for (size_t i = 0; i < rules->count; i++) {
        const struct override *own = override_of(l, rules->rule[i].head.id);

        copy[i] = rules->rule[i];
        if (own == NULL)
            continue;
        copy[i].changed = own->changed;
        copy[i].changed_count = own->changed_count;
        copy[i].site_mode = own->mode;
        copy[i].has_site_mode = own->has_mode;
    }
    rules->rule = copy;
}
