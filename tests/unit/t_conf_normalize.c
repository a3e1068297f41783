/* HL7 v2 messages → facts, through the shipped terminologies and maps. */
#include "hl7map_test.h"

#include <time.h>

#define MSH(type) "MSH|^~\\&|LIS|HOSP|R|R|20260310120000+0100||" type "|M1|P|2.5.1\r"
#define PID       "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"
/* clang-format off */
#define OBR "OBR|1||F1^LIS|LAB^Laboratory^L|||20260310080000" \
    "|||||||||||||||20260310110000||CH|F\r"
/* clang-format on */

static const struct fact *
first(enum fact_kind kind)
{
    for (size_t i = 0; i < out.count; i++) {
        if (out.facts[i].kind == kind)
            return &out.facts[i];
    }
    fail_msg("no fact of kind %s", fact_kind_name(kind));
    return NULL;
}

static const struct observation *
one_obx(const char *obx)
{
    char message[4096];
    (void)snprintf(message, sizeof message, "%s%s%s%s\r", MSH("ORU^R01^ORU_R01"), PID, OBR, obx);
    assert_int_equal(take(message), NORMALIZE_OK);
    return &first(FACT_OBSERVATION)->u.observation;
}

static void
assert_dec(struct dec got, const char *want)
{
    char buf[DEC_TEXT_MAX];
    assert_str(dec_format(got, buf), want);
}

static void
assert_stamp(struct stamp got, const char *want)
{
    char buf[STAMP_TEXT_MAX];
    assert_str(stamp_format(got, buf), want);
}

static int
setup(void **state)
{
    (void)state;
    map_use("config/maps/demo.yaml", NULL);
    return 0;
}

/* ---- measurements ------------------------------------------------------------------------ */

static void
a_number_by_loinc(void **state)
{
    (void)state;
    const struct observation *o =
        one_obx("OBX|1|NM|2857-1^PSA^LN||4.20|ng/mL|0.0-4.0|H|||F|||20260310073000|||||||||LAB1");
    const struct fact *f = &out.facts[0];
    assert_str(o->analyte, "psa");
    assert_dec(o->value.value, "4.20");
    assert_int_equal(o->value.cmp, CMP_EQ);
    assert_str(o->unit, "ng/mL");
    assert_dec(o->high.value, "4.0");
    assert_str(o->matrix, "serum");
    assert_str(o->laboratory, "LAB1");
    assert_str(f->order, "F1");
    assert_str(f->patient.id, "777");
    assert_str(f->patient.authority, "HOSP");
    assert_stamp(f->collected, "2026-03-10T07:30:00+01:00");
    assert_stamp(f->status_time, "2026-03-10T11:00:00+01:00");
    assert_int_equal(f->flags, 0);
    assert_int_equal(f->status, FACT_FINAL);
    assert_str(f->source.place, "OBX[1]");
    assert_str(f->map_hash, "hash");
    assert_str(out.type, "ORU^R01");
    assert_str(out.control_id, "M1");
}

static void
comparators_in_every_type(void **state)
{
    (void)state;
    assert_int_equal(one_obx("OBX|1|ST|2857-1^PSA^LN||<0.1|ng/mL||||| F")->value.cmp, CMP_LT);
    assert_int_equal(one_obx("OBX|1|SN|2857-1^PSA^LN||<^0.1|ng/mL|||||F")->value.cmp, CMP_LT);
    assert_dec(one_obx("OBX|1|SN|2857-1^PSA^LN||^182|ng/mL|||||F")->value.value, "182");
    assert_int_equal(one_obx("OBX|1|SN|2857-1^PSA^LN||>=^5|ng/mL|||||F")->value.cmp, CMP_GE);
    assert_int_equal(one_obx("OBX|1|ST|2857-1^PSA^LN||>= 5|ng/mL|||||F")->value.cmp, CMP_GE);
    assert_int_equal(one_obx("OBX|1|NM|2857-1^PSA^LN||< 0.01|ng/mL|||||F")->value.cmp, CMP_LT);
    const struct observation *o = one_obx("OBX|1|ST|2857-1^PSA^LN||0.15 ng/mL||||||F");
    assert_dec(o->value.value, "0.15");
    assert_str(o->unit, "ng/mL");
}

static void
what_is_no_number_stays_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"1,5",  "haemolysed", "1-2",  "1.2E3", "12345678901234567",
                                      "1..2", "-",          "1:128"};
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        char obx[200];
        (void)snprintf(obx, sizeof obx, "OBX|1|ST|2857-1^PSA^LN||%s|ng/mL|||||F", bad[i]);
        const struct observation *o = one_obx(obx);
        assert_false(o->value.present);
        assert_str(o->text, bad[i]);
        assert_true((out.facts[0].flags & FACT_VALUE_TEXT) != 0);
    }
    const struct observation *o = one_obx("OBX|1|SN|2857-1^PSA^LN||^1^:^128|ng/mL|||||F");
    assert_false(o->value.present);
    o = one_obx("OBX|1|SN|2857-1^PSA^LN||<>^1|ng/mL|||||F");
    assert_false(o->value.present);
}

