#include "ctl/matchpaths.h"

#include "base/sb.h"
#include "base/sort.h"
#include "ctl/rowsfile.h"

#include <string.h>
#include <sys/stat.h>

static int
by_origin(const void *a, const void *b)
{
    const struct bundle_file *const *x = a;
    const struct bundle_file *const *y = b;

    return strcmp((*x)->origin, (*y)->origin);
}

static bool
is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "trials/" and "trials" name the same files: trials/a.yaml. */
static const char *
without_slash(const struct call *c, const char *path)
{
    struct str s = str_from_c(path);

    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    return str_cz(c->arena, s);
}

static void
add_path(const struct call *c, struct bundle *b, const char *path)
{
    struct diags d;
    bool ok;

    diags_init(&d, c->arena);
    ok = is_folder(path) ? bundle_add_folder(b, "", without_slash(c, path), &d)
                         : bundle_add_file(b, "", path, &d);
    if (!ok)
        rowsfile_print_diags(&d);
}

static bool
is_tree(struct str name)
{
    return str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"));
}

/* Of a folder the tables are no trials; a file that was named is one whatever its name. */
static bool
is_trial(const struct bundle_file *f)
{
    struct str name = str_from_c(f->origin);

    return !str_ends(name, STR(".tsv")) && !str_ends(name, STR(".csv"));
}

static void
sort_files(const struct call *c, const struct bundle *b, struct matchpaths *out)
{
    out->file = ARENA_ARRAY(c->arena, b->count, const struct bundle_file *);
    for (size_t i = 0; i < b->count; i++) {
        if (is_trial(&b->file[i]))
            out->file[out->count++] = &b->file[i];
    }
    sort_stable(c->arena, out->file, out->count, sizeof *out->file, by_origin);
}

void
matchpaths_open(const struct call *c, bool all, struct matchpaths *out)
{
    struct bundle *b = bundle_new(c->arena);

    *out = (struct matchpaths){.other = ARENA_ARRAY(c->arena, c->arg_count, const char *)};
    if (call_has(c, OPT_TRIALS))
        add_path(c, b, c->option[OPT_TRIALS]);
    for (size_t i = 0; i < c->again_count; i++)
        add_path(c, b, c->again[i]);
    for (size_t i = 0; i < c->arg_count; i++) {
        if (all || is_folder(c->arg[i]) || is_tree(str_from_c(c->arg[i])))
            add_path(c, b, c->arg[i]);
        else
            out->other[out->other_count++] = c->arg[i];
    }
    sort_files(c, b, out);
}
