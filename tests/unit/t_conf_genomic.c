/* Structured molecular results: what the OBX of the panel LOINC 81247-9 say together, and what they
 * do not say. */
#include "hl7map_test.h"

static int
setup(void **state)
{
    (void)state;
    map_use("config/maps/demo.yaml", NULL);
    return 0;
}

/* clang-format off */
#define HEAD "MSH|^~\\&|LIS|HOSP|R|R|20260310120000+0100||ORU^R01|M1|P|2.5.1\r" \
    "PID|1||777^^^HOSP^MR\r" \
    "OBR|1||F1^LIS|81247-9^Panel^LN|||20260310080000|||||||||||||||20260310110000||GE|F\r"
#define SPM(what) "SPM|1|S1||" what "^HL70487\r"
/* clang-format on */
#define OBX_OF(type, loinc, sub, value, unit, status) \
    "OBX|1|" type "|" loinc "^x^LN|" sub "|" value "|" unit "|||||" status "\r"
#define CWE(loinc, sub, value)      OBX_OF("CWE", loinc, sub, value, "", "F")
#define ST(loinc, sub, value)       OBX_OF("ST", loinc, sub, value, "", "F")
#define NM(loinc, sub, value, unit) OBX_OF("NM", loinc, sub, value, unit, "F")
#define GENE(sub, symbol)           CWE("48018-6", sub, "HGNC:99999^" symbol "^HGNC")
#define GENES(sub, symbols)         ST("48018-6", sub, symbols)
#define PROT(sub, change)           ST("48005-3", sub, change)
#define CODING(sub, change)         ST("48004-6", sub, change)
#define SAYS(sub, answer)           CWE("69548-6", sub, answer "^x^LN")

static enum normalize_outcome
take_obx(const char *obx)
{
    static struct hl7 m;
    struct arena *a = fresh();
    struct str text = str_cat(a, STR(HEAD), str_from_c(obx));
    assert_int_equal(hl7_index(&m, a, text), HL7_OK);
    return normalize_hl7(&m, &map, normalize_terms(), STAMP_NONE, a, &out);
}

static const struct fact *
nth(enum fact_kind kind, size_t n)
{
    for (size_t i = 0; i < out.count; i++) {
        if (out.facts[i].kind == kind && n-- == 0)
            return &out.facts[i];
    }
    fail_msg("no such fact of kind %s", fact_kind_name(kind));
    return NULL;
}

static void
assert_variant(size_t n, const char *gene, const char *name)
{
    const struct variant *v = &nth(FACT_VARIANT, n)->u.variant;
    assert_str(v->gene, gene);
    assert_str(v->name, name);
}

static bool
is_negative(const char *entry)
{
    for (size_t i = 0; i < out.count; i++) {
        const struct negative *v = &out.facts[i].u.negative;
        for (size_t k = 0; out.facts[i].kind == FACT_NEGATIVE && k < v->gene_count; k++) {
            if (str_eq_c(v->genes[k], entry))
                return true;
        }
    }
    return false;
}

/* ---- which OBX belong together ----------------------------------------------------------- */

