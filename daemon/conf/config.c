#include "conf/config.h"

#include "base/sb.h"
#include "conf/tlskeys.h"
#include "conf/yaml.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { MAP_PATH_MAX = 300 };

struct tree *
config_tree(const struct bundle_file *f, struct arena *a, struct diags *d)
{
    struct tree *t;

    return yaml_read(f->bytes, f->origin, a, d, &t) ? t : NULL;
}

static bool
load_settings(struct config *c, const struct bundle_file *main_file, struct arena *a,
              struct diags *d)
{
    const struct tree *root = config_tree(main_file, a, d);

    return root != NULL && settings_load(root, a, d, &c->settings);
}

/* A default folder may be missing; one that the file names may not. */
static bool
folder_wanted(const struct settings *s, enum folder f)
{
    struct stat st;

    return s->folder_given[f] || stat(s->folder[f], &st) == 0 || errno != ENOENT;
}

static bool
add_folders(struct config *c, struct diags *d)
{
    bool ok = true;

    for (int f = 0; f < FOLDER_COUNT; f++) {
        const char *name = settings_folder_name((enum folder)f);
        const char *dir = c->settings.folder[f];

        if (folder_wanted(&c->settings, (enum folder)f)) {
            ok = bundle_add_folder(c->bundle, name, dir, d) && ok;
        } else if (f != FOLDER_SITE) { /* a site that has changed and signed nothing has none */
            diag_warn(d, dir, 0, 0, "is not there: nothing is loaded for %s", name);
        }
    }
    return ok;
}

/* Names, roles and hashes of the page's users: a change of theirs is a change of the bundle. */
static bool
add_users(struct config *c, struct diags *d)
{
    return c->settings.console_users == NULL ||
           bundle_add_file(c->bundle, CONFIG_USERS, c->settings.console_users, d);
}

static bool
add_directory(struct config *c, struct diags *d)
{
    return c->settings.directory == NULL ||
           bundle_add_file(c->bundle, CONFIG_DIRECTORY, c->settings.directory, d);
}

const struct bundle_file *
config_map_of(const struct config *c, const struct feed_settings *f)
{
    char path[MAP_PATH_MAX];
    struct sb b;

    if (f->map == NULL)
        return NULL;
    sb_init(&b, path, sizeof path);
    sb_addf(&b, "%s/%s", settings_folder_name(FOLDER_MAPS), f->map);
    return sb_ok(&b) ? bundle_find(c->bundle, sb_cz(&b)) : NULL;
}

static bool
check_maps(const struct config *c, struct diags *d)
{
    size_t before = d->errors;

    for (size_t i = 0; i < c->settings.feeds; i++) {
        const struct feed_settings *f = &c->settings.feed[i];

        if (f->map != NULL && config_map_of(c, f) == NULL)
            diag_error(d, f->map_at.file, f->map_at.line, f->map_at.col,
                       "there is no such file in the maps folder");
    }
    return d->errors == before;
}

/* Certificates and keys are not of the bundle, which every role inherits: each role reads those it
 * needs. Here they are only tried, so that a slip refuses the configuration. */
static bool
check_tls(const struct config *c, struct diags *d)
{
    size_t before = d->errors;

    for (size_t i = 0; i < c->settings.feeds; i++) {
        const struct feed_settings *f = &c->settings.feed[i];

        if (!tlskeys_given(&f->tls))
            continue;
        tlskeys_try(&f->tls, f->listen != NULL, &f->tls_at, d);
        if (f->listen != NULL && f->tls.ca == NULL)
            diag_warn(d, f->tls_at.file, f->tls_at.line, f->tls_at.col,
                      "without \"ca\" every client may send to this feed");
    }
    return d->errors == before;
}

static struct sha256
knowledge_hash(const struct bundle *b)
{
    static const char *const prefixes[] = {"criteria/", "therapies/", "trials/", "terminology/",
                                           "site/"};

    return bundle_hash_of(b, prefixes, RFD_COUNT(prefixes));
}

static bool
complete(struct config *c, struct diags *d)
{
    bundle_seal(c->bundle);
    c->knowledge = knowledge_hash(c->bundle);
    return check_maps(c, d);
}

struct config *
config_load(const char *file, struct arena *a, struct diags *d)
{
    struct config *c = ARENA_NEW(a, struct config);

    c->bundle = bundle_new(a);
    if (!bundle_add_file(c->bundle, CONFIG_MAIN, file, d))
        return NULL;
    if (!load_settings(c, &c->bundle->file[0], a, d) || !add_folders(c, d) || !add_users(c, d) ||
        !add_directory(c, d))
        return NULL;
    return complete(c, d) && check_tls(c, d) ? c : NULL;
}

struct config *
config_open_fd(int fd, struct arena *a, struct diags *d)
{
    struct config *c = ARENA_NEW(a, struct config);
    const struct bundle_file *main_file;

    c->bundle = bundle_open_fd(fd);
    if (c->bundle == NULL)
        return NULL;
    main_file = bundle_find(c->bundle, CONFIG_MAIN);
    c->knowledge = knowledge_hash(c->bundle);
    if (main_file != NULL && load_settings(c, main_file, a, d))
        return c;
    bundle_close(&c->bundle);
    return NULL;
}

void
config_close(struct config *c)
{
    bundle_close(&c->bundle);
}