static void
units_are_never_assumed(void **state)
{
    (void)state;
    assert_str(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ug/L|||||F")->unit, "ug/L");
    assert_int_equal(out.facts[0].flags, 0);
    assert_true(str_is_absent(one_obx("OBX|1|NM|2857-1^PSA^LN||4||||||F")->unit));
    assert_true((out.facts[0].flags & FACT_UNIT_UNKNOWN) != 0);
    (void)one_obx("OBX|1|NM|2857-1^PSA^LN||4|U/mL|||||F");
    assert_true((out.facts[0].flags & FACT_UNIT_UNKNOWN) != 0);
    assert_str(one_obx("OBX|1|NM|10334-1^CA125^LN||41|kU/L|||||F")->unit, "U/mL");
    assert_int_equal(out.facts[0].flags, 0);
    assert_str(one_obx("OBX|1|NM|14913-8^Testosterone^LN||1.72|nmol/L|||||F")->unit, "nmol/L");
    assert_int_equal(out.facts[0].flags, 0);
}

static void
the_international_scale_is_per_cent(void **state)
{
    (void)state;
    assert_str(one_obx("OBX|1|NM|69380-4^BCR-ABL IS^LN||0.12|%|||||F")->analyte, "bcr_abl_is");
    assert_int_equal(out.facts[0].flags, 0);
    assert_str(out.facts[0].u.observation.unit, "%");
    assert_str(one_obx("OBX|1|NM|69380-4^BCR-ABL IS^LN||0.12|%(IS)|||||F")->unit, "%");
    (void)one_obx("OBX|1|NM|69380-4^BCR-ABL IS^LN||0.0012|{ratio}|||||F");
    assert_true((out.facts[0].flags & FACT_UNIT_UNKNOWN) != 0);
    assert_str(one_obx("OBX|1|NM|50195-7^BCR-ABL log^LN||3.1|{log}|||||F")->analyte, "bcr_abl_log");
}

static void
another_specimen_is_another_analyte(void **state)
{
    (void)state;
    const struct observation *o = one_obx("OBX|1|NM|40618-1^CA125 fluid^LN||900|U/mL|||||F");
    assert_str(o->analyte, "ca125_fluid");
    assert_str(o->matrix, "peritoneal");
    o = one_obx("OBX|1|NM|10334-1^CA125^LN||900|U/mL|||||F\rSPM|1|S9||PLR^Pleural fluid^HL70487");
    assert_str(o->analyte, "ca125_fluid");
    assert_str(o->matrix, "pleural");
    assert_true((out.facts[0].flags & FACT_CODE_CONFLICT) != 0);
    assert_str(out.facts[0].specimen, "S9");
    o = one_obx("OBX|1|NM|10334-1^CA125^LN||900|U/mL|||||F\rSPM|1|S9||BLD^Blood^HL70487");
    assert_str(o->analyte, "ca125");
    assert_int_equal(out.facts[0].flags, 0);
}

static void
a_display_of_another_analyte_is_flagged(void **state)
{
    (void)state;
    assert_str(one_obx("OBX|1|NM|2857-1^CA 125^LN||30|ng/mL|||||F")->analyte, "psa");
    assert_true((out.facts[0].flags & FACT_CODE_CONFLICT) != 0);
    (void)one_obx("OBX|1|NM|2857-1^Prostate specific Ag^LN||30|ng/mL|||||F");
    assert_int_equal(out.facts[0].flags, 0);
}

static void
local_codes_and_second_triplets(void **state)
{
    (void)state;
    const struct observation *o = one_obx("OBX|1|NM|PSA^PSA total^99DEMO||3.1||||||F");
    assert_str(o->analyte, "psa");
    assert_str(o->unit, "ng/mL");
    o = one_obx("OBX|1|NM|X17^CEA^L^2039-6^CEA^LN||3.1|ng/mL|||||F");
    assert_str(o->analyte, "cea");
    assert_str(o->code.code, "X17");
}

static void
ranges_in_the_forms_seen(void **state)
{
    (void)state;
    assert_dec(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|<4.0||||F")->high.value, "4.0");
    assert_false(out.facts[0].u.observation.low.present);
    assert_dec(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|>25||||F")->low.value, "25");
    assert_dec(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|70_105||||F")->high.value, "105");
    assert_dec(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|(0.2 - 4.0)||||F")->low.value, "0.2");
    assert_dec(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|0-4 ng/mL||||F")->high.value, "4");
    assert_false(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|0-4000 pg/mL||||F")->high.present);
    assert_false(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|see text||||F")->high.present);
    assert_false(one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|5-4||||F")->high.present);
}

static void
status_letters(void **state)
{
    (void)state;
    static const struct {
        const char *letter;
        enum fact_status want;
    } rows[] = {{"F", FACT_FINAL},       {"C", FACT_CORRECTED}, {"P", FACT_PRELIMINARY},
                {"R", FACT_PRELIMINARY}, {"W", FACT_WITHDRAWN}, {"D", FACT_WITHDRAWN},
                {"X", FACT_WITHDRAWN},   {"U", FACT_FINAL},     {"", FACT_FINAL}};
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char obx[200];
        (void)snprintf(obx, sizeof obx, "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||%s", rows[i].letter);
        (void)one_obx(obx);
        assert_int_equal(out.facts[0].status, rows[i].want);
    }
    assert_int_equal(take(MSH("ORU^R01") PID OBR "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||O\r"),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_NO_RESULT_YET);
}

static void
the_same_code_twice_without_a_sub_id_is_two_measurements(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID OBR "OBX|1|NM|2857-1^PSA 0h^LN||4|ng/mL|||||F\r"
                                                 "OBX|2|NM|2857-1^PSA 24h^LN||5|ng/mL|||||F\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 2);
    struct fact_key x = fact_key(&out.facts[0]), y = fact_key(&out.facts[1]);
    assert_int_not_equal(fact_key_cmp(&x, &y), 0);
    /* a text behind the number is its comment */
    assert_int_equal(take(MSH("ORU^R01") PID OBR "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F\r"
                                                 "OBX|2|ST|2857-1^PSA^LN||repeated||||||F\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 1);
}

/* A sender's own "2a#2" and the second of its "2a" are two measurements. */
static void
numbered_sub_ids_keep_clear_of_the_senders(void **state)
{
    static const char *const sub[] = {"2a#2", "2a", "2a", "2a#2", "2a#3", "2a"};
    static const char *const group[] = {"2a#2", "2a", "2a#3", "2a#2#2", "2a#3#2", "2a#4"};
    char message[2000];
    size_t n = (size_t)sprintf(message, "%s%s%s", MSH("ORU^R01"), PID, OBR);
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(sub); i++)
        n += (size_t)sprintf(message + n, "OBX|%zu|NM|2857-1^P^LN|%s|4|ng/mL|||||F\r", i, sub[i]);
    assert_int_equal(take(message), NORMALIZE_OK);
    assert_int_equal(out.count, RFD_COUNT(group));
    for (size_t i = 0; i < RFD_COUNT(group); i++)
        assert_str(out.facts[i].group, group[i]);
}

/* No result is compared with all others: 5,000 histologies took 6 s that way, and 5,000 of one code
 * 0.3 s. The bound is generous for sanitizers and busy machines. */
static void
many_results_of_an_order_are_read_at_once(void **state)
{
    enum { OBX_COUNT = 5000, OBX_SIZE = 80 };
    static const char *const head[] = {"|CWE|59847-4^H^LN|", "|NM|2857-1^P^LN|"};
    static const char *const tail[] = {"|8140/3^A^ICDO3||||||F", "|4|ng/mL|||||F"};
    char *message = malloc(OBX_COUNT * OBX_SIZE + 1000);
    clock_t begin = clock();
    (void)state;
    for (size_t k = 0; k < RFD_COUNT(head); k++) {
        size_t n = (size_t)sprintf(message, "%s%s%s", MSH("ORU^R01"), PID, OBR);
        for (int i = 1; i <= OBX_COUNT; i++)
            n += (size_t)sprintf(message + n, "OBX|%d%s%s\r", i, head[k], tail[k]);
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_int_equal(out.count, OBX_COUNT);
    }
    assert_true(clock() - begin < 3 * CLOCKS_PER_SEC);
    free(message);
}

static void
a_correction_has_the_key_of_its_original(void **state)
{
    (void)state;
    (void)one_obx("OBX|1|NM|2857-1^PSA^LN|1|4|ng/mL|||||F");
    struct fact_key before = fact_key(&out.facts[0]);
    (void)one_obx("OBX|1|NM|2857-1^PSA^LN|1|5|ng/mL|||||C");
    struct fact_key after = fact_key(&out.facts[0]);
    assert_int_equal(fact_key_cmp(&before, &after), 0);
}

/* ---- times ------------------------------------------------------------------------------- */

static void
times_and_zones(void **state)
{
    (void)state;
    (void)one_obx("OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F");
    assert_stamp(out.facts[0].collected, "2026-03-10T08:00:00+01:00");
    assert_int_equal(take("MSH|^~\\&|LIS|HOSP|R|R|20260310120000||ORU^R01|M1|P|2.5.1\r" PID OBR
                          "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F|||202603\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.facts[0].flags, FACT_ZONE_ASSUMED | FACT_TIME_PARTIAL);
    assert_int_equal(
        take(MSH("ORU^R01") PID OBR "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F|||20261345\r"),
        NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_BAD_TIME);
    assert_string_equal(out.place, "OBX[1]-14");
    assert_int_equal(out.count, 0);
    map_use("config/maps/default.yaml", NULL);
    enum normalize_outcome r =
        take("MSH|^~\\&|LIS|HOSP|R|R|20260310120000||ORU^R01|M1|P|2.5.1\r" PID OBR
             "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F\r");
    map_use("config/maps/demo.yaml", NULL);
    assert_int_equal(r, NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_NO_ZONE);
}

/* ---- genomics ---------------------------------------------------------------------------- */

static void
a_variant_from_its_group(void **state)
{
    (void)state;
    assert_int_equal(
        take(MSH("ORU^R01") PID OBR
             "OBX|1|CWE|48018-6^Gene^LN|2a|HGNC:3236^EGFR^HGNC||||||F\r"
             "OBX|2|ST|48005-3^p.^LN|2a|NP_005219.2:p.(Thr790Met)||||||F\r"
             "OBX|3|ST|48004-6^c.^LN|2a|NM_005228.4:c.2369C>T||||||F\r"
             "OBX|4|NM|81258-6^VAF^LN|2a|0.031|{ratio}|||||F\r"
             "OBX|5|CWE|48002-0^source^LN|2a|LA6684-0^Somatic^LN||||||F\r"
             "OBX|6|CWE|69548-6^assessment^LN|2a|LA9633-4^Present^LN||||||F\r"
             "OBX|7|CWE|48018-6^Gene^LN|2b|HGNC:3236^EGFR^HGNC||||||F\r"
             "OBX|8|ST|48005-3^p.^LN|2b|p.Glu746_Ala750del||||||F\r"
             "OBX|9|NM|81258-6^VAF^LN|2b|57.4|%|||||F\r"
             "OBX|10|CWE|48018-6^Gene^LN|1|HGNC:6407^KRAS^HGNC~HGNC:3236^EGFR^HGNC||||||F\r"
             "SPM|1|S1||PLAS^Plasma^HL70487\r"),
        NORMALIZE_OK);
    assert_int_equal(count_of(FACT_VARIANT), 2);
    const struct variant *v = &out.facts[0].u.variant;
    assert_str(v->gene, "EGFR");
    assert_str(v->name, "T790M");
    assert_str(v->hgvs_p, "NP_005219.2:p.(Thr790Met)");
    assert_true(v->present);
    assert_dec(v->vaf.value, "3.1");
    assert_int_equal(v->origin, ORIGIN_SOMATIC);
    assert_str(v->source, "plasma");
    v = &out.facts[1].u.variant;
    assert_str(v->name, "ex19del");
    assert_str(v->hgvs_p, "p.Glu746_Ala750del");
    assert_dec(v->vaf.value, "57.4");
    const struct negative *n = &first(FACT_NEGATIVE)->u.negative;
    assert_int_equal(n->gene_count, 1);
    assert_str(n->genes[0], "KRAS");
    assert_str(n->source, "plasma");
}

static void
absent_is_not_present(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID OBR
                          "OBX|1|CWE|48018-6^Gene^LN|2a|EGFR||||||F\r"
                          "OBX|2|ST|48005-3^p.^LN|2a|p.T790M||||||F\r"
                          "OBX|3|CWE|69548-6^assessment^LN|2a|LA9634-2^Absent^LN||||||F\r"),
                     NORMALIZE_OK);
    assert_false(first(FACT_VARIANT)->u.variant.present);
    assert_str(first(FACT_VARIANT)->u.variant.name, "T790M");
}

static void
single_gene_tests(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID OBR
                          "OBX|1|ST|21665-5^EGFR mutations^LN||L858R||||||F\r"
                          "OBX|2|CWE|85100-6^FLT3 ITD^LN||LA6577-6^Negative^LN||||||F\r"
                          "OBX|3|ST|21702-6^KRAS^LN||Not detected||||||F\r"
                          "OBX|4|CWE|78205-2^ALK^LN||10828004^Positive^SCT||||||F\r"),
                     NORMALIZE_OK);
    assert_str(out.facts[0].u.variant.name, "L858R");
    assert_str(out.facts[1].u.negative.genes[0], "FLT3:ITD");
    assert_str(out.facts[2].u.negative.genes[0], "KRAS");
    assert_int_equal(out.facts[3].u.variant.category, VARIANT_FUSION);
    assert_str(out.facts[3].u.variant.gene, "ALK");
}

static void
plasma_variants_of_clonal_haematopoiesis_are_flagged(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID OBR "OBX|1|ST|48018-6^Gene^LN|2a|TP53||||||F\r"
                                                 "OBX|2|ST|48005-3^p.^LN|2a|p.R175H||||||F\r"
                                                 "SPM|1|S1||PLAS^Plasma^HL70487\r"),
                     NORMALIZE_OK);
    assert_true((out.facts[0].flags & FACT_PLASMA_CHIP) != 0);
}

/* ---- coded results ----------------------------------------------------------------------- */

static void
responses_coded_three_ways(void **state)
{
    (void)state;
    assert_int_equal(
        take(MSH("ORU^R01") PID OBR
             "OBX|1|CWE|97509-4^Disease status^LN||271299001^worse^SCT||||||F|||20260301\r"
             "OBX|2|CWE|88040-1^Response^LN||LA28369-9^PR^LN||||||F|||20260302\r"
             "OBX|3|CWE|RECIST^Response^99DEMO||IUPD^unconfirmed^99DEMO||||||F|||20260303\r"
             "OBX|4|TX|88040-1^Response^LN||Stable disease||||||F|||20260304\r"),
        NORMALIZE_OK);
    assert_int_equal(out.count, 4);
    assert_int_equal(out.facts[0].u.response.code, RESPONSE_PD);
    assert_int_equal(out.facts[1].u.response.code, RESPONSE_PR);
    assert_int_equal(out.facts[2].u.response.code, RESPONSE_IUPD);
    assert_str(out.facts[2].u.response.criteria, "irecist");
    assert_int_equal(out.facts[3].u.response.code, RESPONSE_SD);
}

static void
biomarkers_and_performance(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID OBR
                          "OBX|1|NM|83053-9^PD-L1 TPS^LN||60|%|||||F\r"
                          "OBX|2|CWE|81695-9^MSI^LN||LA14122-8^Stable^LN||||||F\r"
                          "OBX|3|NM|94076-7^TMB^LN||12.4|1/1000000{Base}|||||F\r"
                          "OBX|4|ST|85319-2^HER2 IHC^LN||2+||||||F\r"
                          "OBX|5|CWE|89247-1^ECOG^LN||LA9623-5^Restricted^LN||||||F\r"
                          "OBX|6|NM|89247-1^ECOG^LN|2|2||||||F\r"),
                     NORMALIZE_OK);
    assert_str(out.facts[0].u.biomarker.name, "pdl1");
    assert_dec(out.facts[0].u.biomarker.number.value, "60");
    assert_str(out.facts[0].u.biomarker.unit, "%TPS");
    assert_str(out.facts[1].u.biomarker.value, "stable");
    assert_dec(out.facts[2].u.biomarker.number.value, "12.4");
    assert_str(out.facts[3].u.biomarker.value, "equivocal");
    assert_int_equal(out.facts[4].u.performance.score, 1);
    assert_int_equal(out.facts[5].u.performance.score, 2);
}

static void
a_report_is_unread_and_counted_once(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID
                          "OBR|1||R9^RIS|CT^CT chest^L|||20260310080000|||||||||||||||||RAD|F\r"
                          "OBX|1|TX|GDT^text^L||First line||||||F\r"
                          "OBX|2|TX|GDT^text^L||Second & line||||||F\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 1);
    assert_str(out.facts[0].u.report.category, "radiology");
    assert_int_equal(out.facts[0].u.report.bytes, 24);
}

static void
histology_makes_a_deep_diagnosis(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ORU^R01") PID OBR
                          "OBX|1|CWE|21855-2^site^LN||C61.9^Prostate^ICDO3||||||F\r"
                          "OBX|2|CWE|59847-4^histology^LN||8140/3^Adenocarcinoma^ICDO3||||||F\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 1);
    assert_str(out.facts[0].u.diagnosis.oncotree, "PRAD");
}

/* ---- therapy ----------------------------------------------------------------------------- */

static void
administrations_and_what_was_not_given(void **state)
{
    (void)state;
    assert_int_equal(
        take(MSH("RAS^O17^RAS_O17") PID
             "ORC|RE|P1||||||||||||||\r"
             "RXA|0|1|20260310090000||1547545^PEMBROlizumab^RXNORM|400|mg|||||||||||||CP|A\r"
             "RXA|0|2|20260311090000||OSI80^Osimertinib 80 mg^99DEMO|1||||||||||||^vomits||RE|A\r"
             "RXA|0|3|20260312090000||1547545^pembrolizumab^RXNORM|400|mg|||||||||||||CP|D\r"),
        NORMALIZE_OK);
    assert_int_equal(out.count, 3);
    const struct therapy *t = &out.facts[0].u.therapy;
    assert_str(t->drug, "pembrolizumab");
    assert_int_equal(t->rung, THERAPY_GIVEN);
    assert_int_equal(t->action, THERAPY_DOSE);
    assert_int_equal(t->cover_days, 42);
    assert_true(therapy_has_class(t, STR("anti_pd1")));
    assert_true(therapy_has_class(t, STR("checkpoint_inhibitor")));
    assert_true(therapy_has_class(t, STR("pembrolizumab")));
    assert_str(out.facts[1].u.therapy.drug, "osimertinib");
    assert_int_equal(out.facts[1].u.therapy.action, THERAPY_NOT_GIVEN);
    assert_int_equal(out.facts[2].status, FACT_WITHDRAWN);
}

static void
orders_dispensing_and_bills(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("RDE^O11") PID "ORC|NW|P1|||||||||||||20260305\r"
                                             "RXE||L01EB04^osimertinib^ATC|1||{tablet}\r"
                                             "ORC|DC|P2|||||||||||||20260306|^progression\r"
                                             "RXE||^Erlotinib 150 mg tablet^L|1||{tablet}\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.facts[0].u.therapy.action, THERAPY_START);
    assert_int_equal(out.facts[0].u.therapy.rung, THERAPY_ORDERED);
    assert_str(out.facts[0].u.therapy.order, "P1");
    assert_stamp(out.facts[0].collected, "2026-03-05");
    assert_int_equal(out.facts[1].u.therapy.action, THERAPY_STOP);
    assert_str(out.facts[1].u.therapy.drug, "erlotinib");
    assert_str(out.facts[1].u.therapy.reason, "progression");
    assert_int_equal(
        take(MSH("RDS^O13") PID "ORC|RE|P1\rRXD|1|1721560^osimertinib^RXNORM|20260310\r"),
        NORMALIZE_OK);
    assert_int_equal(out.facts[0].u.therapy.rung, THERAPY_DISPENSED);
    assert_int_equal(take(MSH("DFT^P03") PID "FT1|1|A1||20260310||CG|J9271^pembrolizumab^HCPCS\r"
                                             "FT1|2|A2||20260310||CD|J9271^pembrolizumab^HCPCS\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.facts[0].u.therapy.rung, THERAPY_BILLED);
    assert_int_equal(out.facts[1].status, FACT_WITHDRAWN);
    struct fact_key x = fact_key(&out.facts[0]), y = fact_key(&out.facts[1]);
    assert_int_equal(fact_key_cmp(&x, &y), 0);
}

static void
a_regimen_is_all_its_drugs(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("RDE^O11") PID "ORC|NW|P1|||||||||||||20260305\r"
                                             "RXE||X^FOLFOX6^L|1\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 2);
    assert_str(out.facts[0].u.therapy.regimen, "folfox");
    assert_str(out.facts[1].u.therapy.drug, "oxaliplatin");
}

static void
a_code_and_a_text_of_two_drugs_are_flagged(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("RAS^O17") PID "RXA|0|1|20260310||1721560^erlotinib^RXNORM|1\r"),
                     NORMALIZE_OK);
    assert_str(out.facts[0].u.therapy.drug, "osimertinib");
    assert_true((out.facts[0].flags & FACT_CODE_CONFLICT) != 0);
}

/* ---- patients ---------------------------------------------------------------------------- */

static void
admissions_bring_diagnosis_and_demographics(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ADT^A08") "EVN|A08|20260310115900\r" PID "PV1|1|O|ONC||||D17^SMITH\r"
                                         "DG1|1||C34.11^Malignant neoplasm of upper lobe, right "
                                         "bronchus or lung^I10C||20260101\r"
                                         "DG1|2||C61^Malignant neoplasm of breast^I10C||20260102\r"
                                         "DG1|3||I10^Hypertension^I10C\r"),
                     NORMALIZE_OK);
    const struct demographics *d = &first(FACT_DEMOGRAPHICS)->u.demographics;
    assert_int_equal(d->sex, SEX_FEMALE);
    assert_str(first(FACT_ROLE)->u.role.person[0].id, "D17");
    assert_false(d->dead);
    assert_int_equal(count_of(FACT_DIAGNOSIS), 2);
    assert_str(first(FACT_DIAGNOSIS)->u.diagnosis.oncotree, "LUNG");
    assert_int_equal(first(FACT_DIAGNOSIS)->flags, 0);
    assert_true((out.facts[out.count - 1].flags & FACT_CODE_CONFLICT) != 0);
    assert_int_equal(out.unmapped, 1);
}

static void
merges_link_each_pair(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ADT^A40^ADT_A39") "EVN|A40|20260310\r" PID "MRG|888^^^HOSP^MR\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.link_count, 1);
    assert_str(out.links[0]->patient.id, "777");
    assert_str(out.links[0]->u.link.other.id, "888");
    assert_true(out.links[0]->u.link.live);
    assert_int_equal(take(MSH("ADT^A40") PID), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_BAD_MERGE);
}

