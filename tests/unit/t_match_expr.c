#include "match_test.h"

struct bench {
    struct arena *arena;
    const struct oncotree *oncotree;
    struct match_terms terms;
    struct diags diags;
    struct expr_table table;
    struct expr_build build;
};

static struct bench *
bench_new(bool lenient)
{
    struct arena *a = fresh();
    struct bench *b = ARENA_NEW(a, struct bench);

    b->arena = a;
    b->oncotree = match_oncotree(a);
    b->terms.oncotree = b->oncotree;
    diags_init(&b->diags, a);
    expr_table_init(&b->table, a);
    b->build = (struct expr_build){&b->table, &b->terms, &b->diags, lenient, NULL};
    return b;
}

static const struct oncotree_node *
node_of(const struct bench *b, const char *code)
{
    const struct oncotree_node *n = oncotree_code(b->oncotree, str_from_c(code));

    assert_non_null(n);
    return n;
}

static enum kleene
verdict(struct bench *b, const char *text, struct patient *p)
{
    int32_t root = expr_compile(&b->build, tree_of(b->arena, text));
    struct expr_values v;

    assert_int_not_equal(root, EXPR_NONE);
    v = expr_evaluate(&b->table, patient_case(p), b->arena);
    return expr_view(&v, root, VIEW_STRICT);
}

static const char *
only_reason(struct bench *b, const char *text, struct patient *p)
{
    int32_t root = expr_compile(&b->build, tree_of(b->arena, text));
    struct expr_values v = expr_evaluate(&b->table, patient_case(p), b->arena);
    struct expr_reasons r = expr_explain(&v, root, &p->match, 15, b->arena);

    assert_int_equal(r.count, 1);
    return str_cz(b->arena, r.reason[0].text);
}

#define T790M    "{genomic: {hugo_symbol: EGFR, protein_change: p.T790M}}"
#define NO_T790M "{genomic: {hugo_symbol: EGFR, protein_change: \"!p.T790M\"}}"

static void
test_unknown_is_not_negative(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    assert_int_equal(verdict(b, T790M, p), K_UNKNOWN);
    assert_int_equal(verdict(b, NO_T790M, p), K_UNKNOWN);
    assert_string_equal(only_reason(b, T790M, p), "EGFR T790M: no test that covers it is known");
    patient_negative(p, "KRAS", "2026-03-02"); /* another gene says nothing */
    assert_int_equal(verdict(b, T790M, p), K_UNKNOWN);
    patient_negative(p, "EGFR:L858R", "2026-03-02"); /* another alteration neither */
    assert_int_equal(verdict(b, T790M, p), K_UNKNOWN);
    patient_negative(p, "EGFR:T790M", "2026-03-02");
    assert_int_equal(verdict(b, T790M, p), K_FALSE);
    assert_int_equal(verdict(b, NO_T790M, p), K_TRUE);
    assert_string_equal(only_reason(b, T790M, p), "EGFR T790M not found on 2026-03-02 (tissue)");
    patient_variant(p, "EGFR", "T790M", true, "2026-05-04");
    assert_int_equal(verdict(b, T790M, p), K_TRUE);
    assert_int_equal(verdict(b, NO_T790M, p), K_FALSE);
    assert_string_equal(only_reason(b, T790M, p), "EGFR T790M found on 2026-05-04 (tissue)");
}

static void
test_compat_is_closed_world(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    p->match.policy = MATCH_COMPAT;
    assert_int_equal(verdict(b, T790M, p), K_FALSE);
    assert_int_equal(verdict(b, NO_T790M, p), K_TRUE);
}

