#include "model/finding.h"
#include "model_test.h"

static struct stamp
at(const char *text)
{
    struct stamp s = STAMP_NONE;
    assert_true(stamp_parse(str_from_c(text), &s));
    return s;
}

static struct quantity
number(const char *text)
{
    struct quantity q = {CMP_EQ, {0, 0}, true};
    assert_true(dec_parse(str_from_c(text), &q.value));
    return q;
}

static struct fact
of(enum fact_kind kind, const char *when)
{
    return (struct fact){.kind = kind, .status = FACT_FINAL, .collected = at(when)};
}

static struct fact
lab(const char *analyte, const char *value, const char *unit)
{
    struct fact f = of(FACT_OBSERVATION, "2025-05-10T08:30+02:00");
    f.u.observation.analyte = str_from_c(analyte);
    f.u.observation.value = number(value);
    f.u.observation.unit = str_from_c(unit);
    return f;
}

static void
expect(const struct fact *f, const char *text)
{
    assert_str(evidence_text(fresh(), f), text);
}

static void
t_observation(void **state)
{
    (void)state;
    struct fact f = lab("psa", "8", "ng/mL");
    expect(&f, "PSA 8 ng/mL on 2025-05-10");
    f.u.observation.value = number("8.0");
    f.u.observation.unit_reported = STR("ug/l");
    expect(&f, "PSA 8.0 ug/l on 2025-05-10"); /* as sent */
    f.u.observation.value.cmp = CMP_LT;
    f.status = FACT_PRELIMINARY;
    expect(&f, "PSA <8.0 ug/l on 2025-05-10 (preliminary)");
    f.status = FACT_CORRECTED;
    f.collected = at("2025-05");
    expect(&f, "PSA <8.0 ug/l in 2025-05 (corrected)");
    f = lab("bcr_abl_is", "0.10", "%");
    f.u.observation.matrix = STR("marrow");
    expect(&f, "BCR::ABL1 (IS) 0.10 % in marrow on 2025-05-10");
    f = lab("tumor_sum", "52", "mm");
    expect(&f, "sum of target diameters 52 mm on 2025-05-10");
    f = lab("ca125", "35", "U/mL");
    f.u.observation.matrix = STR("serum");
    expect(&f, "CA-125 35 U/mL on 2025-05-10");
    f = lab("newmarker", "1", "g/L");
    expect(&f, "newmarker 1 g/L on 2025-05-10");
    f.collected = STAMP_NONE;
    expect(&f, "newmarker 1 g/L, date not stated");
}

static void
t_observation_odd(void **state)
{
    (void)state;
    struct fact f = lab("psa", "8", NULL);
    f.flags = FACT_UNIT_UNKNOWN;
    expect(&f, "PSA 8 (no unit) on 2025-05-10");
    f.u.observation.unit_reported = STR("furlong");
    expect(&f, "PSA 8 furlong (unit not recognised) on 2025-05-10");
    f.flags = FACT_CODE_UNMAPPED;
    f.u.observation.analyte = STR_NONE;
    f.u.observation.value.present = false;
    f.u.observation.text = STR("see\rnote");
    f.u.observation.unit_reported = STR_NONE;
    expect(&f, "an unnamed test see note on 2025-05-10");
    f.u.observation.code.code = STR("99-9");
    f.u.observation.text = STR_NONE;
    expect(&f, "code 99-9 without a value on 2025-05-10");
    static char huge[100000];
    memset(huge, 'x', sizeof(huge));
    memcpy(huge + 78, "\xe2\x82\xac", 3); /* a character across the cut */
    f.u.observation.code.display = (struct str){huge, sizeof(huge)};
    struct str text = evidence_text(fresh(), &f);
    assert_true(text.n < 200);
    assert_true(str_has(text, STR("xx... without")));
}

static void
t_variant(void **state)
{
    (void)state;
    struct fact f = of(FACT_VARIANT, "2026-03-02");
    f.u.variant = (struct variant){.gene = STR("EGFR"),
                                   .name = STR("T790M"),
                                   .present = true,
                                   .source = STR("plasma"),
                                   .vaf = number("3.1")};
    expect(&f, "EGFR T790M found (VAF 3.1 %) in plasma on 2026-03-02");
    f.u.variant.present = false;
    f.u.variant.source = STR_NONE;
    expect(&f, "EGFR T790M not found on 2026-03-02");
    f.u.variant = (struct variant){
        .gene = STR("MET"), .name = STR("amplification"), .present = true, .copies = number("12")};
    expect(&f, "MET amplification found (12 copies) on 2026-03-02");
    f.u.variant = (struct variant){
        .gene = STR("ALK"), .name = STR("fusion"), .present = true, .partner = STR("EML4")};
    expect(&f, "ALK fusion with EML4 found on 2026-03-02");
    f.u.variant = (struct variant){.gene = STR("BRCA2"),
                                   .hgvs_c = STR("c.68-7T>A"),
                                   .present = true,
                                   .origin = ORIGIN_GERMLINE};
    expect(&f, "BRCA2 c.68-7T>A found (germline) on 2026-03-02");
}