static int
take_merges(int count)
{
    static char message[20000];
    size_t n = (size_t)sprintf(message, "%s", MSH("ADT^A40"));
    for (int i = 0; i < count; i++)
        n += (size_t)sprintf(message + n, "PID|%d||A%d^^^HOSP^MR\rMRG|A%d^^^HOSP^MR\r", i + 1, i,
                             i + 1);
    return (int)take(message);
}

/* Each merge is evaluated with all that it joins: a chain of 800 took core 6 s. */
static void
a_message_states_so_many_merges(void **state)
{
    (void)state;
    assert_int_equal(take_merges(128), NORMALIZE_OK);
    assert_int_equal(out.link_count, 128);
    assert_int_equal(take_merges(129), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_TOO_MANY_FACTS);
}

static void
identifiers_are_picked_by_type(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ADT^A08") "PID|1||111-22^^^SSA^SS~55^^^MAIN&1.2.3&ISO^MR||DOE^J\r"),
                     NORMALIZE_OK);
    assert_str(out.patient.id, "55");
    assert_str(out.patient.authority, "MAIN");
    assert_int_equal(take(MSH("ADT^A08") "PID|1||55^^^^MR||DOE^J\r"), NORMALIZE_OK);
    assert_str(out.patient.authority, "HOSP");
    assert_int_equal(take(MSH("ADT^A08") "PID|1||111-22^^^SSA^SS||DOE^J\r"), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_NO_PATIENT_ID);
    assert_int_equal(take(MSH("ORU^R01") PID OBR PID OBR), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_SEVERAL_PATIENTS);
}

