/* Who cares for the patient: PV1, ROL and PRT of admissions; who ordered a result, and who attends
 * on its visit. People are numbers with their authority, never names. */
#include "normalize/hl7v2.h"
#include "normalize_test.h"

static struct map map;
static struct normalized out;

static int
setup(void **state)
{
    static _Alignas(16) unsigned char memory[4 * 1024 * 1024];
    static struct arena arena;
    struct diags d;
    bool ok;

    (void)state;
    arena_init(&arena, memory, sizeof memory);
    diags_init(&d, &arena);
    ok = map_compile(&arena,
                     normalize_text(&arena, &d, "name: test\npatient: {id: [\"PID-3(5=MR)\"]}\n"),
                     STR("hash"), normalize_terms(), &d, &map);
    normalize_print(&d);
    assert_true(ok);
    return 0;
}

static enum normalize_outcome
take(const char *message)
{
    static struct hl7 m;
    struct arena *a = fresh();

    assert_int_equal(hl7_index(&m, a, str_from_c(message)), HL7_OK);
    return normalize_hl7(&m, &map, normalize_terms(), STAMP_NONE, a, &out);
}

#define ADT(event)                                                           \
    "MSH|^~\\&|ADT|HOSP|R|R|20260310120000+0100||ADT^" event "|M1|P|2.5.1\r" \
    "EVN|" event "|20260310115900\r"                                         \
    "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"
#define ORU                                                                  \
    "MSH|^~\\&|LIS|HOSP|R|R|20260310120000+0100||ORU^R01^ORU_R01|M1|P|2.7\r" \
    "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"
#define OBX "OBX|1|NM|2857-1^PSA^LN||8.1|ng/mL|||||F|||20260310101500\r"

static size_t
roles(void)
{
    size_t n = 0;

    for (size_t i = 0; i < out.count; i++)
        n += out.facts[i].kind == FACT_ROLE;
    return n;
}

/* The nth role. */
static const struct fact *
role(size_t nth)
{
    for (size_t i = 0; i < out.count; i++) {
        if (out.facts[i].kind == FACT_ROLE && nth-- == 0)
            return &out.facts[i];
    }
    fail_msg("%zu roles only", roles());
    return NULL;
}

/* "attending:HOSP:D17,D-17", with "-" where it has ended. */
static void
is(size_t nth, const char *want)
{
    const struct care_role *r = &role(nth)->u.role;
    char got[300];
    int n = snprintf(got, sizeof got, "%s%.*s", r->active ? "" : "-",
                     STR_FMT(str_is_absent(r->role) ? r->code.code : r->role));

    for (size_t i = 0; i < r->person_count; i++)
        n += snprintf(got + n, sizeof got - (size_t)n, " %.*s%s%.*s",
                      STR_FMT(r->person[i].authority),
                      str_is_empty(r->person[i].authority) ? "" : ":", STR_FMT(r->person[i].id));
    assert_string_equal(got, want);
}

static void
t_visit(void **state)
{
    (void)state;
    assert_int_equal(
        take(ADT("A01") "PV1|1|I|ONC^12^1||||D17^LANG^EVA^^^DR^^^HOSP&2.999.1&ISO~D-17^LANG^EVA|"
                        "R5^WEBER^^^^^^^&2.999.7&ISO|C1^A^^^^^^^HOSP~C2^B^^^^^^^HOSP||||||||"
                        "AD9^ZIMMER|IP|V1\r"),
        NORMALIZE_OK);
    assert_int_equal(roles(), 4);
    is(0, "attending HOSP:D17 D-17");
    is(1, "referring 2.999.7:R5");
    is(2, "consulting HOSP:C1 HOSP:C2");
    is(3, "admitting AD9");
    assert_true(role(0)->u.role.visit);
    assert_true(str_is_empty(out.facts[0].u.demographics.attending));
    /* an empty field says nothing: an attending of before stays; "" takes him back */
    assert_int_equal(take(ADT("A08") "PV1|1|O|ONC||||||\"\"\r"), NORMALIZE_OK);
    assert_int_equal(roles(), 1);
    is(0, "-consulting");
    assert_int_equal(take(ADT("A31") "PV1|1|N\r"), NORMALIZE_OK);
    assert_int_equal(roles(), 0);
}

