/* MatchMiner's own semantics (CTML over rows): what its recorded runs do not cover, and random
 * trees against a plain evaluator. */
#include "compat_test.h"

#define CLINICAL                                                                             \
    "{_id: {$oid: p1}, SAMPLE_ID: s1, VITAL_STATUS: alive, GENDER: Female, BIRTH_DATE_INT: " \
    "19820713.0, ONCOTREE_PRIMARY_DIAGNOSIS_NAME: Lung Adenocarcinoma, "                     \
    "TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE: 10.0, HER2_STATUS: Positive, MMR_STATUS: "        \
    "Deficient (MMR-D / MSI-H), AGE: 17, REPORT_DATE: {$date: 1543622400000}}"

static void
test_clinical(void **state)
{
    static const struct expectation e[] = {
        {"{clinical: {gender: Female}}", true},
        {"{clinical: {gender: female}}", false}, /* exact */
        {"{clinical: {gender: \"!Female\"}}", false},
        {"{clinical: {gender: \"!Male\"}}", true},
        {"{clinical: {Gender: Female}}", true}, /* keys in any case */
        {"{clinical: {oncotree_primary_diagnosis: Non-Small Cell Lung Cancer}}", true},
        {"{clinical: {oncotree_primary_diagnosis: \"!Non-Small Cell Lung Cancer\"}}", false},
        {"{clinical: {oncotree_primary_diagnosis: \"!Prostate\"}}", true},
        {"{clinical: {oncotree_primary_diagnosis: Prostate}}", false},
        {"{clinical: {oncotree_primary_diagnosis: _SOLID_}}", true},
        {"{clinical: {oncotree_primary_diagnosis: _LIQUID_}}", false},
        {"{clinical: {oncotree_primary_diagnosis: Lungg}}", false},
        {"{clinical: {oncotree_primary_diagnosis: \"!Lungg\"}}", true},
        {"{clinical: {gender: Female, oncotree_primary_diagnosis: Prostate}}", false},
        {"{clinical: {gender: \"!Male\", oncotree_primary_diagnosis: \"!Prostate\"}}", true},
        {"{clinical: {age_numerical: \">=17.99\"}}", false}, /* rounds to 18 years */
        {"{clinical: {age_numerical: \">=17.9\"}}", true},
        {"{clinical: {age_numerical: \">=18\"}}", false}, /* born a day too late */
        {"{clinical: {age_numerical: \"<18\"}}", true},
        {"{clinical: {age_numerical: \"==18\"}}", false},
        {"{clinical: {age_numerical: \">=.083\"}}", true},
        {"{clinical: {age_numerical: adult}}", false}, /* a warning */
        {"{clinical: {age_expression: \">=17.9\"}}", true},
        {"{clinical: {age_expression: \">17\"}}", false},
        {"{clinical: {tmb_numerical: \">=10\"}}", true},
        {"{clinical: {tmb_numerical: \">10\"}}", false},
        {"{clinical: {tmb: \"==10.00\"}}", true},
        {"{clinical: {her2_status: Negative, gender: Female}}", true}, /* V2 ignores it */
        {"{clinical: {disease_status: [Untreated]}}", false},          /* alone it asks nothing */
        {"{or: [{clinical: {disease_status: [Untreated]}}, {clinical: {gender: Male}}]}", false},
        {"{clinical: {pdl1_status: High}}", false},
        {"{clinical: {mmr_status: MMR-Deficient}}", false}, /* V2: the field has other words */
        {"{clinical: {weight: 70}}", false},
        {"{clinical: {weight: \"!70\"}}", true},
        {"{clinical: {weight: ~}}", true}, /* no such field is null */
        {"{clinical: {age: 17}}", true},   /* the field of that name */
        {"{clinical: {age: \"17\"}}", false},
    };

    (void)state;
    check(e, RFD_COUNT(e), CLINICAL, NULL, NULL);
}

