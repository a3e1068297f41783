/*
 * What:    what the tests of daemon/criteria share: rules and timelines as YAML and JSON text.
 * Owns:    two static arenas per test program: rules_begin() clears both.
 * Threads: one.
 * Errors:  a text that does not compile fails the test with its first diag.
 */
#ifndef RFD_TESTS_CRITERIA_TEST_H
#define RFD_TESTS_CRITERIA_TEST_H

#include "conf/yaml.h"
#include "criteria/eval.h"
#include "criteria/vector_facts.h"
#include "criteria/vectors.h"

/* cmocka.h needs the first four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEST_FILE_MAX = 4 * 1024 * 1024 };

static struct arena rules_arena;
static struct arena scratch_arena;
static struct diags rules_diags;

__attribute__((unused)) static void
rules_begin(void)
{
    static _Alignas(16) unsigned char memory[48 * 1024 * 1024];
    static _Alignas(16) unsigned char scratch[16 * 1024 * 1024];

    arena_init(&rules_arena, memory, sizeof(memory));
    arena_init(&scratch_arena, scratch, sizeof(scratch));
    diags_init(&rules_diags, &rules_arena);
}

__attribute__((unused)) static const char *
first_diag(void)
{
    static char text[DIAG_TEXT_MAX + 80];
    const struct diag *d = rules_diags.first;

    if (d == NULL)
        return "no diag";
    (void)snprintf(text, sizeof(text), "%s:%d:%d: %s", d->file == NULL ? "-" : d->file, d->line,
                   d->col, d->text);
    return text;
}

__attribute__((unused)) static struct tree *
tree_of(const char *name, struct str text)
{
    struct tree *t = NULL;

    if (!yaml_read(text, name, &rules_arena, &rules_diags, &t))
        fail_msg("%s", first_diag());
    return t;
}

/* The file's bytes, absent when there is none. */
__attribute__((unused)) static struct str
file_text(const char *path)
{
    static char buffer[TEST_FILE_MAX];
    FILE *f = fopen(path, "rb");
    char *bytes;
    size_t n;

    if (f == NULL)
        return STR_NONE;
    n = fread(buffer, 1, sizeof(buffer), f);
    (void)fclose(f);
    bytes = arena_alloc(&rules_arena, n);
    memcpy(bytes, buffer, n);
    return (struct str){bytes, n};
}

__attribute__((unused)) static struct ruleset
rules_of(const char *yaml)
{
    struct ruleset r = {0};

    if (!criteria_compile(&rules_arena, tree_of("rules.yaml", str_from_c(yaml)), NULL, &rules_diags,
                          &r))
        fail_msg("%s", first_diag());
    return r;
}

/* The first rule of the YAML on the events of the JSON, as of that day. */
__attribute__((unused)) static struct finding
finding_on(const char *yaml, const char *json, const char *asof)
{
    struct ruleset rules = rules_of(yaml);
    struct tree *events = tree_of("events.json", str_from_c(json));
    struct timeline *t = ARENA_NEW(&rules_arena, struct timeline);
    struct therapies *th = ARENA_NEW(&rules_arena, struct therapies);
    struct fact *facts;
    size_t count;
    day_t day;

    if (!vector_facts_check(events, &rules_diags))
        fail_msg("%s", first_diag());
    assert_true(day_parse(str_from_c(asof), &day));
    facts = vector_facts(events, day, &rules_arena, &count);
    *t = timeline_build(&rules_arena, facts, count, vector_facts_end_of(day));
    *th = course_build(t);
    return criteria_eval(&rules.rule[0], t, th, &rules_arena);
}

#define assert_text(got, want)                                           \
    do {                                                                 \
        struct str got_ = (got);                                         \
        if (!str_eq_c(got_, want))                                       \
            fail_msg("got  \"%.*s\"\nwant \"%s\"", STR_FMT(got_), want); \
    } while (0)

#define assert_status(found, want)                                                     \
    do {                                                                               \
        struct finding f_ = (found);                                                   \
        if (f_.status != (want))                                                       \
            fail_msg("got %s: %.*s", finding_status_name(f_.status), STR_FMT(f_.why)); \
    } while (0)

#endif
