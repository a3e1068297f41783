#include "conf/yaml.h"
#include "criteria/show.h"
#include "criteria/vectors.h"
#include "ctl/folders.h"
#include "ctl/rules.h"
#include "ctl/verbs.h"
#include "sys/mem.h"
#include "wire/jsonout.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 64 * 1024 };

static const size_t SCRATCH_BYTES = (size_t)1 << 30;

bool
rules_load(const struct call *c, struct folders *f, struct ruleset *out)
{
    struct terms *terms = ARENA_NEW(c->arena, struct terms);
    struct diags d;
    bool ok;

    if (!folders_open(c, f) || !folders_terms(c, f, terms))
        return false;
    diags_init(&d, c->arena);
    ok = knowledge_rules(f->bundle, terms, c->arena, &d, out);
    call_print_diags(&d);
    return ok;
}

/* The rules of a config, of --criteria DIR, or of config/criteria, and nothing else of a set. */
static bool
load_rules(const struct call *c, struct ruleset *out)
{
    struct folders f;

    return rules_load(c, &f, out);
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
        sb_addf(&b, "%.*s %.*s: %.*s [%.*s, %s%s%s] %.*s", STR_FMT(r->head.id),
                STR_FMT(r->head.version), STR_FMT(r->head.title), STR_FMT(r->head.verified),
                rule_mode_name(r->head.mode),
                r->signoff_void ? ", changed since it was signed" : "",
                r->changed_count > 0 ? ", changed by the site" : "", STR_FMT(r->head.citation));
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

const struct rule *
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