static void
test_genomic(void **state)
{
    static const struct expectation e[] = {
        {"{genomic: {hugo_symbol: EGFR}}", true},
        {"{genomic: {hugo_symbol: egfr}}", false},
        {"{genomic: {hugo_symbol: EGFR, exon: 19}}", true},
        {"{genomic: {hugo_symbol: EGFR, exon: \"19\"}}", false}, /* 19 is not "19" */
        {"{genomic: {hugo_symbol: EGFR, exon: 19.0}}", true},
        {"{genomic: {hugo_symbol: EGFR, exon: \"!19\"}}", true},
        {"{genomic: {hugo_symbol: BRAF, exon: 19}}", false}, /* one row has both */
        {"{genomic: {hugo_symbol: KRAS, wildtype: true}}", true},
        {"{genomic: {hugo_symbol: KRAS, wildtype: True}}", true},
        {"{genomic: {hugo_symbol: KRAS, wildtype: \"true\"}}", false},
        {"{genomic: {hugo_symbol: EGFR, wildtype: true}}", false},
        {"{genomic: {hugo_symbol: KRAS, wildtype: \"!True\"}}", true},
        {"{genomic: {hugo_symbol: EGFR, variant_category: Mutation, protein_change: p.L858R}}",
         false},
        {"{genomic: {hugo_symbol: EGFR, variant_category: \"!Mutation\"}}", false},
        /* "!" on any key turns the leaf; it is not "a row that is not a mutation" */
        {"{genomic: {hugo_symbol: \"!BRAF\", wildcard_protein_change: p.V600}}", false},
        {"{genomic: {hugo_symbol: \"!BRAF\", wildcard_protein_change: \"!p.V600\"}}", false},
        {"{genomic: {hugo_symbol: BRAF, wildcard_protein_change: V600}}", true},
        {"{genomic: {hugo_symbol: BRAF, wildcard_protein_change: p.v600}}", true},
        {"{genomic: {hugo_symbol: BRAF, wildcard_protein_change: p.V60}}", false},
        {"{genomic: {hugo_symbol: NRAS, variant_category: Any Variation}}", true},
        {"{genomic: {hugo_symbol: NRAS, cnv_call: High Amplification}}", true},
        {"{genomic: {hugo_symbol: NRAS, cnv_call: Low Amplification}}", false},
        {"{genomic: {hugo_symbol: NRAS, cnv_call: \"!Homozygous Deletion\"}}", true},
        {"{genomic: {hugo_symbol: NTRK1}}", false},
        {"{genomic: {hugo_symbol: \"!NTRK1\"}}", true}, /* closed world */
        {"{genomic: {hugo_symbol: None, mmr_status: MMR-Deficient}}", true},
        {"{genomic: {ms_status: MSI-H}}", true},
        {"{genomic: {ms_status: MSS}}", false},
        {"{genomic: {ms_status: Perhaps}}", false}, /* a warning */
        {"{genomic: {hugo_symbol: None, tobacco_signature: \"Yes\"}}", true},
        {"{genomic: {hugo_symbol: None, tobacco_signature: Yes}}", false}, /* YAML: a truth value */
        {"{genomic: {molecular_function: Activating}}", true},
        {"{genomic: {molecular_function: Inactivating}}", false},
        {"{genomic: {match_all: true}}", true},
        {"{genomic: {display_name: x}}", false}, /* alone it asks nothing */
        {"{genomic: {display_name: x, hugo_symbol: EGFR}}", true},
    };

    (void)state;
    check(e, RFD_COUNT(e), CLINICAL,
          "[" ROW("TRUE_HUGO_SYMBOL: EGFR, TRUE_TRANSCRIPT_EXON: 19, VARIANT_CATEGORY: MUTATION, "
                  "MUTATION_EFFECT: Likely Gain-of-function") ", " //
          ROW("HARMONIZED_HUGO_SYMBOL: BRAF, VARIANT_CATEGORY: MUTATION, "
              "HARMONIZED_PROTEIN_CHANGE: p.V600E") ", "                                 //
          ROW("TRUE_HUGO_SYMBOL: KRAS, VARIANT_CATEGORY: MUTATION, WILDTYPE: true") ", " //
          ROW("TRUE_HUGO_SYMBOL: NRAS, VARIANT_CATEGORY: CNV, CNV_CALL: High level "
              "amplification") ", "                                                      //
          ROW("VARIANT_CATEGORY: SIGNATURE, MMR_STATUS: Deficient (MMR-D / MSI-H)") ", " //
          ROW("VARIANT_CATEGORY: SIGNATURE, TABACCO_STATUS: \"Yes\"") "]",
          NULL);
}

