/* MatchMiner's own semantics, key by key and sign by sign: what its 480 recorded runs hardly touch
 * (reference: CTML as its engine implements it). One patient, one tumour with every kind of row. */
#include "base/sb.h"
#include "compat_test.h"

#include <stdio.h>

static const char *const clinical_row =
    "{_id: {$oid: p1}, SAMPLE_ID: s1, VITAL_STATUS: alive, GENDER: Male, "
    "BIRTH_DATE_INT: {$numberInt: \"19820713\"}, AGE: 17, "
    "ONCOTREE_PRIMARY_DIAGNOSIS_NAME: Lung Adenocarcinoma, "
    "TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE: 12.166666666666666, "
    "REPORT_DATE: {$date: {$numberLong: \"1600000000000\"}}, PDL1_STATUS: High, MS_STATUS: MSI-H, "
    "COHORTS: [A, B], LOW: 9.999999999999998, DEBT: -0.30000000000000004, EMPTY: ~}";

static const char *const genomic_rows =
    "[" ROW("TRUE_HUGO_SYMBOL: EGFR, VARIANT_CATEGORY: MUTATION, TRUE_PROTEIN_CHANGE: p.L858R, "
            "TRUE_VARIANT_CLASSIFICATION: Missense_Mutation, TRUE_TRANSCRIPT_EXON: "
            "{$numberInt: \"21\"}, WILDTYPE: false, TIER: 1") ", " //
    ROW("TRUE_HUGO_SYMBOL: BRAF, VARIANT_CATEGORY: MUTATION, TRUE_PROTEIN_CHANGE: p.V600fs, "
        "TRUE_VARIANT_CLASSIFICATION: Frame_Shift_Del, TRUE_TRANSCRIPT_EXON: 15.0") ", "         //
    ROW("TRUE_HUGO_SYMBOL: MET, VARIANT_CATEGORY: CNV, CNV_CALL: High level amplification") ", " //
    ROW("TRUE_HUGO_SYMBOL: CDKN2A, VARIANT_CATEGORY: CNV, CNV_CALL: Homozygous deletion") ", "   //
    ROW("TRUE_HUGO_SYMBOL: MYC, VARIANT_CATEGORY: CNV, CNV_CALL: Gain") ", "                     //
    ROW("TRUE_HUGO_SYMBOL: PTEN, VARIANT_CATEGORY: CNV, CNV_CALL: Heterozygous deletion") ", "   //
    ROW("VARIANT_CATEGORY: SV, LEFT_PARTNER_GENE: EML4, RIGHT_PARTNER_GENE: ALK") ", "           //
    ROW("VARIANT_CATEGORY: SV, LEFT_PARTNER_GENE: NTRK1, RIGHT_PARTNER_GENE: ~") ", "            //
    ROW("VARIANT_CATEGORY: SIGNATURE, MMR_STATUS: Proficient (MMR-P / MSS)") ", "                //
    ROW("VARIANT_CATEGORY: SIGNATURE, APOBEC_STATUS: \"Yes\", POLE_STATUS: \"No\", "
        "TABACCO_STATUS: \"Yes\", TEMOZOLOMIDE_STATUS: \"No\", UVA_STATUS: \"Yes\"") ", " //
    ROW("TRUE_HUGO_SYMBOL: KRAS, VARIANT_CATEGORY: MUTATION, WILDTYPE: true") "]";

static const char *const prior_rows = "[" ROW("DRUG: Osimertinib, AGENT: Osimertinib, LINE: 1") "]";

static bool
key_holds(const char *match)
{
    struct bench *b = bench_new();

    return holds(b, match, patient_of(b, clinical_row, genomic_rows, prior_rows));
}

static void
check_keys(const struct expectation *e, size_t count)
{
    check(e, count, clinical_row, genomic_rows, prior_rows);
}

