#include "criteria/rule.h"

bool
criteria_join(struct arena *a, const struct ruleset *sets, size_t count, struct diags *d,
              struct ruleset *out)
{
    size_t total = 0;
    size_t n = 0;
    struct rule *rules;

    for (size_t i = 0; i < count; i++)
        total += sets[i].count;
    rules = ARENA_ARRAY(a, total + 1, struct rule);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sets[i].count; k++) {
            if (criteria_rule(&(struct ruleset){rules, n}, sets[i].rule[k].head.id) != NULL) {
                diag_error(d, NULL, 0, 0, "criterion %.*s stands in two files",
                           STR_FMT(sets[i].rule[k].head.id));
                return false;
            }
            rules[n++] = sets[i].rule[k];
        }
    }
    *out = (struct ruleset){rules, n};
    return true;
}

const struct rule *
criteria_rule(const struct ruleset *rules, struct str id)
{
    for (size_t i = 0; i < rules->count; i++)
        if (str_eq(rules->rule[i].head.id, id))
            return &rules->rule[i];
    return NULL;
}
