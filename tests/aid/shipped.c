#include "shipped.h"

#include "conf/config.h"

#include <stdio.h>
#include <stdlib.h>

static void
give_up(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next)
        fprintf(stderr, "%s:%d:%d: %s\n", x->file == NULL ? "-" : x->file, x->line, x->col,
                x->text);
    exit(2);
}

static struct knowledge_set *
load(struct bundle *b, const struct settings *s, struct arena *a, struct diags *d)
{
    static const char *const folder[] = {"criteria", "therapies", "trials", "maps", "terminology"};
    struct knowledge_set *set = NULL;

    for (size_t i = 0; i < RFD_COUNT(folder); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "config/%s", folder[i]);
        if (!bundle_add_folder(b, folder[i], path, d))
            give_up(d);
    }
    bundle_seal(b);
    if (!knowledge_load(b, s, a, d, &set))
        give_up(d);
    return set;
}

struct knowledge_set *
shipped_knowledge(struct arena *a)
{
    struct settings s = {.mode = RUN_DEMO};
    struct diags d;

    diags_init(&d, a);
    return load(bundle_new(a), &s, a, &d);
}

struct knowledge_set *
shipped_site(struct arena *a, struct str directory)
{
    const struct bundle_file *main_file;
    const struct tree *root;
    struct bundle *b = bundle_new(a);
    struct bundle *settings = bundle_new(a);
    struct settings s;
    struct diags d;

    diags_init(&d, a);
    if (!bundle_add_file(settings, CONFIG_MAIN, "config/" CONFIG_MAIN, &d))
        give_up(&d);
    bundle_seal(settings);
    main_file = bundle_find(settings, CONFIG_MAIN);
    root = config_tree(main_file, a, &d);
    if (root == NULL || !settings_load(root, a, &d, &s))
        give_up(&d);
    s.mode = RUN_DEMO;
    s.directory = CONFIG_DIRECTORY;
    bundle_add_bytes(b, CONFIG_DIRECTORY, CONFIG_DIRECTORY, directory);
    return load(b, &s, a, &d);
}
