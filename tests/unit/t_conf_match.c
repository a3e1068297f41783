/* The knowledge of config/ itself: it loads, and gives the right answers where they are known. */
#include "conf/bundle.h"
#include "conf/yaml.h"
#include "options_test.h"

#include <unistd.h>

/* ---- what the knowledge holds ---- */

static void
test_it_loads(void **state)
{
    const struct match_knowledge *k = all_options();
    size_t cited = 0;

    (void)state;
    assert_int_equal(config_diags.errors, 0);
    assert_int_equal(config_diags.warnings, 0);
    assert_true(k->therapies->count >= 24);
    assert_true(k->trials->count >= 10);
    for (size_t i = 0; i < k->cross->count; i++) {
        cited += k->cross->entry[i].citation.n > 0 ? 1 : 0;
    }
    assert_true(cited >= 40);
    assert_int_equal(cited, k->cross->count);
}

static void
check_words(struct str text, struct str id)
{
    static const char *const bad[] = {" mg",    "mg/",    " mcg",      "m2",     "Give ", "give ",
                                      "Start ", "Switch", "switch to", "should", "must "};

    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        if (str_has(text, str_from_c(bad[i]))) {
            fail_msg("%.*s: \"%s\" in %.*s", STR_FMT(id), bad[i], STR_FMT(text));
        }
    }
}

static void
test_no_dose_and_no_order(void **state)
{
    const struct match_knowledge *k = all_options();

    (void)state;
    for (size_t i = 0; i < k->therapies->count; i++) {
        const struct therapy_option *o = &k->therapies->option[i];

        check_words(o->title, o->id);
        check_words(o->basis, o->id);
        for (size_t j = 0; j < o->unchecked_count; j++) {
            check_words(o->unchecked[j], o->id);
        }
        assert_true(o->citation.n > 10);
    }
    for (size_t i = 0; i < k->cross->count; i++) {
        check_words(k->cross->entry[i].reason, k->cross->entry[i].from);
    }
    for (size_t i = 0; i < k->trials->count; i++) {
        assert_true(str_starts(k->trials->clause[i].id, STR("SAMPLE-")));
    }
}

/* ---- answers that must hold ---- */

