/* When two versions of an alert say the same, when the difference is news, and what is said of
 * it. */
#include "alert/content.h"
#include "alert_test.h"

static bool
same(const struct alert *a, const struct alert *b)
{
    struct sha256 x = alert_content(a);
    struct sha256 y = alert_content(b);

    return sha256_cmp(&x, &y) == 0;
}

/* The section of al alone, to be changed. */
static struct alert_section *
section(struct alert *al)
{
    static struct alert_section own;

    own = al->section[0];
    al->section = &own;
    return &own;
}

static struct alert
sample(void)
{
    static _Alignas(16) unsigned char memory[64 * 1024];
    struct arena a;

    arena_init(&a, memory, sizeof(memory));
    return alert_with(&a, FINDING_MET);
}

static void
t_what_a_reader_does_not_see(void **state)
{
    struct alert a = sample();
    struct alert b = a;

    (void)state;
    b.id = STR("other");
    b.version = 7;
    b.state = ALERT_ACKNOWLEDGED;
    b.silent = true;
    b.change = STR("something");
    b.reason = STR("something");
    b.raised.utc_s = 1;
    b.changed.utc_s = 1;
    b.knowledge = STR("fedcba");
    assert_true(same(&a, &b));
    assert_false(alert_is_news(&a, &b));
}

static void
t_empty_and_absent_read_the_same(void **state)
{
    struct alert a = sample();
    struct alert b = a;
    struct option o = {.id = STR("t"), .status = STR_NONE, .status_date = DAY_NONE};
    struct option p = o;

    (void)state;
    p.status = STR("");
    a.trial = &o;
    b.trial = &p;
    a.trial_count = b.trial_count = 1;
    assert_true(same(&a, &b));
    assert_false(alert_is_news(&a, &b));
}

/* Two texts side by side are not their sum. */
static void
t_fields_do_not_run_together(void **state)
{
    struct alert a = sample();
    struct alert b = a;

    (void)state;
    a.case_key = STR("AB");
    a.disease = STR("C");
    b.case_key = STR("A");
    b.disease = STR("BC");
    assert_false(same(&a, &b));
}

static void
t_quiet_changes(void **state)
{
    static const struct str missing[] = {{"testosterone", 12}};
    struct alert a = sample();
    struct alert b = a;
    struct alert_section *s = section(&b);

    (void)state;
    s->why = STR("PSA rose from 1.0 to 5.5 ng/mL.");
    assert_false(same(&a, &b));
    assert_false(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b), "new values for PSA progression (PCWG3)");
    b = a;
    b.missing = missing;
    b.missing_count = 1;
    assert_false(same(&a, &b));
    assert_false(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b), "details were completed");
}

static void
t_certainty_is_news(void **state)
{
    struct alert a = sample();
    struct alert b = a;
    struct alert_section *s = section(&b);

    (void)state;
    s->status = FINDING_UNCONFIRMED;
    b.certainty = ALERT_SUSPECTED;
    assert_true(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b),
               "certainty: confirmed to suspected; PSA progression (PCWG3) is no longer confirmed");
    assert_true(alert_is_news(&b, &a));
}

static void
t_sections_that_come_and_go(void **state)
{
    struct alert a = sample();
    struct alert b = a;
    struct alert_section two[2];

    (void)state;
    two[0] = a.section[0];
    two[1] = a.section[0];
    two[1].rule_id = STR("prostate.crpc.eau");
    two[1].title = STR("CRPC by PSA");
    b.section = two;
    b.section_count = 2;
    assert_true(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b), "added: CRPC by PSA");
    assert_false(alert_is_news(&b, &a)); /* one less: quiet */
    assert_str(alert_change_text(fresh(), &b, &a), "no longer holds: CRPC by PSA");
}

static void
t_best_level_and_trials_are_news(void **state)
{
    struct alert a = sample();
    struct alert b = a;
    struct option o[2] = {{.id = STR("olaparib"), .level = STR("FDA label")},
                          {.id = STR("x"), .level = STR("ESCAT II-A")}};
    struct option t = {.id = STR("NCT1"), .status = STR("open to accrual")};
    struct option u = {.id = STR("NCT1"), .status = STR("closed to accrual")};

    (void)state;
    a.option = &o[0];
    b.option = o;
    a.option_count = 1;
    b.option_count = 2;
    assert_false(alert_is_news(&a, &b)); /* the best is the same */
    b.option = &o[1];
    b.option_count = 1;
    assert_true(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b), "the best option's level changed");
    b = a;
    a.trial = &t;
    b.trial = &u;
    a.trial_count = b.trial_count = 1;
    assert_true(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b), "trial NCT1 is now closed to accrual");
}