static void
test_genomic_rows(void **state)
{
    static const struct {
        const char *gene;
        const char *name;
        const char *leaf;
        enum kleene want;
    } row[] = {
        {"BRAF", "V600E", "{hugo_symbol: BRAF, wildcard_protein_change: p.V600}", K_TRUE},
        {"BRAF", "V600fs", "{hugo_symbol: BRAF, wildcard_protein_change: p.V600}", K_UNKNOWN},
        {"BRAF", "V600E",
         "{hugo_symbol: BRAF, variant_category: \"!Mutation\", "
         "wildcard_protein_change: p.V600}",
         K_FALSE},
        {"EGFR", "L858R", "{hugo_symbol: EGFR, variant_classification: Missense_Mutation}", K_TRUE},
        {"EGFR", "ex19del", "{hugo_symbol: EGFR, exon: 19, variant_classification: In_Frame_Del}",
         K_TRUE},
        {"EGFR", "ex19del", "{hugo_symbol: EGFR, protein_change: p.E746_A750del}", K_UNKNOWN},
        {"EGFR", "E746_A750del", "{hugo_symbol: EGFR, protein_change: ex19del}", K_UNKNOWN},
        {"EGFR", "L858R", "{hugo_symbol: EGFR, exon: 21}", K_UNKNOWN},
        {"EGFR", "ex2mut", "{hugo_symbol: EGFR, protein_change: p.T790M}", K_UNKNOWN},
        {"EGFR", NULL, "{hugo_symbol: EGFR, protein_change: p.L858R}", K_UNKNOWN},
        {"EGFR", NULL, "{hugo_symbol: EGFR, variant_category: Mutation}", K_TRUE},
        {"MET", "amplification",
         "{hugo_symbol: MET, variant_category: Copy Number Variation, "
         "cnv_call: High Amplification}",
         K_TRUE},
        {"MET", "amplification", "{hugo_symbol: MET, variant_category: Any Variation}", K_TRUE},
        {"MET", "amplification", "{hugo_symbol: MET, variant_category: Structural Variation}",
         K_UNKNOWN},
        {"KRAS", "mutation", "{hugo_symbol: KRAS, protein_change: p.G12C}", K_UNKNOWN},
        {"KRAS", "G12", "{hugo_symbol: KRAS, protein_change: p.G12C}", K_UNKNOWN},
        {"KRAS", "G12", "{hugo_symbol: KRAS, wildcard_protein_change: p.G12}", K_TRUE},
        {"KRAS", "G12D", "{hugo_symbol: KRAS, protein_change: p.G12C}", K_UNKNOWN},
        {"EGFR", "ex20ins", "{hugo_symbol: EGFR, exon: 20, variant_classification: In_Frame_Ins}",
         K_TRUE},
        {"PTEN", "deletion", "{hugo_symbol: PTEN, cnv_call: Homozygous Deletion}", K_TRUE},
        {"PTEN", "loss", "{hugo_symbol: PTEN, cnv_call: Homozygous Deletion}", K_UNKNOWN},
        {"ALK", "fusion", "{hugo_symbol: ALK, variant_category: Structural Variation}", K_TRUE},
        {"ALK", "fusion", "{hugo_symbol: ALK, variant_category: Mutation}", K_UNKNOWN},
        {"ALK", "fusion",
         "{hugo_symbol: ALK, variant_category: Structural Variation, "
         "fusion_partner_hugo_symbol: EML4}",
         K_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct bench *b = bench_new(false);
        struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
        struct str text = str_cat(b->arena, STR("{genomic: "), str_from_c(row[i].leaf));

        patient_variant(p, row[i].gene, row[i].name, true, "2026-03-02");
        text = str_cat(b->arena, text, STR("}"));
        if (verdict(b, str_cz(b->arena, text), p) != row[i].want) {
            fail_msg("row %zu: %s", i, row[i].leaf);
        }
    }
}

static void
test_fusion_partner_either_way(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    patient_variant(p, "ALK", "fusion", true, "2026-03-02")->u.variant.partner = STR("EML4");
    assert_int_equal(verdict(b,
                             "{genomic: {hugo_symbol: EML4, variant_category: Structural "
                             "Variation, fusion_partner_hugo_symbol: ALK}}",
                             p),
                     K_TRUE);
    assert_int_equal(verdict(b,
                             "{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: "
                             "any_gene}}",
                             p),
                     K_TRUE);
}

static void
test_what_a_panel_covers(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    patient_negative(p, "ALK", "2026-03-02");
    assert_int_equal(verdict(b, "{genomic: {hugo_symbol: ALK, variant_category: Mutation}}", p),
                     K_FALSE);
    assert_int_equal(verdict(b,
                             "{genomic: {hugo_symbol: ALK, variant_category: \"!Any "
                             "Variation\"}}",
                             p),
                     K_TRUE);
    assert_int_equal(verdict(b, "{genomic: {hugo_symbol: ALK, wildtype: true}}", p), K_TRUE);
    /* A list of genes does not say that fusions were looked for. */
    assert_int_equal(verdict(b,
                             "{genomic: {hugo_symbol: ALK, variant_category: Structural "
                             "Variation}}",
                             p),
                     K_UNKNOWN);
    patient_negative(p, "ALK:fusion", "2026-03-02");
    assert_int_equal(verdict(b,
                             "{genomic: {hugo_symbol: ALK, variant_category: Structural "
                             "Variation}}",
                             p),
                     K_FALSE);
    patient_variant(p, "KRAS", "mutation", false, "2026-03-02"); /* "KRAS mutation: not detected" */
    assert_int_equal(verdict(b, "{genomic: {hugo_symbol: KRAS, protein_change: p.G12C}}", p),
                     K_FALSE);
    assert_int_equal(verdict(b, "{tested: {gene: ALK}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{tested: {gene: ROS1}}", p), K_UNKNOWN);
}

static void
test_plasma(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
    struct fact *f = patient_variant(p, "TP53", "R175H", true, "2026-03-02");
    const char *leaf = "{genomic: {hugo_symbol: TP53, variant_category: Mutation}}";

    (void)state;
    f->flags = FACT_PLASMA_CHIP;
    f->u.variant.source = STR("plasma");
    assert_int_equal(verdict(b, leaf, p), K_UNKNOWN);
    assert_non_null(strstr(only_reason(b, leaf, p), "clonal haematopoiesis"));
    patient_negative(p, "TP53", "2026-04-02"); /* tissue settles it */
    assert_int_equal(verdict(b, leaf, p), K_FALSE);
    patient_negative(p, "EGFR:T790M", "2026-04-02")->u.negative.source = STR("plasma");
    assert_int_equal(verdict(b, T790M, p), K_UNKNOWN);
    assert_non_null(strstr(only_reason(b, T790M, p), "plasma alone does not exclude it"));
    patient_variant(p, "EGFR", "L858R", true, "2026-04-02")->u.variant.source = STR("plasma");
    assert_int_equal(verdict(b, T790M, p), K_FALSE); /* the same sample holds tumour DNA */
    patient_variant(p, "EGFR", "T790M", true, "2026-05-02")->u.variant.source = STR("plasma");
    assert_int_equal(verdict(b, T790M, p), K_TRUE); /* no gene of clonal haematopoiesis */
    assert_int_equal(
        verdict(b, "{variant_confirmed: {hugo_symbol: EGFR, protein_change: p.T790M}}", p),
        K_UNKNOWN);
}

static void
test_acquired_needs_a_later_test(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
    const char *leaf = "{genomic: {hugo_symbol: EGFR, protein_change: p.T790M, acquired: true}}";

    (void)state;
    patient_negative(p, "EGFR:T790M", "2025-01-01");
    patient_progressed(p, patient_course(p, "erlotinib", "egfr_tki", "2025-02-01"));
    assert_int_equal(verdict(b, T790M, p), K_FALSE);
    assert_int_equal(verdict(b, leaf, p), K_UNKNOWN);
    assert_non_null(strstr(only_reason(b, leaf, p), "before the therapy that failed"));
}

static void
test_reports_and_preliminary(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    patient_fact(p, FACT_REPORT, "2026-03-02")->u.report.category = STR("molecular");
    assert_int_equal(verdict(b, T790M, p), K_UNKNOWN);
    assert_string_equal(only_reason(b, T790M, p),
                        "EGFR T790M: a molecular report exists on 2026-03-02, not read by this "
                        "system");
    patient_variant(p, "EGFR", "T790M", true, "2026-04-02")->status = FACT_PRELIMINARY;
    assert_int_equal(verdict(b, T790M, p), K_UNKNOWN);
}

static void
test_disease(void **state)
{
    static const struct {
        const char *code;
        const char *asked;
        enum kleene want;
    } row[] = {
        {"LUAD", "Non-Small Cell Lung Cancer", K_TRUE},
        {"LUAD", "NSCLC", K_TRUE},
        {"LUNG", "NSCLC", K_UNKNOWN},
        {"PRAD", "NSCLC", K_FALSE},
        {"LUNG", "\"!NSCLC\"", K_UNKNOWN},
        {"PRAD", "\"!NSCLC\"", K_TRUE},
        {"LUAD", "_SOLID_", K_TRUE},
        {"AML", "_SOLID_", K_FALSE},
        {"AML", "_LIQUID_", K_TRUE},
        {"TISSUE", "_SOLID_", K_UNKNOWN},
        {"LUAD", "[PRAD, NSCLC]", K_TRUE},
        {"LUAD", "[\"!PRAD\", \"!NSCLC\"]", K_FALSE},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct bench *b = bench_new(false);
        struct patient *p = patient_new(b->arena, node_of(b, row[i].code), "2026-11-23");
        struct str text = str_cat(b->arena, STR("{clinical: {oncotree_primary_diagnosis: "),
                                  str_from_c(row[i].asked));

        text = str_cat(b->arena, text, STR("}}"));
        if (verdict(b, str_cz(b->arena, text), p) != row[i].want) {
            fail_msg("row %zu: %s under %s", i, row[i].code, row[i].asked);
        }
    }
}

static void
test_age(void **state)
{
    static const struct {
        const char *birth;
        const char *asked;
        enum kleene want;
    } row[] = {
        {"2008-11-23", ">=18", K_TRUE},    {"2008-11-24", ">=18", K_FALSE},
        {"2008-11-23", ">18", K_FALSE},    {"2008-11-23", "<18", K_FALSE},
        {"2008-11-23", "<=18", K_TRUE},    {"2008-11-24", "<18", K_TRUE},
        {"2008", ">=18", K_UNKNOWN},       {"2008-10", ">=18", K_TRUE},
        {"2008-11", ">=18", K_UNKNOWN},    {"2007", ">=18", K_TRUE},
        {"2009-05-23", ">=17.5", K_TRUE},  {"2009-05-24", ">=17.5", K_FALSE},
        {"2026-10-23", ">=0.083", K_TRUE}, {"2008-01-01", "==18", K_TRUE},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct bench *b = bench_new(false);
        struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
        struct str text =
            str_cat(b->arena, STR("{clinical: {age_numerical: \""), str_from_c(row[i].asked));

        assert_true(stamp_parse(str_from_c(row[i].birth), &p->match.birth));
        text = str_cat(b->arena, text, STR("\"}}"));
        if (verdict(b, str_cz(b->arena, text), p) != row[i].want) {
            fail_msg("row %zu: born %s, %s", i, row[i].birth, row[i].asked);
        }
    }
}

static void
test_age_comes_due(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
    struct expr_values v;

    (void)state;
    assert_true(stamp_parse(STR("2009-01-15"), &p->match.birth));
    assert_int_equal(verdict(b, "{clinical: {age_numerical: \">=18\"}}", p), K_FALSE);
    v = expr_evaluate(&b->table, &p->match, b->arena);
    assert_int_equal(expr_next_due(&v), day_of("2027-01-15"));
    p->match.today = day_of("2027-01-15");
    assert_int_equal(verdict(b, "{clinical: {age_numerical: \">=18\"}}", p), K_TRUE);
}

static void
test_biomarkers(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    assert_int_equal(verdict(b, "{clinical: {her2_status: Positive}}", p), K_UNKNOWN);
    patient_biomarker(p, "her2", "low", NULL, "2026-01-01");
    assert_int_equal(verdict(b, "{clinical: {her2_status: Negative}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{clinical: {her2_status: Low}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{clinical: {her2_status: Positive}}", p), K_FALSE);
    patient_biomarker(p, "her2", "negative", NULL, "2026-02-01"); /* the latest holds */
    assert_int_equal(verdict(b, "{clinical: {her2_status: Low}}", p), K_UNKNOWN);
    patient_biomarker(p, "tmb", NULL, "10", "2026-01-01");
    assert_int_equal(verdict(b, "{clinical: {tmb_numerical: \">=10\"}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{clinical: {tmb_numerical: \">10\"}}", p), K_FALSE);
    patient_biomarker(p, "pdl1", NULL, "60", "2026-01-01")->u.biomarker.unit = STR("%TPS");
    assert_int_equal(verdict(b, "{clinical: {pdl1_status: High}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{clinical: {pdl1_status: Low}}", p), K_FALSE);
    patient_biomarker(p, "msi", "high", NULL, "2026-01-01");
    assert_int_equal(verdict(b, "{genomic: {ms_status: MSI-H}}", p), K_TRUE);
    patient_biomarker(p, "mmr", "proficient", NULL, "2026-01-01"); /* they contradict each other */
    assert_int_equal(verdict(b, "{genomic: {mmr_status: MMR-Deficient}}", p), K_UNKNOWN);
}

static void
test_labs(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
    struct fact *f = patient_fact(p, FACT_OBSERVATION, "2026-11-01");
    struct observation *o = &f->u.observation;

    (void)state;
    o->analyte = STR("hemoglobin");
    o->unit = STR("g/L");
    o->value = (struct quantity){CMP_EQ, {90, 0}, true};
    o->high = (struct quantity){CMP_EQ, {60, 0}, true};
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, ge: 9, unit: g/dL}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, gt: 9, unit: g/dL}}", p), K_FALSE);
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, ge: 9, unit: \"{copies}/mL\"}}", p),
                     K_UNKNOWN);
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, ge: 9, unit: g/dL, max_age: 21d}}", p),
                     K_UNKNOWN);
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, ge: 9, unit: g/dL, max_age: 22d}}", p),
                     K_TRUE);
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, le: 1.5, times_uln: true}}", p),
                     K_TRUE);
    assert_int_equal(verdict(b, "{lab: {analyte: hemoglobin, lt: 1.5, times_uln: true}}", p),
                     K_FALSE);
    assert_int_equal(verdict(b, "{lab: {analyte: creatinine, le: 2, unit: mg/dL}}", p), K_UNKNOWN);
}

