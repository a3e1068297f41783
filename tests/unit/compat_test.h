/*
 * What:    what the tests of MatchMiner's own semantics share: a table of expressions, one patient
 *          as rows, a condition asked of that patient.
 * Owns:    nothing; everything lies in fresh(), which bench_new() clears.
 * Threads: one.
 * Errors:  rows or a condition that do not compile fail the test.
 */
#ifndef RFD_TESTS_COMPAT_TEST_H
#define RFD_TESTS_COMPAT_TEST_H

#include "match/compat.h"
#include "match_test.h"

struct bench {
    struct arena *arena;
    struct match_terms terms;
    struct rows_terms rows;
    struct diags diags;
    struct expr_table table;
    struct expr_build build;
};

__attribute__((unused)) static struct bench *
bench_new(void)
{
    struct arena *a = fresh();
    struct bench *b = ARENA_NEW(a, struct bench);

    b->arena = a;
    b->terms.oncotree = match_oncotree(a);
    diags_init(&b->diags, a);
    expr_table_init(&b->table, a);
    b->build = (struct expr_build){&b->table, &b->terms, &b->diags, true, &b->rows};
    return b;
}

/* One patient: a clinical row, and up to three lists of rows as one text each. */
__attribute__((unused)) static const struct compat_patient *
patient_of(struct bench *b, const char *clinical, const char *genomic, const char *prior)
{
    const struct tree **row = ARENA_NEW(b->arena, const struct tree *);
    const struct tree *g = tree_of(b->arena, genomic == NULL ? "[]" : genomic);
    const struct tree *p = tree_of(b->arena, prior == NULL ? "[]" : prior);
    struct compat_files f = {row,
                             1,
                             (const struct tree *const *)g->items,
                             g->count,
                             (const struct tree *const *)p->items,
                             p->count};
    struct compat_patients *all = ARENA_NEW(b->arena, struct compat_patients);

    row[0] = tree_of(b->arena, clinical);
    *all = compat_join(&f, b->arena, &b->diags);
    assert_int_equal(all->count, 1);
    return &all->item[0];
}

static const struct compat_rules all_ages = {.closed = true, .deceased = true};

__attribute__((unused)) static bool
matches(struct bench *b, const char *trial, const struct compat_patient *p,
        const struct compat_rules *rules)
{
    struct compat_trial t;
    struct expr_values v;
    struct compat_rules on = *rules;

    on.today = day_of("2000-07-12");
    assert_true(compat_trial_compile(&b->build, tree_of(b->arena, trial), &t));
    v = compat_ask(&b->table, p, &on, b->arena);
    return compat_matches(&t, &on, &v);
}

__attribute__((unused)) static bool
holds(struct bench *b, const char *match, const struct compat_patient *p)
{
    struct str text = str_cat(b->arena, STR("{match: ["), str_from_c(match));

    return matches(b, str_cz(b->arena, str_cat(b->arena, text, STR("]}"))), p, &all_ages);
}

#define ROW(rest) "{CLINICAL_ID: {$oid: p1}, " rest "}"

struct expectation {
    const char *match;
    bool want;
};

__attribute__((unused)) static void
check(const struct expectation *e, size_t count, const char *clinical, const char *genomic,
      const char *prior)
{
    for (size_t i = 0; i < count; i++) {
        struct bench *b = bench_new();

        if (holds(b, e[i].match, patient_of(b, clinical, genomic, prior)) != e[i].want) {
            fail_msg("row %zu: %s", i, e[i].match);
        }
    }
}

#endif