static void
every_way_to_write_a_group(void **state)
{
    static const char *const messages[] = {
        GENE("2a", "EGFR") PROT("2a", "p.L858R") GENE("2b", "KRAS") PROT("2b", "p.G12C"),
        GENE("2a", "EGFR") PROT("2a.a", "p.L858R") GENE("2b", "KRAS") PROT("2b.c", "p.G12C"),
        GENE("1.1", "EGFR") PROT("1.2", "p.L858R") GENE("2.1", "KRAS") PROT("2.2", "p.G12C"),
        GENE("1.1", "EGFR") PROT("1.1", "p.L858R") GENE("1.2", "KRAS") PROT("1.2", "p.G12C"),
        GENE("2.3.1", "EGFR") PROT("2.3.2", "p.L858R") GENE("2.4.1", "KRAS")
            PROT("2.4.2", "p.G12C"),
        GENE("1.1", "EGFR") PROT("1.2", "p.L858R") GENE("1.3", "KRAS") PROT("1.4", "p.G12C"),
        GENE("1", "EGFR") PROT("1", "p.L858R") GENE("1", "KRAS") PROT("1", "p.G12C"),
        GENE("", "EGFR") PROT("", "p.L858R") GENE("", "KRAS") PROT("", "p.G12C"),
        GENE("^1^1", "EGFR") PROT("^1^1", "p.L858R") GENE("^1^2", "KRAS") PROT("^1^2", "p.G12C"),
        GENE("^1^1", "EGFR") PROT("^1^2", "p.L858R") GENE("^2^1", "KRAS") PROT("^2^2", "p.G12C"),
        GENE("^2^3^1", "EGFR") PROT("^2^3^2", "p.L858R") GENE("^2^4^1", "KRAS")
            PROT("^2^4^2", "p.G12C"),
        PROT("2a", "p.L858R") GENE("2a", "EGFR") PROT("2b", "p.G12C") GENE("2b", "KRAS"),
        GENE("2a", "EGFR") GENE("2b", "KRAS") PROT("2a", "p.L858R") PROT("2b", "p.G12C"),
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(messages); i++) {
        assert_int_equal(take_obx(messages[i]), NORMALIZE_OK);
        assert_int_equal(out.count, 2);
        assert_variant(0, "EGFR", "L858R");
        assert_variant(1, "KRAS", "G12C");
    }
}

/* Two genes of two groups are no fusion, nor is one gene that is named twice. */
static void
what_is_no_fusion(void **state)
{
    (void)state;
    assert_int_equal(
        take_obx(GENE("1", "EGFR") PROT("1", "p.L858R") GENE("1", "EGFR") PROT("1", "p.T790M")),
        NORMALIZE_OK);
    assert_int_equal(out.count, 2);
    assert_variant(1, "EGFR", "T790M");
    assert_int_equal(take_obx(GENES("2a", "CDKN2A~CDKN2B") PROT("2a", "p.R58*")), NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->u.variant.category, VARIANT_MUTATION);
    assert_str(nth(FACT_VARIANT, 0)->u.variant.gene, "CDKN2A");
}

static void
fusions(void **state)
{
    static const char *const messages[] = {
        GENES("3a", "EML4~ALK") CWE("83005-9", "3a", "LA26802-1^Structural variant^LN")
            ST("81290-9", "3a", "EML4-ALK fusion"),
        GENE("3a", "EML4") GENE("3a", "ALK") SAYS("3a", "LA9633-4"),
        GENE("3.1", "EML4") GENE("3.2", "ALK") ST("47998-0", "3.3", "EML4::ALK"),
        ST("81252-9", "3a", "EML4-ALK fusion"),
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(messages); i++) {
        assert_int_equal(take_obx(messages[i]), NORMALIZE_OK);
        const struct variant *v = &nth(FACT_VARIANT, 0)->u.variant;
        assert_int_equal(v->category, VARIANT_FUSION);
        assert_true(v->present);
        assert_int_equal(count_of(FACT_NEGATIVE), 0);
    }
}

static void
several_changes_in_one_field(void **state)
{
    (void)state;
    assert_int_equal(take_obx(GENE("2a", "EGFR") CODING("2a", "c.2573T>G~c.2369C>T")
                                  PROT("2a", "p.L858R~p.T790M") NM("81258-6", "2a", "20~3", "%")
                                      CWE("48002-0", "2a", "LA6684-0^Somatic^LN")),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 2);
    assert_variant(0, "EGFR", "L858R");
    assert_variant(1, "EGFR", "T790M");
    const struct variant *v = &nth(FACT_VARIANT, 1)->u.variant;
    assert_str(v->hgvs_c, "c.2369C>T");
    assert_int_equal(v->vaf.value.coef, 3);
    assert_int_equal(v->origin, ORIGIN_SOMATIC);
}

/* ---- found, absent, neither ------------------------------------------------------------- */

static void
no_call_is_neither_found_nor_absent(void **state)
{
    static const char *const answers[] = {SAYS("2a", "LA18198-4"), SAYS("2a", "LA11884-6"),
                                          ST("69548-6", "2a", "see comment")};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(answers); i++) {
        char obx[2048];
        (void)snprintf(obx, sizeof obx, "%s%s%s", GENES("1", "EGFR~KRAS~BRAF"),
                       GENE("2a", "EGFR") PROT("2a", "p.T790M"), answers[i]);
        assert_int_equal(take_obx(obx), NORMALIZE_OK);
        assert_int_equal(count_of(FACT_VARIANT), 0);
        assert_false(is_negative("EGFR")); /* it was not seen to its end */
        assert_true(is_negative("KRAS"));
    }
    assert_int_equal(take_obx(GENE("2a", "EGFR") PROT("2a", "p.T790M") SAYS("2a", "LA18198-4")),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_NO_RESULT_YET);
}