static void
test_therapies(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
    struct course *c;

    (void)state;
    assert_int_equal(verdict(b, "{prior_therapy: {class: egfr_tki}}", p), K_UNKNOWN);
    assert_int_equal(verdict(b, "{line: {ge: 1}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{line: {ge: 2}}", p), K_UNKNOWN);
    assert_int_equal(verdict(b, "{line: {le: 1}}", p), K_UNKNOWN);
    c = patient_course(p, "erlotinib", "egfr_tki", "2025-01-01");
    assert_int_equal(verdict(b, "{prior_therapy: {class: egfr_tki}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{prior_treatment: {prior_treatment_agent: \"!erlotinib\"}}", p),
                     K_FALSE);
    assert_int_equal(verdict(b, "{prior_therapy: {drug: erlotinib, progression: true}}", p),
                     K_UNKNOWN);
    assert_int_equal(verdict(b, "{line: {ge: 2}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{line: {le: 1}}", p), K_FALSE);
    assert_int_equal(verdict(b, "{on_therapy: erlotinib}", p), K_TRUE);
    assert_int_equal(verdict(b, "{washout: {class: egfr_tki, days: 8}}", p), K_FALSE);
    c->stop = p->match.today - 8;
    c->stop_reason = STR("Disease Progression");
    assert_int_equal(verdict(b, "{washout: {class: egfr_tki, days: 8}}", p), K_TRUE);
    assert_int_equal(verdict(b, "{prior_therapy: {drug: erlotinib, progression: true}}", p),
                     K_TRUE);
    assert_int_equal(verdict(b, "{clinical: {disease_status: [Untreated, Refractory]}}", p),
                     K_TRUE);
    patient_course(p, "afatinib", "egfr_tki_2g", "2025-06-01")->rung = THERAPY_ORDERED;
    assert_int_equal(verdict(b, "{prior_therapy: {drug: afatinib}}", p), K_UNKNOWN);
}

