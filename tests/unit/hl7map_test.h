/*
 * What:    what the tests of normalized messages share: one map, compiled of a file or a text, and
 *          what a message gives through it.
 * Owns:    map and out, one of each per test program; out lies in fresh().
 * Threads: one.
 * Errors:  a map that does not compile fails the test and prints its diags.
 */
#ifndef RFD_TESTS_HL7MAP_TEST_H
#define RFD_TESTS_HL7MAP_TEST_H

#include "normalize/hl7v2.h"
#include "normalize_test.h"

static struct map map;
static struct normalized out;

/* A file of that path, or, without one, a text. */
__attribute__((unused)) static void
map_use(const char *path, const char *text)
{
    static _Alignas(16) unsigned char memory[4 * 1024 * 1024];
    static struct arena arena;
    const struct tree *tree;
    struct diags d;
    bool ok;

    arena_init(&arena, memory, sizeof memory);
    diags_init(&d, &arena);
    tree = path == NULL ? normalize_text(&arena, &d, text) : normalize_read(&arena, &d, path);
    assert_non_null(tree);
    ok = map_compile(&arena, tree, STR("hash"), normalize_terms(), &d, &map);
    normalize_print(&d);
    assert_true(ok);
}

__attribute__((unused)) static enum normalize_outcome
take(const char *message)
{
    static struct hl7 m;
    struct arena *a = fresh();

    assert_int_equal(hl7_index(&m, a, str_from_c(message)), HL7_OK);
    return normalize_hl7(&m, &map, normalize_terms(), STAMP_NONE, a, &out);
}

__attribute__((unused)) static size_t
count_of(enum fact_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < out.count; i++)
        n += out.facts[i].kind == kind;
    return n;
}

#endif
