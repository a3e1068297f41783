#include "shipped.h"

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

struct knowledge_set *
shipped_knowledge(struct arena *a)
{
    static const char *const folder[] = {"criteria", "therapies", "trials", "maps", "terminology"};
    struct bundle *b = bundle_new(a);
    struct settings s = {.mode = RUN_DEMO};
    struct knowledge_set *set = NULL;
    struct diags d;

    diags_init(&d, a);
    for (size_t i = 0; i < RFD_COUNT(folder); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "config/%s", folder[i]);
        if (!bundle_add_folder(b, folder[i], path, &d))
            give_up(&d);
    }
    bundle_seal(b);
    if (!knowledge_load(b, &s, a, &d, &set))
        give_up(&d);
    return set;
}
