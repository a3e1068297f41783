#include "core/trials.h"

#include "core/internal.h"
#include "core/person.h"
#include "engine/asked.h"
#include "match/trialtext.h"

enum { CLAUSE_TEXT_MAX = 4 * 1024 * 1024 };

static bool
load_cases(struct core *c, uint64_t patient, struct stamp now, struct arena *a,
           struct asked_cases *out)
{
    struct engine_event ev = core_event_of_look(c, now);
    struct person_loaded p = {0};

    if (person_load(c->store, patient, a, &p) != STORE_OK)
        return false;
    *out = asked_cases(c->knowledge, &p.patient, &ev, a);
    return true;
}

static void
add_view(struct lines *l, const struct trialtext_of *of, const struct trialview *t, bool json)
{
    struct sb b;

    sb_init_arena(&b, l->arena, CLAUSE_TEXT_MAX);
    if (json) {
        trialtext_json(&b, of, t);
        lines_add(l, sb_str(&b));
    } else {
        trialtext_plain(&b, of, t);
        lines_add_text(l, sb_str(&b));
    }
}

static size_t
explain_case(const struct match_knowledge *k, const struct asked_case *c, struct str name,
             bool json, struct lines *out)
{
    const struct trialtext_of of = {.case_key = c->key};
    struct expr_values v = expr_begin(k->table, &c->match, out->arena);
    size_t n = 0;

    for (size_t i = 0; i < k->trials->count; i++) {
        const struct trial_clause *clause = &k->trials->clause[i];

        if (trialview_names(clause, name)) {
            struct trialview t = trialview_of(clause, &v, &c->match, out->arena);

            add_view(out, &of, &t, json);
            n++;
        }
    }
    return n;
}

enum trials_result
core_explain_trial(struct core *c, uint64_t patient, struct str name, struct stamp now, bool json,
                   struct lines *out)
{
    struct asked_cases cases;
    size_t n = 0;

    if (!load_cases(c, patient, now, out->arena, &cases))
        return TRIALS_NO_STORE;
    for (size_t i = 0; i < cases.count; i++)
        n += explain_case(&c->knowledge->match, &cases.item[i], name, json, out);
    return n == 0 ? TRIALS_NO_TRIAL : TRIALS_EXPLAINED;
}