static void
test_prior_treatment(void **state)
{
    static const struct expectation e[] = {
        {"{prior_treatments: {drug: Osimertinib}}", true},
        {"{prior_treatments: {drug: osimertinib}}", false},
        {"{prior_treatments: {drug: \"!Osimertinib\"}}", false},
        {"{prior_treatments: {drug: \"!Erlotinib\"}}", true},
        {"{prior_treatment: {prior_treatment_agent: pembrolizumab}}", true},
        {"{prior_treatment: {prior_treatment_agent: \"!pembrolizumab\"}}", false},
        {"{prior_treatment: {prior_treatment_agent: \"!nivolumab\"}}", true},
        {"{surgery: {kind: any}}", false}, /* a warning */
    };

    (void)state;
    check(e, RFD_COUNT(e), CLINICAL, NULL,
          "[" ROW("DRUG: Osimertinib") ", " ROW("AGENT: Pembrolizumab") "]");
}

static void
test_structural_by_report_date(void **state)
{
    static const struct expectation fields[] = {
        {"{genomic: {hugo_symbol: ALK, variant_category: Structural Variation}}", true},
        {"{genomic: {hugo_symbol: ALK, variant_category: \"!Structural Variation\"}}", false},
        {"{genomic: {hugo_symbol: ALK, variant_category: structural variation}}", false},
        {"{genomic: {hugo_symbol: EML4, fusion_partner_hugo_symbol: ALK, variant_category: "
         "Structural Variation}}",
         true},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: KIF5B, variant_category: "
         "Structural Variation}}",
         false},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: any_gene, variant_category: "
         "Structural Variation}}",
         true},
        {"{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: INTERGENIC, variant_category: "
         "Structural Variation}}",
         false},
        {"{genomic: {hugo_symbol: RET, fusion_partner_hugo_symbol: intergenic, variant_category: "
         "Structural Variation}}",
         true},
        {"{genomic: {hugo_symbol: ROS1, variant_category: Structural Variation}}", false},
        {"{genomic: {variant_category: Structural Variation}}", true},
    };
    static const struct expectation text[] = {
        {"{genomic: {hugo_symbol: ROS1, variant_category: Structural Variation}}", true},
        {"{genomic: {hugo_symbol: ros1, variant_category: Structural Variation}}", true},
        {"{genomic: {hugo_symbol: ROS, variant_category: Structural Variation}}", false},
        {"{genomic: {hugo_symbol: ALK, variant_category: Structural Variation}}", false},
        {"{genomic: {hugo_symbol: CD74, fusion_partner_hugo_symbol: NOT_ASKED, variant_category: "
         "Structural Variation}}",
         true},
        {"{genomic: {hugo_symbol: ALK, variant_category: \"!Structural Variation\"}}", true},
    };
    const char *rows = "[" ROW("VARIANT_CATEGORY: SV, LEFT_PARTNER_GENE: ALK, RIGHT_PARTNER_GENE: "
                               "EML4") ", "                                 //
        ROW("VARIANT_CATEGORY: SV, HARMONIZED_LEFT_PARTNER_GENE: RET") ", " //
        ROW("VARIANT_CATEGORY: SV, STRUCTURAL_VARIANT_COMMENT: a fusion of CD74 "
            "with ROS1") "]";

    (void)state;
    check(fields, RFD_COUNT(fields), CLINICAL, rows, NULL);
    check(text, RFD_COUNT(text),
          "{_id: {$oid: p1}, SAMPLE_ID: s1, REPORT_DATE: {$date: 1543622399999}}", rows, NULL);
    check(text, RFD_COUNT(text), "{_id: {$oid: p1}, SAMPLE_ID: s1}", rows, NULL);
    check(fields, RFD_COUNT(fields),
          "{_id: {$oid: p1}, SAMPLE_ID: s1, REPORT_DATE: \"2018-12-01T00:00:00Z\"}", rows, NULL);
}

