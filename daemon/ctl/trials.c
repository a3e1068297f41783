#include "ctl/folders.h"
#include "ctl/verbs.h"
#include "wire/jsonout.h"

#include <string.h>
#include <sys/stat.h>

enum { LINE_BYTES_MAX = 64 * 1024 };

/* Trials are the rest of the command line, or the trials of the config. A path may be a folder. */
static bool
add_paths(const struct call *c, struct bundle *b, struct diags *d)
{
    bool ok = true;

    for (size_t i = 0; i < c->arg_count; i++) {
        char prefix[32];
        struct stat st;
        struct sb name;

        sb_init(&name, prefix, sizeof prefix);
        /* two files of one name are two trials */
        sb_addf(&name, "%06zu.yaml", i);
        if (stat(c->arg[i], &st) == 0 && S_ISDIR(st.st_mode))
            ok = bundle_add_folder(b, sb_cz(&name), c->arg[i], d) && ok;
        else
            ok = bundle_add_file(b, sb_cz(&name), c->arg[i], d) && ok;
    }
    bundle_seal(b);
    return ok;
}

static void
clause_line(struct sb *b, const struct trial_clause *t, bool json)
{
    struct jsonout j;

    if (!json) {
        sb_addf(b, "%.*s %s%s", STR_FMT(t->id), t->trial->open ? "open" : "not open",
                t->suspended ? ", suspended" : "");
        return;
    }
    jsonout_init(&j, b);
    jsonout_map(&j);
    jsonout_key(&j, "id");
    jsonout_str(&j, t->id);
    jsonout_key(&j, "title");
    jsonout_str(&j, t->title);
    jsonout_key(&j, "open");
    jsonout_bool(&j, t->trial->open);
    jsonout_key(&j, "suspended");
    jsonout_bool(&j, t->suspended);
    jsonout_map_end(&j);
    rfd_assert(jsonout_ok(&j));
}

static void
print_clauses(const struct call *c, const struct trial_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct sb b;

        sb_init_arena(&b, c->arena, LINE_BYTES_MAX);
        clause_line(&b, &set->clause[i], call_has(c, OPT_JSON));
        call_print(sb_str(&b));
    }
}

/* One after the other: a file that cannot be read does not hide what is wrong with the next. */
static bool
compile_all(const struct call *c, const struct bundle *b, const char *prefix,
            const struct terms *terms, struct diags *d)
{
    struct trial_set set = {.count = 0};
    bool ok = knowledge_trials(b, prefix, terms, c->arena, d, &set);

    print_clauses(c, &set);
    return ok;
}

int
trials_check(const struct call *c)
{
    struct folders f;
    struct terms *terms = ARENA_NEW(c->arena, struct terms);
    struct bundle *given = bundle_new(c->arena);
    struct diags d;
    bool ok;

    if (!folders_open(c, &f) || !folders_terms(c, &f, terms))
        return CALL_FAILED;
    diags_init(&d, c->arena);
    ok = c->arg_count == 0 || add_paths(c, given, &d);
    ok = compile_all(c, c->arg_count == 0 ? f.bundle : given, c->arg_count == 0 ? "trials/" : "",
                     terms, &d) &&
         ok;
    call_print_diags(&d);
    return ok ? CALL_OK : CALL_FAILED;
}
