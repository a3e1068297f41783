#include "engine/knowledge.h"

#include "criteria/signoff.h"

/* Every file is compiled even after an error, so that one run shows all of them. */
bool
knowledge_compile_rules(struct arena *a, const struct tree_list *files,
                        const struct oncotree *oncotree, struct diags *d, struct ruleset *out)
{
    struct ruleset *set = ARENA_ARRAY(a, files->count, struct ruleset);
    bool ok = true;

    for (size_t i = 0; i < files->count; i++)
        ok = criteria_compile(a, files->tree[i], oncotree, d, &set[i]) && ok;
    return ok && criteria_join(a, set, files->count, d, out);
}

static bool
compile_cross(struct expr_build *b, const struct tree *file, struct cross_table *out)
{
    *out = (struct cross_table){.same_drug = {.variant = EXPR_NONE}};
    return file == NULL || cross_compile(b, file, out);
}

static bool
compile_therapies(struct expr_build *b, const struct tree_list *files, struct therapy_set *out)
{
    bool ok = true;

    for (size_t i = 0; i < files->count; i++)
        ok = therapy_compile(b, files->tree[i], out) && ok;
    return ok;
}

static bool
compile_trials(struct expr_build *b, const struct tree_list *files, struct trial_set *out)
{
    bool ok = true;

    b->lenient = true;
    for (size_t i = 0; i < files->count; i++)
        ok = trial_compile(b, files->tree[i], out) && ok;
    b->lenient = false;
    return ok;
}

bool
knowledge_compile_trials(struct arena *a, const struct tree_list *files,
                         const struct match_terms *terms, struct diags *d, struct trial_set *out)
{
    struct expr_table *table = ARENA_NEW(a, struct expr_table);
    struct expr_build b = {.table = table, .terms = terms, .diags = d};

    expr_table_init(table, a);
    *out = (struct trial_set){NULL, 0, 0};
    return compile_trials(&b, files, out);
}

static bool
compile_match(struct arena *a, const struct knowledge_source *src, struct diags *d,
              struct match_knowledge *out)
{
    struct expr_table *table = ARENA_NEW(a, struct expr_table);
    struct match_terms *terms = ARENA_NEW(a, struct match_terms);
    struct therapy_set *therapies = ARENA_NEW(a, struct therapy_set);
    struct trial_set *trials = ARENA_NEW(a, struct trial_set);
    struct cross_table *cross = ARENA_NEW(a, struct cross_table);
    struct expr_build b = {.table = table, .terms = terms, .diags = d};
    bool ok;

    *terms = src->terms;
    expr_table_init(table, a);
    ok = compile_therapies(&b, &src->therapies, therapies);
    ok = compile_cross(&b, src->crossresistance, cross) && ok;
    ok = compile_trials(&b, &src->trials, trials) && ok;
    *out = (struct match_knowledge){.table = table,
                                    .therapies = therapies,
                                    .trials = trials,
                                    .cross = cross,
                                    .jurisdiction = src->jurisdiction,
                                    .show_unsigned = src->demo};
    return ok;
}

bool
knowledge_compile(struct arena *a, const struct knowledge_source *src, struct diags *d,
                  struct knowledge *out)
{
    struct knowledge k = {.oncotree = src->terms.oncotree, .sha = src->sha, .demo = src->demo};
    size_t errors = d->errors;
    bool ok = knowledge_compile_rules(a, &src->criteria, src->terms.oncotree, d, &k.rules);

    ok = ok && criteria_sign_off(a, src->signoffs, d, &k.rules);
    ok = compile_match(a, src, d, &k.match) && ok;
    if (!ok || d->errors > errors)
        return false;
    *out = k;
    return true;
}