/* A trial that was shown, or is the site's own; what opens elsewhere interrupts nobody. */
static void
t_whose_trials_are_news(void **state)
{
    struct alert a = sample();
    struct alert b = a;
    const struct option shown = {.id = STR("NCT1"), .status = STR("open to accrual")};
    struct option now[2] = {shown, {.id = STR("NCT2"), .status = STR("open to accrual")}};
    const struct str behind[] = {STR("NCT1")};

    (void)state;
    a.trial = &shown;
    a.trial_count = 1;
    b.trial = now;
    b.trial_count = 2;
    assert_false(alert_is_news(&a, &b)); /* NCT2 has opened elsewhere */
    assert_str(alert_change_text(fresh(), &a, &b), "trial now listed: NCT2");
    now[1].own = true;
    assert_true(alert_is_news(&a, &b));
    now[1].own = false;
    b.trial = &now[1];
    b.trial_count = 1;
    assert_true(alert_is_news(&a, &b)); /* NCT1 was shown and is gone */
    b.behind = behind;
    b.behind_count = 1;
    assert_false(alert_is_news(&a, &b)); /* it only stands behind the other now */
    b = a;
    b.trial = now;
    b.trial_count = 2;
    now[0] = now[1];
    now[1] = shown;
    assert_false(alert_is_news(&a, &b)); /* their order is none */
}

/* Only what is shown counts, and of what comes new only the site's own: the list behind it, and
 * trials elsewhere, interrupt nobody. */
static void
t_trials_that_open_close_and_hide(void **state)
{
    struct alert a = sample();
    struct alert b = a;
    struct option own = {.id = STR("NCT1"), .status = STR("open to accrual"), .own = true};
    struct option far = {.id = STR("NCT2"), .status = STR("open to accrual")};
    struct option again = own;

    (void)state;
    b.trials_more = 4;
    assert_false(same(&a, &b));
    assert_false(alert_is_news(&a, &b));
    b = a;
    b.trial = &far;
    b.trial_count = 1;
    assert_false(alert_is_news(&a, &b));
    b.trial = &own;
    assert_true(alert_is_news(&a, &b)); /* one opens here */
    assert_true(alert_is_news(&b, &a)); /* and closes */
    a = b;
    again.contact = STR("another"); /* how it is told of is no openness */
    b.trial = &again;
    assert_false(alert_is_news(&a, &b));
}

static void
t_merge_is_news(void **state)
{
    struct alert a = sample();
    struct alert b = a;

    (void)state;
    b.patient.id = STR("2002");
    assert_true(alert_is_news(&a, &b));
    assert_str(alert_change_text(fresh(), &a, &b), "the patient's identifiers were merged");
}

static void
t_shared_evidence(void **state)
{
    struct arena *a = fresh();
    struct alert x = alert_with(a, FINDING_MET);
    struct alert y = alert_with(a, FINDING_MET);
    struct alert_section *s = ARENA_NEW(a, struct alert_section);

    (void)state;
    assert_true(alert_shares_evidence(&x, &y));
    *s = section_of_marker(a, "r", FINDING_MET, 12); /* its nadir is x's confirmation */
    y.section = s;
    assert_false(alert_shares_evidence(&x, &y));
    *s = section_of_marker(a, "r", FINDING_MET, 11); /* its candidate is x's confirmation */
    assert_true(alert_shares_evidence(&x, &y));
    assert_true(alert_shares_evidence(&y, &x));
    y.section_count = 0;
    assert_false(alert_shares_evidence(&x, &y));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_what_a_reader_does_not_see),
        cmocka_unit_test(t_empty_and_absent_read_the_same),
        cmocka_unit_test(t_fields_do_not_run_together),
        cmocka_unit_test(t_quiet_changes),
        cmocka_unit_test(t_certainty_is_news),
        cmocka_unit_test(t_sections_that_come_and_go),
        cmocka_unit_test(t_best_level_and_trials_are_news),
        cmocka_unit_test(t_whose_trials_are_news),
        cmocka_unit_test(t_trials_that_open_close_and_hide),
        cmocka_unit_test(t_merge_is_news),
        cmocka_unit_test(t_shared_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
