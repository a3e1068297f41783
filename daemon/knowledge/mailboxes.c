#include "knowledge/mailboxes.h"

#include "conf/config.h"
#include "wire/mailaddr.h"

struct reader {
    struct arena *arena;
    struct diags *diags;
    struct mailbook_entry *entry;
    size_t count;
};

static void
one(struct reader *r, const struct tree *t)
{
    const struct tree *mail = tree_get(t, "mail");
    struct str id = STR("");
    struct str address;

    if (tree_is_absent(mail) || !tree_str(mail, r->diags, &address))
        return;
    if (!mailaddr_ok(address)) {
        tree_error(mail, r->diags, "this is no mail address: NAME@HOST in plain letters");
        return;
    }
    if (tree_str(tree_get(t, "id"), r->diags, &id))
        r->entry[r->count++] =
            (struct mailbook_entry){str_dup(r->arena, id), str_cz(r->arena, address)};
}

bool
mailboxes_read(const struct tree *root, struct arena *a, struct diags *d, struct mailbook *out)
{
    const struct tree *people = tree_get(root, "people");
    const struct tree *pools = tree_get(root, "pools");
    size_t errors = d->errors;
    struct reader r = {a, d, NULL, 0};

    r.entry = ARENA_ARRAY(a, tree_len(people) + tree_len(pools), struct mailbook_entry);
    for (size_t i = 0; i < tree_len(people); i++)
        one(&r, tree_at(people, i));
    for (size_t i = 0; i < tree_len(pools); i++)
        one(&r, tree_at(pools, i)); /* a name alone has no keys */
    *out = (struct mailbook){r.entry, r.count};
    return d->errors == errors;
}

bool
mailboxes_load(const struct bundle *b, struct arena *a, struct diags *d, struct mailbook *out)
{
    const struct bundle_file *f = bundle_find(b, CONFIG_DIRECTORY);
    const struct tree *root = f == NULL ? NULL : config_tree(f, a, d);

    *out = (struct mailbook){NULL, 0};
    return f == NULL || (root != NULL && mailboxes_read(root, a, d, out));
}
