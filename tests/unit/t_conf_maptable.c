/* A site's table of test codes in RELMA's columns: what it means, and what is wrong with it. */
#include "normalize/map.h"
#include "normalize_test.h"

#define HEAD "Test Code,Test Description,Test Code System,Units,LOINC Code,Analyte,Specimen\n"
#define MAP                                     \
    "name: x\npatient: {id: \"PID-3(5=MR)\"}\n" \
    "systems: {99LIS: L}\nunits: {\"Einh/ml\": U/mL}\ntables: [codes.csv]\n"

static struct diags diags;

/* A map with that table; false: refused. */
static bool
compile(const char *map, const char *table, struct map *out)
{
    struct arena *a = fresh();
    const struct map_table one = {STR("codes.csv"), "codes.csv", str_from_c(table)};
    struct map_file file = {.hash = STR("x"), .tables = {&one, 1}};

    diags_init(&diags, a);
    file.tree = normalize_text(a, &diags, map);
    return map_compile_file(a, &file, normalize_terms(), &diags, out);
}

static const struct map_code *
find(const struct map *m, const char *system, const char *code)
{
    static _Alignas(16) unsigned char memory[4096];
    struct arena a;

    arena_init(&a, memory, sizeof memory);
    return map_code_find(m, &a, str_from_c(system), str_from_c(code));
}

static void
test_rows_are_codes(void **state)
{
    struct map m;
    const struct map_code *c;

    (void)state;
    assert_true(compile(MAP,
                        "Battery Code,Test Code,Test Description,Test Code System,Units,Lab "
                        "Section,Tag With,LOINC Code,Comments\n"
                        "B1,CA125II,\"CA 125, Roche\",99LIS,Einh/ml,CHEM,lis,10334-1,\"12 times\"\n"
                        ",K,Kalium,99LIS,mmol/L,,lis,,not mapped yet\n"
                        ",NA,Natrium,99LIS,mmol/L,,lis,2951-2,\n",
                        &m));
    assert_int_equal(diags.warnings, 0);
    c = find(&m, "L", "CA125II");
    assert_non_null(c);
    assert_str(c->loinc, "10334-1");
    assert_str(c->unit, "U/mL");
    assert_null(c->analyte); /* the LOINC code says it, with its method and specimen */
    assert_null(find(&m, "L", "K"));
    assert_non_null(find(&m, "L", "NA")); /* known, though nothing of ours */
    assert_null(find(&m, "99LIS", "CA125II"));
}

static void
test_our_own_columns(void **state)
{
    struct map m;
    const struct map_code *c;

    (void)state;
    assert_true(compile(MAP, HEAD "PX,,,ng/mL,,psa,Ser\r\nPY;\n", &m));
    c = find(&m, "whatever", "PX"); /* no system: any */
    assert_str(c->analyte->name, "psa");
    assert_str(c->matrix, "serum");
    assert_true(str_is_absent(c->loinc));
}

static void
test_other_delimiters_and_marks(void **state)
{
    struct map m;

    (void)state;
    assert_true(compile(MAP, "\xef\xbb\xbfTest Code;LOINC Code\r\nPX;2857-1\r\n;;\r\n", &m));
    assert_str(find(&m, "L", "PX")->loinc, "2857-1");
    assert_true(compile(MAP, "test code\tloinc code\nPX\t2857-1", &m));
    assert_non_null(find(&m, "L", "PX"));
}

static void
fault(const char *table, int line, int col, const char *part)
{
    struct map m;

    assert_false(compile(MAP, table, &m));
    if (strstr(diags.first->text, part) == NULL || diags.first->line != line ||
        diags.first->col != col)
        fail_msg("%d:%d: %s", diags.first->line, diags.first->col, diags.first->text);
    assert_string_equal(diags.first->file, "codes.csv");
}

static void
test_faults_have_a_place(void **state)
{
    (void)state;
    fault("", 1, 1, "empty table");
    fault("Code,LOINC\nPX,2857-1\n", 1, 1, "must name the columns");
    fault("Test Code,LOINC Cide\nPX,2857-1\n", 1, 11, "\"loinc code\"");
    fault("Test Code,LOINC Code,Test Code\nPX,2857-1,\n", 1, 22, "two columns");
    fault(HEAD "PX,,,,2857-2,,\n", 2, 7, "no LOINC code");
    fault(HEAD "PX,,,,28571,,\n", 2, 7, "no LOINC code");
    fault(HEAD "PX,,,,,pso,\n", 2, 8, "no analyte pso");
    fault(HEAD "PX,,,,2857-1,ca125,\n", 2, 14, "not of the analyte ca125");
    fault(HEAD "PX,,,,2857-1,,moon\n", 2, 15, "no specimen");
    fault(HEAD ",,,,2857-1,,\n", 2, 1, "without a test code");
    fault(HEAD "PX,\"open,,,2857-1,,\n", 2, 4, "quote");
}

static void
test_a_code_means_one_thing(void **state)
{
    struct map m;

    (void)state;
    fault(HEAD "PX,,L,,2857-1,,\nQX,,L,,10334-1,,\nPX,,L,,2039-6,,\n", 4, 1,
          "another meaning at codes.csv:2");
    assert_true(compile(MAP, HEAD "PX,,L,ng/mL,2857-1,,\nPX,,L,ug/L,2857-1,,\n", &m));
    assert_true(str_is_absent(find(&m, "L", "PX")->unit)); /* which of the two, nobody knows */
    assert_false(compile(MAP "codes: [{system: L, code: PX, analyte: ca125}]\n",
                         HEAD "PX,,L,,2857-1,,\n", &m));
    assert_non_null(strstr(diags.first->text, "another meaning at text.yaml"));
    assert_true(compile(MAP "codes: [{system: L, code: PX, analyte: psa}]\n",
                        HEAD "PX,,L,,2857-1,,\n", &m));
}

static void
test_contradictions_are_flagged(void **state)
{
    struct map m;

    (void)state;
    assert_true(compile(MAP, HEAD "PX,CA 125 (Roche),L,,2857-1,,\n", &m));
    assert_int_equal(diags.warnings, 1);
    assert_int_equal(diags.first->line, 2);
    assert_int_equal(diags.first->col, 4);
    assert_non_null(strstr(diags.first->text, "another analyte"));
    assert_true(compile(MAP, HEAD "PX,PSA,L,mmol/L,2857-1,,\nQX,PSA,L,furlong,2857-1,,\n", &m));
    assert_int_equal(diags.warnings, 2);
    assert_true(str_is_absent(find(&m, "L", "PX")->unit));
    assert_non_null(strstr(diags.first->text, "does not come in this unit"));
}

static void
test_a_map_needs_its_tables(void **state)
{
    struct arena *a = fresh();
    struct map m;

    (void)state;
    diags_init(&diags, a);
    assert_false(
        map_compile(a, normalize_text(a, &diags, MAP), STR("x"), normalize_terms(), &diags, &m));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_codes),
        cmocka_unit_test(test_our_own_columns),
        cmocka_unit_test(test_other_delimiters_and_marks),
        cmocka_unit_test(test_faults_have_a_place),
        cmocka_unit_test(test_a_code_means_one_thing),
        cmocka_unit_test(test_contradictions_are_flagged),
        cmocka_unit_test(test_a_map_needs_its_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
