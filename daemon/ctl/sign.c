#include "conf/yaml.h"
#include "criteria/signoff.h"
#include "ctl/folders.h"
#include "ctl/rules.h"
#include "ctl/verbs.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
read_on(const struct call *c, day_t *out)
{
    if (!call_has(c, OPT_ON)) {
        *out = stamp_day(stamp_of_utc(clock_wall_s()));
        return true;
    }
    if (day_parse(str_from_c(c->option[OPT_ON]), out))
        return true;
    (void)call_fail(CALL_USAGE, "--on: no date: 2026-11-23");
    return false;
}

/* The entries so far; *root_out is NULL when there is no file yet. */
static bool
read_signoffs(const struct call *c, const char *path, struct tree **root_out)
{
    struct str bytes;
    struct diags d;
    bool ok;

    *root_out = NULL;
    if (access(path, F_OK) != 0)
        return true;
    if (!call_read_file(c, path, &bytes))
        return false;
    diags_init(&d, c->arena);
    ok = yaml_read(bytes, path, c->arena, &d, root_out);
    call_print_diags(&d);
    return ok;
}

/* Whole or not at all: a file beside it, then its name. */
static bool
replace_file(const struct call *c, const char *path, struct str bytes)
{
    const char *beside = str_cz(c->arena, str_cat(c->arena, str_from_c(path), STR(".new")));
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;

    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (ok && rename(beside, path) == 0)
        return true;
    (void)call_fail(CALL_FAILED, "%s: cannot be written (errno %d)", path, errno);
    (void)unlink(beside);
    return false;
}

/* The folder of the site's own files is made when it is first needed. */
static void
make_folder(const struct call *c, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash != NULL)
        (void)mkdir(str_cz(c->arena, (struct str){path, (size_t)(slash - path)}), 0755);
}

static int
sign(const struct call *c, const struct folders *f, struct signature *own)
{
    const char *path = folders_signoffs(c, f);
    struct tree *root;
    struct str text;

    if (!read_signoffs(c, path, &root))
        return CALL_FAILED;
    own->by = str_from_c(c->option[OPT_BY]);
    own->review = call_has(c, OPT_REVIEW);
    if (!criteria_signed_file(c->arena, root, own, &text))
        return call_fail(CALL_USAGE, "--by: a name without quotes, backslashes or line breaks");
    make_folder(c, path);
    if (!replace_file(c, path, text))
        return CALL_FAILED;
    call_print(str_cat(c->arena, STR("signed: "), own->id));
    return CALL_OK;
}

static bool
who_and_when(const struct call *c, struct signature *own)
{
    if (call_has(c, OPT_BY))
        return read_on(c, &own->on);
    (void)call_fail(CALL_USAGE, "who signs? --by NAME");
    return false;
}

int
criteria_sign(const struct call *c)
{
    struct signature own = {.option = false};
    struct ruleset rules;
    struct folders f;
    const struct rule *r;

    if (!who_and_when(c, &own))
        return CALL_USAGE;
    if (!rules_load(c, &f, &rules))
        return CALL_FAILED;
    r = rule_named(c, &rules);
    if (r == NULL)
        return CALL_FAILED;
    own.id = r->head.id;
    own.version = r->head.version;
    own.content = r->content;
    return sign(c, &f, &own);
}

static bool
load_options(const struct call *c, struct folders *f, struct knowledge *out)
{
    struct terms *terms = ARENA_NEW(c->arena, struct terms);
    struct diags d;
    bool ok;

    if (!folders_open(c, f) || !folders_terms(c, f, terms))
        return false;
    diags_init(&d, c->arena);
    ok = knowledge_compile_bundle(f->bundle, terms, f->demo, c->arena, &d, out);
    call_print_diags(&d);
    return ok;
}

int
therapies_sign(const struct call *c)
{
    struct signature own = {.option = true, .version = STR("1")};
    struct knowledge *k = ARENA_NEW(c->arena, struct knowledge);
    struct folders f;

    if (!who_and_when(c, &own))
        return CALL_USAGE;
    if (!load_options(c, &f, k))
        return CALL_FAILED;
    for (size_t i = 0; i < k->match.therapies->count; i++) {
        const struct therapy_option *o = &k->match.therapies->option[i];

        if (!str_eq_c(o->id, c->arg[0]))
            continue;
        own.id = o->id;
        own.content = o->content;
        return sign(c, &f, &own);
    }
    return call_fail(CALL_FAILED, "no therapy option \"%s\"", c->arg[0]);
}