static void
present_or_absent_without_a_change(void **state)
{
    (void)state;
    assert_int_equal(take_obx(GENE("2a", "EGFR") SAYS("2a", "LA9633-4")), NORMALIZE_OK);
    assert_int_equal(count_of(FACT_NEGATIVE), 0);
    assert_true(nth(FACT_VARIANT, 0)->u.variant.present);
    assert_int_equal(take_obx(GENE("2a", "EGFR") SAYS("2a", "LA9634-2")), NORMALIZE_OK);
    assert_int_equal(count_of(FACT_VARIANT), 0);
    assert_true(is_negative("EGFR"));
}

static void
a_failed_test_is_not_negative(void **state)
{
    static const char *const answers[] = {"LA9664-9^Failure^LN", "LA9663-1^Inconclusive^LN"};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(answers); i++) {
        char obx[2048];
        (void)snprintf(obx, sizeof obx, "%sOBX|2|CWE|51968-6^x^LN||%s||||||F\r",
                       GENES("1", "EGFR~KRAS~BRAF"), answers[i]);
        assert_int_equal(take_obx(obx), NORMALIZE_IGNORED);
        assert_int_equal(out.reason, NORMALIZE_NO_RESULT_YET);
    }
    /* positive, and what was found stands in the PDF */
    assert_int_equal(
        take_obx(GENES("1", "EGFR~KRAS~BRAF") CWE("51968-6", "1", "LA6576-8^Positive^LN")),
        NORMALIZE_IGNORED);
}

static void
a_negative_panel_is_a_fact(void **state)
{
    (void)state;
    assert_int_equal(
        take_obx(GENES("1", "EGFR~KRAS~BRAF") CWE("51968-6", "1", "LA6577-6^Negative^LN")),
        NORMALIZE_OK);
    assert_int_equal(nth(FACT_NEGATIVE, 0)->u.negative.gene_count, 3);
    assert_str(nth(FACT_NEGATIVE, 0)->u.negative.panel, "Panel");
    assert_int_equal(take_obx(CWE("51968-6", "", "LA6577-6^Negative^LN")), NORMALIZE_OK);
    assert_int_equal(nth(FACT_NEGATIVE, 0)->u.negative.gene_count, 0);
}

static void
tested_for_is_not_found(void **state)
{
    (void)state;
    assert_int_equal(take_obx(ST("36908-2", "1", "EGFR L858R~EGFR T790M~KRAS G12C")
                                  GENE("2a", "EGFR") PROT("2a", "p.L858R")),
                     NORMALIZE_OK);
    assert_int_equal(count_of(FACT_VARIANT), 1);
    assert_true(is_negative("EGFR:T790M"));
    assert_true(is_negative("KRAS:G12C"));
    assert_false(is_negative("EGFR:L858R"));
    assert_false(is_negative("EGFR"));
    /* regions and reference sequences say nothing of what was found */
    assert_int_equal(take_obx(NM("51959-5", "1", "12^13", "") ST("48013-7", "1", "NG_007726.3")
                                  ST("81293-3", "1", "EGFR exons 18-21")),
                     NORMALIZE_IGNORED);
}

/* Genes without a sub-id, then an alteration without one: it is not of the first of them. */
static void
a_list_of_genes_is_no_gene_of_a_change(void **state)
{
    (void)state;
    assert_int_equal(take_obx(GENES("", "KRAS~NRAS~EGFR") GENE("", "EGFR") PROT("", "p.L858R")),
                     NORMALIZE_OK);
    assert_int_equal(count_of(FACT_VARIANT), 1);
    assert_variant(0, "EGFR", "L858R");
    assert_true(is_negative("KRAS"));
    assert_false(is_negative("EGFR"));
}

