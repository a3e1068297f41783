#include "model/alert.h"
#include "model/fact.h"
#include "model/finding.h"
#include "model/option.h"
#include "model/rule.h"
#include "model_test.h"

static struct stamp
at(const char *text)
{
    struct stamp s = STAMP_NONE;
    assert_true(stamp_parse(str_from_c(text), &s));
    return s;
}

static struct fact
psa(const char *when, int64_t value)
{
    struct fact f = {.kind = FACT_OBSERVATION, .status = FACT_FINAL};
    f.patient = (struct patient_ref){STR("HOSP"), STR("123")};
    f.collected = at(when);
    f.status_time = f.collected;
    f.order = STR("ORD1");
    f.u.observation.analyte = STR("psa");
    f.u.observation.code = (struct code){STR("LN"), STR("2857-1"), STR("PSA")};
    f.u.observation.value = (struct quantity){CMP_EQ, dec_from_i64(value), true};
    f.u.observation.unit = STR("ng/mL");
    return f;
}

static bool
same_key(const struct fact *a, const struct fact *b)
{
    struct fact_key x = fact_key(a);
    struct fact_key y = fact_key(b);
    return fact_key_cmp(&x, &y) == 0;
}

static bool
same_content(const struct fact *a, const struct fact *b)
{
    struct sha256 x = fact_content(a);
    struct sha256 y = fact_content(b);
    return sha256_cmp(&x, &y) == 0;
}

static void
t_key_leaves_out(void **state)
{
    (void)state;
    struct fact a = psa("2026-03-01T08:00Z", 4);
    struct fact b = psa("2026-03-01T08:00Z", 9);
    b.status = FACT_CORRECTED;
    b.status_time = at("2026-03-05T08:00Z");
    b.received = at("2026-03-06T08:00Z");
    b.source = (struct fact_source){9, STR("lab2"), STR("M9"), STR("OBX[2]")};
    b.flags = FACT_IMPORTED;
    b.u.observation.code.code = STR("35741-8"); /* mapped to the same analyte */
    b.u.observation.unit = STR("ug/L");
    assert_true(same_key(&a, &b));
    assert_false(same_content(&a, &b));
}

static void
t_key_takes_in(void **state)
{
    (void)state;
    struct fact a = psa("2026-03-01T08:00Z", 4);
    for (int i = 0; i < 9; i++) {
        struct fact b = a;
        switch (i) {
        case 0: b.patient.id = STR("124"); break;
        case 1: b.patient.authority = STR_NONE; break;
        case 2: b.u.observation.analyte = STR("cea"); break;
        case 3: b.order = STR("ORD2"); break;
        case 4: b.order = STR_NONE; break;
        case 5: b.specimen = STR(""); break; /* present and empty is not absent */
        case 6: b.collected = at("2026-03-01T08:01Z"); break;
        case 7: b.collected.precision = PRECISION_DAY; break;
        default: b.group = STR("1"); break;
        }
        if (same_key(&a, &b))
            fail_msg("change %d leaves the key alone", i);
    }
}

static void
t_key_unmapped_by_code(void **state)
{
    (void)state;
    struct fact a = psa("2026-03-01", 4);
    a.u.observation.analyte = STR_NONE;
    struct fact b = a;
    assert_true(same_key(&a, &b));
    b.u.observation.code.code = STR("9999-9");
    assert_false(same_key(&a, &b));
    b = a;
    b.u.observation.code.system = STR("L");
    assert_false(same_key(&a, &b));
}

static struct fact
of_kind(enum fact_kind k)
{
    struct fact f = {.kind = k, .status = FACT_FINAL, .collected = at("2026-03-01")};
    f.patient = (struct patient_ref){STR("HOSP"), STR("123")};
    return f;
}