static void
t_names_are_no_facts(void **state)
{
    (void)state;
    assert_int_equal(take(ADT("A01") "PV1|1|I|ONC||||^LANG^EVA~D17^LANG|MEYER, ANNA|ANNA MEYER\r"),
                     NORMALIZE_OK);
    assert_int_equal(roles(), 1);
    is(0, "attending D17");
    assert_int_equal(out.warnings.warnings, 3);
}

static void
t_rol(void **state)
{
    (void)state;
    assert_int_equal(
        take(ADT("A08") "ROL|R1^HIS|AD|ONC^Primary oncologist^L|7001^LANG^EVA^^^^^^HOSP|"
                        "20260301|20261231\r"
                        "ROL|R2^HIS|DE|AT^Attending^HL70443|7002^WEISS^^^^^^^HOSP|20260101\r"
                        "PV1|1|O|ONC\r"
                        "ROL||UC|PP|7003^HAUS~H-3^HAUS\r"
                        "PR1|1||54.91^Paracentesis^I9C||20260309\r"
                        "ROL|R9|AD|AT^Attending^HL70443|7009^SURGEON\r"),
        NORMALIZE_OK);
    assert_int_equal(roles(), 3); /* who did the procedure has no role in her care */
    is(0, "ONC HOSP:7001");
    assert_true(str_is_absent(role(0)->u.role.role));
    assert_str(role(0)->u.role.code.system, "L");
    assert_str(role(0)->u.role.instance, "R1");
    assert_int_equal(stamp_day(role(0)->u.role.end), 20818); /* 2026-12-31 */
    is(1, "-attending HOSP:7002");
    is(2, "primary_care 7003 H-3");
    assert_true(stamp_is_absent(role(2)->u.role.end));
    assert_false(role(2)->u.role.visit);
    /* a local code that looks like HL7's is the site's own word */
    assert_int_equal(take(ADT("A08") "ROL||AD|AT^Atemtherapeut^L|7004\r"), NORMALIZE_OK);
    assert_true(str_is_absent(role(0)->u.role.role));
}

static void
t_prt(void **state)
{
    (void)state;
    assert_int_equal(
        take(ADT("A01") "PRT|P1|AD||AT^Attending Provider^HL70912|D17^LANG^^^^^^^HOSP||||||"
                        "20260301|20260331\r"
                        "PRT|P2|DE||CP^Consulting Provider^HL70912|D18^WEISS^^^^^^^HOSP\r"
                        "PRT|P3|AD||EQUIP^Equipment^HL70912|||||DEV1\r"
                        "PV1|1|I|ONC\r"),
        NORMALIZE_OK);
    assert_int_equal(roles(), 2); /* a device is nobody */
    is(0, "attending HOSP:D17");
    assert_int_equal(stamp_day(role(0)->u.role.begin), 20513); /* 2026-03-01 */
    assert_int_equal(stamp_day(role(0)->u.role.end), 20543);
    is(1, "-consulting HOSP:D18");
}

static void
t_broken(void **state)
{
    static const char *const rows[] = {
        "ROL\r",
        "ROL||||\r",
        "ROL|R1|AD|AT\r",
        "ROL|R1|AD||7001^X\r",
        "ROL|R1|AD|AT|^NAME\r",
        "PRT|P1|AD|AT|7001\r", /* the fields of a ROL */
        "PRT|P1|AD||AT|\"\"\r",
        "PV1|1|I|ONC||||^^^\r",
    };
    char text[1000];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        (void)snprintf(text, sizeof text, "%s%s", ADT("A08"), rows[i]);
        assert_int_equal(take(text), NORMALIZE_OK);
        if (roles() != 0)
            fail_msg("%s: %zu roles", rows[i], roles());
    }
    /* a time that cannot be read is no reason to lose the role */
    assert_int_equal(take(ADT("A08") "ROL|R1|AD|AT|7001|soon|20261399\r"), NORMALIZE_OK);
    is(0, "attending 7001");
    assert_true(stamp_is_absent(role(0)->u.role.end));
}

