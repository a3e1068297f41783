#include "role/consoleconf.h"

const char *
consoleconf_listen(const struct settings *s, struct arena *a)
{
    if (s->console_socket != NULL)
        return str_cz(a, str_cat(a, STR("unix:"), str_from_c(s->console_socket)));
    return s->console_listen;
}

bool
consoleconf_users(const struct config *c, struct arena *a, struct diags *d, struct users *out)
{
    const struct bundle_file *f = bundle_find(c->bundle, CONFIG_USERS);
    const struct tree *root;

    *out = (struct users){.count = 0};
    if (f == NULL)
        return true;
    root = config_tree(f, a, d);
    return root != NULL && users_compile(root, a, d, out);
}