/* Every match list is a clause of its own, dose levels too; suspension is not inherited. */
static void
test_levels(void **state)
{
#define EGFR "[{genomic: {hugo_symbol: EGFR}}]"
#define OPEN "_summary: {status: [{value: Open to Accrual}]}, "
    static const struct {
        const char *trial;
        bool open;
        bool closed;
    } row[] = {
        {"{" OPEN "match: " EGFR "}", true, true},
        {"{status: open to accrual, match: " EGFR "}", false, true},
        {"{_summary: {status: [{value: closed to accrual}]}, match: " EGFR "}", false, true},
        {"{" OPEN "match: []}", false, false},
        {"{" OPEN "match: [{and: []}, {or: []}]}", false, false},
        {"{" OPEN "treatment_list: {step: [{match: " EGFR "}]}}", false, true}, /* no arm */
        {"{" OPEN "treatment_list: {step: [{match: " EGFR ", arm: [{arm_suspended: Y}]}]}}", false,
         true},
        {"{" OPEN "treatment_list: {step: [{match: " EGFR
         ", arm: [{arm_suspended: Y}, {arm_suspended: N}]}]}}",
         true, true},
        {"{" OPEN "treatment_list: {step: [{arm: [{arm_suspended: \" y\", match: " EGFR "}]}]}}",
         false, true},
        {"{" OPEN "treatment_list: {step: [{arm: [{arm_suspended: Y, dose_level: [{match: " EGFR
         "}]}]}]}}",
         true, true},
        {"{" OPEN "treatment_list: {step: [{arm: [{dose_level: [{level_suspended: y, match: " EGFR
         "}]}]}]}}",
         false, true},
        /* a child does not inherit what its parent asks */
        {"{" OPEN "match: [{genomic: {hugo_symbol: ALK}}], treatment_list: {step: [{arm: "
         "[{dose_level: [{match: " EGFR "}]}]}]}}",
         true, true},
        {"{" OPEN "cohorts: [{match: " EGFR "}]}", true, true}, /* wherever it stands */
    };
    static const struct compat_rules strict = {.closed = false};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct bench *b = bench_new();
        const struct compat_patient *p =
            patient_of(b, CLINICAL, "[" ROW("TRUE_HUGO_SYMBOL: EGFR") "]", NULL);

        if (matches(b, row[i].trial, p, &strict) != row[i].open ||
            matches(b, row[i].trial, p, &all_ages) != row[i].closed) {
            fail_msg("row %zu: %s", i, row[i].trial);
        }
    }
}

static void
test_vital_status(void **state)
{
    static const struct compat_rules living = {.closed = true};
    static const char *const clinical[] = {
        "{_id: p1, SAMPLE_ID: s1, VITAL_STATUS: deceased}",
        "{_id: p1, SAMPLE_ID: s1}",
        "{_id: p1, SAMPLE_ID: s1, VITAL_STATUS: ~}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(clinical); i++) {
        struct bench *b = bench_new();
        const struct compat_patient *p = patient_of(b, clinical[i], NULL, NULL);
        const char *trial = "{match: [{genomic: {hugo_symbol: \"!EGFR\"}}]}";

        assert_false(matches(b, trial, p, &living));
        assert_true(matches(b, trial, p, &all_ages));
    }
}

static void
test_warnings_have_a_place(void **state)
{
    static const char *const match[] = {
        "{clinical: {weight: 70}}",          "{clinical: {oncotree_primary_diagnosis: Lungg}}",
        "{clinical: {age_numerical: [18]}}", "{genomic: {ms_status: Perhaps}}",
        "{genomic: {variant_category: ~}}",  "{surgery: {kind: any}}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(match); i++) {
        struct bench *b = bench_new();

        (void)holds(b, match[i], patient_of(b, CLINICAL, NULL, NULL));
        assert_int_equal(b->diags.warnings, 1);
        assert_string_equal(b->diags.first->file, "test.yaml");
        assert_true(b->diags.first->line > 0);
    }
}

static void
test_what_cannot_be_read(void **state)
{
    static const char *const trial[] = {
        "[]",
        "trial",
        "{match: EGFR}",
        "{match: {genomic: {hugo_symbol: EGFR}}}",
        "{match: [{genomic: EGFR}]}",
        "{match: [{clinical: [{gender: Male}]}]}",
        "{match: [{and: {genomic: {hugo_symbol: EGFR}}}]}",
        "{match: [EGFR]}",
        "{treatment_list: {step: [{arm: [{match: 1}]}]}}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(trial); i++) {
        struct bench *b = bench_new();
        struct compat_trial t;

        assert_false(compat_trial_compile(&b->build, tree_of(b->arena, trial[i]), &t));
        assert_int_equal(t.count, 0);
        assert_true(b->diags.errors > 0);
        assert_true(b->diags.first->line > 0);
    }
}