static void
what_is_not_ours_is_ignored_with_a_reason(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("SIU^S12") PID), NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_OTHER_TYPE);
    assert_int_equal(take(MSH("ORU^R01") PID OBR "OBX|1|NM|2951-2^Sodium^LN||140|mmol/L|||||F\r"),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_NOTHING_OF_OURS);
    assert_int_equal(out.unmapped, 1);
    assert_int_equal(take("MSH|^~\\&|REFRACTD|H|R|R|20260310120000+0100||ORU^R01|M1|P|2.5.1\r" PID),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_OWN_MESSAGE);
    assert_int_equal(take(MSH("ZZZ^Z01") PID), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_UNKNOWN_TYPE);
}

static void
test_messages_are_marked(void **state)
{
    (void)state;
    assert_int_equal(take("MSH|^~\\&|LIS|HOSP|R|R|20260310120000+0100||ORU^R01|M1|T|2.5.1\r" PID OBR
                          "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F\r"),
                     NORMALIZE_OK);
    assert_true(out.test);
    assert_int_equal(out.facts[0].flags, FACT_TEST_MESSAGE);
}

static void
too_many_facts_are_quarantined_not_cut(void **state)
{
    (void)state;
    enum { OBX_COUNT = 8193, OBX_SIZE = 64 };
    char *message = malloc(OBX_COUNT * OBX_SIZE + 1000);
    size_t n = (size_t)sprintf(message, "%s%s%s", MSH("ORU^R01"), PID, OBR);
    for (int i = 1; i <= OBX_COUNT; i++)
        n += (size_t)sprintf(message + n, "OBX|%d|NM|2857-1^P^LN|%d|4|ng/mL|||||F\r", i, i);
    assert_int_equal(take(message), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_TOO_MANY_FACTS);
    free(message);
}