static void
test_equal_trees_are_one_node(void **state)
{
    struct bench *b = bench_new(false);
    int32_t x = expr_compile(&b->build, tree_of(b->arena, "[{and: [" T790M ", {line: {ge: 2}}]}]"));
    size_t count = b->table.count;
    int32_t y = expr_compile(&b->build, tree_of(b->arena, "{and1: [{line: {ge: 2}}, " T790M "]}"));
    int32_t z =
        expr_compile(&b->build, tree_of(b->arena, "{not: {not: [{line: {ge: 2}}, " T790M "]}}"));

    (void)state;
    assert_int_equal(x, y);
    assert_int_equal(x, z);
    assert_int_equal(b->table.count, count);
    assert_int_equal(b->table.leaf_count, 2);
}

static void
test_unknown_names(void **state)
{
    static const char *const text[] = {
        "{clinical: {oncotree_primary_diagnosis: Lungg}}",
        "{genomic: {hugo_symbol: EGFR, apobec_signature: Yes}}",
        "{genomic: {hugo_symbol: EGFR, variant_category: Mutations}}",
        "{clinical: {weight: 70}}",
        "{radiology: {x: y}}",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(text); i++) {
        struct bench *b = bench_new(false);
        struct patient *p;

        assert_int_equal(expr_compile(&b->build, tree_of(b->arena, text[i])), EXPR_NONE);
        assert_int_equal(b->diags.errors, 1);
        b = bench_new(true);
        p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
        assert_int_equal(verdict(b, text[i], p), K_UNKNOWN);
        assert_int_equal(b->diags.warnings, 1);
        assert_int_equal(b->diags.errors, 0);
        assert_true(b->diags.first->line > 0);
        assert_string_equal(b->diags.first->file, "test.yaml");
    }
}