/* A clause that cannot be read does not take the others with it. */
static void
test_the_rest_is_kept(void **state)
{
    struct bench *b = bench_new();
    struct compat_trial t;

    (void)state;
    assert_false(compat_trial_compile(
        &b->build,
        tree_of(b->arena,
                "{match: [{genomic: EGFR}], treatment_list: {step: [{match: " EGFR "}]}}"),
        &t));
    assert_int_equal(t.count, 1);
}

static void
test_rows_without_ids(void **state)
{
    struct bench *b = bench_new();
    const struct tree *rows = tree_of(
        b->arena, "[{_id: 7, SAMPLE_ID: s7}, {SAMPLE_ID: s1}, {_id: {$oid: x}}, {GENDER: Male}]");
    const struct tree *genomic =
        tree_of(b->arena, "[{SAMPLE_ID: s1, TRUE_HUGO_SYMBOL: EGFR}, {CLINICAL_ID: 7}, {X: y}]");
    struct compat_files f = {(const struct tree *const *)rows->items,
                             rows->count,
                             (const struct tree *const *)genomic->items,
                             genomic->count,
                             NULL,
                             0};
    struct compat_patients p = compat_join(&f, b->arena, &b->diags);

    (void)state;
    assert_int_equal(p.count, 2);
    assert_true(str_eq_c(p.item[0].sample, "s1"));
    assert_int_equal(p.item[0].rows.genomic_count, 1);
    assert_int_equal(p.item[1].rows.genomic_count, 1);
    assert_int_equal(b->diags.warnings, 3);
}

/* ---- the named list: where MatchMiner contradicts CTML, and we do not ---- */

static void
know_her2(struct patient *p)
{
    patient_biomarker(p, "her2", "positive", NULL, "2000-01-02");
}

static void
know_therapy(struct patient *p)
{
    patient_course(p, "erlotinib", "egfr_tki", "2000-01-02");
}

static void
know_pdl1(struct patient *p)
{
    patient_biomarker(p, "pdl1", "high", NULL, "2000-01-02");
}

static void
know_repair(struct patient *p)
{
    patient_biomarker(p, "mmr", "deficient", NULL, "2000-01-02");
}

static void
know_exon(struct patient *p)
{
    patient_variant(p, "EGFR", "ex19del", true, "2000-01-02");
}

static void
know_nothing(struct patient *p)
{
    (void)p;
}

static enum kleene
native(struct bench *b, const char *match, void (*know)(struct patient *p))
{
    struct expr_table *table = ARENA_NEW(b->arena, struct expr_table);
    struct expr_build build = {table, &b->terms, &b->diags, true, NULL};
    struct patient *p =
        patient_new(b->arena, oncotree_code(b->terms.oncotree, STR("LUAD")), "2000-07-12");
    struct expr_values v;
    int32_t root;

    know(p);
    expr_table_init(table, b->arena);
    root = expr_compile(&build, tree_of(b->arena, match));
    assert_int_not_equal(root, EXPR_NONE);
    v = expr_evaluate(table, patient_case(p), b->arena);
    return expr_view(&v, root, VIEW_STRICT);
}

static void
test_where_it_contradicts_ctml(void **state)
{
    static const struct {
        const char *match;
        bool compat;
        enum kleene native;
        void (*know)(struct patient *p);
    } row[] = {
        /* V2 passes over these keys: whatever they say holds */
        {"{clinical: {her2_status: Negative, gender: Female}}", true, K_FALSE, know_her2},
        {"{clinical: {disease_status: [Untreated], gender: Female}}", true, K_FALSE, know_therapy},
        /* and never finds these, since no field has such words */
        {"{clinical: {pdl1_status: High}}", false, K_TRUE, know_pdl1},
        {"{clinical: {mmr_status: MMR-Deficient}}", false, K_TRUE, know_repair},
        {"{clinical: {pdl1_status: \"!High\"}}", true, K_FALSE, know_pdl1},
        /* "19" is not 19 */
        {"{genomic: {hugo_symbol: EGFR, exon: \"19\"}}", false, K_TRUE, know_exon},
        /* a trial that asks nothing it knows matches nobody; we lack the answer */
        {"{clinical: {her2_status: Positive}}", false, K_TRUE, know_her2},
        /* the closed world, towards unknown */
        {"{genomic: {hugo_symbol: \"!EGFR\"}}", false, K_UNKNOWN, know_nothing},
        {"{genomic: {hugo_symbol: \"!KRAS\"}}", true, K_UNKNOWN, know_nothing},
        {"{clinical: {oncotree_primary_diagnosis: \"!Lungg\"}}", true, K_UNKNOWN, know_nothing},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct bench *b = bench_new();
        const struct compat_patient *p = patient_of(
            b, CLINICAL, "[" ROW("TRUE_HUGO_SYMBOL: EGFR, TRUE_TRANSCRIPT_EXON: 19") "]", NULL);

        if (holds(b, row[i].match, p) != row[i].compat ||
            native(b, row[i].match, row[i].know) != row[i].native) {
            fail_msg("row %zu: %s", i, row[i].match);
        }
    }
}

