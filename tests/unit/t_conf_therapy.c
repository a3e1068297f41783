/* Therapy evidence and what a hospital's register says of a patient, from messages to facts. */
#include "hl7map_test.h"

/* The least that a map says, and more. */
static void
map_with(const char *more)
{
    struct arena *a = fresh();
    struct str text = str_cat(a,
                              STR("name: test\npatient: {id: [\"PID-3(5=MR)\"]}\n"
                                  "own_applications: [REFRACTD, REFRACTD-OUT]\n"),
                              str_from_c(more));

    map_use(NULL, str_cz(a, text));
}

static int
setup(void **state)
{
    (void)state;
    map_with("");
    return 0;
}

#define MSH(type) "MSH|^~\\&|PHARM|HOSP|R|R|20260310120000+0100||" type "|M1|P|2.5.1\r"
#define PID       "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"

static const struct therapy *
therapy(size_t n)
{
    assert_true(n < out.count);
    assert_int_equal(out.facts[n].kind, FACT_THERAPY);
    return &out.facts[n].u.therapy;
}

static const struct fact *
restriction(const char *name)
{
    for (size_t i = 0; i < out.count; i++) {
        if (out.facts[i].kind == FACT_RESTRICTION &&
            str_eq_c(out.facts[i].u.restriction.name, name))
            return &out.facts[i];
    }
    return NULL;
}

/* ---- orders -------------------------------------------------------------------------------- */

static void
order_controls(void **state)
{
    static const struct {
        const char *control;
        enum therapy_action want;
    } rows[] = {
        {"NW", THERAPY_START}, {"XO", THERAPY_CHANGE}, {"DC", THERAPY_STOP},
        {"CA", THERAPY_STOP},  {"HD", THERAPY_HOLD},   {"RL", THERAPY_CHANGE},
    };
    static const struct {
        const char *type;
        const char *drug;
    } types[] = {
        {"RDE^O11^RDE_O11", "RXE||1721560^osimertinib^RXNORM|80||mg\r"},
        {"OMP^O09^OMP_O09", "RXO|1721560^osimertinib^RXNORM|80||mg\r"},
        {"ORM^O01^ORM_O01", "RXO|1721560^osimertinib^RXNORM|80||mg\r"},
        {"RDE^O25^RDE_O11", "RXE||1721560^osimertinib^RXNORM|80||mg\r"},
    };
    (void)state;
    for (size_t k = 0; k < RFD_COUNT(types); k++) {
        for (size_t i = 0; i < RFD_COUNT(rows); i++) {
            char text[1024];
            (void)snprintf(text, sizeof text,
                           "MSH|^~\\&|PHARM|HOSP|R|R|20260310120000+0100||%s|M1|P|2.5.1\r" PID
                           "ORC|%s|P1|||||||20260309101500|||||||^side effects\r%s",
                           types[k].type, rows[i].control, types[k].drug);
            assert_int_equal(take(text), NORMALIZE_OK);
            assert_int_equal(therapy(0)->action, rows[i].want);
            assert_int_equal(therapy(0)->rung, THERAPY_ORDERED);
            assert_str(therapy(0)->drug, "osimertinib");
            assert_str(therapy(0)->reason, "side effects");
        }
    }
}

static void
an_order_that_failed_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("RDE^O11") PID "ORC|UA|P1\rRXE||1721560^osimertinib^RXNORM|80||mg\r"),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_NO_RESULT_YET);
}

/* ---- administrations ----------------------------------------------------------------------- */

static void
completion_and_action(void **state)
{
    static const struct {
        const char *tail; /* RXA-20, -21 */
        enum therapy_action action;
        enum fact_status status;
    } rows[] = {
        {"CP|A", THERAPY_DOSE, FACT_FINAL},      {"PA|A", THERAPY_DOSE, FACT_FINAL},
        {"RE|A", THERAPY_NOT_GIVEN, FACT_FINAL}, {"NA|A", THERAPY_NOT_GIVEN, FACT_FINAL},
        {"CP|D", THERAPY_DOSE, FACT_WITHDRAWN},  {"CP|U", THERAPY_DOSE, FACT_CORRECTED},
        {"|", THERAPY_DOSE, FACT_FINAL},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       MSH("RAS^O17^RAS_O17") PID
                       "ORC|RE|P1\rRXA|0|1|20260310090000||1547545^PEMBROlizumab^RXNORM|400|mg"
                       "|||||||||||||%s\r",
                       rows[i].tail);
        assert_int_equal(take(text), NORMALIZE_OK);
        assert_int_equal(therapy(0)->action, rows[i].action);
        assert_int_equal(therapy(0)->rung, THERAPY_GIVEN);
        assert_int_equal(out.facts[0].status, rows[i].status);
    }
}

