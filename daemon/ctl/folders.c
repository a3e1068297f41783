#include "ctl/folders.h"

#include <string.h>
#include <unistd.h>

enum { PATH_TEXT_MAX = 1024 };

static const char *
joined(const struct call *c, const char *dir, const char *name)
{
    struct sb path;

    sb_init_arena(&path, c->arena, PATH_TEXT_MAX);
    sb_addf(&path, "%s/%s", dir, name);
    return sb_ok(&path) ? sb_cz(&path) : "";
}

/* In a source tree config/ is what is worked on; else what is installed. */
static const char *
default_base(void)
{
    return access("config/terminology", F_OK) == 0 ? "config" : "/etc/refractd";
}

static bool
add_default_folders(const struct call *c, struct bundle *b, struct diags *d)
{
    const char *base = default_base();
    bool ok = true;

    for (unsigned f = 0; f < FOLDER_COUNT; f++) {
        const char *name = settings_folder_name((enum folder)f);
        const char *dir = joined(c, base, name);

        if (f == FOLDER_CRITERIA && call_has(c, OPT_CRITERIA))
            dir = c->option[OPT_CRITERIA];
        else if (access(dir, F_OK) != 0 || (f == FOLDER_SITE && call_has(c, OPT_CRITERIA)))
            continue; /* a folder of rules that is named stands alone */
        ok = bundle_add_folder(b, name, dir, d) && ok;
    }
    bundle_seal(b);
    return ok;
}

static bool
open_config(const struct call *c, struct folders *out, struct diags *d)
{
    struct config *config = config_load(c->option[OPT_CONFIG], c->arena, d);

    if (config == NULL)
        return false;
    out->config = config;
    out->bundle = config->bundle;
    out->demo = config->settings.mode == RUN_DEMO;
    return true;
}

bool
folders_open(const struct call *c, struct folders *out)
{
    struct bundle *b = bundle_new(c->arena);
    struct diags d;
    bool ok;

    *out = (struct folders){.bundle = b, .demo = true};
    diags_init(&d, c->arena);
    ok = call_has(c, OPT_CONFIG) ? open_config(c, out, &d) : add_default_folders(c, b, &d);
    call_print_diags(&d);
    return ok;
}

const char *
folders_signoffs(const struct call *c, const struct folders *f)
{
    const char *dir = joined(c, default_base(), settings_folder_name(FOLDER_SITE));

    if (f->config != NULL)
        dir = f->config->settings.folder[FOLDER_SITE];
    else if (call_has(c, OPT_CRITERIA))
        dir = c->option[OPT_CRITERIA];
    return joined(c, dir, "signoff.yaml");
}

bool
folders_terms(const struct call *c, const struct folders *f, struct terms *out)
{
    struct diags d;
    bool ok;

    diags_init(&d, c->arena);
    ok = knowledge_terms(f->bundle, c->arena, &d, out);
    call_print_diags(&d);
    return ok;
}