/* ---- random trees against a plain evaluator ---- */

enum { GENES = 6, TREES = 6000, DEPTH = 6, NOTHING_ASKED = 1, ASKED = 2 };

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct tree *
word(struct arena *a, const char *text)
{
    return tree_scalar(a, (struct tree_place){"random", 1, 1}, str_from_c(text), true);
}

static const char *const genes[GENES] = {"G0", "G1", "G2", "G3", "G4", "G5"};

static struct tree *
random_leaf(struct arena *a, uint64_t *seed)
{
    struct tree_place at = {"random", 1, 1};
    struct tree *t = tree_map(a, at);
    struct tree *leaf = tree_map(a, at);
    uint64_t pick = next_random(seed) % 24;

    if (pick == 0) { /* a key that MatchMiner ignores */
        tree_map_add(a, leaf, word(a, "disease_status"), word(a, "Untreated"));
        tree_map_add(a, t, word(a, "clinical"), leaf);
        return t;
    }
    tree_map_add(a, leaf, word(a, "hugo_symbol"), word(a, genes[pick % GENES]));
    tree_map_add(a, leaf, word(a, "variant_category"),
                 word(a, pick % 3 == 0 ? "!Mutation" : "Mutation"));
    tree_map_add(a, t, word(a, "genomic"), leaf);
    return t;
}

static struct tree *
random_tree(struct arena *a, uint64_t *seed, int depth)
{
    struct tree_place at = {"random", 1, 1};
    struct tree *t;
    struct tree *list;
    uint64_t pick = depth == 0 ? 0 : next_random(seed) % 6;
    size_t count;

    if (pick == 0) {
        return random_leaf(a, seed);
    }
    t = tree_map(a, at);
    list = tree_seq(a, at);
    count = next_random(seed) % 40 == 0 ? 0 : 1 + next_random(seed) % 4;
    for (size_t i = 0; i < count; i++) {
        tree_seq_add(a, list, random_tree(a, seed, depth - 1));
    }
    tree_map_add(a, t, word(a, pick % 2 == 0 ? "and_2" : "or"), list);
    return t;
}

/* The ways through a tree, as sets: is there one that holds and asks something (ASKED), is there
 * one that asks nothing (NOTHING_ASKED)? Written from the meaning alone. */
static unsigned
plain(const struct tree *t, const bool *gene)
{
    const struct tree *key = tree_key_at(t, 0);
    const struct tree *value = tree_at(t, 0);
    bool all = str_eq_c(key->text, "and_2");
    unsigned some = 0;
    unsigned every = NOTHING_ASKED | ASKED;

    if (str_eq_c(key->text, "clinical")) {
        return NOTHING_ASKED;
    }
    if (str_eq_c(key->text, "genomic")) {
        bool has = gene[tree_get(value, "hugo_symbol")->text.p[1] - '0'];

        return has != (tree_get(value, "variant_category")->text.p[0] == '!') ? ASKED : 0;
    }
    for (size_t i = 0; i < tree_len(value); i++) {
        unsigned way = plain(tree_at(value, i), gene);

        if (all && way == 0) {
            return 0;
        }
        some |= way;
        every &= way;
    }
    if (tree_len(value) == 0) {
        return NOTHING_ASKED;
    }
    return all ? (some & ASKED) | (every & NOTHING_ASKED) : some;
}