static void
t_key_standing(void **state)
{
    (void)state;
    for (unsigned k = 0; k < FACT_KIND_COUNT; k++) {
        struct fact a = of_kind((enum fact_kind)k);
        struct fact b = a;
        b.collected = at("2026-04-01");
        bool standing = k == FACT_DIAGNOSIS || k == FACT_RESTRICTION || k == FACT_DEMOGRAPHICS ||
                        k == FACT_LINK || k == FACT_ROLE;
        assert_int_equal(same_key(&a, &b), standing);
        b = a;
        b.order = STR("X");
        assert_int_equal(same_key(&a, &b), standing);
    }
    struct fact a = of_kind(FACT_DIAGNOSIS);
    struct fact b = a;
    b.u.diagnosis.code.code = STR("C61");
    assert_false(same_key(&a, &b));
    a = of_kind(FACT_LINK);
    b = a;
    b.u.link.live = true;
    assert_true(same_key(&a, &b));
    b.u.link.other.id = STR("9");
    assert_false(same_key(&a, &b));
    a = of_kind(FACT_RESTRICTION);
    b = a;
    b.u.restriction.name = STR("vip");
    assert_false(same_key(&a, &b));
}

static void
t_key_of_kinds(void **state)
{
    (void)state;
    struct fact a = of_kind(FACT_VARIANT);
    a.u.variant = (struct variant){.gene = STR("EGFR"), .name = STR("T790M"), .present = true};
    struct fact b = a;
    b.u.variant.present = false;
    b.u.variant.vaf.present = true;
    assert_true(same_key(&a, &b)); /* found and not found are versions of one */
    b.u.variant.name = STR("C797S");
    assert_false(same_key(&a, &b));
    a.u.variant.name = STR_NONE;
    b = a;
    b.u.variant.hgvs_c = STR("c.1A>T");
    assert_false(same_key(&a, &b));

    a = of_kind(FACT_THERAPY);
    a.u.therapy = (struct therapy){.drug = STR("osimertinib"), .action = THERAPY_START};
    b = a;
    b.u.therapy.cover_days = 30;
    b.u.therapy.reason = STR("x");
    assert_true(same_key(&a, &b));
    b.u.therapy.action = THERAPY_DOSE;
    assert_false(same_key(&a, &b));
    b = a;
    b.u.therapy.rung = THERAPY_BILLED;
    assert_false(same_key(&a, &b));
    static const struct str tki[] = {{"egfr_tki", 8}};
    a.u.therapy.drug = STR_NONE;
    b = a;
    b.u.therapy.classes = tki;
    b.u.therapy.class_count = 1;
    assert_false(same_key(&a, &b));

    a = of_kind(FACT_NEGATIVE);
    b = a;
    b.u.negative.genes = tki;
    b.u.negative.gene_count = 1;
    assert_false(same_key(&a, &b)); /* no panel named */
    a.u.negative.panel = b.u.negative.panel = STR("P50");
    assert_true(same_key(&a, &b));
    a = of_kind(FACT_RESPONSE);
    b = a;
    b.u.response.code = RESPONSE_PD;
    b.u.response.criteria = STR("irecist");
    assert_true(same_key(&a, &b));
    b = of_kind(FACT_PROCEDURE);
    assert_false(same_key(&a, &b)); /* kinds never meet */
}

static void
t_content(void **state)
{
    (void)state;
    struct fact a = psa("2026-03-01T08:00Z", 4);
    struct fact b = a;
    b.source = (struct fact_source){9, STR("lab2"), STR("M9"), STR("OBX[2]")};
    b.received = at("2026-03-06T08:00Z");
    b.map_hash = STR("ff");
    b.flags = FACT_IMPORTED;
    assert_true(same_content(&a, &b));
    b.u.observation.laboratory = STR("");
    assert_false(same_content(&a, &b));
    b = a;
    b.u.observation.value.value = (struct dec){40, -1}; /* 4.0 was said, not 4 */
    assert_false(same_content(&a, &b));
    b = a;
    b.status = FACT_CORRECTED;
    assert_false(same_content(&a, &b));
}

