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
    *out = (struct trial_set){.count = 0};
    return compile_trials(&b, files, out);
}

/* A site with a list of what is open says so of its own trials; without one, each trial in the
 * folder is one that the site has put there. */
static void
compile_openness(struct arena *a, const struct knowledge_source *src,
                 const struct trial_files *files, struct trial_set *trials, struct diags *d)
{
    if (src->openness != NULL && src->openness->given) {
        openness_apply(a, src->openness,
                       src->openness_max_age == 0 ? OPENNESS_MAX_AGE_DAYS : src->openness_max_age,
                       files, trials, d);
    }
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
    struct trial_files *trial_files = ARENA_NEW(a, struct trial_files);
    struct gate_index *gates = ARENA_NEW(a, struct gate_index);
    struct expr_build b = {.table = table, .terms = terms, .diags = d};
    bool ok;

    *terms = src->terms;
    expr_table_init(table, a);
    ok = compile_therapies(&b, &src->therapies, therapies);
    therapy_sign_off(therapies, src->signoffs, d);
    ok = compile_cross(&b, src->crossresistance, cross) && ok;
    trialfile_compile(&b, &src->trials, trials, trial_files);
    compile_openness(a, src, trial_files, trials, d);
    gate_index_build(table, trials, src->terms.oncotree, a, gates);
    trials->gates = gates;
    *out = (struct match_knowledge){.table = table,
                                    .therapies = therapies,
                                    .trials = trials,
                                    .cross = cross,
                                    .files = trial_files,
                                    .jurisdiction = src->jurisdiction,
                                    .show_unsigned = src->demo};
    return ok;
}

bool
knowledge_compile(struct arena *a, const struct knowledge_source *src, struct diags *d,
                  struct knowledge *out)
{
    struct knowledge k = {.oncotree = src->terms.oncotree,
                          .drugs = src->drugs,
                          .sha = src->sha,
                          .base = src->base,
                          .demo = src->demo};
    size_t errors = d->errors;
    bool ok = knowledge_compile_rules(a, &src->criteria, src->terms.oncotree, d, &k.rules);

    if (ok && src->overrides != NULL)
        criteria_override_note(a, src->overrides, &k.rules);
    ok = ok && criteria_sign_off(a, src->signoffs, d, &k.rules);
    ok = compile_match(a, src, d, &k.match) && ok;
    if (!ok || d->errors > errors)
        return false;
    *out = k;
    return true;
}