static const struct compat_patient *
random_patient(struct bench *b, uint64_t *seed, bool *gene)
{
    struct tree_place at = {"random", 1, 1};
    struct compat_patient *p = ARENA_NEW(b->arena, struct compat_patient);
    const struct tree **row = ARENA_ARRAY(b->arena, GENES, const struct tree *);

    p->rows.clinical = tree_map(b->arena, at);
    p->rows.genomic = row;
    for (size_t i = 0; i < GENES; i++) {
        struct tree *r = tree_map(b->arena, at);

        gene[i] = next_random(seed) % 2 == 0;
        tree_map_add(b->arena, r, word(b->arena, "TRUE_HUGO_SYMBOL"), word(b->arena, genes[i]));
        tree_map_add(b->arena, r, word(b->arena, "VARIANT_CATEGORY"),
                     word(b->arena, gene[i] ? "MUTATION" : "CNV"));
        row[p->rows.genomic_count++] = r;
    }
    return p;
}

static void
test_random_trees(void **state)
{
    uint64_t seed = 20261124;
    size_t matched = 0;

    (void)state;
    for (int i = 0; i < TREES; i++) {
        struct bench *b = bench_new();
        bool gene[GENES];
        const struct compat_patient *p = random_patient(b, &seed, gene);
        struct tree *t = random_tree(b->arena, &seed, DEPTH);
        int32_t root = expr_compile(&b->build, t);
        struct expr_values v = compat_ask(&b->table, p, &all_ages, b->arena);
        bool is = expr_view(&v, root, VIEW_STRICT) == K_TRUE;

        if (is != ((plain(t, gene) & ASKED) != 0)) {
            fail_msg("tree %d differs", i);
        }
        matched += is ? 1 : 0;
    }
    assert_true(matched > TREES / 5 && matched < TREES - TREES / 5);
}

/* MatchMiner's engines expand a tree into paths and lose a level here: they say yes. */
static void
test_where_the_engine_is_wrong(void **state)
{
#define G(n) "{genomic: {hugo_symbol: " n "}}"
    struct bench *b = bench_new();
    const char *match = "{and: [{or: [{and: [{or: [" G("G0") "]}]}]}, {or: [{and: [" G(
        "G3") "]}, " G("G0") ", {and: [" G("G0") "]}]}, " G("G4") "]}";

    (void)state;
    assert_false(holds(
        b, match,
        patient_of(b, CLINICAL,
                   "[" ROW("TRUE_HUGO_SYMBOL: G3") ", " ROW("TRUE_HUGO_SYMBOL: G4") "]", NULL)));
    assert_true(holds(
        b, match,
        patient_of(b, CLINICAL,
                   "[" ROW("TRUE_HUGO_SYMBOL: G0") ", " ROW("TRUE_HUGO_SYMBOL: G4") "]", NULL)));
}

/* 2^40 paths, which MatchMiner would walk one by one. */
static void
test_never_expanded(void **state)
{
    struct bench *b = bench_new();
    struct tree_place at = {"wide.yaml", 1, 1};
    struct tree *list = tree_seq(b->arena, at);

    (void)state;
    for (int i = 0; i < 40; i++) {
        struct tree * or = tree_map(b->arena, at);
        struct tree *two = tree_of(b->arena, "[" G("G1") ", " G("G2") "]");
        struct tree *own = tree_of(b->arena, "{clinical: {weight: x}}");

        own->items[0]->items[0]->text =
            str_cat(b->arena, STR("w"),
                    (struct str){"0123456789012345678901234567890123456789", (size_t)i});
        tree_seq_add(b->arena, two, own);
        tree_map_add(b->arena, or, word(b->arena, "or"), two);
        tree_seq_add(b->arena, list, or);
    }
    assert_int_not_equal(expr_compile(&b->build, list), EXPR_NONE);
    assert_int_equal(b->table.leaf_count, 42);
    assert_true(b->table.count < 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clinical),
        cmocka_unit_test(test_genomic),
        cmocka_unit_test(test_prior_treatment),
        cmocka_unit_test(test_structural_by_report_date),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_vital_status),
        cmocka_unit_test(test_warnings_have_a_place),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_the_rest_is_kept),
        cmocka_unit_test(test_rows_without_ids),
        cmocka_unit_test(test_where_it_contradicts_ctml),
        cmocka_unit_test(test_random_trees),
        cmocka_unit_test(test_where_the_engine_is_wrong),
        cmocka_unit_test(test_never_expanded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