static void
wild_type_and_benign(void **state)
{
    (void)state;
    assert_int_equal(take_obx(GENE("2a", "BRAF") PROT("2a", "p.V600E")
                                  CWE("48019-4", "2a", "LA9658-1^Wild type^LN")),
                     NORMALIZE_OK);
    assert_false(nth(FACT_VARIANT, 0)->u.variant.present);
    assert_int_equal(take_obx(GENE("2a", "BRAF") CWE("48006-1", "2a", "LA9658-1^Wild type^LN")),
                     NORMALIZE_OK);
    assert_true(is_negative("BRAF"));
    assert_int_equal(take_obx(GENE("2a", "BRCA2") PROT("2a", "p.N372H")
                                  CWE("53037-8", "2a", "LA6675-8^Benign^LN")),
                     NORMALIZE_OK);
    assert_int_equal(count_of(FACT_VARIANT), 0);
    assert_true(is_negative("BRCA2"));
    /* uncertain: to be seen, and no trial's "any mutation" */
    assert_int_equal(take_obx(GENE("2a", "BRCA2") PROT("2a", "p.N372H")
                                  CWE("53037-8", "2a", "LA26333-7^Uncertain significance^LN")),
                     NORMALIZE_OK);
    assert_variant(0, "BRCA2", "N372H");
    assert_int_equal(nth(FACT_VARIANT, 0)->u.variant.category, VARIANT_OTHER);
    assert_int_equal(count_of(FACT_NEGATIVE), 0);
    /* one public sender has the disease there */
    assert_int_equal(
        take_obx(GENES("1", "BRCA1~BRCA2~TP53") CWE("53037-8", "1", "254837009^Breast cancer^SCT")),
        NORMALIZE_OK);
    assert_int_equal(count_of(FACT_VARIANT), 0);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static void
allele_fractions(void **state)
{
    static const struct {
        const char *value;
        const char *unit;
        const char *want; /* NULL: none */
    } rows[] = {
        {"0.066", "", "6.6"},      {"57.4", "%", "57.4"}, {"0.2188", "{ratio}", "21.88"},
        {"0.4", "%", "0.4"},       {"57.4", "", "57.4"},  {"1", "", "100"},
        {"57.4", "{ratio}", NULL}, {"157", "%", NULL},    {"-3", "%", NULL},
        {"high", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char obx[2048];
        char buf[DEC_TEXT_MAX];
        (void)snprintf(obx, sizeof obx, "%sOBX|3|NM|81258-6^x^LN|2a|%s|%s|||||F\r",
                       GENE("2a", "EGFR") PROT("2a", "p.L858R"), rows[i].value, rows[i].unit);
        assert_int_equal(take_obx(obx), NORMALIZE_OK);
        const struct variant *v = &nth(FACT_VARIANT, 0)->u.variant;
        assert_int_equal(v->vaf.present, rows[i].want != NULL);
        if (rows[i].want != NULL)
            assert_str(dec_format(v->vaf.value, buf), rows[i].want);
    }
}

static void
copy_numbers(void **state)
{
    static const struct {
        const char *gene;
        const char *copies;
        enum variant_category category;
        bool found;
    } rows[] = {
        {"ERBB2", "14", VARIANT_COPY_GAIN, true}, {"CDKN2A", "0", VARIANT_COPY_LOSS, true},
        {"PTEN", "1", VARIANT_COPY_LOSS, true},   {"MET", "2", VARIANT_OTHER, false},
        {"AR", "1", VARIANT_OTHER, false}, /* a man has one X */
        {"AR", "12", VARIANT_COPY_GAIN, true},    {"AR", "0", VARIANT_COPY_LOSS, true},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char obx[2048], amp[32];
        (void)snprintf(obx, sizeof obx,
                       "OBX|1|ST|48018-6^x^LN|4a|%s||||||F\rOBX|2|NM|82155-3^x^LN|4a|%s||||||F\r",
                       rows[i].gene, rows[i].copies);
        (void)snprintf(amp, sizeof amp, "%s:amplification", rows[i].gene);
        assert_int_equal(take_obx(obx), NORMALIZE_OK);
        assert_int_equal(count_of(FACT_VARIANT), rows[i].found);
        assert_int_equal(is_negative(amp), !rows[i].found);
        if (rows[i].found)
            assert_int_equal(nth(FACT_VARIANT, 0)->u.variant.category, rows[i].category);
    }
    assert_int_equal(
        take_obx(GENE("4a", "MET") CWE("48019-4", "4a", "LA14033-7^Copy number gain^LN")),
        NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->u.variant.category, VARIANT_COPY_GAIN);
}

/* ---- origin and source --------------------------------------------------------------------- */

static void
origins(void **state)
{
    static const struct {
        const char *answer;
        enum origin want;
    } rows[] = {
        {"LA6683-2^Germline^LN", ORIGIN_GERMLINE},
        {"LA6684-0^Somatic^LN", ORIGIN_SOMATIC},
        {"LA18194-3^Likely germline^LN", ORIGIN_GERMLINE},
        {"LA18195-0^Likely somatic^LN", ORIGIN_SOMATIC},
        {"LA18197-6^Unknown genomic origin^LN", ORIGIN_UNKNOWN},
        {"LA10429-1^Fetal^LN", ORIGIN_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char obx[2048];
        (void)snprintf(obx, sizeof obx, "%sOBX|3|CWE|48002-0^x^LN|2a|%s||||||F\r",
                       GENE("2a", "BRCA2") PROT("2a", "p.K1691fs"), rows[i].answer);
        assert_int_equal(take_obx(obx), NORMALIZE_OK);
        assert_int_equal(nth(FACT_VARIANT, 0)->u.variant.origin, rows[i].want);
    }
    /* said once for all */
    assert_int_equal(take_obx(CWE("48002-0", "1", "LA6684-0^Somatic^LN") GENE("2a", "EGFR")
                                  PROT("2a", "p.L858R")),
                     NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->u.variant.origin, ORIGIN_SOMATIC);
}

static void
sources_and_clonal_haematopoiesis(void **state)
{
    static const struct {
        const char *gene;
        const char *spm;
        const char *origin;
        const char *source;
        bool flagged;
    } rows[] = {
        {"DNMT3A", SPM("PLAS^Plasma"), "", "plasma", true},
        {"TET2", SPM("BLD^Whole blood"), "", "blood", true},
        {"ASXL1", SPM("SER^Serum"), "", "plasma", true}, /* cell-free DNA by another word */
        {"ATM", SPM("PLAS^Plasma"), "", "plasma", true},
        {"TP53", SPM("TISS^Tissue"), "", "tissue", false},
        {"TP53", SPM("MAR^Marrow"), "", "marrow", false},
        {"EGFR", SPM("PLAS^Plasma"), "", "plasma", false},
        {"TP53", SPM("PLAS^Plasma"), "LA6683-2^Germline^LN", "plasma", false},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char obx[2048];
        (void)snprintf(obx, sizeof obx,
                       "OBX|1|ST|48018-6^x^LN|2a|%s||||||F\r" PROT(
                           "2a", "p.R882H") "OBX|3|CWE|48002-0^x^LN|2a|%s||||||F\r%s",
                       rows[i].gene, rows[i].origin, rows[i].spm);
        assert_int_equal(take_obx(obx), NORMALIZE_OK);
        const struct fact *f = nth(FACT_VARIANT, 0);
        assert_str(f->u.variant.source, rows[i].source);
        assert_int_equal((f->flags & FACT_PLASMA_CHIP) != 0, rows[i].flagged);
    }
    /* also where its name is not understood, and never where it is absent */
    assert_int_equal(take_obx(GENE("2a", "TET2") CODING("2a", "c.?") SPM("PLAS^Plasma")),
                     NORMALIZE_OK);
    assert_true((nth(FACT_VARIANT, 0)->flags & FACT_PLASMA_CHIP) != 0);
    assert_int_equal(take_obx(GENE("2a", "TP53") PROT("2a", "p.R175H") SAYS("2a", "LA9634-2")
                                  SPM("PLAS^Plasma")),
                     NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->flags & FACT_PLASMA_CHIP, 0);
}

/* ---- states ---------------------------------------------------------------------------------- */

static void
the_least_sure_part_counts(void **state)
{
    (void)state;
    assert_int_equal(take_obx(GENE("2a", "EGFR") OBX_OF("ST", "48005-3", "2a", "p.T790M", "", "P")),
                     NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->status, FACT_PRELIMINARY);
    assert_int_equal(take_obx(GENE("2a", "EGFR") OBX_OF("ST", "48005-3", "2a", "p.T790M", "", "W")),
                     NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->status, FACT_WITHDRAWN);
    /* a variant that is taken back does not take back what was tested */
    assert_int_equal(take_obx(OBX_OF("ST", "48018-6", "2a", "EGFR", "", "D") OBX_OF(
                         "ST", "48005-3", "2a", "p.T790M", "", "D") GENES("1", "KRAS~BRAF~NRAS")),
                     NORMALIZE_OK);
    assert_int_equal(nth(FACT_VARIANT, 0)->status, FACT_WITHDRAWN);
    assert_int_equal(nth(FACT_NEGATIVE, 0)->status, FACT_FINAL);
}

/* ---- markers that stand beside the panel --------------------------------------------------- */

static void
biomarkers_by_group(void **state)
{
    static const struct {
        const char *obx;
        const char *name;
        const char *value;
        const char *unit; /* of a number; NULL: it is none */
    } rows[] = {
        {NM("94076-7", "5a", "12.4", "{mutations}/Mb"), "tmb", NULL, "/Mb"},
        {NM("94076-7", "5a", "12.4", "1/1000000{Base}"), "tmb", NULL, "/Mb"},
        {NM("94076-7", "5a", "12.4", ""), "tmb", NULL, "/Mb"},
        {NM("94076-7", "5a", "340", "{mutations}/exome"), "tmb", NULL, NULL},
        {CWE("94077-5", "5a", "LA9194-7^High^LN"), "tmb", "high", NULL},
        {CWE("81695-9", "5b", "LA26203-2^MSI-H^LN"), "msi", "high", NULL},
        {CWE("81695-9", "5b", "LA14122-8^Stable^LN"), "msi", "stable", NULL},
        {CWE("81695-9", "5b", "LA26202-4^MSI-L^LN"), "msi", "low", NULL},
        {CWE("62862-8", "5c", "10828004^Positive^SCT"), "mmr", "deficient", NULL},
        {ST("62862-8", "5c", "Intact"), "mmr", "proficient", NULL},
        {NM("83053-9", "5d", "60", "%"), "pdl1", NULL, "%TPS"},
        {ST("83053-9", "5d", "<1%"), "pdl1", NULL, "%TPS"},
        {NM("83053-9", "5d", "12", "{CPS}"), "pdl1", NULL, "CPS"},
        {ST("83053-9", "5d", "CPS 12"), "pdl1", NULL, "CPS"},
        {ST("83052-1", "5d", "TPS: 60 %"), "pdl1", NULL, "%TPS"},
        {NM("83053-9", "5d", "12", "") ST("105302-4", "5d", "CPS"), "pdl1", NULL, "CPS"},
        {NM("83053-9", "5d", "12", "mg/L"), "pdl1", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        assert_int_equal(take_obx(rows[i].obx), NORMALIZE_OK);
        const struct biomarker *b = &nth(FACT_BIOMARKER, 0)->u.biomarker;
        assert_str(b->name, rows[i].name);
        assert_int_equal(b->number.present, rows[i].unit != NULL);
        if (rows[i].unit != NULL)
            assert_str(b->unit, rows[i].unit);
        if (rows[i].value != NULL)
            assert_str(b->value, rows[i].value);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_a_group),
        cmocka_unit_test(what_is_no_fusion),
        cmocka_unit_test(fusions),
        cmocka_unit_test(several_changes_in_one_field),
        cmocka_unit_test(no_call_is_neither_found_nor_absent),
        cmocka_unit_test(present_or_absent_without_a_change),
        cmocka_unit_test(a_failed_test_is_not_negative),
        cmocka_unit_test(a_negative_panel_is_a_fact),
        cmocka_unit_test(tested_for_is_not_found),
        cmocka_unit_test(a_list_of_genes_is_no_gene_of_a_change),
        cmocka_unit_test(wild_type_and_benign),
        cmocka_unit_test(allele_fractions),
        cmocka_unit_test(copy_numbers),
        cmocka_unit_test(origins),
        cmocka_unit_test(sources_and_clonal_haematopoiesis),
        cmocka_unit_test(the_least_sure_part_counts),
        cmocka_unit_test(biomarkers_by_group),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
