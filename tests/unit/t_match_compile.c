/* Therapies, trials and the cross-resistance table: what is refused, what is kept, and its
 * place. */
#include "match_test.h"

struct bench {
    struct arena *arena;
    struct match_terms terms;
    struct diags diags;
    struct expr_table table;
    struct expr_build build;
};

static const struct str drugs[] = {{"osimertinib", 11}, {"erlotinib", 9}, {"dacomitinib", 11}};
static const struct str classes[] = {{"egfr_tki", 8}};

static struct bench *
bench_new(bool lenient)
{
    struct arena *a = fresh();
    struct bench *b = ARENA_NEW(a, struct bench);

    b->arena = a;
    b->terms = (struct match_terms){
        match_oncotree(a), drugs, RFD_COUNT(drugs), classes, RFD_COUNT(classes), NULL, 0};
    diags_init(&b->diags, a);
    expr_table_init(&b->table, a);
    b->build = (struct expr_build){&b->table, &b->terms, &b->diags, lenient, NULL};
    return b;
}

#define THERAPY(id, drug, disease, match, level)                                                   \
    "{therapies: [{id: " id ", title: t, drugs: [" drug "], disease: [" disease "], match: " match \
    ", level: {scale: FDA label, value: " level "}, basis: b, citation: [c], verified: memory, "   \
    "jurisdiction: US, status: approved, status_date: 2017-03-30}]}"

static void
test_therapy_is_read(void **state)
{
    struct bench *b = bench_new(false);
    struct therapy_set set = {NULL, 0, 0};
    const char *text =
        THERAPY("x", "osimertinib", "NSCLC",
                "[{prior_therapy: {class: egfr_tki, progression: true}}]", "approved");

    (void)state;
    assert_true(therapy_compile(&b->build, tree_of(b->arena, text), &set));
    assert_int_equal(set.count, 1);
    assert_true(str_eq_c(set.option[0].level, "FDA label approved"));
    assert_int_equal(set.option[0].status_date, day_of("2017-03-30"));
    assert_true(set.option[0].specific);
    assert_false(set.option[0].signed_off);
    assert_false(therapy_compile(&b->build, tree_of(b->arena, text), &set)); /* the id again */
}

static void
test_therapy_refusals(void **state)
{
    static const char *const text[] = {
        THERAPY("x", "osimertinibb", "NSCLC", "[{line: {ge: 2}}]", "approved"),
        THERAPY("x", "osimertinib", "NSCLCX", "[{line: {ge: 2}}]", "approved"),
        THERAPY("x", "osimertinib", "NSCLC", "[{line: {gee: 2}}]", "approved"),
        THERAPY("x", "osimertinib", "NSCLC", "[{line: {ge: 2}}]", "very good"),
        THERAPY("x", "osimertinib", "NSCLC", "[{prior_therapy: {class: alk_tki}}]", "approved"),
        THERAPY("x", "osimertinib", "NSCLC", "[{washout: {class: egfr_tki}}]", "approved"),
        THERAPY("x", "osimertinib", "NSCLC", "[{lab: {analyte: anc, ge: 1}}]", "approved"),
        THERAPY("x", "osimertinib", "NSCLC", "[{clinical: {age_numerical: old}}]", "approved"),
        "{therapies: [{id: x}]}",
        "{therapy: []}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(text); i++) {
        struct bench *b = bench_new(false);
        struct therapy_set set = {NULL, 0, 0};

        if (therapy_compile(&b->build, tree_of(b->arena, text[i]), &set)) {
            fail_msg("accepted: %s", text[i]);
        }
        assert_true(b->diags.errors > 0);
        assert_true(b->diags.first->line > 0);
        assert_int_equal(set.count, 0);
    }
}

#define PAIR(from, to, rest) \
    "{from: " from ", to: " to ", reason: r, citation: c, verified: memory, verdict: " rest "}"

static void
test_cross_table(void **state)
{
    struct bench *b = bench_new(false);
    struct cross_table t;
    const struct oncotree_node *luad = oncotree_code(b->terms.oncotree, STR("LUAD"));
    const struct oncotree_node *prad = oncotree_code(b->terms.oncotree, STR("PRAD"));

    (void)state;
    assert_true(cross_compile(
        &b->build,
        tree_of(b->arena, "{pairs: [" PAIR("[erlotinib, dacomitinib]", "[osimertinib, erlotinib]",
                                           "excluded") "," PAIR("osimertinib", "same",
                                                                "backbone, disease: LUNG") "]}"),
        &t));
    assert_int_equal(t.count, 5);
    assert_non_null(cross_find(&t, STR("dacomitinib"), STR("osimertinib"), NULL));
    assert_null(cross_find(&t, STR("dacomitinib"), STR("dacomitinib"), NULL));
    assert_null(
        cross_find(&t, STR("osimertinib"), STR("erlotinib"), NULL)); /* it has a direction */
    assert_int_equal(cross_find(&t, STR("osimertinib"), STR("osimertinib"), luad)->verdict,
                     CROSS_BACKBONE);
    assert_null(cross_find(&t, STR("osimertinib"), STR("osimertinib"), prad));
}

