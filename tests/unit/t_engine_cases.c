/* A patient's cases: one for each primary tumour, whatever the order in which its names came. */
#include "alert_test.h"
#include "engine/cases.h"

static struct oncotree tree;

static const struct oncotree_row rows[] = {
    {{"TISSUE", 6}, {"Tissue", 6}, {"", 0}, 1},
    {{"LUNG", 4}, {"Lung", 4}, {"TISSUE", 6}, 2},
    {{"NSCLC", 5}, {"Non-Small Cell Lung Cancer", 26}, {"LUNG", 4}, 3},
    {{"LUAD", 4}, {"Lung Adenocarcinoma", 19}, {"NSCLC", 5}, 4},
    {{"LUSC", 4}, {"Lung Squamous Cell Carcinoma", 28}, {"NSCLC", 5}, 5},
    {{"PROSTATE", 8}, {"Prostate", 8}, {"TISSUE", 6}, 6},
    {{"PRAD", 4}, {"Prostate Adenocarcinoma", 23}, {"PROSTATE", 8}, 7},
};

static struct cases
cases_from(struct arena *a, const char *const *codes, size_t n)
{
    struct fact *f = ARENA_ARRAY(a, n, struct fact);
    struct timeline *t = ARENA_NEW(a, struct timeline);
    size_t bad;

    assert_true(oncotree_build(a, rows, RFD_COUNT(rows), &tree, &bad));
    for (size_t i = 0; i < n; i++) {
        bool ended = codes[i][0] == '-';

        f[i] = (struct fact){.kind = FACT_DIAGNOSIS,
                             .status = FACT_FINAL,
                             .patient = {STR("H"), STR("1")},
                             .collected = stamp_of_day(100, 0),
                             .received = stamp_of_day(100, 0)};
        f[i].u.diagnosis =
            (struct diagnosis){.oncotree = str_from_c(codes[i] + ended),
                               .code = {STR("L"), str_from_c(codes[i] + ended), STR("")},
                               .active = !ended};
    }
    *t = timeline_build(a, f, n, stamp_of_day(200, 0));
    return cases_of(t, &tree);
}

/* "KEY:NODE KEY:NODE" of the diagnoses given, by commas. */
static void
expect(const char *const *codes, size_t n, const char *want)
{
    struct arena *a = fresh();
    struct cases c = cases_from(a, codes, n);
    struct sb b;

    sb_init_arena(&b, a, 1000);
    for (size_t i = 0; i < c.count; i++) {
        if (i > 0)
            sb_add_char(&b, ' ');
        sb_addf(&b, "%.*s=%.*s", STR_FMT(c.item[i].key), STR_FMT(c.item[i].node->code));
        assert_non_null(c.item[i].diagnosis);
    }
    assert_string_equal(sb_cz(&b), want);
}

#define EXPECT(want, ...)                          \
    do {                                           \
        const char *codes_[] = {__VA_ARGS__};      \
        expect(codes_, RFD_COUNT(codes_), (want)); \
    } while (0)

static void
t_one_tumour(void **state)
{
    (void)state;
    EXPECT("PROSTATE=PRAD", "PRAD");
    EXPECT("LUNG=LUNG", "LUNG");
    EXPECT("TISSUE=TISSUE", "TISSUE");
}

/* A narrower code refines the case, whichever came first; two broad ones stay one. */
static void
t_refined(void **state)
{
    (void)state;
    EXPECT("LUNG=LUAD", "LUNG", "LUAD");
    EXPECT("LUNG=LUAD", "LUAD", "NSCLC", "LUNG");
    EXPECT("LUNG=NSCLC", "NSCLC", "LUNG");
}

static void
t_two_tumours(void **state)
{
    (void)state;
    EXPECT("LUNG=LUAD PROSTATE=PRAD", "PRAD", "LUAD");
    EXPECT("LUNG:LUAD=LUAD LUNG:LUSC=LUSC", "LUSC", "LUAD");
    /* A broad code beside two narrow ones is no third tumour. */
    EXPECT("LUNG:LUAD=LUAD LUNG:LUSC=LUSC", "NSCLC", "LUSC", "LUAD");
}

static void
t_no_case(void **state)
{
    (void)state;
    EXPECT("", "");        /* not mapped */
    EXPECT("", "NO_SUCH"); /* not in the tree */
    EXPECT("", "-PRAD");   /* no longer active */
    EXPECT("LUNG=LUAD", "-PRAD", "LUAD");
}

static void
t_tissue(void **state)
{
    size_t bad;

    (void)state;
    assert_true(oncotree_build(fresh(), rows, RFD_COUNT(rows), &tree, &bad));
    assert_str(cases_tissue(&tree, oncotree_code(&tree, STR("LUAD"))), "LUNG");
    assert_str(cases_tissue(&tree, oncotree_code(&tree, STR("LUNG"))), "LUNG");
    assert_str(cases_tissue(&tree, oncotree_code(&tree, STR("TISSUE"))), "TISSUE");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_one_tumour),  cmocka_unit_test(t_refined),
        cmocka_unit_test(t_two_tumours), cmocka_unit_test(t_no_case),
        cmocka_unit_test(t_tissue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