/* One statement, however often and by whatever message it comes; another, when it says another. */
static void
t_keys(void **state)
{
    struct fact_key first, key;
    struct sha256 said, again;

    (void)state;
    assert_int_equal(take(ADT("A01") "PV1|1|I|ONC||||D17^LANG^^^^^^^HOSP\r"), NORMALIZE_OK);
    first = fact_key(role(0));
    said = fact_content(role(0));
    assert_int_equal(take(ADT("A01") "PV1|1|I|ONC||||D17^Lang^Eva^^^^^^HOSP\r"), NORMALIZE_OK);
    key = fact_key(role(0));
    again = fact_content(role(0));
    assert_int_equal(fact_key_cmp(&first, &key), 0);
    assert_int_equal(sha256_cmp(&said, &again), 0);
    assert_int_equal(take(ADT("A08") "PV1|1|I|ONC||||D18^WEISS^^^^^^^HOSP\r"), NORMALIZE_OK);
    key = fact_key(role(0)); /* who attends now is a newer version of who attended */
    assert_int_equal(fact_key_cmp(&first, &key), 0);
    assert_int_equal(take(ADT("A08") "ROL|R1|AD|AT|7001\r"), NORMALIZE_OK);
    first = fact_key(role(0));
    assert_int_equal(take(ADT("A08") "ROL|R1|CO|AT|7002\r"), NORMALIZE_OK);
    key = fact_key(role(0));
    assert_int_equal(fact_key_cmp(&first, &key), 0);
    assert_int_equal(take(ADT("A08") "ROL||AD|AT|7001\r"), NORMALIZE_OK);
    first = fact_key(role(0));
    assert_int_equal(take(ADT("A08") "ROL||DE|AT|7001\r"), NORMALIZE_OK);
    key = fact_key(role(0));
    assert_int_equal(fact_key_cmp(&first, &key), 0);
    assert_int_equal(take(ADT("A08") "ROL||AD|AT|7002\r"), NORMALIZE_OK);
    key = fact_key(role(0));
    assert_int_not_equal(fact_key_cmp(&first, &key), 0);
    assert_int_equal(take(ADT("A08") "ROL|1|AD|AT|7001\r"), NORMALIZE_OK); /* counts segments */
    key = fact_key(role(0));
    assert_int_equal(fact_key_cmp(&first, &key), 0);
}

static void
ordered_by(const char *message, const char *authority, const char *id)
{
    assert_int_equal(take(message), NORMALIZE_OK);
    if (id == NULL) {
        assert_int_equal(out.facts[0].ordered_by_count, 0);
        return;
    }
    assert_true(out.facts[0].ordered_by_count > 0);
    assert_str(out.facts[0].ordered_by[0].authority, authority);
    assert_str(out.facts[0].ordered_by[0].id, id);
}

static void
t_who_ordered(void **state)
{
    (void)state;
    ordered_by(ORU "ORC|RE|P1|F1|||||||||O12^X^^^^^^^HOSP\r"
                   "OBR|1|P1|F1|PSA|||20260310101500|||||||||O16^Y^^^^^^^HOSP\r" OBX,
               "HOSP", "O16");
    ordered_by(ORU "ORC|RE|P1|F1|||||||||O12^X^^^^^^^HOSP\rTQ1|1\r"
                   "OBR|1|P1|F1|PSA|||20260310101500|||||||||^NAME\r" OBX,
               "HOSP", "O12");
    ordered_by(ORU "ORC|RE|P1|F1\rPRT||AD||OP^Ordering^HL70912|O5^Z^^^^^^^HOSP\r"
                   "OBR|1|P1|F1|PSA|||20260310101500\r"
                   "PRT||AD||RCT^Copies^HL70912|O6^Z\r" OBX,
               "HOSP", "O5");
    ordered_by(ORU "OBR|1|P1|F1|PSA|||20260310101500\r"
                   "PRT||AD||OP^Ordering^HL70912|O7^Z^^^^^^^HOSP\r" OBX,
               "HOSP", "O7");
    ordered_by(ORU "OBR|1|P1|F1|PSA|||20260310101500\r" OBX
                   "PRT||AD||OP^Ordering^HL70912|O8^Z^^^^^^^HOSP\r",
               NULL, NULL);
    assert_int_equal(out.facts[0].attended_by_count, 0);
    assert_int_equal(take(ORU "PV1|1|O|ONC||||D17^LANG^^^^^^^HOSP\r"
                              "OBR|1|P1|F1|PSA|||20260310101500\r" OBX),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 1); /* a result's visit is no register's word */
    assert_str(out.facts[0].attended_by[0].id, "D17");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_visit),       cmocka_unit_test(t_names_are_no_facts),
        cmocka_unit_test(t_rol),         cmocka_unit_test(t_prt),
        cmocka_unit_test(t_broken),      cmocka_unit_test(t_keys),
        cmocka_unit_test(t_who_ordered),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
