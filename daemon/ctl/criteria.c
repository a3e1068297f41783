#include "conf/yaml.h"
#include "criteria/show.h"
#include "criteria/signoff.h"
#include "criteria/vectors.h"
#include "ctl/folders.h"
#include "ctl/verbs.h"
#include "sys/clock.h"
#include "sys/mem.h"
#include "wire/jsonout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 64 * 1024 };

static const size_t SCRATCH_BYTES = (size_t)1 << 30;

/* The rules of --criteria DIR, or of config/criteria, and nothing of the rest of a set. */
static bool
load_rules(const struct call *c, struct ruleset *out)
{
    struct folders f;
    struct terms *terms = ARENA_NEW(c->arena, struct terms);
    struct diags d;
    bool ok;

    if (!folders_open(c, &f) || !folders_terms(c, &f, terms))
        return false;
    diags_init(&d, c->arena);
    ok = knowledge_rules(f.bundle, terms, c->arena, &d, out);
    call_print_diags(&d);
    return ok;
}

static void
print_line(void *to, struct str line)
{
    (void)to;
    call_print(line);
}

/* A vectors file is JSON, which YAML contains. */
static bool
run_file(const struct call *c, const char *path, const struct ruleset *rules, struct arena *scratch,
         struct vectors_counts *counts)
{
    const struct vectors_sink sink = {print_line, NULL};
    struct str bytes;
    struct tree *root;
    struct diags d;
    bool ok;

    if (!call_read_file(c, path, &bytes))
        return false;
    diags_init(&d, c->arena);
    ok = yaml_read(bytes, path, c->arena, &d, &root) &&
         criteria_vectors_run(rules, root, scratch, &d, &sink, counts);
    call_print_diags(&d);
    return ok;
}

int
criteria_test(const struct call *c)
{
    struct ruleset rules;
    struct vectors_counts counts = {0, 0, 0};
    struct arena scratch;
    bool ok = true;

    if (!load_rules(c, &rules))
        return CALL_FAILED;
    mem_arena_new(&scratch, SCRATCH_BYTES);
    (void)arena_trap_set(&scratch, c->arena->trap);
    for (size_t i = 0; i < c->arg_count; i++)
        ok = run_file(c, c->arg[i], &rules, &scratch, &counts) && ok;
    mem_arena_free(&scratch);
    call_print(criteria_vectors_summary(&counts, c->arena));
    return ok && counts.failed == 0 ? CALL_OK : CALL_FAILED;
}

static void
rule_json(struct sb *b, const struct rule *r)
{
    char hex[SHA256_HEX_MAX];
    const struct {
        const char *key;
        struct str value;
    } rows[] = {{"id", r->head.id},
                {"version", r->head.version},
                {"title", r->head.title},
                {"citation", r->head.citation},
                {"url", r->head.url},
                {"verified", r->head.verified},
                {"mode", str_from_c(rule_mode_name(r->head.mode))},
                {"sha256", sha256_hex(&r->content, hex)},
                {"reviewer", r->reviewer}};
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        if (str_is_absent(rows[i].value))
            continue;
        jsonout_key(&j, rows[i].key);
        jsonout_str(&j, rows[i].value);
    }
    jsonout_map_end(&j);
    rfd_assert(jsonout_ok(&j));
}

static void
print_rule(const struct call *c, const struct rule *r)
{
    struct sb b;

    sb_init_arena(&b, c->arena, LINE_BYTES_MAX);
    if (call_has(c, OPT_JSON)) {
        rule_json(&b, r);
    } else {
        sb_addf(&b, "%.*s %.*s: %.*s [%.*s, %s] %.*s", STR_FMT(r->head.id),
                STR_FMT(r->head.version), STR_FMT(r->head.title), STR_FMT(r->head.verified),
                rule_mode_name(r->head.mode), STR_FMT(r->head.citation));
    }
    call_print(sb_str(&b));
}

int
criteria_list(const struct call *c)
{
    struct ruleset rules;

    if (!load_rules(c, &rules))
        return CALL_FAILED;
    for (size_t i = 0; i < rules.count; i++)
        print_rule(c, &rules.rule[i]);
    return CALL_OK;
}

int
criteria_check(const struct call *c)
{
    struct ruleset rules;
    struct sb b;

    if (!load_rules(c, &rules))
        return CALL_FAILED;
    sb_init_arena(&b, c->arena, LINE_BYTES_MAX);
    sb_addf(&b, "%zu rules: ok", rules.count);
    call_print(sb_str(&b));
    return CALL_OK;
}

/* The rule of that id, or NULL, with the nearest one said. */
static const struct rule *
rule_named(const struct call *c, const struct ruleset *rules)
{
    const struct rule *r = criteria_rule(rules, str_from_c(c->arg[0]));
    const char **id = ARENA_ARRAY(c->arena, rules->count + 1, const char *);
    const char *near;

    if (r != NULL)
        return r;
    for (size_t i = 0; i < rules->count; i++)
        id[i] = str_cz(c->arena, rules->rule[i].head.id);
    near = tree_nearest(str_from_c(c->arg[0]), id, rules->count);
    if (near != NULL)
        (void)call_fail(CALL_FAILED, "no rule \"%s\": did you mean \"%s\"?", c->arg[0], near);
    else
        (void)call_fail(CALL_FAILED, "no rule \"%s\". See: refractctl criteria list", c->arg[0]);
    return NULL;
}

int
criteria_show_rule(const struct call *c)
{
    struct ruleset rules;
    const struct rule *r;

    if (!load_rules(c, &rules))
        return CALL_FAILED;
    r = rule_named(c, &rules);
    if (r == NULL)
        return CALL_FAILED;
    call_print(criteria_show(r, c->arena));
    return CALL_OK;
}

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

int
criteria_sign(const struct call *c)
{
    const char *path = folders_criteria_file(c, "signoff.yaml");
    struct ruleset rules;
    const struct rule *r;
    struct tree *root;
    struct str text;
    day_t on;

    if (!call_has(c, OPT_BY))
        return call_fail(CALL_USAGE, "who signs? --by NAME");
    if (!read_on(c, &on))
        return CALL_USAGE;
    if (!load_rules(c, &rules))
        return CALL_FAILED;
    r = rule_named(c, &rules);
    if (r == NULL || !read_signoffs(c, path, &root))
        return CALL_FAILED;
    if (!criteria_signed_file(c->arena, root, r, str_from_c(c->option[OPT_BY]), on, &text))
        return call_fail(CALL_USAGE, "--by: a name without quotes, backslashes or line breaks");
    if (!replace_file(c, path, text))
        return CALL_FAILED;
    call_print(str_cat(c->arena, STR("signed: "), r->head.id));
    return CALL_OK;
}