/* Born on 1982-07-13, asked on 2000-07-12: 17 years, 11 months and 29 days old. */
static void
test_age(void **state)
{
    static const struct expectation e[] = {
        {"{clinical: {age_numerical: \">=17\"}}", true},
        {"{clinical: {age_numerical: \">17\"}}", true},
        {"{clinical: {age_numerical: \"<=17\"}}", false}, /* older than 17 years to the day */
        {"{clinical: {age_numerical: \"<17\"}}", false},
        {"{clinical: {age_numerical: \">=18\"}}", false},
        {"{clinical: {age_numerical: \"<=18\"}}", true},
        {"{clinical: {age_numerical: \"<18\"}}", true},
        {"{clinical: {age_numerical: \">=17.5\"}}", true},
        {"{clinical: {age_numerical: \"<17.5\"}}", false},
        {"{clinical: {age_numerical: \">=0.5\"}}", true},
        {"{clinical: {age_numerical: \">=.5\"}}", true},
        {"{clinical: {age_numerical: \"<0.5\"}}", false},
        {"{clinical: {age_numerical: \">=17.916\"}}", true}, /* 11 months */
        {"{clinical: {age_numerical: \">=0\"}}", true},
        {"{clinical: {age_numerical: \"<150\"}}", true},
        {"{clinical: {age_numerical: \">=199\"}}", false},
        {"{clinical: {age_numerical: \"!>=18\"}}", true},
        {"{clinical: {age_numerical: \"!>=17\"}}", false},
        {"{clinical: {age_expression: \"==17\"}}", true},
        {"{clinical: {age_expression: \"<=17.9\"}}", true}, /* the fraction is dropped */
        {"{clinical: {age_expression: \"<17.9\"}}", false},
        {"{clinical: {age_expression: \">=.5\"}}", true},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

/* Floats as JSON prints them have 16 or 17 digits, more than our decimals: cut, never lost. */
static void
test_numbers(void **state)
{
    static const struct expectation e[] = {
        {"{clinical: {tmb_numerical: \">=10\"}}", true},
        {"{clinical: {tmb_numerical: \">12\"}}", true},
        {"{clinical: {tmb_numerical: \"<=12\"}}", false},
        {"{clinical: {tmb_numerical: \"<12.2\"}}", true},
        {"{clinical: {tmb_numerical: \"<40\"}}", true},
        {"{clinical: {tmb_numerical: \"==12\"}}", false},
        {"{clinical: {tmb_numerical: \"!>=10\"}}", false},
        {"{clinical: {tmb: \">15\"}}", false},
        {"{clinical: {tmb_numerical: \">12.166666666666\"}}", true},
        {"{clinical: {tmb_numerical: \"<=12.166666666666\"}}", false},
        {"{clinical: {low: 10}}", false}, /* 9.999999999999998 is not 10 */
        {"{clinical: {low: 9.999999999999998}}", true},
        {"{clinical: {low: 9.999999999999997}}", false},
        {"{clinical: {debt: -0.30000000000000004}}", true},
        {"{clinical: {debt: -0.3}}", false},
        {"{clinical: {age: 17.0}}", true},
        {"{clinical: {age: 1.7e1}}", true},
        {"{clinical: {age: \"17\"}}", false}, /* a text is no number */
        {"{genomic: {hugo_symbol: EGFR, exon: 21}}", true},
        {"{genomic: {hugo_symbol: BRAF, exon: 15}}", true},
        {"{genomic: {hugo_symbol: EGFR, exon: 15}}", false}, /* of another row */
        {"{genomic: {hugo_symbol: EGFR, exon: \"21\"}}", false},
        {"{genomic: {hugo_symbol: EGFR, tier: 1}}", true}, /* no key of CTML: the field itself */
        {"{genomic: {hugo_symbol: EGFR, tier: 2}}", false},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

static void
test_fields_of_other_kinds(void **state)
{
    static const struct expectation e[] = {
        {"{clinical: {cohorts: A}}", true}, /* MongoDB: one item of a list is enough */
        {"{clinical: {cohorts: B}}", true},
        {"{clinical: {cohorts: C}}", false},
        {"{clinical: {cohorts: \"!A\"}}", false},
        {"{clinical: {empty: ~}}", true}, /* null and missing are one */
        {"{clinical: {nowhere: ~}}", true},
        {"{clinical: {empty: \"\"}}", false},
        {"{clinical: {empty: \"!x\"}}", true},
        {"{clinical: {gender: Male}}", true},
        {"{clinical: {gender: MALE}}", false},
        {"{clinical: {gender: \"!Female\"}}", true},
        {"{clinical: {vital_status: alive}}", true},
        {"{clinical: {pdl1_status: High}}", true}, /* V2: the field of that name, word for word */
        {"{clinical: {pdl1_status: \"!High\"}}", false},
        {"{clinical: {ms_status: MSI-H}}", true},
        {"{clinical: {ms_status: MSS}}", false},
        {"{genomic: {hugo_symbol: EGFR, wildtype: false}}", true},
        {"{genomic: {hugo_symbol: KRAS, wildtype: True}}", true},
        {"{genomic: {hugo_symbol: BRAF, wildtype: True}}", false},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

/* Statuses that V2 passes over: they decide nothing, alone or beside others. */
static void
test_ignored_keys(void **state)
{
    static const char *const key[] = {"her2_status: Positive", "er_status: \"!Positive\"",
                                      "pr_status: Negative", "disease_status: [Metastatic]"};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(key); i++) {
        char text[200];

        (void)snprintf(text, sizeof text, "{clinical: {%s}}", key[i]);
        assert_false(key_holds(text));
        (void)snprintf(text, sizeof text, "{clinical: {%s, gender: Male}}", key[i]);
        assert_true(key_holds(text));
        (void)snprintf(text, sizeof text, "{clinical: {%s, gender: Female}}", key[i]);
        assert_false(key_holds(text));
        (void)snprintf(text, sizeof text, "{clinical: {%s}}, {genomic: {hugo_symbol: EGFR}}",
                       key[i]);
        assert_true(key_holds(text));
        (void)snprintf(text, sizeof text, "{or: [{clinical: {%s}}, {genomic: {hugo_symbol: RET}}]}",
                       key[i]);
        assert_false(key_holds(text));
    }
}

static void
test_variants(void **state)
{
    static const struct expectation e[] = {
        {"{genomic: {hugo_symbol: EGFR, variant_category: Mutation, protein_change: p.L858R}}",
         true},
        {"{genomic: {hugo_symbol: EGFR, protein_change: L858R}}", false}, /* exact */
        {"{genomic: {hugo_symbol: EGFR, protein_change: p.l858r}}", false},
        {"{genomic: {hugo_symbol: EGFR, protein_change: \"!p.T790M\"}}", true},
        {"{genomic: {hugo_symbol: EGFR, protein_change: \"!p.L858R\"}}", false},
        {"{genomic: {hugo_symbol: BRAF, wildcard_protein_change: p.V600}}", false}, /* V600fs */
        {"{genomic: {hugo_symbol: EGFR, wildcard_protein_change: \"!p.L858\"}}", false},
        {"{genomic: {hugo_symbol: EGFR, wildcard_protein_change: p.L85}}", false},
        {"{genomic: {wildcard_protein_change: l858}}", true},
        {"{genomic: {hugo_symbol: EGFR, variant_classification: Missense_Mutation}}", true},
        {"{genomic: {hugo_symbol: EGFR, variant_classification: missense_mutation}}", false},
        {"{genomic: {hugo_symbol: BRAF, variant_classification: \"!Frame_Shift_Del\"}}", false},
        {"{genomic: {hugo_symbol: BRAF, variant_classification: In_Frame_Del}}", false},
        {"{genomic: {hugo_symbol: EGFR, variant_category: Any Variation}}", true},
        {"{genomic: {hugo_symbol: MET, variant_category: Any Variation}}", true},
        {"{genomic: {hugo_symbol: MET, variant_category: Mutation}}", false},
        {"{genomic: {hugo_symbol: MET, variant_category: \"!Any Variation\"}}", false},
        {"{genomic: {hugo_symbol: RET, variant_category: \"!Any Variation\"}}", true},
        {"{genomic: {hugo_symbol: ALK, variant_category: Any Variation}}", false}, /* not SV */
        {"{genomic: {hugo_symbol: \"!EGFR\", protein_change: p.T790M}}", true},
        {"{genomic: {hugo_symbol: \"!EGFR\", protein_change: p.L858R}}", false},
        {"{genomic: {hugo_symbol: EGFR, protein_change: ~}}", false}, /* a row without a change */
        {"{genomic: {hugo_symbol: MET, protein_change: ~}}", true},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

static void
test_copy_numbers(void **state)
{
    static const struct expectation e[] = {
        {"{genomic: {hugo_symbol: MET, cnv_call: High Amplification}}", true},
        {"{genomic: {hugo_symbol: MET, cnv_call: Low Amplification}}", false},
        {"{genomic: {hugo_symbol: MYC, cnv_call: Low Amplification}}", true},
        {"{genomic: {hugo_symbol: MYC, cnv_call: Gain}}", true}, /* else the literal word */
        {"{genomic: {hugo_symbol: CDKN2A, cnv_call: Homozygous Deletion}}", true},
        {"{genomic: {hugo_symbol: CDKN2A, cnv_call: Heterozygous Deletion}}", false},
        {"{genomic: {hugo_symbol: PTEN, cnv_call: Heterozygous Deletion}}", true},
        {"{genomic: {hugo_symbol: PTEN, cnv_call: \"!Heterozygous Deletion\"}}", false},
        {"{genomic: {hugo_symbol: MET, variant_category: Copy Number Variation}}", true},
        {"{genomic: {hugo_symbol: MET, variant_category: CNV, cnv_call: High level "
         "amplification}}",
         true},
        {"{genomic: {hugo_symbol: EGFR, variant_category: Copy Number Variation}}", false},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

#define SV "variant_category: Structural Variation"

static void
test_fusions(void **state)
{
    static const struct expectation e[] = {
        {"{genomic: {hugo_symbol: ALK, " SV "}}", true},
        {"{genomic: {hugo_symbol: EML4, " SV "}}", true},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: EML4, " SV "}}", true},
        {"{genomic: {hugo_symbol: EML4, fusion_partner_hugo_symbol: ALK, " SV "}}", true},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: RET, " SV "}}", false},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: any_gene, " SV "}}", true},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: intergenic, " SV "}}", false},
        {"{genomic: {hugo_symbol: NTRK1, fusion_partner_hugo_symbol: any_gene, " SV "}}", false},
        {"{genomic: {hugo_symbol: NTRK1, fusion_partner_hugo_symbol: intergenic, " SV "}}", true},
        {"{genomic: {hugo_symbol: any_gene, fusion_partner_hugo_symbol: ALK, " SV "}}", true},
        {"{genomic: {hugo_symbol: any_gene, fusion_partner_hugo_symbol: intergenic, " SV "}}",
         true},
        {"{genomic: {hugo_symbol: RET, variant_category: \"!Structural Variation\"}}", true},
        {"{genomic: {hugo_symbol: EML4, variant_category: \"!Structural Variation\"}}", false},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: \"!RET\", " SV "}}", true},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: \"!EML4\", " SV "}}", false},
        {"{genomic: {fusion_partner_hugo_symbol: EML4, " SV "}}", true},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

static void
test_signatures(void **state)
{
    static const struct expectation e[] = {
        {"{genomic: {hugo_symbol: None, mmr_status: MMR-Proficient}}", true},
        {"{genomic: {mmr_status: MSS}}", true},
        {"{genomic: {mmr_status: MSI-L}}", true},
        {"{genomic: {mmr_status: MSI-H}}", false},
        {"{genomic: {mmr_status: \"!MMR-Deficient\"}}", true},
        {"{genomic: {mmr_status: \"!MMR-Proficient\"}}", false},
        {"{genomic: {ms_status: MSS}}", true},
        {"{genomic: {ms_status: \"!MSI-H\"}}", true},
        {"{genomic: {ms_status: Stable}}", false}, /* CTIMS's own word asks MS_STATUS */
        {"{genomic: {apobec_signature: \"Yes\"}}", true},
        {"{genomic: {apobec_signature: \"No\"}}", false},
        {"{genomic: {apobec_signature: \"!Yes\"}}", false},
        {"{genomic: {pole_signature: \"No\"}}", true},
        {"{genomic: {pole_signature: \"Yes\"}}", false},
        {"{genomic: {tobacco_signature: \"Yes\"}}", true},
        {"{genomic: {temozolomide_signature: \"No\"}}", true},
        {"{genomic: {uva_signature: \"Yes\"}}", true},
        {"{genomic: {uva_signature: \"!Yes\"}}", false},
        /* the gene is not asked beside a signature, whatever it is */
        {"{genomic: {hugo_symbol: RET, uva_signature: \"Yes\"}}", true},
        /* two of them on one row, or not */
        {"{genomic: {apobec_signature: \"Yes\", uva_signature: \"Yes\"}}", true},
        {"{genomic: {apobec_signature: \"Yes\", mmr_status: MSS}}", false},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

static void
test_diagnoses(void **state)
{
    static const struct expectation e[] = {
        {"{clinical: {oncotree_primary_diagnosis: Lung Adenocarcinoma}}", true},
        {"{clinical: {oncotree_primary_diagnosis: Lung}}", true},
        {"{clinical: {oncotree_primary_diagnosis: lung}}", false}, /* names are exact */
        {"{clinical: {oncotree_primary_diagnosis: _SOLID_}}", true},
        {"{clinical: {oncotree_primary_diagnosis: \"!_SOLID_\"}}", false},
        {"{clinical: {oncotree_primary_diagnosis: \"!_LIQUID_\"}}", true},
        {"{clinical: {oncotree_primary_diagnosis: _ALL_}}", false}, /* not a word of V2's table */
        {"{clinical: {oncotree_primary_diagnosis: LUAD}}", false},  /* names, not codes */
        {"{clinical: {oncotree_primary_diagnosis: \"!Lung\"}}", false},
        {"{clinical: {oncotree_primary_diagnosis: \"!Acute Myeloid Leukemia\"}}", true},
        {"{and: [{clinical: {oncotree_primary_diagnosis: _SOLID_}}, "
         "{clinical: {oncotree_primary_diagnosis: \"!Prostate\"}}]}",
         true},
        {"{and: [{clinical: {oncotree_primary_diagnosis: _SOLID_}}, "
         "{clinical: {oncotree_primary_diagnosis: \"!Lung\"}}]}",
         false},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

/* Each single question with and without its sign: one of the two holds, never both. */
static void
test_a_sign_turns(void **state)
{
    static const char *const leaf[][2] = {
        {"clinical", "gender: \"%sMale\""},
        {"clinical", "age_numerical: \"%s>=18\""},
        {"clinical", "age_expression: \"%s>=18\""},
        {"clinical", "tmb_numerical: \"%s>=10\""},
        {"clinical", "oncotree_primary_diagnosis: \"%sLung\""},
        {"clinical", "weight: \"%s70\""},
        {"genomic", "hugo_symbol: \"%sEGFR\""},
        {"genomic", "hugo_symbol: \"%sRET\""},
        {"genomic", "hugo_symbol: EGFR, variant_category: \"%sMutation\""},
        {"genomic", "hugo_symbol: EGFR, variant_category: \"%sCopy Number Variation\""},
        {"genomic", "hugo_symbol: ALK, variant_category: \"%sStructural Variation\""},
        {"genomic", "hugo_symbol: EGFR, protein_change: \"%sp.L858R\""},
        {"genomic", "hugo_symbol: EGFR, wildcard_protein_change: \"%sp.L858\""},
        {"genomic", "hugo_symbol: EGFR, variant_classification: \"%sSplice_Site\""},
        {"genomic", "hugo_symbol: MET, cnv_call: \"%sHigh Amplification\""},
        {"genomic", "mmr_status: \"%sMMR-Deficient\""},
        {"genomic", "apobec_signature: \"%sYes\""},
        {"prior_treatments", "drug: \"%sOsimertinib\""},
        {"prior_treatment", "prior_treatment_agent: \"%sosimertinib\""},
        {"prior_treatment", "prior_treatment_agent: \"%snivolumab\""},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(leaf); i++) {
        bool answer[2];

        for (size_t sign = 0; sign < 2; sign++) {
            struct sb b;
            char text[300];
            struct str left;
            struct str right;

            sb_init(&b, text, sizeof text);
            assert_true(str_cut(str_from_c(leaf[i][1]), '%', &left, &right));
            sb_addf(&b, "{%s: {%.*s%s%.*s}}", leaf[i][0], STR_FMT(left), sign == 1 ? "!" : "",
                    (int)right.n - 1, right.p + 1);
            answer[sign] = key_holds(sb_cz(&b));
        }
        if (answer[0] == answer[1]) {
            fail_msg("row %zu: %s", i, leaf[i][1]);
        }
    }
}

#define YES "{genomic: {hugo_symbol: EGFR}}"
#define NO  "{genomic: {hugo_symbol: RET}}"

static void
test_nesting(void **state)
{
    static const struct expectation e[] = {
        {YES ", " YES, true},
        {YES ", " NO, false}, /* the list itself is an "and" */
        {"{or: [" NO ", " YES "]}", true},
        {"{and: [{or: [" NO ", " YES "]}, {or: [" YES ", " NO "]}]}", true},
        {"{and: [{or: [" NO ", {and: [" YES ", " NO "]}]}, " YES "]}", false},
        {"{or: [{and: [" YES ", {or: [" NO ", {and: [" YES ", " YES "]}]}]}, " NO "]}", true},
        {"{and1: [" YES "], or_2: [" NO ", " YES "]}", true}, /* mixed keys of a map: "and" */
        {"{and1: [" YES "], or_2: [" NO "]}", false},
        {"{clinical: {gender: Male}, genomic: {hugo_symbol: EGFR}}", true},
        {"{clinical: {gender: Female}, genomic: {hugo_symbol: EGFR}}", false},
        {"{and: [" YES ", {and: []}]}", true}, /* an empty list asks nothing */
        {"{or: [" NO ", {and: []}]}", false},
        {"{or: []}", false},
        {"", false},
    };

    (void)state;
    check_keys(e, RFD_COUNT(e));
}

/* Two samples of one person are asked each for itself: rows are joined by the sample's own id. */
static void
test_samples_of_one_person(void **state)
{
    struct bench *b = bench_new();
    const struct tree *clinical =
        tree_of(b->arena, "[{_id: {$oid: a}, MRN: 7, SAMPLE_ID: s2, VITAL_STATUS: alive}, "
                          "{_id: {$oid: b}, MRN: 7, SAMPLE_ID: s1, VITAL_STATUS: alive}]");
    const struct tree *genomic =
        tree_of(b->arena, "[{CLINICAL_ID: {$oid: a}, MRN: 7, TRUE_HUGO_SYMBOL: EGFR}, "
                          "{CLINICAL_ID: {$oid: b}, MRN: 7, TRUE_HUGO_SYMBOL: ALK}, "
                          "{CLINICAL_ID: {$oid: c}, MRN: 7, TRUE_HUGO_SYMBOL: RET}]");
    struct compat_files f = {(const struct tree *const *)clinical->items,
                             clinical->count,
                             (const struct tree *const *)genomic->items,
                             genomic->count,
                             NULL,
                             0};
    struct compat_patients p = compat_join(&f, b->arena, &b->diags);

    (void)state;
    assert_int_equal(p.count, 2);
    assert_true(str_eq_c(p.item[0].sample, "s1")); /* in order of their names */
    assert_int_equal(p.item[0].rows.genomic_count, 1);
    assert_true(str_eq_c(tree_get(p.item[0].rows.genomic[0], "TRUE_HUGO_SYMBOL")->text, "ALK"));
    assert_true(str_eq_c(tree_get(p.item[1].rows.genomic[0], "TRUE_HUGO_SYMBOL")->text, "EGFR"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_fields_of_other_kinds),
        cmocka_unit_test(test_ignored_keys),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_copy_numbers),
        cmocka_unit_test(test_fusions),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_diagnoses),
        cmocka_unit_test(test_a_sign_turns),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_samples_of_one_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
