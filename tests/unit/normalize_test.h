/*
 * What:    what the tests of daemon/normalize share: the terminologies of config/.
 * Owns:    a static arena per test program for what is compiled once.
 * Threads: one.
 * Errors:  a terminology that does not compile fails the test and prints its diags.
 */
#ifndef RFD_TESTS_NORMALIZE_TEST_H
#define RFD_TESTS_NORMALIZE_TEST_H

#include "base/arena.h"
#include "base/diag.h"
#include "conf/yaml.h"
#include "normalize/terms.h"
#include "unit_test.h"

static const char *const normalize_files[] = {"oncotree.yaml",  "analytes.yaml", "biomarkers.yaml",
                                              "drugs.yaml",     "variants.yaml", "diagnoses.yaml",
                                              "responses.yaml", "phrases.yaml"};

__attribute__((unused)) static void
normalize_print(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next)
        print_message("%s:%d:%d: %s\n", x->file == NULL ? "" : x->file, x->line, x->col, x->text);
}

__attribute__((unused)) static const struct tree *
normalize_read(struct arena *a, struct diags *d, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct tree *tree = NULL;
    if (f == NULL)
        return NULL;
    char *bytes = arena_alloc(a, 512 * 1024);
    size_t n = fread(bytes, 1, 512 * 1024, f);
    (void)fclose(f);
    return yaml_read((struct str){bytes, n}, path, a, d, &tree) ? tree : NULL;
}

/* One text as a file; lines count from 1. */
__attribute__((unused)) static const struct tree *
normalize_text(struct arena *a, struct diags *d, const char *text)
{
    struct tree *tree = NULL;
    bool ok = yaml_read(str_from_c(text), "text.yaml", a, d, &tree);
    normalize_print(d);
    assert_true(ok);
    return tree;
}

/* The shipped terminologies, compiled once. Tests run from the repository's root. */
__attribute__((unused)) static const struct terms *
normalize_terms(void)
{
    static _Alignas(16) unsigned char memory[48 * 1024 * 1024];
    static struct arena arena;
    static struct terms terms;
    const struct tree *trees[RFD_COUNT(normalize_files)];
    struct diags d;
    if (arena.mem != NULL)
        return &terms;
    arena_init(&arena, memory, sizeof memory);
    diags_init(&d, &arena);
    for (size_t i = 0; i < RFD_COUNT(normalize_files); i++) {
        char *path = arena_alloc(&arena, 200);
        (void)snprintf(path, 200, "config/terminology/%s", normalize_files[i]);
        trees[i] = normalize_read(&arena, &d, path);
        if (trees[i] == NULL)
            normalize_print(&d);
        assert_non_null(trees[i]);
    }
    bool ok = terms_compile(&arena, trees, RFD_COUNT(trees), &d, &terms);
    normalize_print(&d);
    assert_true(ok);
    return &terms;
}

#endif