static void
names_as_pharmacies_write_them(void **state)
{
    static const struct {
        const char *text;
        const char *drug;
    } rows[] = {
        {"vinBLAStine", "vinblastine"},
        {"vinCRIStine 2 mg/2 mL inj", "vincristine"},
        {"PACLitaxel", "paclitaxel"},
        {"PACLitaxel protein-bound (ABRAXANE)", "nab-paclitaxel"},
        {"DOCEtaxel 20 mg/mL", "docetaxel"},
        {"DOXOrubicin", "doxorubicin"},
        {"CISplatin", "cisplatin"},
        {"CARBOplatin AUC 5", "carboplatin"},
        {"bevacizumab-awwb", "bevacizumab"},
        {"trastuzumab-dkst 420 MG Injection [Ogivri]", "trastuzumab"},
        {"Keytruda", "pembrolizumab"},
        {"KEYTRUDA 100 mg/4 mL", "pembrolizumab"},
        {"Tagrisso 80mg tablets", "osimertinib"},
        {"osimertinib mesylate 80 MG Oral Tablet", "osimertinib"},
        {"XTANDI", "enzalutamide"},
        {"leuprolide acetate depot 22.5 mg", "leuprolide"},
        {"Lupron Depot", "leuprolide"},
        {"Enhertu", "trastuzumab deruxtecan"},
        {"fam-trastuzumab deruxtecan-nxki", "trastuzumab deruxtecan"},
        {"10 ML doxorubicin hydrochloride 2 MG/ML Injection", "doxorubicin"},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, MSH("RAS^O17") PID "RXA|0|1|20260310||X%zu^%s^L|1|mg\r",
                       i, rows[i].text);
        if (take(text) != NORMALIZE_OK)
            fail_msg("%s", rows[i].text);
        assert_str(therapy(0)->drug, rows[i].drug);
        assert_int_equal(out.facts[0].flags & FACT_CODE_CONFLICT, 0);
    }
}

static void
what_is_said_beside_the_drug(void **state)
{
    static const struct {
        const char *said;
        int32_t cycle;
    } rows[] = {{"3", 3}, {"C3D1", 3}, {"Cycle 12 of 12", 12}, {"", 0}, {"first", 0}, {"12345", 0}};
    (void)state;
    map_with("therapy: {regimen: ZRX-2, intent: ZRX-3.2, cycle: ZRX-4}\n");
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       MSH("RAS^O17") PID "RXA|0|1|20260310||32592^oxaliplatin^RXNORM|1|mg\r"
                                          "ZRX|1|mFOLFOX6|P^palliative|%s\r",
                       rows[i].said);
        assert_int_equal(take(text), NORMALIZE_OK);
        assert_str(therapy(0)->regimen, "mFOLFOX6");
        assert_str(therapy(0)->intent, "palliative");
        assert_int_equal(therapy(0)->cycle, rows[i].cycle);
    }
    map_with("");
}

/* ---- bills --------------------------------------------------------------------------------- */

static void
charges(void **state)
{
    static const char *const lines[] = {
        "FT1|1|A1||20260310||CG|J9271^pembrolizumab 1 mg^HCPCS\r",
        "FT1|1|A1||20260310||CG|J9271^Inj pembrolizumab^HCPC\r",
        "FT1|1|A1||20260310||CG|C123^infusion^L||||||||||||||||||J9271^pembrolizumab^HCPCS\r",
        "FT1|1|A1||20260310||CG|00006-3026-02^x^NDC\r",
        "FT1|1|A1||20260310||CG|0006-3026-02^x^NDC\r",
        "FT1|1|A1||20260310||CG|00006302602^x^NDC\r",
        "FT1|1|A1||20260310||CG|C123^infusion^L||||||||||||||||||||||0006-3026-02^x^NDC\r",
        "FT1|1|A1||20260310||CG|C123^Keytruda 100 mg^L\r",
    };
    (void)state;
    map_with("drugs:\n  - {system: NDC, code: \"00006302602\", drug: pembrolizumab}\n");
    for (size_t i = 0; i < RFD_COUNT(lines); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, MSH("DFT^P03^DFT_P03") "EVN||20260310\r" PID "%s",
                       lines[i]);
        if (take(text) != NORMALIZE_OK)
            fail_msg("%s", lines[i]);
        assert_int_equal(out.count, 1);
        assert_str(therapy(0)->drug, "pembrolizumab");
        assert_int_equal(therapy(0)->rung, THERAPY_BILLED);
    }
    map_with("");
}

/* ---- the register ---------------------------------------------------------------------------- */