static void
t_therapy(void **state)
{
    (void)state;
    static const struct str classes[] = {{"egfr_tki", 8}};
    struct fact f = of(FACT_THERAPY, "2026-01-10");
    f.u.therapy =
        (struct therapy){.action = THERAPY_DOSE, .rung = THERAPY_GIVEN, .drug = STR("osimertinib")};
    expect(&f, "osimertinib given on 2026-01-10");
    f.u.therapy.action = THERAPY_START;
    f.u.therapy.rung = THERAPY_ORDERED;
    expect(&f, "osimertinib started (ordered) on 2026-01-10");
    f.u.therapy.action = THERAPY_NOT_GIVEN;
    expect(&f, "osimertinib not given on 2026-01-10");
    f.u.therapy.action = THERAPY_STOP;
    f.u.therapy.reason = STR("toxicity");
    expect(&f, "osimertinib stopped (ordered), reason toxicity on 2026-01-10");
    f.u.therapy = (struct therapy){
        .action = THERAPY_DOSE, .rung = THERAPY_BILLED, .classes = classes, .class_count = 1};
    expect(&f, "a drug of class egfr_tki billed on 2026-01-10");
}

static void
t_others(void **state)
{
    (void)state;
    static const struct str genes[] = {
        {"EGFR:T790M", 10}, {"ALK", 3}, {"ROS1", 4}, {"RET", 3}, {"MET", 3}};
    struct fact f = of(FACT_RESPONSE, "2026-03-02");
    f.u.response.code = RESPONSE_PD;
    expect(&f, "response PD on 2026-03-02");
    f.u.response = (struct response){RESPONSE_IUPD, STR("irecist"), STR("cns")};
    expect(&f, "response iUPD by irecist, site cns on 2026-03-02");
    f = of(FACT_BIOMARKER, "2026-03-02");
    f.u.biomarker = (struct biomarker){
        .name = STR("pdl1"), .number = number("60"), .unit = STR("%TPS"), .method = STR("22C3")};
    expect(&f, "PD-L1 60 %TPS (22C3) on 2026-03-02");
    f.u.biomarker = (struct biomarker){.name = STR("msi"), .value = STR("high")};
    expect(&f, "microsatellite status high on 2026-03-02");
    f = of(FACT_NEGATIVE, "2026-03-02");
    f.u.negative = (struct negative){.genes = genes, .gene_count = 1, .source = STR("plasma")};
    expect(&f, "EGFR T790M not found (plasma) on 2026-03-02");
    f.u.negative = (struct negative){.panel = STR("P50"), .genes = genes, .gene_count = 5};
    expect(&f, "no alteration found in EGFR T790M, ALK, ROS1 and 2 more by P50 on 2026-03-02");
    f = of(FACT_DIAGNOSIS, "2026");
    f.u.diagnosis = (struct diagnosis){STR("LUAD"), {STR("ICD10CM"), STR("C34.1"), STR_NONE}, true};
    expect(&f, "diagnosis LUAD, code C34.1 in 2026");
    f = of(FACT_PERFORMANCE, "2026-03-02");
    f.u.performance = (struct performance){STR("ecog"), 1};
    expect(&f, "ECOG performance status 1 on 2026-03-02");
    f = of(FACT_REPORT, "2026-03-02");
    f.u.report =
        (struct report){.category = STR("radiology"), .media = STR("application/pdf"), .bytes = 10};
    expect(&f, "radiology report, unread (application/pdf) on 2026-03-02");
    f = of(FACT_PROCEDURE, "2026-03-02");
    f.u.procedure.name = STR("paracentesis");
    expect(&f, "paracentesis on 2026-03-02");
}

/* Evidence is shown to many: numbers and birth dates of the patient are not in it. */
static void
t_no_identity(void **state)
{
    (void)state;
    for (unsigned k = 0; k < FACT_KIND_COUNT; k++) {
        struct fact f = of((enum fact_kind)k, "2026-03-02");
        f.patient = (struct patient_ref){STR("CANARY-A"), STR("CANARY-B")};
        if (k == FACT_LINK)
            f.u.link.other = (struct patient_ref){STR("CANARY-C"), STR("CANARY-D")};
        if (k == FACT_DEMOGRAPHICS)
            f.u.demographics.birth = at("1951-07-09");
        struct str text = evidence_text(fresh(), &f);
        assert_false(str_has(text, STR("CANARY")));
        assert_false(str_has(text, STR("1951")));
        assert_true(str_ends(text, STR("on 2026-03-02")));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_observation), cmocka_unit_test(t_observation_odd),
        cmocka_unit_test(t_variant),     cmocka_unit_test(t_therapy),
        cmocka_unit_test(t_others),      cmocka_unit_test(t_no_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
