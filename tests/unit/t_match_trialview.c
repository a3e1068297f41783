/* One trial for whoever asks why: every leaf, the set that blocks, what is missing. */
#include "base/sb.h"
#include "match/trialtext.h"
#include "match_test.h"

struct bench {
    struct arena *arena;
    struct match_terms terms;
    struct diags diags;
    struct expr_table table;
    struct trial_set set;
    struct patient *patient;
};

static struct bench *
bench_new(void)
{
    struct arena *a = fresh();
    struct bench *b = ARENA_NEW(a, struct bench);

    b->arena = a;
    b->terms.oncotree = match_oncotree(a);
    diags_init(&b->diags, a);
    expr_table_init(&b->table, a);
    b->patient = patient_new(a, oncotree_code(b->terms.oncotree, STR("LUAD")), "2026-11-23");
    patient_negative(b->patient, "KRAS", "2026-03-02");
    patient_negative(b->patient, "BRAF", "2026-03-02");
    patient_variant(b->patient, "EGFR", "L858R", true, "2026-03-02");
    return b;
}

static struct trialview
view_of(struct bench *b, const char *match)
{
    struct expr_build build = {&b->table, &b->terms, &b->diags, true, NULL};
    struct expr_values v;
    struct str text = str_cat(b->arena,
                              STR("{protocol_no: T1, nct_id: NCT1, status: open to "
                                  "accrual, prior_treatment_requirements: [free], match: "),
                              str_from_c(match));

    text = str_cat(b->arena, text, STR("}"));
    b->set = (struct trial_set){.count = 0};
    assert_true(trial_compile(&build, tree_of(b->arena, str_cz(b->arena, text)), &b->set));
    assert_int_equal(b->set.count, 1);
    v = expr_evaluate(&b->table, patient_case(b->patient), b->arena);
    return trialview_of(&b->set.clause[0], &v, &b->patient->match, b->arena);
}

#define MUTATION(gene) "{genomic: {hugo_symbol: " gene ", variant_category: Mutation}}"
#define LUNG           "{clinical: {oncotree_primary_diagnosis: Lung}}"
#define PROSTATE       "{clinical: {oncotree_primary_diagnosis: Prostate}}"

/* The first words of the leaves that decide: genes, or "Diagnosis". */
static const char *
deciding(struct bench *b, const struct trialview *t)
{
    struct sb s;

    sb_init_arena(&s, b->arena, 400);
    for (size_t i = 0; i < t->leaf_count; i++) {
        if (t->leaf[i].decides) {
            assert_int_equal(t->leaf[i].verdict, t->verdict);
            sb_add(&s, str_sub(t->leaf[i].text, 0, str_find_any(t->leaf[i].text, " ")));
            sb_add_char(&s, ' ');
        }
    }
    return sb_cz(&s);
}

static void
test_what_decides(void **state)
{
    static const struct {
        const char *match;
        enum kleene verdict;
        size_t leaves;
        const char *deciding;
    } row[] = {
        {"[" LUNG ", " MUTATION("EGFR") "]", K_TRUE, 2, ""},
        {"[" LUNG ", " MUTATION("KRAS") "]", K_FALSE, 2, "KRAS "},
        /* one is enough, the first */
        {"[" PROSTATE ", " MUTATION("KRAS") "]", K_FALSE, 2, "Diagnosis "},
        /* of an "or" it takes all; a single leaf beside it is the smaller set */
        {"[{or: [" MUTATION("KRAS") ", " MUTATION("BRAF") "]}]", K_FALSE, 2, "BRAF KRAS "},
        {"[{or: [" MUTATION("KRAS") ", " MUTATION("BRAF") "]}, " PROSTATE "]", K_FALSE, 3,
         "Diagnosis "},
        {"[{or: [{and: [" PROSTATE ", " MUTATION("KRAS") "]}, " MUTATION("BRAF") "]}]", K_FALSE, 3,
         "Diagnosis BRAF "},
        /* what is unknown does not block */
        {"[" MUTATION("ALK") ", " MUTATION("KRAS") "]", K_FALSE, 2, "KRAS "},
        {"[" LUNG ", " MUTATION("ALK") ", " MUTATION("EGFR") "]", K_UNKNOWN, 3, "ALK "},
        /* nor does it matter beside what is false in the same branch */
        {"[{or: [{and: [" MUTATION("RET") ", " MUTATION("KRAS") "]}, " MUTATION("ALK") "]}]",
         K_UNKNOWN, 3, "ALK "},
        {"[]", K_FALSE, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct bench *b = bench_new();
        struct trialview t = view_of(b, row[i].match);
        const char *found = deciding(b, &t);

        if (t.verdict != row[i].verdict || t.leaf_count != row[i].leaves ||
            strcmp(found, row[i].deciding) != 0) {
            fail_msg("row %zu: %s: %s", i, row[i].match, found);
        }
    }
}

static void
test_names(void **state)
{
    struct bench *b = bench_new();
    struct trialview t = view_of(b, "[" LUNG "]");

    (void)state;
    assert_true(trialview_names(t.clause, STR("t1")));
    assert_true(trialview_names(t.clause, STR("NCT1")));
    assert_false(trialview_names(t.clause, STR("T")));
    assert_false(trialview_names(t.clause, STR("")));
}

static void
test_text(void **state)
{
    struct bench *b = bench_new();
    struct trialview t = view_of(b, "[" LUNG ", " MUTATION("KRAS") "]");
    const struct trialtext_of of = {STR("H:1"), STR("LUNG")};
    struct sb s;

    (void)state;
    sb_init_arena(&s, b->arena, 4000);
    trialtext_plain(&s, &of, &t);
    assert_string_equal(sb_cz(&s),
                        "H:1 LUNG T1: no\n"
                        "    yes: Diagnosis Lung Adenocarcinoma is Lung\n"
                        "    no: KRAS mutation not found on 2026-03-02 (tissue) [blocks]\n"
                        "    not checked: free\n");
    sb_init_arena(&s, b->arena, 4000);
    trialtext_json(&s, &of, &t);
    assert_non_null(strstr(sb_cz(&s), "\"verdict\":\"no\",\"leaves\":[{\"part\":\"disease\""));
    assert_non_null(strstr(sb_cz(&s), "\"blocks\":true}],\"not_checked\":[\"free\"]}"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_decides),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
