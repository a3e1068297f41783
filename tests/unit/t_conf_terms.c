/* The terminologies: the shipped ones say what they should; faulty ones name the place. */
#include "normalize/map.h"
#include "normalize_test.h"

static void
every_oncotree_node_is_there(void **state)
{
    (void)state;
    const struct terms *t = normalize_terms();
    assert_int_equal(t->oncotree.count, 898);
    const struct oncotree_node *luad = oncotree_code(&t->oncotree, STR("LUAD"));
    assert_non_null(luad);
    assert_true(oncotree_is_below(luad, oncotree_code(&t->oncotree, STR("LUNG"))));
}

static void
diagnosis_codes_are_as_deep_as_they_speak(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        const char *want; /* NULL: no primary tumour */
    } rows[] = {{"C34.11", "LUNG"},
                {"C3411", "LUNG"},
                {"c61", "PROSTATE"},
                {"C56.9", "OVARY"},
                {"C92.10", "CMLBCRABL1"},
                {"C90.00", "PCM"},
                {"C22.0", "HCC"},
                {"C22.9", "LIVER"},
                {"C49.A2", "GIST"},
                {"C44.311", "BCC"},
                {"C44.39", "SKIN"},
                {"C78.7", NULL},
                {"I10", NULL},
                {"C", NULL},
                {"", NULL},
                {"C50.911", "BREAST"}};
    struct arena *a = fresh();
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        const struct oncotree_node *n = terms_icd10(normalize_terms(), a, str_from_c(rows[i].code));
        if (rows[i].want == NULL) {
            assert_null(n);
            continue;
        }
        assert_non_null(n);
        assert_str(n->code, rows[i].want);
    }
}

static void
histology_with_and_without_its_site(void **state)
{
    (void)state;
    const struct terms *t = normalize_terms();
    struct arena *a = fresh();
    assert_str(terms_icdo(t, a, STR("8140/3"), STR("C61.9"))->code, "PRAD");
    assert_str(terms_icdo(t, a, STR("8140/3"), STR("C34.1"))->code, "LUAD");
    assert_str(terms_icdo(t, a, STR("8461/3"), STR("C56.9"))->code, "HGSOC");
    /* an unknown morphology says no more than its site: in ICD-O, C22.0 is just the liver */
    assert_str(terms_icdo(t, a, STR("9999/3"), STR("C22.0"))->code, "LIVER");
    /* adenocarcinoma of anywhere */
    assert_str(terms_icdo(t, a, STR("8140/3"), STR_NONE)->code, "TISSUE");
    assert_null(terms_icdo(t, a, STR("9999/3"), STR_NONE));
}

static void
drugs_by_name_brand_text_and_code(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"PACLitaxel", "paclitaxel"},
        {"Tagrisso", "osimertinib"},
        {"gefitinib 250 MG Oral Tablet", "gefitinib"},
        {"10 ML doxorubicin hydrochloride 2 MG/ML Injection", "doxorubicin"},
        {"trastuzumab-dkst", "trastuzumab"},
        {"trastuzumab deruxtecan 100 mg", "trastuzumab deruxtecan"},
        {"leuprorelin acetate depot", "leuprolide"},
        {"nab-paclitaxel", "nab-paclitaxel"},
    };
    const struct terms *t = normalize_terms();
    struct arena *a = fresh();
    const struct term_drug *found[TERMS_DRUGS_MAX];
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        const struct term_drug *d = terms_drug(t, a, str_from_c(rows[i][0]));
        assert_non_null(d);
        assert_str(d->name, rows[i][1]);
    }
    assert_null(terms_drug(t, a, STR("amoxicillin 500 mg")));
    assert_null(terms_drug(t, a, STR("")));
    assert_int_equal(terms_drug_code(t, a, "rxnorm", STR("349472"), found), 1);
    assert_str(found[0]->name, "gefitinib");
    assert_int_equal(terms_drug_code(t, a, "atc", STR("l01eb04"), found), 1);
    assert_str(found[0]->name, "osimertinib");
    assert_int_equal(terms_drug_code(t, a, "rxnorm", STR("1"), found), 0);
}

static void
classes_that_rules_name_are_known(void **state)
{
    (void)state;
    static const char *const classes[] = {"adt",
                                          "arpi",
                                          "taxane",
                                          "parp",
                                          "lu_psma",
                                          "platinum",
                                          "chemo",
                                          "imid",
                                          "anti_pd1",
                                          "egfr_tki",
                                          "alk_tki",
                                          "bcr_abl_tki",
                                          "endocrine",
                                          "anti_cd38",
                                          "bep",
                                          "any",
                                          "egfr_tki_3g",
                                          "bevacizumab",
                                          "murine_antibody",
                                          "checkpoint_inhibitor",
                                          "proteasome_inhibitor",
                                          "osimertinib"};
    for (size_t i = 0; i < RFD_COUNT(classes); i++)
        assert_true(terms_class_known(normalize_terms(), str_from_c(classes[i])));
    assert_false(terms_class_known(normalize_terms(), STR("egfr_tkis")));
}

static void
light_chains_are_not_swapped(void **state)
{
    (void)state;
    const struct terms *t = normalize_terms();
    assert_str(terms_loinc(t, STR("33944-0"))->analyte->name, "lambda_flc");
    assert_str(terms_loinc(t, STR("36916-5"))->analyte->name, "kappa_flc");
    assert_str(terms_loinc(t, STR("50195-7"))->analyte->name, "bcr_abl_log");
    assert_true(terms_loinc(t, STR("19165-0"))->fluid);
    assert_null(terms_loinc(t, STR("2951-2")));
}

