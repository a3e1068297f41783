#include "console/users.h"

#include <string.h>

static const char *const role_names[USER_ROLE_COUNT] = {"clinician", "pharmacist", "integrator",
                                                        "operator", "auditor"};

static const unsigned rights[USER_ROLE_COUNT] = {
    [USER_CLINICIAN] = RIGHT_CASES | RIGHT_ACT | RIGHT_THERAPY | RIGHT_RESPONSE,
    [USER_PHARMACIST] = RIGHT_CASES | RIGHT_THERAPY,
    [USER_INTEGRATOR] = RIGHT_FEEDS,
    [USER_OPERATOR] = RIGHT_FEEDS | RIGHT_ROUTES,
    [USER_AUDITOR] = RIGHT_AUDIT,
};

static const char *const keys[] = {"name", "role", "password", "germline"};

/* It stands in the audit beside cds:… and operating system users, and comes in a header. */
bool
user_name_ok(struct str s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._@+";

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\0' || strchr(plain, s.p[i]) == NULL)
            return false;
    }
    return s.n > 0 && s.n <= USER_NAME_MAX;
}

static void
read_user(const struct tree *t, struct arena *a, struct diags *d, struct user *out)
{
    struct str hash;
    int role = USER_AUDITOR;

    *out = (struct user){.name = STR("")};
    if (!tree_is(t, TREE_MAP, d))
        return;
    (void)tree_check_keys(t, keys, RFD_COUNT(keys), d);
    if (tree_str(tree_need(t, "name", d), d, &out->name) && !user_name_ok(out->name))
        tree_error(tree_get(t, "name"), d, "letters, digits and -._@+ are expected, at most 64");
    (void)tree_enum(tree_need(t, "role", d), d, role_names, USER_ROLE_COUNT, &role);
    out->role = (enum user_role)role;
    (void)tree_bool(tree_get(t, "germline"), d, &out->germline);
    if (tree_str(tree_get(t, "password"), d, &hash)) {
        out->hash = str_cz(a, hash);
        if (!str_starts(hash, STR("$argon2id$")))
            tree_error(tree_get(t, "password"), d,
                       "a hash is expected here: refractctl user password");
    }
}

/* "a,b" is how a proxy says two. */
static bool
group_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == ',' || s.p[i] == ';')
            return false;
    }
    return s.n > 0 && s.n <= USER_GROUP_MAX;
}

static void
read_group(const struct tree *t, struct diags *d, struct user_group *out)
{
    static const char *const names[] = {"group", "role"};
    int role = USER_AUDITOR;

    *out = (struct user_group){.name = STR("")};
    if (!tree_is(t, TREE_MAP, d))
        return;
    (void)tree_check_keys(t, names, RFD_COUNT(names), d);
    if (tree_str(tree_need(t, "group", d), d, &out->name) && !group_ok(out->name))
        tree_error(tree_get(t, "group"), d, "a name without comma and semicolon is expected");
    (void)tree_enum(tree_need(t, "role", d), d, role_names, USER_ROLE_COUNT, &role);
    out->role = (enum user_role)role;
}

static void
read_groups(const struct tree *list, struct arena *a, struct diags *d, struct users *out)
{
    struct user_group *g;

    if (tree_is_absent(list) || !tree_is(list, TREE_SEQ, d))
        return;
    g = ARENA_ARRAY(a, tree_len(list), struct user_group);
    for (size_t i = 0; i < tree_len(list); i++)
        read_group(tree_at(list, i), d, &g[i]);
    out->group = g;
    out->groups = tree_len(list);
}

static void
check_names(const struct tree *list, const struct user *u, size_t n, struct diags *d)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (str_eq(u[i].name, u[j].name))
                tree_error(tree_at(list, i), d, "this name is there already");
        }
    }
}

bool
users_compile(const struct tree *root, struct arena *a, struct diags *d, struct users *out)
{
    static const char *const top[] = {"users", "groups"};
    const struct tree *list = tree_need(root, "users", d);
    size_t before = d->errors;
    struct user *u;

    *out = (struct users){.count = 0};
    (void)tree_check_keys(root, top, RFD_COUNT(top), d);
    if (!tree_is(list, TREE_SEQ, d))
        return false;
    u = ARENA_ARRAY(a, tree_len(list), struct user);
    for (size_t i = 0; i < tree_len(list); i++)
        read_user(tree_at(list, i), a, d, &u[i]);
    check_names(list, u, tree_len(list), d);
    *out = (struct users){.user = u, .count = tree_len(list)};
    read_groups(tree_get(root, "groups"), a, d, out);
    return d->errors == before;
}

const struct user *
users_find(const struct users *u, struct str name)
{
    for (size_t i = 0; i < u->count; i++) {
        if (str_eq(u->user[i].name, name))
            return &u->user[i];
    }
    return NULL;
}

static struct str
trimmed(struct str s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = str_sub(s, 1, SIZE_MAX);
    while (s.n > 0 && s.p[s.n - 1] == ' ')
        s = str_sub(s, 0, s.n - 1);
    return s;
}

static bool
lists(struct str groups, struct str wanted)
{
    size_t from = 0;

    for (size_t i = 0; i <= groups.n; i++) {
        if (i < groups.n && groups.p[i] != ',' && groups.p[i] != ';')
            continue;
        if (str_eq(trimmed(str_sub(groups, from, i - from)), wanted))
            return true;
        from = i + 1;
    }
    return false;
}

bool
users_vouched(const struct users *u, struct str name, struct str groups, struct user *out)
{
    const struct user *listed = users_find(u, name);

    if (listed != NULL) {
        *out = *listed;
        return true;
    }
    for (size_t i = 0; !str_is_absent(groups) && user_name_ok(name) && i < u->groups; i++) {
        if (!lists(groups, u->group[i].name))
            continue;
        *out = (struct user){.name = name, .role = u->group[i].role};
        return true;
    }
    return false;
}

const char *
user_role_name(enum user_role r)
{
    return role_names[r];
}

bool
user_may(const struct user *u, enum user_right right)
{
    return (rights[u->role] & right) != 0;
}