static void
test_empty_match_is_nobody(void **state)
{
    struct bench *b = bench_new(true);
    struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");

    (void)state;
    assert_int_equal(verdict(b, "[]", p), K_FALSE);
}

/* The same tree read with only some unknowns taken as true. */
static void
test_views(void **state)
{
    struct bench *b = bench_new(false);
    struct patient *p = patient_new(b->arena, node_of(b, "LUNG"), "2026-11-23");
    int32_t root = expr_compile(
        &b->build, tree_of(b->arena, "[{clinical: {oncotree_primary_diagnosis: NSCLC}}, " T790M
                                     ", {ecog: {le: 1}}]"));
    struct expr_values v;

    (void)state;
    patient_variant(p, "EGFR", "T790M", true, "2026-05-04");
    v = expr_evaluate(&b->table, patient_case(p), b->arena);
    assert_int_equal(expr_view(&v, root, VIEW_STRICT), K_UNKNOWN);
    assert_int_equal(expr_view(&v, root, VIEW_FIT), K_UNKNOWN);
    assert_int_equal(expr_view(&v, root, VIEW_MARKER), K_TRUE);
    assert_int_equal(expr_view(&v, root, VIEW_DISEASE), K_UNKNOWN);
}

/* leaf_bound() against every integer that the reported value allows. */
static void
test_bound_by_enumeration(void **state)
{
    (void)state;
    for (int known = 0; known < CMP_OP_COUNT; known++) {
        for (int asked = 0; asked < CMP_OP_COUNT; asked++) {
            for (int value = 3; value <= 7; value++) {
                bool some = false;
                bool all = true;

                for (int x2 = 0; x2 <= 20; x2++) { /* halves, so that x lies between too */
                    int to_value = x2 < 2 * value ? -1 : x2 > 2 * value;
                    int to_bound = x2 < 10 ? -1 : x2 > 10;
                    const bool in[] = {to_value == 0, to_value<0, to_value <= 0, to_value> 0,
                                       to_value >= 0};
                    const bool ok[] = {to_bound == 0, to_bound<0, to_bound <= 0, to_bound> 0,
                                       to_bound >= 0};

                    some |= in[known] && ok[asked];
                    all &= !in[known] || ok[asked];
                }
                assert_int_equal(
                    leaf_bound((enum cmp_op)known, value < 5 ? -1 : value > 5, (enum cmp_op)asked),
                    all    ? K_TRUE
                    : some ? K_UNKNOWN
                           : K_FALSE);
            }
        }
    }
}