/* Whatever is said must be in the content: flip one byte of each kind's part and look. */
static void
t_content_of_every_kind(void **state)
{
    (void)state;
    for (unsigned k = 0; k < FACT_KIND_COUNT; k++) {
        struct fact a = of_kind((enum fact_kind)k);
        struct fact b = a;
        switch ((enum fact_kind)k) {
        case FACT_OBSERVATION: b.u.observation.high.present = true; break;
        case FACT_VARIANT: b.u.variant.origin = ORIGIN_GERMLINE; break;
        case FACT_BIOMARKER: b.u.biomarker.method = STR("22C3"); break;
        case FACT_RESPONSE: b.u.response.site = STR("cns"); break;
        case FACT_THERAPY: b.u.therapy.cover_days = 42; break;
        case FACT_DIAGNOSIS: b.u.diagnosis.active = true; break;
        case FACT_PERFORMANCE: b.u.performance.score = 1; break;
        case FACT_PROCEDURE: b.u.procedure.code.display = STR("x"); break;
        case FACT_NEGATIVE: b.u.negative.source = STR("plasma"); break;
        case FACT_REPORT: b.u.report.bytes = 1; break;
        case FACT_RESTRICTION: b.u.restriction.active = true; break;
        case FACT_DEMOGRAPHICS: b.u.demographics.dead = true; break;
        case FACT_LINK: b.u.link.live = true; break;
        case FACT_ROLE: b.u.role.active = true; break;
        case FACT_KIND_COUNT: break;
        }
        if (same_content(&a, &b))
            fail_msg("%s: a change is not seen", fact_kind_name((enum fact_kind)k));
    }
}

static void
t_versions(void **state)
{
    (void)state;
    struct fact p = psa("2026-03-01T08:00Z", 4);
    struct fact f = p;
    p.status = FACT_PRELIMINARY;
    assert_true(fact_version_cmp(&p, &f) < 0);
    assert_true(fact_version_cmp(&f, &p) > 0);
    p.status_time = at("2026-03-02T08:00Z"); /* the later statement wins over the rank */
    assert_true(fact_version_cmp(&p, &f) > 0);
    struct fact c = f;
    struct fact w = f;
    c.status = FACT_CORRECTED;
    w.status = FACT_WITHDRAWN;
    assert_true(fact_version_cmp(&f, &c) < 0 && fact_version_cmp(&c, &w) < 0);
    c.status_time = STAMP_NONE;
    assert_true(fact_version_cmp(&c, &f) < 0); /* no time at all is the oldest */
    struct fact other = psa("2026-03-01T08:00Z", 5);
    int one = fact_version_cmp(&f, &other);
    assert_true(one != 0);
    assert_int_equal(one<0, fact_version_cmp(&other, &f)> 0);
    struct fact copy = f;
    copy.source.feed = STR("b");
    assert_int_equal(fact_version_cmp(&f, &copy), 0);
}

static void
t_order(void **state)
{
    (void)state;
    struct fact a = psa("2026-03-01T08:00Z", 4);
    struct fact b = psa("2026-03-01T09:00+02:00", 4); /* an hour earlier */
    assert_true(fact_order_cmp(&b, &a) < 0);
    assert_int_equal(fact_order_cmp(&a, &a), 0);
    struct fact c = a;
    c.order = STR("ORD2");
    assert_int_equal(fact_order_cmp(&a, &c) < 0, fact_order_cmp(&c, &a) > 0);
    assert_true(fact_order_cmp(&a, &c) != 0);
    day_t day = 0;
    assert_true(day_from_ymd(2026, 3, 1, &day));
    assert_int_equal(fact_day(&a), day);
    a.collected = at("2026-03-01T23:30-05:00");
    assert_int_equal(fact_day(&a), day); /* the local day */
    a.collected = STAMP_NONE;
    assert_int_equal(fact_day(&a), DAY_NONE);
}

