#include "console/cdsconf.h"

#include "sys/tcp.h"

#include <string.h>

static const char *const keys[] = {"base",    "jwks", "issuers", "identifiers",
                                   "origins", "open", "hooks"};
static const char *const hook_names[CDS_HOOK_COUNT] = {"order-select", "patient-view"};

const char *
cds_hook_name(enum cds_hook h)
{
    return hook_names[h];
}

/* A list of texts, or one text. */
static void
texts(const struct tree *t, struct arena *a, struct diags *d, const char *const **out, size_t *n)
{
    bool one = t != NULL && t->kind == TREE_SCALAR;
    size_t count = tree_is_absent(t) ? 0 : one ? 1 : tree_len(t);
    const char **list = ARENA_ARRAY(a, count, const char *);

    for (size_t i = 0; i < count; i++) {
        struct str s = STR("");

        (void)tree_str(one ? t : tree_at(t, i), d, &s);
        list[i] = str_cz(a, s);
    }
    *out = list;
    *n = count;
}

static void
systems(const struct tree *t, struct arena *a, struct diags *d, struct cds_config *c)
{
    struct cds_system *list;

    if (!tree_is(t, TREE_MAP, d))
        return;
    list = ARENA_ARRAY(a, tree_len(t), struct cds_system);
    for (size_t i = 0; i < tree_len(t); i++) {
        struct str authority = STR("");

        (void)tree_str(tree_at(t, i), d, &authority);
        list[i].system = str_cz(a, tree_key_at(t, i)->text);
        list[i].authority = str_cz(a, authority);
    }
    c->system = list;
    c->systems = tree_len(t);
}

static bool
has_hook(const struct cds_config *c, enum cds_hook h)
{
    for (size_t i = 0; i < c->hooks; i++) {
        if (c->hook[i] == h)
            return true;
    }
    return false;
}

static void
hooks(const struct tree *t, struct diags *d, struct cds_config *c)
{
    if (tree_is_absent(t)) {
        c->hook[0] = CDS_ORDER_SELECT;
        c->hook[1] = CDS_PATIENT_VIEW;
        c->hooks = CDS_HOOK_COUNT;
        return;
    }
    if (!tree_is(t, TREE_SEQ, d))
        return;
    for (size_t i = 0; i < tree_len(t); i++) {
        int h = 0;

        if (!tree_enum(tree_at(t, i), d, hook_names, CDS_HOOK_COUNT, &h))
            continue;
        if (has_hook(c, (enum cds_hook)h))
            tree_error(tree_at(t, i), d, "this hook is there already");
        else
            c->hook[c->hooks++] = (enum cds_hook)h;
    }
    if (tree_len(t) == 0)
        tree_error(t, d, "a hook is expected: patient-view, order-select");
}

/* Relative to the folder of the config file. */
static const char *
file_beside(const struct tree *t, struct arena *a, struct str name)
{
    const char *slash = t->file == NULL ? NULL : strrchr(t->file, '/');
    struct str folder =
        slash == NULL ? STR("") : (struct str){t->file, (size_t)(slash - t->file) + 1};

    return name.n > 0 && name.p[0] == '/' ? str_cz(a, name) : str_cz(a, str_cat(a, folder, name));
}

static void
check(const struct tree *t, const char *listen, struct diags *d, const struct cds_config *c)
{
    struct tcp_addr at;

    if (listen == NULL)
        tree_error(t, d, "CDS Hooks needs console.listen");
    if (c->open && listen != NULL && strncmp(listen, "unix:", 5) != 0 &&
        (!tcp_addr_parse(listen, &at) || !tcp_addr_is_loopback(&at)))
        tree_error(tree_get(t, "open"), d, "without tokens only on loopback");
    if (!c->open && c->jwks == NULL)
        tree_error(t, d, "\"jwks\" is missing: the file with the client's public keys");
    if (!c->open && c->issuers == 0)
        tree_error(t, d, "\"issuers\" is missing: whose tokens are taken");
    if (c->systems == 0)
        tree_error(t, d, "\"identifiers\" is missing: identifier systems and our authorities");
}

bool
cdsconf_compile(const struct tree *root, const char *listen, struct arena *a, struct diags *d,
                struct cds_config *out)
{
    const struct tree *t = tree_get(root, "cds");
    struct cds_config c = {.on = true};
    size_t before = d->errors;
    struct str s;

    *out = (struct cds_config){.on = false};
    if (tree_is_absent(t) || !tree_is(t, TREE_MAP, d))
        return d->errors == before;
    (void)tree_check_keys(t, keys, RFD_COUNT(keys), d);
    (void)tree_bool(tree_get(t, "open"), d, &c.open);
    if (tree_str(tree_need(t, "base", d), d, &s))
        c.base = str_cz(a, s.n > 0 && s.p[s.n - 1] == '/' ? str_sub(s, 0, s.n - 1) : s);
    if (tree_str(tree_get(t, "jwks"), d, &s))
        c.jwks = file_beside(t, a, s);
    texts(tree_get(t, "issuers"), a, d, &c.issuer, &c.issuers);
    texts(tree_get(t, "origins"), a, d, &c.origin, &c.origins);
    systems(tree_get(t, "identifiers"), a, d, &c);
    hooks(tree_get(t, "hooks"), d, &c);
    check(t, listen, d, &c);
    if (d->errors != before)
        return false;
    *out = c;
    return true;
}
