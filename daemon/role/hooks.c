#include "conf/routes.h"
#include "conf/tlskeys.h"
#include "console/cdsconf.h"
#include "console/jwt.h"
#include "knowledge/load.h"
#include "role/check.h"
#include "role/consoleconf.h"
#include "sys/log.h"

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

static void
check_cds(const struct config *c, struct arena *scratch, struct diags *d)
{
    const struct tree *root = config_tree(bundle_find(c->bundle, CONFIG_MAIN), scratch, d);
    struct jwt_keys *keys = NULL;
    char why[JWT_WHY_MAX] = "";
    struct cds_config cds;

    if (root == NULL ||
        !cdsconf_compile(root, consoleconf_listen(&c->settings, scratch), scratch, d, &cds) ||
        !cds.on || cds.open)
        return;
    if (!jwt_keys_open(cds.jwks, &keys, why))
        tree_error(tree_get(tree_get(root, "cds"), "jwks"), d, "%s", why);
    jwt_keys_free(&keys);
}

static void
check_users(const struct config *c, struct arena *scratch, struct diags *d)
{
    struct users users;

    if (!consoleconf_users(c, scratch, d, &users))
        log_debug("config.users_refused"); /* the diags say where */
}

static void
check_routes(const struct config *c, struct arena *scratch, struct diags *d)
{
    const struct tree *root = config_tree(bundle_find(c->bundle, CONFIG_MAIN), scratch, d);
    struct routes routes;

    if (root == NULL || !routes_load(root, scratch, d, &routes)) {
        log_debug("config.routes_refused"); /* the diags say where */
        return;
    }
    for (size_t i = 0; i < routes.count; i++) {
        if (tlskeys_given(&routes.route[i].tls))
            tlskeys_try(&routes.route[i].tls, false, &routes.route[i].at, d);
    }
}

const struct check_hook check_hooks[] = {
    {"yaml", check_yaml},   {"knowledge", check_knowledge}, {"cds", check_cds},
    {"users", check_users}, {"routes", check_routes},       {NULL, NULL},
};