static void
t_names(void **state)
{
    (void)state;
    assert_string_equal(fact_kind_name(FACT_NEGATIVE), "negative");
    assert_string_equal(fact_status_name(FACT_WITHDRAWN), "withdrawn");
    assert_string_equal(therapy_rung_name(THERAPY_DISPENSED), "dispensed");
    assert_string_equal(therapy_action_name(THERAPY_NOT_GIVEN), "not_given");
    assert_string_equal(variant_category_name(VARIANT_COPY_GAIN), "copy_gain");
    assert_string_equal(origin_name(ORIGIN_GERMLINE), "germline");
    assert_string_equal(consequence_name(CONSEQUENCE_OPTIONS), "options");
    assert_string_equal(rule_mode_name(RULE_SHADOW), "shadow");
    assert_string_equal(finding_status_name(FINDING_NOT_EVALUABLE), "not_evaluable");
    assert_string_equal(evidence_part_name(EVIDENCE_NADIR), "nadir");
    assert_string_equal(option_standing_name(OPTION_SET_ASIDE), "set_aside");
    assert_string_equal(alert_certainty_name(ALERT_SUSPECTED), "suspected");
    for (unsigned i = 0; i < FACT_KIND_COUNT; i++)
        assert_non_null(fact_kind_name((enum fact_kind)i));
    for (unsigned i = 0; i < RESPONSE_CODE_COUNT; i++) {
        enum response_code c = RESPONSE_CODE_COUNT;
        assert_true(response_code_parse(str_from_c(response_code_name((enum response_code)i)), &c));
        assert_int_equal(c, i);
    }
    enum response_code c = RESPONSE_CR;
    assert_true(response_code_parse(STR("IUPD"), &c));
    assert_int_equal(c, RESPONSE_IUPD);
    assert_false(response_code_parse(STR("progress"), &c));
    assert_int_equal(c, RESPONSE_IUPD);
}

/* Decision support describes: no sentence may begin with a verb that orders (DESIGN.md 1.8). */
static void
t_consequences_order_nothing(void **state)
{
    (void)state;
    static const char *const orders[] = {"repeat",   "restage", "biopsy",  "stop",
                                         "start",    "switch",  "discuss", "check",
                                         "consider", "confirm", "do"};
    for (unsigned i = 0; i < CONSEQUENCE_COUNT; i++) {
        struct str s = str_from_c(consequence_text((enum consequence)i));
        for (size_t j = 0; j < RFD_COUNT(orders); j++)
            assert_false(str_eq_nocase(str_sub(s, 0, strlen(orders[j])), str_from_c(orders[j])));
    }
}

static void
t_classes(void **state)
{
    (void)state;
    static const struct str classes[] = {{"egfr_tki", 8}, {"osimertinib", 11}};
    struct therapy t = {.drug = STR("osimertinib"), .classes = classes, .class_count = 1};
    assert_true(therapy_has_class(&t, STR("egfr_tki")));
    assert_true(therapy_has_class(&t, STR("osimertinib")));
    assert_true(therapy_has_class(&t, STR("any")));
    assert_false(therapy_has_class(&t, STR("egfr")));
    t.drug = STR_NONE;
    assert_false(therapy_has_class(&t, STR_NONE));
}

static void
t_alert_states(void **state)
{
    (void)state;
    static const bool open[ALERT_STATE_COUNT] = {
        [ALERT_NEW] = true,     [ALERT_DELIVERED] = true, [ALERT_ACKNOWLEDGED] = true,
        [ALERT_SNOOZED] = true, [ALERT_ESCALATED] = true,
    };
    for (unsigned i = 0; i < ALERT_STATE_COUNT; i++) {
        struct alert a = {.state = (enum alert_state)i};
        enum alert_state back = ALERT_STATE_COUNT;
        assert_int_equal(alert_is_open(&a), open[i]);
        /* it holds its case and episode, but nobody need look at it any more */
        assert_int_equal(alert_is_live(&a), open[i] || i == ALERT_OVERRIDDEN);
        assert_true(alert_state_parse(str_from_c(alert_state_name(a.state)), &back));
        assert_int_equal(back, i);
    }
    enum alert_state back = ALERT_NEW;
    assert_false(alert_state_parse(STR("closed"), &back));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_key_leaves_out),
        cmocka_unit_test(t_key_takes_in),
        cmocka_unit_test(t_key_unmapped_by_code),
        cmocka_unit_test(t_key_standing),
        cmocka_unit_test(t_key_of_kinds),
        cmocka_unit_test(t_content),
        cmocka_unit_test(t_content_of_every_kind),
        cmocka_unit_test(t_versions),
        cmocka_unit_test(t_order),
        cmocka_unit_test(t_names),
        cmocka_unit_test(t_consequences_order_nothing),
        cmocka_unit_test(t_classes),
        cmocka_unit_test(t_alert_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