static void
own_messages_come_back(void **state)
{
    (void)state;
    assert_int_equal(
        take("MSH|^~\\&|REFRACTD-OUT|HOSP|R|R|20260310120000+0100||ORU^R01|M1|P|2.5.1\r" PID
             "OBR|1||A1|X^alert^L\rOBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||F\r"),
        NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_OWN_MESSAGE);
}

#define PV1(class, service, disposition) \
    "PV1|1|" class "||||||||" service "||||||||||||||||||||||||||" disposition "\r"

static void
hospice(void **state)
{
    static const struct {
        const char *type;
        const char *pv1;
        int want; /* -1: nothing said */
    } rows[] = {
        {"ADT^A03", PV1("I", "ONC", "50"), 1}, {"ADT^A03", PV1("I", "ONC", "51"), 1},
        {"ADT^A03", PV1("I", "ONC", "01"), 0}, {"ADT^A03", PV1("I", "ONC", ""), -1},
        {"ADT^A08", PV1("I", "HSP", ""), 1},   {"ADT^A01", PV1("HOS", "", ""), 1},
        {"ADT^A01", PV1("I", "ONC", ""), -1},  {"ADT^A08", PV1("O", "ONC", "01"), -1},
        {"ADT^A13", PV1("I", "ONC", "50"), 0},
    };
    (void)state;
    map_with("hospice: [HSP, HOS]\n");
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       "MSH|^~\\&|ADT|HOSP|R|R|20260310120000+0100||%s|M1|P|2.5.1\r"
                       "EVN||20260310\r" PID "%s",
                       rows[i].type, rows[i].pv1);
        assert_int_equal(take(text), NORMALIZE_OK);
        const struct fact *f = restriction("hospice");
        if (rows[i].want < 0)
            assert_null(f);
        else
            assert_int_equal(f != NULL && f->u.restriction.active, rows[i].want);
        assert_int_equal(f != NULL, rows[i].want >= 0);
    }
    map_with("");
    /* palliative care is given beside treatment */
    assert_int_equal(
        take(MSH("ADT^A01") "EVN||20260310\r" PID PV1(
            "I", "ONC", "") "DG1|1||Z51.5^Encounter for palliative care^I10C||20260310\r"),
        NORMALIZE_OK);
    assert_null(restriction("hospice"));
}

static void
protection_and_attending(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("ADT^A31") "EVN||20260310\r" PID "PD1||||||||||||Y\r"
                                         "PV1|1|O|ONC||||D17^SMITH|||||||||V\r"),
                     NORMALIZE_OK);
    assert_true(restriction("no_use")->u.restriction.active);
    assert_true(restriction("vip")->u.restriction.active);
    assert_int_equal(out.facts[3].kind, FACT_ROLE);
    assert_str(out.facts[3].u.role.person[0].id, "D17");
    assert_int_equal(take(MSH("ADT^A31") "EVN||20260310\r" PID "PD1||||||||||||N\r"), NORMALIZE_OK);
    assert_false(restriction("no_use")->u.restriction.active);
}

/* What shows that the team acts; any other order says nothing to us. */
static void
orders_for_staging_and_the_board(void **state)
{
    (void)state;
    assert_int_equal(take(MSH("OMG^O19") PID "ORC|NW|P1|||||||20260310101500\r"
                                             "OBR|1|P1||CTST^Staging CT^L\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.facts[0].kind, FACT_PROCEDURE);
    assert_true(str_eq_c(out.facts[0].u.procedure.name, PROCEDURE_STAGING));
    assert_int_equal(out.facts[0].status, FACT_FINAL);
    assert_int_equal(fact_day(&out.facts[0]), 20522); /* 2026-03-10 */
    assert_int_equal(take(MSH("ORM^O01") PID "ORC|CA|P2\r"
                                             "OBR|1|P2||MTB^Molecular tumor board^L||20260311\r"),
                     NORMALIZE_OK);
    assert_true(str_eq_c(out.facts[0].u.procedure.name, PROCEDURE_BOARD));
    assert_int_equal(out.facts[0].status, FACT_WITHDRAWN);
    assert_int_equal(take(MSH("OMG^O19") PID "ORC|NW|P3\rOBR|1|P3||XR^Chest x-ray^L\r"),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_NOTHING_OF_OURS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_for_staging_and_the_board),
        cmocka_unit_test(order_controls),
        cmocka_unit_test(an_order_that_failed_says_nothing),
        cmocka_unit_test(completion_and_action),
        cmocka_unit_test(names_as_pharmacies_write_them),
        cmocka_unit_test(what_is_said_beside_the_drug),
        cmocka_unit_test(charges),
        cmocka_unit_test(own_messages_come_back),
        cmocka_unit_test(hospice),
        cmocka_unit_test(protection_and_attending),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
