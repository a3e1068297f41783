#include "knowledge/load.h"
#include "role/check.h"

/* A feed that names no map is read by the default one. */
static void
check_default_map(const struct config *c, const struct knowledge_set *set, struct diags *d)
{
    for (size_t i = 0; i < c->settings.feeds; i++) {
        const struct feed_settings *f = &c->settings.feed[i];

        if (f->map == NULL && knowledge_map(set, "default.yaml") == NULL)
            diag_error(d, f->at.file, f->at.line, f->at.col,
                       "names no map, and the maps folder has no default.yaml");
    }
}

/* Everything that the roles compile, compiled: terminologies, rules, therapies, trials, maps. */
static void
check_knowledge(const struct config *c, struct arena *scratch, struct diags *d)
{
    struct knowledge_set *set;

    if (knowledge_load(c->bundle, &c->settings, scratch, d, &set))
        check_default_map(c, set, d);
}

const struct check_hook check_hooks[] = {
    {"yaml", check_yaml},
    {"knowledge", check_knowledge},
    {NULL, NULL},
};