static void
test_osimertinib_after_osimertinib(void **state)
{
    struct patient *p = after("LUAD", "osimertinib", "egfr_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "L858R", true, "2024-12-01");
    patient_variant(p, "EGFR", "C797S", true, "2026-11-01");
    r = result_of(p);
    assert_null(offered(&r, "nsclc.egfr.osimertinib"));
    assert_non_null(aside(&r, "nsclc.egfr.osimertinib"));
    assert_true(str_has(aside(&r, "nsclc.egfr.osimertinib")->set_aside_by, STR("C797")));
    assert_true(str_has(aside(&r, "nsclc.egfr.osimertinib")->set_aside_by, STR("Thress 2015")));
    assert_non_null(offered(&r, "nsclc.egfr.amivantamab_chemo"));
    assert_int_equal(offered(&r, "nsclc.egfr.amivantamab_chemo")->standing, OPTION_FITS);
    assert_non_null(find(r.trial, r.trial_count, "SAMPLE-0001/A"));
}

static void
test_gefitinib_after_erlotinib(void **state)
{
    struct patient *p = after("LUAD", "erlotinib", "egfr_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "ex19del", true, "2024-12-01");
    r = result_of(p);
    assert_null(offered(&r, "nsclc.egfr.gefitinib"));
    assert_non_null(aside(&r, "nsclc.egfr.gefitinib"));
    assert_non_null(aside(&r, "nsclc.egfr.afatinib"));
}

static void
test_osimertinib_after_erlotinib(void **state)
{
    struct patient *p = after("LUAD", "erlotinib", "egfr_tki");
    const struct option *o;
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "ex19del", true, "2024-12-01");
    r = result_of(p);
    o = offered(&r, "nsclc.egfr.osimertinib"); /* T790M not known: open, and it says so */
    assert_non_null(o);
    assert_int_equal(o->standing, OPTION_OPEN);
    assert_true(reason_has(o, "EGFR T790M: no test that covers it is known"));

    patient_variant(p, "EGFR", "T790M", true, "2026-11-01");
    r = result_of(p);
    o = offered(&r, "nsclc.egfr.osimertinib");
    assert_non_null(o);
    assert_int_equal(o->standing, OPTION_FITS);
    assert_true(reason_has(o, "EGFR T790M found on 2026-11-01 (tissue)"));
    assert_true(str_has(o->citation, STR("AURA3")));

    p = after("LUAD", "erlotinib", "egfr_tki"); /* tested since, and not there */
    patient_variant(p, "EGFR", "ex19del", true, "2024-12-01");
    patient_negative(p, "EGFR:T790M", "2026-11-01");
    r = result_of(p);
    assert_null(offered(&r, "nsclc.egfr.osimertinib"));
    assert_non_null(aside(&r, "nsclc.egfr.osimertinib"));
}

static void
test_lorlatinib_after_alectinib(void **state)
{
    struct patient *p = after("LUAD", "alectinib", "alk_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "ALK", "fusion", true, "2024-12-01");
    r = result_of(p);
    assert_non_null(offered(&r, "nsclc.alk.lorlatinib"));
    assert_true(reason_has(offered(&r, "nsclc.alk.lorlatinib"), "Solomon 2018"));
    assert_int_equal(offered(&r, "nsclc.alk.lorlatinib")->standing, OPTION_FITS);
    assert_null(offered(&r, "nsclc.alk.alectinib"));
    assert_non_null(aside(&r, "nsclc.alk.alectinib"));
}

static void
test_ponatinib_after_dasatinib(void **state)
{
    struct patient *p = after("CMLBCRABL1", "dasatinib", "bcr_abl_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "ABL1", "T315I", true, "2026-11-01");
    r = result_of(p);
    assert_non_null(offered(&r, "cml.ponatinib"));
    assert_int_equal(offered(&r, "cml.ponatinib")->standing, OPTION_FITS);
    assert_non_null(offered(&r, "cml.asciminib"));
    assert_null(offered(&r, "cml.nilotinib")); /* T315I */
    assert_null(offered(&r, "cml.bosutinib"));
    assert_true(str_has(aside(&r, "cml.nilotinib")->set_aside_by, STR("T315I")));
    assert_null(find(r.trial, r.trial_count, "SAMPLE-0010/A")); /* excludes T315I */
}

static void
test_pomalidomide_after_lenalidomide(void **state)
{
    struct patient *p = a_patient("PCM");
    struct match_result r;

    (void)state;
    patient_course(p, "bortezomib", "proteasome_inhibitor", "2023-01-10");
    patient_progressed(p, patient_course(p, "lenalidomide", "imid", "2024-06-01"));
    patient_progressed(p, patient_course(p, "dexamethasone", "steroid", "2024-06-01"));
    r = result_of(p);
    assert_non_null(offered(&r, "pcm.pomalidomide_dex"));
    assert_int_equal(offered(&r, "pcm.pomalidomide_dex")->standing, OPTION_FITS);
    assert_true(reason_has(offered(&r, "pcm.pomalidomide_dex"), "MM-003"));
    assert_non_null(offered(&r, "pcm.cilta_cel"));
}

static void
test_pirtobrutinib_after_ibrutinib(void **state)
{
    struct patient *p = after("CLLSLL", "ibrutinib", "btk_covalent");
    const struct option *o;
    struct match_result r;

    (void)state;
    r = result_of(p);
    o = offered(&r, "cll.pirtobrutinib");
    assert_non_null(o);
    assert_int_equal(o->standing, OPTION_OPEN); /* whether venetoclax was given is not known */
    assert_true(reason_has(o, "Prior venetoclax: none is known"));
    patient_course(p, "venetoclax", "bcl2_inhibitor", "2023-01-10");
    r = result_of(p);
    assert_int_equal(offered(&r, "cll.pirtobrutinib")->standing, OPTION_FITS);
}

static void
test_androgen_deprivation_goes_on(void **state)
{
    struct patient *p = a_patient("PRAD");
    const struct option *o;
    struct match_result r;

    (void)state;
    p->match.sex = SEX_MALE;
    patient_progressed(p, patient_course(p, "leuprolide", "adt", "2023-01-10"));
    patient_progressed(p, patient_course(p, "abiraterone", "arpi", "2024-01-10"));
    r = result_of(p);
    o = offered(&r, "prad.docetaxel");
    assert_non_null(o);
    assert_int_equal(o->standing, OPTION_FITS);
    assert_true(reason_has(o, "Goes on: leuprolide"));
    assert_true(reason_has(o, "After abiraterone"));
    assert_null(offered(&r, "prad.enzalutamide"));
    assert_true(str_has(aside(&r, "prad.enzalutamide")->set_aside_by, STR("Khalaf 2019")));
    /* What a test would decide. */
    assert_true(r.missing_count > 0);
    assert_null(offered(&r, "prad.olaparib"));
    patient_variant(p, "BRCA2", "mutation", true, "2026-11-01");
    r = result_of(p);
    assert_non_null(offered(&r, "prad.olaparib"));
}

/* ---- standing, order and counts ---- */

static void
test_histology_missing(void **state)
{
    struct patient *p = after("LUNG", "erlotinib", "egfr_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "T790M", true, "2026-11-01");
    r = result_of(p);
    assert_non_null(offered(&r, "nsclc.egfr.osimertinib"));
    assert_int_equal(offered(&r, "nsclc.egfr.osimertinib")->standing, OPTION_OPEN);
    assert_true(reason_has(offered(&r, "nsclc.egfr.osimertinib"), "histology is missing"));
    assert_int_equal(r.trial_count, 0); /* trials only where disease and biomarkers are true */
}

static void
test_other_disease(void **state)
{
    struct patient *p = after("PRAD", "erlotinib", "egfr_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "T790M", true, "2026-11-01");
    r = result_of(p);
    assert_null(offered(&r, "nsclc.egfr.osimertinib"));
    assert_null(aside(&r, "nsclc.egfr.osimertinib"));
}

static void
test_named_disease_comes_first(void **state)
{
    struct patient *p = after("COAD", "capecitabine", "fluoropyrimidine");
    struct match_result r;

    (void)state;
    patient_biomarker(p, "msi", "high", NULL, "2026-01-01");
    patient_biomarker(p, "tmb", NULL, "35", "2026-01-01");
    r = result_of(p);
    assert_true(str_starts(r.therapy[0].id, STR("coadread.")));
    assert_true(offered(&r, "coadread.pembrolizumab_msi")->rank <
                offered(&r, "agnostic.msi.pembrolizumab")->rank);
    assert_non_null(offered(&r, "agnostic.tmb.pembrolizumab"));
    assert_int_equal(r.therapy[0].rank, 1);
    assert_true(offered(&r, "agnostic.tmb.pembrolizumab")->rank >
                offered(&r, "agnostic.msi.pembrolizumab")->rank); /* accelerated after approved */
}

static void
test_three_and_the_rest_counted(void **state)
{
    struct patient *p = after("CMLBCRABL1", "imatinib", "bcr_abl_tki");
    struct match_knowledge k = *all_options();
    struct match_result full = result_of(p);
    struct match_result r;

    (void)state;
    k.show_max = 0;
    match_case_options(&k, patient_case(p), p->arena, &r);
    assert_int_equal(r.therapy_count, 3);
    assert_int_equal(r.therapy_count + r.therapies_more, full.therapy_count);
    assert_true(r.therapies_more > 0);
    for (size_t i = 0; i < 3; i++) {
        assert_true(str_eq(r.therapy[i].id, full.therapy[i].id));
    }
}

static void
test_shadow_without_sign_off(void **state)
{
    struct patient *p = after("CMLBCRABL1", "imatinib", "bcr_abl_tki");
    struct match_knowledge k = *all_options();
    struct match_result r;

    (void)state;
    k.show_unsigned = false;
    match_case_options(&k, patient_case(p), p->arena, &r);
    assert_int_equal(r.therapy_count, 0);
    assert_int_equal(r.aside_count, 0);
    assert_true(r.in_shadow >= 3);
}

static void
test_the_dead_get_no_options(void **state)
{
    struct patient *p = after("CMLBCRABL1", "imatinib", "bcr_abl_tki");
    struct match_result r;

    (void)state;
    p->match.dead = true;
    r = result_of(p);
    assert_int_equal(r.therapy_count + r.trial_count + r.aside_count, 0);
}

static void
test_withdrawn_is_set_aside(void **state)
{
    struct patient *p = after("LUAD", "carboplatin", "platinum");
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "ex20ins", true, "2026-01-01");
    r = result_of(p);
    assert_non_null(offered(&r, "nsclc.egfr_ex20.sunvozertinib"));
    assert_null(offered(&r, "nsclc.egfr_ex20.mobocertinib"));
    assert_true(str_starts(aside(&r, "nsclc.egfr_ex20.mobocertinib")->set_aside_by,
                           STR("Withdrawn (US) on 2023-10-02")));
}

static void
test_class_only_is_said(void **state)
{
    struct patient *p = a_patient("CMLBCRABL1");
    struct course *c = patient_course(p, NULL, "bcr_abl_tki", "2025-01-10");
    const struct option *o;
    struct match_result r;

    (void)state;
    patient_progressed(p, c);
    patient_variant(p, "ABL1", "T315I", true, "2026-11-01");
    r = result_of(p);
    o = offered(&r, "cml.ponatinib");
    assert_non_null(o);
    assert_true(o->unchecked_count > 0);
    assert_true(str_starts(o->unchecked[o->unchecked_count - 1], STR("Cross-resistance")));
}

static void
test_suspended_arm_is_not_listed(void **state)
{
    struct patient *p = after("COAD", "capecitabine", "fluoropyrimidine");
    struct match_result r;

    (void)state;
    patient_variant(p, "KRAS", "G12C", true, "2026-01-01");
    r = result_of(p);
    assert_non_null(find(r.trial, r.trial_count, "SAMPLE-0009/A"));
    assert_null(find(r.trial, r.trial_count, "SAMPLE-0009/B"));
}

/* The journal number of the message that says so. */
static void
test_reasons_name_their_message(void **state)
{
    struct patient *p = after("LUAD", "erlotinib", "egfr_tki");
    const struct option *o;
    struct match_result r;
    bool found = false;

    (void)state;
    patient_variant(p, "EGFR", "T790M", true, "2026-11-01")->source.journal = 4711;
    r = result_of(p);
    o = offered(&r, "nsclc.egfr.osimertinib");
    assert_non_null(o);
    for (size_t i = 0; i < o->reason_count; i++) {
        found |= o->reason[i].journal == 4711 && o->reason[i].verdict == K_TRUE;
    }
    assert_true(found);
}

static bool
class_is_new(const struct str *list, size_t count, struct str s)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(list[i], s)) {
            return false;
        }
    }
    return true;
}

/* What the conditions of trials may name. */
static struct match_terms
names_of(const struct terms *t, struct arena *a)
{
    struct str *drug = ARENA_ARRAY(a, t->drug_count, struct str);
    struct str *cls = ARENA_ARRAY(a, t->drug_count * 8, struct str);
    struct str *analyte = ARENA_ARRAY(a, t->analyte_count, struct str);
    size_t classes = 0;

    for (size_t i = 0; i < t->drug_count; i++) {
        const struct term_drug *d = &t->drugs[i];

        drug[i] = d->name;
        for (size_t j = 0; j < d->class_count && j < 8; j++) {
            if (class_is_new(cls, classes, d->classes[j])) {
                cls[classes++] = d->classes[j];
            }
        }
    }
    for (size_t i = 0; i < t->analyte_count; i++) {
        analyte[i] = t->analytes[i].name;
    }
    return (struct match_terms){&t->oncotree, drug,    t->drug_count,   cls,
                                classes,      analyte, t->analyte_count};
}

/* 405 trials that others curated, as they are: every one is kept, unknown names are said. */
static void
test_trials_of_others(void **state)
{
    const char *shared = getenv("REFRACT_SHARED");
    struct arena *a = fresh();
    struct match_terms terms = names_of(&shipped()->terms, a);
    struct bundle *files = bundle_new(a);
    struct trial_set set = {.count = 0};
    struct expr_table table;
    struct diags d;
    struct expr_build b = {&table, &terms, &d, true, NULL};
    char folder[512];

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/data/ctml/trials", shared ? shared : "../shared");
    if (access(folder, R_OK) != 0) {
        printf("SKIP shared (1)\n");
        return;
    }
    diags_init(&d, a);
    assert_true(bundle_add_folder(files, "trials", folder, &d));
    bundle_seal(files);
    assert_int_equal(files->count, 405);
    expr_table_init(&table, a);
    for (size_t i = 0; i < files->count; i++) {
        size_t clauses = set.count;
        struct tree *tree;

        assert_true(yaml_read(files->file[i].bytes, files->file[i].path, a, &d, &tree));
        assert_true(trial_compile(&b, tree, &set));
        assert_true(set.count > clauses); /* no trial is lost */
    }
    assert_int_equal(d.errors, 0);
    assert_true(d.warnings > 0 && d.warnings < 300);
    assert_true(table.leaf_count < 1000); /* equal questions are one */
    printf("%zu clauses, %zu leaves, %zu nodes, %zu names unknown\n", set.count, table.leaf_count,
           table.count, d.warnings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_loads),
        cmocka_unit_test(test_no_dose_and_no_order),
        cmocka_unit_test(test_osimertinib_after_osimertinib),
        cmocka_unit_test(test_gefitinib_after_erlotinib),
        cmocka_unit_test(test_osimertinib_after_erlotinib),
        cmocka_unit_test(test_lorlatinib_after_alectinib),
        cmocka_unit_test(test_ponatinib_after_dasatinib),
        cmocka_unit_test(test_pomalidomide_after_lenalidomide),
        cmocka_unit_test(test_pirtobrutinib_after_ibrutinib),
        cmocka_unit_test(test_androgen_deprivation_goes_on),
        cmocka_unit_test(test_histology_missing),
        cmocka_unit_test(test_other_disease),
        cmocka_unit_test(test_named_disease_comes_first),
        cmocka_unit_test(test_three_and_the_rest_counted),
        cmocka_unit_test(test_shadow_without_sign_off),
        cmocka_unit_test(test_the_dead_get_no_options),
        cmocka_unit_test(test_withdrawn_is_set_aside),
        cmocka_unit_test(test_class_only_is_said),
        cmocka_unit_test(test_suspended_arm_is_not_listed),
        cmocka_unit_test(test_reasons_name_their_message),
        cmocka_unit_test(test_trials_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