static void
warnings_hold_no_values(void **state)
{
    (void)state;
    assert_int_equal(
        take(MSH("ORU^R01") "PID|1||SECRETID^^^HOSP^MR||SECRETNAME\r" OBR
                            "OBX|1|NM|2857-1^CA 125^LN||31.4159|SECRETUNIT|3-SECRET||||F\r"
                            "OBX|2|CWE|97509-4^s^LN||SECRETANSWER||||||F\r"
                            "OBX|3|ST|89247-1^s^LN||SECRETSCORE||||||F\r"),
        NORMALIZE_OK);
    assert_true(out.warnings.warnings >= 3);
    for (const struct diag *d = out.warnings.first; d != NULL; d = d->next) {
        assert_null(strstr(d->text, "SECRET"));
        assert_null(strstr(d->text, "31.4"));
    }
}

/* ---- every public message ---------------------------------------------------------------- */

static bool
read_whole(const char *path, char *to, size_t size, struct str *out_text)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return false;
    *out_text = (struct str){to, fread(to, 1, size, f)};
    (void)fclose(f);
    return true;
}

/* Nothing crashes; each message ends in one of three ways, with a reason unless it has facts. */
static void
the_public_messages_pass(void **state)
{
    (void)state;
    enum { FILE_MAX = 4 * 1024 * 1024 };
    const char *dir = getenv("REFRACT_SHARED");
    char path[8192], line[4096];
    size_t messages = 0, by[NORMALIZE_OUTCOME_COUNT] = {0}, why[NORMALIZE_REASON_COUNT] = {0};
    (void)snprintf(path, sizeof path, "%s/data/hl7/MANIFEST.tsv", dir != NULL ? dir : "../shared");
    FILE *list = fopen(path, "r");
    if (list == NULL) {
        print_message("SKIP shared (1)\n");
        skip();
    }
    char *bytes = malloc(FILE_MAX);
    while (list != NULL && fgets(line, sizeof line, list) != NULL) {
        struct str text;
        line[strcspn(line, "\t")] = '\0';
        (void)snprintf(path, sizeof path, "%s/data/hl7/%s", dir != NULL ? dir : "../shared", line);
        if (!read_whole(path, bytes, FILE_MAX, &text))
            continue;
        struct arena *a = fresh();
        struct hl7 m;
        if (hl7_index(&m, a, text) != HL7_OK)
            continue;
        enum normalize_outcome r = normalize_hl7(&m, &map, normalize_terms(), STAMP_NONE, a, &out);
        messages++;
        by[r]++;
        why[out.reason]++;
        assert_true((r == NORMALIZE_OK) == (out.reason == NORMALIZE_NONE));
        assert_true((r == NORMALIZE_OK) == (out.count > 0));
        for (size_t i = 0; i < out.count; i++)
            (void)fact_key(&out.facts[i]);
    }
    free(bytes);
    (void)fclose(list);
    print_message("%zu messages: %zu with facts, %zu ignored, %zu quarantined\n", messages, by[0],
                  by[1], by[2]);
    for (size_t i = 1; i < NORMALIZE_REASON_COUNT; i++) {
        if (why[i] > 0)
            print_message("  %s %zu\n", normalize_reason_name((enum normalize_reason)i), why[i]);
    }
    assert_true(messages > 1000);
    assert_true(by[NORMALIZE_OK] > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_by_loinc),
        cmocka_unit_test(comparators_in_every_type),
        cmocka_unit_test(what_is_no_number_stays_text),
        cmocka_unit_test(units_are_never_assumed),
        cmocka_unit_test(the_international_scale_is_per_cent),
        cmocka_unit_test(another_specimen_is_another_analyte),
        cmocka_unit_test(a_display_of_another_analyte_is_flagged),
        cmocka_unit_test(local_codes_and_second_triplets),
        cmocka_unit_test(ranges_in_the_forms_seen),
        cmocka_unit_test(status_letters),
        cmocka_unit_test(the_same_code_twice_without_a_sub_id_is_two_measurements),
        cmocka_unit_test(numbered_sub_ids_keep_clear_of_the_senders),
        cmocka_unit_test(many_results_of_an_order_are_read_at_once),
        cmocka_unit_test(a_correction_has_the_key_of_its_original),
        cmocka_unit_test(times_and_zones),
        cmocka_unit_test(a_variant_from_its_group),
        cmocka_unit_test(absent_is_not_present),
        cmocka_unit_test(single_gene_tests),
        cmocka_unit_test(plasma_variants_of_clonal_haematopoiesis_are_flagged),
        cmocka_unit_test(responses_coded_three_ways),
        cmocka_unit_test(biomarkers_and_performance),
        cmocka_unit_test(a_report_is_unread_and_counted_once),
        cmocka_unit_test(histology_makes_a_deep_diagnosis),
        cmocka_unit_test(administrations_and_what_was_not_given),
        cmocka_unit_test(orders_dispensing_and_bills),
        cmocka_unit_test(a_regimen_is_all_its_drugs),
        cmocka_unit_test(a_code_and_a_text_of_two_drugs_are_flagged),
        cmocka_unit_test(admissions_bring_diagnosis_and_demographics),
        cmocka_unit_test(merges_link_each_pair),
        cmocka_unit_test(a_message_states_so_many_merges),
        cmocka_unit_test(identifiers_are_picked_by_type),
        cmocka_unit_test(what_is_not_ours_is_ignored_with_a_reason),
        cmocka_unit_test(test_messages_are_marked),
        cmocka_unit_test(too_many_facts_are_quarantined_not_cut),
        cmocka_unit_test(warnings_hold_no_values),
        cmocka_unit_test(the_public_messages_pass),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
