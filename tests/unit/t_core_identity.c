/* One number, two persons: a message whose birth date or sex contradicts what is known is kept and
 * not taken. */
#include "core/core.h"
#include "core_test.h"

static struct core *core;

static int
setup(void **state)
{
    char error[STORE_ERROR_TEXT_MAX];
    struct core_config cfg = {
        .store_path = ":memory:", .boot = "corea", .knowledge = &shipped()->knowledge};

    (void)state;
    (void)fresh();
    return core_open(&cfg, &core, error) == STORE_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    core_close(&core);
    return 0;
}

static struct demographics
person(const char *birth, enum sex sex)
{
    struct demographics d = {.sex = sex};

    if (birth != NULL)
        assert_true(stamp_parse(str_from_c(birth), &d.birth));
    return d;
}

/* A message with a PSA, or from the register with nothing but the person, as its PID says. */
static struct ingest_reply
tell(struct demographics stated, bool from_register, bool corrects)
{
    static uint64_t number;
    static char control[32];
    struct fact f = psa_on("2026-05-01", 10);
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++number};

    (void)snprintf(control, sizeof(control), "C%u", (unsigned)number);
    if (from_register) {
        f = fact_on(FACT_DEMOGRAPHICS, "2026-05-01");
        f.u.demographics = stated;
    }
    f.patient = (struct patient_ref){STR("H"), STR("1")};
    rq.message = (struct result_message){.feed = STR("lab"),
                                         .control_id = str_from_c(control),
                                         .raw = str_from_c(control),
                                         .fact = &f,
                                         .fact_count = 1,
                                         .identity = {f.patient, stated, corrects}};
    return core_ingest(core, &rq, stamp_of_day(20600, 0));
}

static void
expect(struct ingest_reply r, bool conflict)
{
    assert_int_equal(r.outcome, conflict ? OUTCOME_QUARANTINED : OUTCOME_STORED);
    if (conflict)
        assert_str(r.reason, "identity_conflict");
}

static void
another_birth_date_or_sex_is_another_person(void **state)
{
    (void)state;
    expect(tell(person("1961-02-03", SEX_FEMALE), true, false), false);
    expect(tell(person("1961-02-03", SEX_FEMALE), false, false), false);
    expect(tell(person("1999-09-09", SEX_FEMALE), false, false), true);
    expect(tell(person("1961-02-03", SEX_MALE), false, false), true);
    expect(tell(person(NULL, SEX_MALE), false, false), true);
}

static void
what_is_not_said_or_less_exact_does_not_contradict(void **state)
{
    (void)state;
    expect(tell(person("1999-09-09", SEX_MALE), false, false), false); /* nothing is known yet */
    expect(tell(person("1961-02-03", SEX_FEMALE), true, false), false);
    expect(tell(person(NULL, SEX_UNKNOWN), false, false), false);
    expect(tell(person("1961", SEX_OTHER), false, false), false);
    expect(tell(person("1961-02", SEX_UNKNOWN), false, false), false);
    expect(tell(person("1961-03", SEX_UNKNOWN), false, false), true);
}

static void
the_register_corrects_one_of_the_two(void **state)
{
    (void)state;
    expect(tell(person("1961-02-03", SEX_FEMALE), true, true), false);
    expect(tell(person("1961-03-02", SEX_FEMALE), true, true), false);
    expect(tell(person("1961-03-02", SEX_FEMALE), false, false), false);
    expect(tell(person("1961-02-03", SEX_FEMALE), false, false), false); /* an older message */
    expect(tell(person("1975-12-31", SEX_MALE), true, true), true);
}

/* What a quarantined message says is not known: it cannot make the next one pass. */
static void
a_quarantined_message_teaches_nothing(void **state)
{
    (void)state;
    expect(tell(person("1961-02-03", SEX_FEMALE), true, true), false);
    expect(tell(person("1975-12-31", SEX_MALE), true, true), true);
    expect(tell(person("1975-12-31", SEX_MALE), false, false), true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_birth_date_or_sex_is_another_person, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_not_said_or_less_exact_does_not_contradict, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_register_corrects_one_of_the_two, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quarantined_message_teaches_nothing, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
