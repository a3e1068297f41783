#include "criteria_test.h"

#include <dirent.h>

enum { RULE_FILES_MAX = 32, ONCOTREE_ROWS_MAX = 1500, SHOWN_MAX = 4000, RULES_SHIPPED = 167 };

static char shown[SHOWN_MAX];

static void
keep_line(void *to, struct str line)
{
    size_t used = strlen(shown);

    (void)to;
    if (!str_starts(line, STR("ok ")))
        (void)snprintf(shown + used, sizeof(shown) - used, "%.*s\n", STR_FMT(line));
}

static struct oncotree
oncotree_of_config(void)
{
    const struct tree *t = tree_of("oncotree.yaml", file_text("config/terminology/oncotree.yaml"));
    const struct tree *list = tree_get(t, "oncotree");
    struct oncotree_row *rows = ARENA_ARRAY(&rules_arena, ONCOTREE_ROWS_MAX, struct oncotree_row);
    struct oncotree out;
    size_t bad;
    size_t n = 0;

    for (; n < tree_len(list); n++) {
        const struct tree *r = tree_at(list, n);

        rows[n] = (struct oncotree_row){
            .code = tree_at(r, 0)->text,
            .name = tree_at(r, 1)->text,
            .parent = tree_is_absent(tree_at(r, 2)) ? STR("") : tree_at(r, 2)->text,
            .line = r->line};
    }
    assert_true(n > 800);
    if (!oncotree_build(&rules_arena, rows, n, &out, &bad))
        fail_msg("row %d", rows[bad].line);
    return out;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_file(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* All rules of config/criteria. */
static struct ruleset
our_rules(const struct oncotree *tree)
{
    struct ruleset sets[RULE_FILES_MAX];
    struct ruleset all = {0};
    struct dirent **entry = NULL;
    int n = scandir("config/criteria", &entry, is_file, by_name);

    assert_in_range(n, 5, RULE_FILES_MAX);
    for (int i = 0; i < n; i++) {
        char path[400];
        char *name;

        (void)snprintf(path, sizeof(path), "config/criteria/%s", entry[i]->d_name);
        name = arena_alloc(&rules_arena, sizeof(path));
        memcpy(name, path, sizeof(path));
        if (!criteria_compile(&rules_arena, tree_of(name, file_text(path)), tree, &rules_diags,
                              &sets[i]))
            fail_msg("%s", first_diag());
        free(entry[i]);
    }
    free(entry);
    assert_true(criteria_join(&rules_arena, sets, (size_t)n, &rules_diags, &all));
    return all;
}

static struct vectors_counts
run_file(const struct ruleset *rules, const char *path)
{
    struct vectors_counts counts = {0};
    const struct vectors_sink sink = {keep_line, NULL};
    const struct tree *t = tree_of(path, file_text(path));

    shown[0] = '\0';
    if (!criteria_vectors_run(rules, t, &scratch_arena, &rules_diags, &sink, &counts))
        fail_msg("%s", first_diag());
    if (counts.failed > 0)
        fail_msg("%s:\n%s", path, shown);
    return counts;
}

static const char *
shared_path(const char *name)
{
    static char path[1024];
    const char *dir = getenv("REFRACT_SHARED");

    (void)snprintf(path, sizeof(path), "%s/data/criteria/%s", dir != NULL ? dir : "../shared",
                   name);
    return path;
}

static void
every_rule_is_complete(void **state)
{
    struct oncotree tree;
    struct ruleset rules;

    (void)state;
    rules_begin();
    tree = oncotree_of_config();
    rules = our_rules(&tree);
    assert_int_equal(rules.count, RULES_SHIPPED); /* as deploy/doc/criteria.md counts them */
    for (size_t i = 0; i < rules.count; i++) {
        const struct rule *r = &rules.rule[i];

        if (str_is_empty(r->head.citation) || str_eq(r->head.title, r->head.id) ||
            str_is_empty(r->asks) || r->head.consider_count == 0 || r->head.unchecked_count == 0 ||
            r->head.notify_age_days == 0 || str_eq_c(r->head.version, "0"))
            fail_msg("%.*s lacks a part of its head", STR_FMT(r->head.id));
        assert_int_equal(r->head.mode, RULE_SHADOW); /* nobody has signed any of them */
        assert_true(r->applies_any || r->applies_count > 0);
    }
}

static void
a_rule_applies_as_deep_as_the_diagnosis_is_known(void **state)
{
    struct oncotree tree;
    struct ruleset rules;
    const struct rule *r;

    (void)state;
    rules_begin();
    tree = oncotree_of_config();
    rules = our_rules(&tree);
    r = criteria_rule(&rules, STR("egfr.t790m.acquired"));
    assert_non_null(r);
    assert_int_equal(criteria_applies(r, oncotree_code(&tree, STR("LUAD"))), K_TRUE);
    assert_int_equal(criteria_applies(r, oncotree_code(&tree, STR("LUNG"))), K_UNKNOWN);
    assert_int_equal(criteria_applies(r, oncotree_code(&tree, STR("PRAD"))), K_FALSE);
    assert_int_equal(criteria_applies(r, NULL), K_UNKNOWN);
    r = criteria_rule(&rules, STR("recist11.pd.coded"));
    assert_int_equal(criteria_applies(r, NULL), K_TRUE);
    assert_null(criteria_rule(&rules, STR("no.such.rule")));
}

static void
our_own_vectors_pass(void **state)
{
    static const char *const files[] = {"tests/criteria/response.json",
                                        "tests/criteria/variants.json",
                                        "tests/criteria/markers.json"};
    struct oncotree tree;
    struct ruleset rules;

    (void)state;
    rules_begin();
    tree = oncotree_of_config();
    rules = our_rules(&tree);
    for (size_t i = 0; i < RFD_COUNT(files); i++) {
        struct vectors_counts c = run_file(&rules, files[i]);

        assert_true(c.passed > 10);
        assert_int_equal(c.skipped, 0);
    }
}

/* Which statuses the tables have for a rule, by the number of the rule. */
static unsigned seen[RULES_SHIPPED];
static const struct ruleset *seen_rules;

/* "ok wm.iwwm.pd#3@2025-07-29 not_met" */
static void
count_line(void *to, struct str line)
{
    static const struct {
        const char *word;
        enum finding_status status;
    } words[] = {{" not_evaluable", FINDING_NOT_EVALUABLE},
                 {" not_met", FINDING_NOT_MET},
                 {" unconfirmed", FINDING_UNCONFIRMED},
                 {" met", FINDING_MET}};
    struct str id;
    struct str rest;

    keep_line(to, line);
    if (!str_cut(str_sub(line, 3, line.n), '#', &id, &rest))
        return;
    for (size_t i = 0; i < seen_rules->count; i++) {
        for (size_t k = 0; str_eq(id, seen_rules->rule[i].head.id) && k < RFD_COUNT(words); k++)
            if (str_ends(rest, str_from_c(words[k].word)))
                seen[i] |= 1u << words[k].status;
    }
}

/* At least one case for each status that the rule can have. */
static bool
is_covered(const struct rule *r, unsigned have)
{
    unsigned want = 1u << FINDING_NOT_EVALUABLE | 1u << FINDING_NOT_MET;

    if (!r->cap_unconfirmed)
        want |= 1u << FINDING_MET;
    if (r->cap_unconfirmed || r->confirm.asked || r->candidate == NULL)
        want |= 1u << FINDING_UNCONFIRMED;
    return (have & want) == want;
}

/* What make.py makes of the tables that clinicians read. */
static struct str
tables_made(void)
{
    static char buffer[TEST_FILE_MAX];
    FILE *f = popen("/usr/bin/python3 tests/criteria/make.py", "r");
    size_t n;

    assert_non_null(f);
    n = fread(buffer, 1, sizeof(buffer), f);
    assert_int_equal(pclose(f), 0);
    assert_in_range(n, 1, sizeof(buffer) - 1);
    return (struct str){buffer, n};
}

static void
the_tables_pass_and_cover_every_rule(void **state)
{
    const struct vectors_sink sink = {count_line, NULL};
    struct vectors_counts c = {0};
    struct oncotree tree;
    struct ruleset rules;

    (void)state;
    rules_begin();
    tree = oncotree_of_config();
    rules = our_rules(&tree);
    seen_rules = &rules;
    shown[0] = '\0';
    if (!criteria_vectors_run(&rules, tree_of("tables", tables_made()), &scratch_arena,
                              &rules_diags, &sink, &c))
        fail_msg("%s", first_diag());
    if (c.failed + c.skipped > 0)
        fail_msg("%s", shown);
    assert_true(c.passed > 1500);
    for (size_t i = 0; i < rules.count; i++)
        if (!is_covered(&rules.rule[i], seen[i]))
            fail_msg("%.*s lacks a case (has %x)", STR_FMT(rules.rule[i].head.id), seen[i]);
}

static void
shared_vectors_pass_with_our_rules(void **state)
{
    struct oncotree tree;
    struct ruleset rules;
    struct vectors_counts c;

    (void)state;
    rules_begin();
    if (str_is_absent(file_text(shared_path("vectors-open.json")))) {
        printf("SKIP shared (1)\n");
        return;
    }
    tree = oncotree_of_config();
    rules = our_rules(&tree);
    c = run_file(&rules, shared_path("vectors-open.json"));
    assert_int_equal(c.passed, 143);
    assert_int_equal(c.skipped, 0);
}

/* The published starting vocabulary loads as it stands, without the keys of our heads. */
static void
shared_vectors_pass_with_the_example_rules(void **state)
{
    struct ruleset rules = {0};
    struct str text;

    (void)state;
    rules_begin();
    text = file_text(shared_path("rules-examples.yaml"));
    if (str_is_absent(text)) {
        printf("SKIP shared (1)\n");
        return;
    }
    if (!criteria_compile(&rules_arena, tree_of("rules-examples.yaml", text), NULL, &rules_diags,
                          &rules))
        fail_msg("%s", first_diag());
    assert_int_equal(rules.count, 17);
    assert_true(str_eq_c(rules.rule[0].head.version, "0"));
    assert_int_equal(rules.rule[0].head.consequence, CONSEQUENCE_RESTAGE);
    assert_int_equal(rules.rule[0].head.mode, RULE_SHADOW);
    assert_int_equal(run_file(&rules, shared_path("vectors-open.json")).passed, 143);
}

static char lines[SHOWN_MAX];

static void
all_lines(void *to, struct str line)
{
    size_t used = strlen(lines);

    (void)to;
    (void)snprintf(lines + used, sizeof(lines) - used, "%.*s\n", STR_FMT(line));
}

static const char tiny_rule[] =
    "- {id: tiny, applies: {oncotree: [any]}, series: {analyte: cea, unit: ng/mL},\n"
    "   candidate: {value: {gt: 5}}}\n";

static bool
run_text(const char *json, struct vectors_counts *counts)
{
    const struct vectors_sink sink = {all_lines, NULL};
    struct ruleset rules = rules_of(tiny_rule);

    lines[0] = '\0';
    return criteria_vectors_run(&rules, tree_of("v.json", str_from_c(json)), &scratch_arena,
                                &rules_diags, &sink, counts);
}

#define CEA(fields)                                                                        \
    "[{\"type\":\"lab\",\"analyte\":\"cea\",\"collected\":\"2025-01-02\",\"value\":\"6\"," \
    "\"unit\":\"ng/mL\",\"id\":\"a\",\"recv\":\"2025-01-02\"" fields "}]"

static void
lines_have_the_form_that_scripts_rely_on(void **state)
{
    struct vectors_counts c = {0};

    (void)state;
    rules_begin();
    assert_true(
        run_text("[{\"id\":\"A\",\"criterion\":\"tiny\",\"events\":" CEA(
                     "") ",\"expect\":["
                         "{\"asof\":\"2025-01-02\",\"status\":\"met\"},"
                         "{\"asof\":\"2025-01-03\",\"status\":\"not_met\"},"
                         "{\"asof\":\"2025-01-04\",\"status\":\"met\",\"date\":\"2025-01-01\"}]},"
                         "{\"id\":\"B\",\"criterion\":\"other\",\"events\":[],\"expect\":["
                         "{\"asof\":\"2025-01-02\",\"status\":\"met\"}]}]",
                 &c));
    assert_string_equal(lines, "ok A@2025-01-02 met\n"
                               "FAIL A@2025-01-03 got met want not_met\n"
                               "FAIL A@2025-01-04 got met 2025-01-02 want met 2025-01-01\n"
                               "skip B@2025-01-02 other\n");
    assert_text(criteria_vectors_summary(&c, &rules_arena), "1 passed, 2 failed, 1 skipped");
    c = (struct vectors_counts){.passed = 3};
    assert_text(criteria_vectors_summary(&c, &rules_arena), "3 passed, 0 failed");
}

static void
what_the_format_does_not_know_is_an_error(void **state)
{
    static const char *const wrong[] = {
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"expect\":[],\"events\":" CEA(
            ",\"colour\":\"red\"") "}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"expect\":[],\"events\":" CEA(
            ",\"status\":\"Q\"") "}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"expect\":[],\"events\":" CEA(
            ",\"uln\":\"high\"") "}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"expect\":[],\"events\":[{\"type\":\"scan\"}]}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"expect\":[],\"events\":[{\"type\":\"response\","
        "\"date\":\"2025-02-30\",\"code\":\"PD\",\"recv\":\"2025-02-28\"}]}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"expect\":[],\"events\":[{\"type\":\"response\","
        "\"date\":\"2025-02-28\",\"code\":\"WORSE\",\"recv\":\"2025-02-28\"}]}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"events\":[],\"expect\":[{\"asof\":\"2025-02-28\","
        "\"status\":\"maybe\"}]}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"events\":[],\"expect\":[],\"extra\":1}]",
        "[{\"id\":\"A\",\"criterion\":\"tiny\",\"events\":[]}]",
        "{}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(wrong); i++) {
        struct vectors_counts c = {0};

        rules_begin();
        if (run_text(wrong[i], &c))
            fail_msg("taken: %s", wrong[i]);
        assert_true(rules_diags.errors > 0);
        assert_int_equal(c.passed + c.failed, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_complete),
        cmocka_unit_test(a_rule_applies_as_deep_as_the_diagnosis_is_known),
        cmocka_unit_test(our_own_vectors_pass),
        cmocka_unit_test(the_tables_pass_and_cover_every_rule),
        cmocka_unit_test(shared_vectors_pass_with_our_rules),
        cmocka_unit_test(shared_vectors_pass_with_the_example_rules),
        cmocka_unit_test(lines_have_the_form_that_scripts_rely_on),
        cmocka_unit_test(what_the_format_does_not_know_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
