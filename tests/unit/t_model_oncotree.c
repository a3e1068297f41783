#include "model/oncotree.h"
#include "model_test.h"

static const struct oncotree_row small[] = {
    {{"LUAD", 4}, {"Lung Adenocarcinoma", 19}, {"NSCLC", 5}, 2},
    {{"TISSUE", 6}, {"Tissue", 6}, {"", 0}, 3},
    {{"NSCLC", 5}, {"Non-Small Cell Lung Cancer", 26}, {"LUNG", 4}, 4},
    {{"LUNG", 4}, {"Lung", 4}, {"TISSUE", 6}, 5},
    {{"LYMPH", 5}, {"Lymphoid", 8}, {"TISSUE", 6}, 6},
    {{"CLL", 3}, {"Chronic Leukemia", 16}, {"LYMPH", 5}, 7},
    {{"SCLC", 4}, {"lung", 4}, {"LUNG", 4}, 8},
};

static const struct oncotree_node *
node(const struct oncotree *t, const char *code)
{
    const struct oncotree_node *n = oncotree_code(t, str_from_c(code));
    assert_non_null(n);
    return n;
}

static void
t_descent(void **state)
{
    (void)state;
    struct oncotree t;
    size_t bad = 0;
    assert_true(oncotree_build(fresh(), small, RFD_COUNT(small), &t, &bad));
    assert_true(oncotree_is_below(node(&t, "LUAD"), node(&t, "LUNG")));
    assert_true(oncotree_is_below(node(&t, "LUAD"), node(&t, "LUAD")));
    assert_false(oncotree_is_below(node(&t, "LUNG"), node(&t, "LUAD")));
    assert_false(oncotree_is_below(node(&t, "SCLC"), node(&t, "NSCLC")));
    assert_int_equal(oncotree_applies(node(&t, "LUAD"), node(&t, "NSCLC")), K_TRUE);
    assert_int_equal(oncotree_applies(node(&t, "LUNG"), node(&t, "LUAD")), K_UNKNOWN);
    assert_int_equal(oncotree_applies(node(&t, "LUAD"), node(&t, "LUAD")), K_TRUE);
    assert_int_equal(oncotree_applies(node(&t, "SCLC"), node(&t, "LUAD")), K_FALSE);
    assert_int_equal(oncotree_applies(node(&t, "CLL"), node(&t, "LUNG")), K_FALSE);
    assert_true(node(&t, "CLL")->liquid);
    assert_true(node(&t, "LYMPH")->liquid);
    assert_false(node(&t, "LUAD")->liquid);
    assert_false(node(&t, "TISSUE")->liquid);
}

static void
t_names(void **state)
{
    (void)state;
    struct oncotree t;
    size_t bad = 0;
    assert_true(oncotree_build(fresh(), small, RFD_COUNT(small), &t, &bad));
    assert_ptr_equal(oncotree_name(&t, STR("LUNG adenocarcinoma")), node(&t, "LUAD"));
    assert_null(oncotree_name(&t, STR("lung aden")));
    assert_null(oncotree_name(&t, STR_NONE));
    assert_null(oncotree_code(&t, STR("luad")));
    const struct oncotree_node *first = oncotree_name(&t, STR("Lung"));
    assert_ptr_equal(first, node(&t, "LUNG")); /* the earlier row */
    assert_ptr_equal(oncotree_name_next(&t, first), node(&t, "SCLC"));
    assert_null(oncotree_name_next(&t, node(&t, "SCLC")));
    assert_null(oncotree_name_next(&t, node(&t, "LUAD")));
}

static void
expect_bad(const struct oncotree_row *rows, size_t count, size_t row)
{
    struct oncotree t = {.count = 77};
    size_t bad = 99;
    assert_false(oncotree_build(fresh(), rows, count, &t, &bad));
    assert_int_equal(bad, row);
    assert_int_equal(t.count, 77);
}

static void
t_refused(void **state)
{
    (void)state;
    struct oncotree_row rows[RFD_COUNT(small)];
    memcpy(rows, small, sizeof(rows));
    rows[5].parent = STR("NONE");
    expect_bad(rows, RFD_COUNT(rows), 5);
    memcpy(rows, small, sizeof(rows));
    rows[4].parent = STR("");
    expect_bad(rows, RFD_COUNT(rows), 4); /* a second root */
    memcpy(rows, small, sizeof(rows));
    rows[6].code = STR("LUAD");
    expect_bad(rows, RFD_COUNT(rows), 6);
    memcpy(rows, small, sizeof(rows));
    rows[3].parent = STR("LUAD"); /* LUAD < NSCLC < LUNG < LUAD */
    expect_bad(rows, RFD_COUNT(rows), 0);
    expect_bad(rows, 0, 0);
}

enum { REAL_MAX = 1000, REAL_BYTES = 200000 };

static size_t
real_read(struct arena *a, FILE *f, struct oncotree_row *rows)
{
    static char line[REAL_BYTES];
    char *col[TEST_COLS];
    size_t n = 0;
    assert_non_null(fgets(line, sizeof(line), f));
    while (n < REAL_MAX && fgets(line, sizeof(line), f) != NULL) {
        row_cut(line, col);
        rows[n].code = str_dup(a, str_from_c(col[0]));
        rows[n].name = str_dup(a, str_from_c(col[1]));
        rows[n].parent = str_dup(a, str_from_c(col[4]));
        n++;
    }
    return n;
}

/* By parents, the long way. */
static bool
climbs_to(const struct oncotree *t, const struct oncotree_node *n, const struct oncotree_node *top)
{
    while (n != top && n->parent >= 0)
        n = &t->node[n->parent];
    return n == top;
}

static void
t_real(void **state)
{
    (void)state;
    static struct oncotree_row rows[REAL_MAX];
    FILE *f = shared_open("oncotree/oncotree_2025_10_03.tsv", 1);
    if (f == NULL)
        skip();
    struct arena *a = fresh();
    size_t count = real_read(a, f, rows);
    (void)fclose(f);
    struct oncotree t;
    size_t bad = 0;
    assert_int_equal(count, 898);
    assert_true(oncotree_build(a, rows, count, &t, &bad));
    for (size_t k = 0; k < count * count; k += 7) {
        const struct oncotree_node *n = &t.node[k / count];
        const struct oncotree_node *top = &t.node[k % count];
        assert_int_equal(oncotree_is_below(n, top), climbs_to(&t, n, top));
    }
    for (size_t i = 0; i < count; i++)
        assert_non_null(oncotree_name(&t, rows[i].name));
    size_t same = 1;
    const struct oncotree_node *chorio = oncotree_name(&t, STR("choriocarcinoma"));
    while ((chorio = oncotree_name_next(&t, chorio)) != NULL)
        same++;
    assert_int_equal(same, 3);
    assert_true(node(&t, "CLLSLL")->liquid);
    assert_true(node(&t, "CMLBCRABL1")->liquid);
    assert_false(node(&t, "PRAD")->liquid);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_descent),
        cmocka_unit_test(t_names),
        cmocka_unit_test(t_refused),
        cmocka_unit_test(t_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