/* ---- faults have places -------------------------------------------------------------------- */

#define TREE_OK "oncotree:\n  - [TISSUE, Tissue, \"\"]\n  - [LUNG, Lung, TISSUE]\n"

static size_t
fault(const char *text, const char *part, int line)
{
    struct arena *a = fresh();
    struct diags d;
    struct terms t;
    diags_init(&d, a);
    const struct tree *file = normalize_text(a, &d, text);
    assert_false(terms_compile(a, &file, 1, &d, &t));
    assert_true(d.errors > 0);
    const struct diag *x = d.first;
    if (strstr(x->text, part) == NULL || x->line != line)
        print_message("%s:%d:%d: %s\n", x->file, x->line, x->col, x->text);
    assert_non_null(strstr(x->text, part));
    assert_int_equal(x->line, line);
    assert_string_equal(x->file, "text.yaml");
    assert_true(x->col > 0);
    return d.errors;
}

static void
faulty_terminologies_are_refused(void **state)
{
    (void)state;
    (void)fault(TREE_OK "  - [LUAD, \"Lung Adenocarcinoma\", LUMG]\n", "OncoTree row", 4);
    (void)fault(TREE_OK "  - [LUNG, Again, TISSUE]\n", "OncoTree row", 4);
    (void)fault(TREE_OK "drogs: []\n", "drogs", 4);
    (void)fault(TREE_OK "diagnoses:\n  icd10cm:\n    - [C34, LUMG]\n", "LUMG", 6);
    (void)fault(TREE_OK
                "analytes:\n  - {name: psa, unit: ng/mL, codes: [{loinc: 1-1}, {loinc: 1-1}]}\n",
                "given twice", 5);
    (void)fault(TREE_OK "analytes:\n  - {name: psa}\n", "unit", 5);
    (void)fault(TREE_OK "drugs:\n  - {name: x, classes: [a], cover: weekly}\n", "cover", 5);
    (void)fault(TREE_OK "regimens:\n  - {name: bep, drugs: [bleomycin]}\n", "bleomycin", 5);
    (void)fault(TREE_OK "responses:\n  coded:\n    - [LN, LA1, QQ]\n", "no such response", 6);
    (void)fault(TREE_OK "variants:\n  - [EGFR]\n", "too short", 5);
}

static size_t
map_fault(const char *text, const char *part)
{
    struct arena *a = fresh();
    struct diags d;
    struct map m;
    diags_init(&d, a);
    const struct tree *file = normalize_text(a, &d, text);
    assert_false(map_compile(a, file, STR("x"), normalize_terms(), &d, &m));
    if (strstr(d.first->text, part) == NULL)
        print_message("%d:%d: %s\n", d.first->line, d.first->col, d.first->text);
    assert_non_null(strstr(d.first->text, part));
    assert_true(d.first->line > 0);
    return d.errors;
}

#define MAP_OK "name: x\npatient: {id: \"PID-3(5=MR)\"}\n"

static void
faulty_maps_are_refused(void **state)
{
    (void)state;
    (void)map_fault("name: x\n", "patient");
    (void)map_fault("name: x\npatient: {id: PID3}\n", "path");
    (void)map_fault("name: x\npatient: {id: OBX-3}\n", "path");
    (void)map_fault(MAP_OK "zone: {offset: \"1h\"}\n", "offset");
    (void)map_fault(MAP_OK "zone: {offset: \"+99:00\"}\n", "offset");
    (void)map_fault(MAP_OK "time: [obx15]\n", "obx1");
    (void)map_fault(MAP_OK "codes: [{code: A, analyte: pso}]\n", "pso");
    (void)map_fault(MAP_OK "drugs: [{code: A, drug: osimertinab}]\n", "osimertinab");
    (void)map_fault(MAP_OK "units: {\"x\": furlong}\n", "unit");
    (void)map_fault(MAP_OK "diagnoses: [{code: A, oncotree: LUMG}]\n", "LUMG");
    (void)map_fault(MAP_OK "responses: [{code: A, response: QQ}]\n", "QQ");
    (void)map_fault(MAP_OK "ack: maybe\n", "maybe");
}

static void
a_negative_offset_is_one(void **state)
{
    (void)state;
    struct arena *a = fresh();
    struct diags d;
    struct map m;
    diags_init(&d, a);
    const struct tree *file = normalize_text(a, &d, MAP_OK "zone: {offset: \"-05:30\"}\n");
    assert_true(map_compile(a, file, STR("x"), normalize_terms(), &d, &m));
    assert_int_equal(m.zone.offset_min, -330);
    assert_true(m.zone.has_offset);
    assert_str(map_system(&m, a, STR("loinc")), "LN");
    assert_str(map_system(&m, a, STR("99XYZ")), "99XYZ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_oncotree_node_is_there),
        cmocka_unit_test(diagnosis_codes_are_as_deep_as_they_speak),
        cmocka_unit_test(histology_with_and_without_its_site),
        cmocka_unit_test(drugs_by_name_brand_text_and_code),
        cmocka_unit_test(classes_that_rules_name_are_known),
        cmocka_unit_test(light_chains_are_not_swapped),
        cmocka_unit_test(faulty_terminologies_are_refused),
        cmocka_unit_test(faulty_maps_are_refused),
        cmocka_unit_test(a_negative_offset_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