/* ---- random trees against a plain recursive evaluator ---- */

enum { GENES = 6, TREES = 6000, DEPTH = 6 };

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct tree *
word(struct arena *a, struct str s)
{
    return tree_scalar(a, (struct tree_place){"random", 1, 1}, s, true);
}

static struct str
gene_name(struct arena *a, uint64_t n)
{
    char *p = arena_alloc(a, 2);

    p[0] = 'G';
    p[1] = (char)('0' + (int)n);
    return (struct str){p, 2};
}

/* A leaf, or and/or/not over up to four smaller trees. */
static struct tree *
random_tree(struct arena *a, uint64_t *seed, int depth)
{
    struct tree_place at = {"random", 1, 1};
    struct tree *t = tree_map(a, at);
    uint64_t pick = depth == 0 ? 0 : next_random(seed) % 8;

    if (pick < 2) {
        struct tree *leaf = tree_map(a, at);
        uint64_t gene = next_random(seed);

        tree_map_add(a, leaf, word(a, STR("hugo_symbol")), word(a, gene_name(a, gene % GENES)));
        tree_map_add(a, leaf, word(a, STR("variant_category")),
                     word(a, gene / GENES % 2 == 0 ? STR("Mutation") : STR("!Mutation")));
        tree_map_add(a, t, word(a, STR("genomic")), leaf);
    } else if (pick == 2) {
        tree_map_add(a, t, word(a, STR("not")), random_tree(a, seed, depth - 1));
    } else {
        struct tree *list = tree_seq(a, at);
        size_t count = 1 + next_random(seed) % 4;

        for (size_t i = 0; i < count; i++) {
            tree_seq_add(a, list, random_tree(a, seed, depth - 1));
        }
        tree_map_add(a, t, word(a, pick % 2 == 0 ? STR("and") : STR("or_1")), list);
    }
    return t;
}