static void
test_cross_refusals(void **state)
{
    static const char *const text[] = {
        "{pairs: [" PAIR("erlotinib", "osimertinib",
                         "excluded") "," PAIR("erlotinib", "osimertinib", "allowed") "]}",
        "{pairs: [" PAIR("erlotinibb", "osimertinib", "excluded") "]}",
        "{pairs: [" PAIR("erlotinib", "osimertinib", "needs_variant") "]}",
        "{pairs: [" PAIR("erlotinib", "osimertinib", "perhaps") "]}",
        "{pairs: [" PAIR("erlotinib", "osimertinib", "excluded, disease: NOWHERE") "]}",
        "{pairs: [{from: erlotinib, to: osimertinib, verdict: excluded, reason: r}]}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(text); i++) {
        struct bench *b = bench_new(false);
        struct cross_table t;

        if (cross_compile(&b->build, tree_of(b->arena, text[i]), &t)) {
            fail_msg("accepted: %s", text[i]);
        }
        assert_true(b->diags.errors > 0);
    }
}

#define LEAF "[{clinical: {oncotree_primary_diagnosis: NSCLC}}]"

/* Every match list is a clause of its own; suspension is not inherited. */
static void
test_trial_levels(void **state)
{
    struct bench *b = bench_new(true);
    struct trial_set set = {.count = 0};
    const char *text =
        "{protocol_no: T1, status: Open to Accrual, prior_treatment_requirements: [\"Inclusion:\", "
        "free text], match: " LEAF ", treatment_list: {step: [{step_code: 1, match: " LEAF
        ", arm: [{arm_code: A, arm_suspended: Y, match: " LEAF
        ", dose_level: [{level_code: 1, level_suspended: N, match: " LEAF "}]}]}]}}";

    (void)state;
    assert_true(trial_compile(&b->build, tree_of(b->arena, text), &set));
    assert_int_equal(set.count, 4);
    assert_true(str_eq_c(set.clause[0].id, "T1"));
    assert_false(set.clause[0].suspended);
    assert_true(set.clause[1].suspended); /* all its arms are */
    assert_true(str_eq_c(set.clause[2].id, "T1/A"));
    assert_true(set.clause[2].suspended);
    assert_true(str_eq_c(set.clause[3].id, "T1/A/1"));
    assert_false(set.clause[3].suspended);
    assert_true(set.clause[0].trial->open);
    assert_int_equal(set.clause[0].trial->unchecked_count, 1);
    assert_int_equal(set.clause[0].root, set.clause[3].root); /* one question, one node */
}

static void
test_trial_status(void **state)
{
    struct bench *b = bench_new(true);
    struct trial_set set = {.count = 0};

    (void)state;
    assert_true(trial_compile(&b->build,
                              tree_of(b->arena, "{protocol_no: T1, status: open to accrual, "
                                                "_summary: {status: [{value: closed to accrual}]}, "
                                                "match: " LEAF "}"),
                              &set));
    assert_false(set.clause[0].trial->open);
    assert_false(trial_compile(&b->build, tree_of(b->arena, "{match: " LEAF "}"), &set));
}

/* A name that nobody knows keeps the trial and is said with its place. */
static void
test_trial_with_unknown_name(void **state)
{
    struct bench *b = bench_new(true);
    struct trial_set set = {.count = 0};

    (void)state;
    assert_true(trial_compile(
        &b->build,
        tree_of(b->arena,
                "{protocol_no: T1, match: [{clinical: {oncotree_primary_diagnosis: Lungg}}]}"),
        &set));
    assert_int_equal(set.count, 1);
    assert_int_equal(b->diags.warnings, 1);
    assert_non_null(strstr(b->diags.first->text, "Lungg"));
    assert_int_equal(b->diags.errors, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_therapy_is_read),
        cmocka_unit_test(test_therapy_refusals),
        cmocka_unit_test(test_cross_table),
        cmocka_unit_test(test_cross_refusals),
        cmocka_unit_test(test_trial_levels),
        cmocka_unit_test(test_trial_status),
        cmocka_unit_test(test_trial_with_unknown_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