/* Written from the meaning alone: no table, no interning, no De Morgan. */
static enum kleene
plain(const struct tree *t, const enum kleene *gene)
{
    const struct tree *key = tree_key_at(t, 0);
    const struct tree *value = tree_at(t, 0);
    bool all = str_eq_c(key->text, "and");
    enum kleene k = all ? K_TRUE : K_FALSE;

    if (str_eq_c(key->text, "genomic")) {
        k = gene[tree_get(value, "hugo_symbol")->text.p[1] - '0'];
        return tree_get(value, "variant_category")->text.p[0] == '!' ? (enum kleene)(2 - (int)k)
                                                                     : k;
    }
    if (str_eq_c(key->text, "not")) {
        return (enum kleene)(2 - (int)plain(value, gene));
    }
    for (size_t i = 0; i < tree_len(value); i++) {
        enum kleene child = plain(tree_at(value, i), gene);

        k = all ? (child < k ? child : k) : (child > k ? child : k);
    }
    return k;
}

static void
random_patient(struct bench *b, struct patient *p, uint64_t *seed, enum kleene *gene)
{
    for (unsigned i = 0; i < GENES; i++) {
        const char *name = str_cz(b->arena, gene_name(b->arena, i));

        gene[i] = (enum kleene)(next_random(seed) % 3);
        if (gene[i] == K_TRUE) {
            patient_variant(p, name, "L858R", true, "2026-03-02");
        } else if (gene[i] == K_FALSE) {
            patient_negative(p, name, "2026-03-02");
        }
    }
}

/* The same tree where what is not known is not so. */
static void
closed_world(struct bench *b, struct patient *p, int32_t root, const struct tree *t,
             enum kleene *gene)
{
    struct expr_values v;

    for (size_t i = 0; i < GENES; i++) {
        gene[i] = gene[i] == K_TRUE ? K_TRUE : K_FALSE;
    }
    p->match.policy = MATCH_COMPAT;
    v = expr_evaluate(&b->table, patient_case(p), b->arena);
    if (expr_view(&v, root, VIEW_STRICT) != plain(t, gene)) {
        fail_msg("a tree differs in the closed world");
    }
}

static void
test_random_trees(void **state)
{
    uint64_t seed = 20261123;
    size_t seen[K_COUNT] = {0};

    (void)state;
    for (int i = 0; i < TREES; i++) {
        struct bench *b = bench_new(false);
        struct patient *p = patient_new(b->arena, node_of(b, "LUAD"), "2026-11-23");
        struct tree *t = random_tree(b->arena, &seed, DEPTH);
        enum kleene gene[GENES];
        struct expr_values v;
        int32_t root = expr_compile(&b->build, t);

        random_patient(b, p, &seed, gene);
        assert_int_not_equal(root, EXPR_NONE);
        v = expr_evaluate(&b->table, patient_case(p), b->arena);
        if (expr_view(&v, root, VIEW_STRICT) != plain(t, gene)) {
            fail_msg("tree %d differs", i);
        }
        seen[plain(t, gene)]++;
        closed_world(b, p, root, t, gene);
    }
    assert_true(seen[K_FALSE] > TREES / 10 && seen[K_UNKNOWN] > TREES / 10 &&
                seen[K_TRUE] > TREES / 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_is_not_negative),
        cmocka_unit_test(test_compat_is_closed_world),
        cmocka_unit_test(test_genomic_rows),
        cmocka_unit_test(test_fusion_partner_either_way),
        cmocka_unit_test(test_what_a_panel_covers),
        cmocka_unit_test(test_plasma),
        cmocka_unit_test(test_acquired_needs_a_later_test),
        cmocka_unit_test(test_reports_and_preliminary),
        cmocka_unit_test(test_disease),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_age_comes_due),
        cmocka_unit_test(test_biomarkers),
        cmocka_unit_test(test_labs),
        cmocka_unit_test(test_therapies),
        cmocka_unit_test(test_equal_trees_are_one_node),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_empty_match_is_nobody),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_bound_by_enumeration),
        cmocka_unit_test(test_random_trees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
