/* What a person enters, on a store in memory: it is a fact like any other, audited; it raises and
 * takes back alerts; what cannot be is refused in words. */
#include "core/control.h"
#include "core/internal.h"
#include "core_rig.h"

static int
setup(void **state)
{
    return core_enter(state, (struct core_config){0});
}

static uint64_t
tell(struct core *c, struct fact f)
{
    struct ingest_reply r = take(c, f);

    assert_true(core_commit(c));
    return r.journal;
}

/* The words of a request, parted by spaces ("_" is a space within one); lines joined by LF. */
static const char *
ask(struct core *c, const char *words)
{
    struct arena *a = fresh();
    struct str args[16];
    struct control_request rq = {.arg = args, .actor = STR("ward")};
    struct control_reply out;
    char *copy = (char *)(uintptr_t)str_cz(a, str_from_c(words));
    struct str rest = str_from_c(copy);
    struct sb b;

    (void)str_cut(rest, ' ', &rq.verb, &rest);
    while (rest.n > 0) {
        (void)str_cut(rest, ' ', &args[rq.arg_count], &rest);
        rq.arg_count++;
    }
    control_answer(c, &rq, CONTROL_ACT, now(), a, &out);
    sb_init_arena(&b, a, 1 << 20);
    for (size_t i = 0; i < out.line_count; i++)
        sb_addf(&b, "%.*s\n", STR_FMT(out.line[i]));
    if (out.exit_code != 0)
        sb_addf(&b, "!%d %.*s", (int)out.exit_code, STR_FMT(out.error));
    return sb_cz(&b);
}

static void
expect(struct core *c, const char *words, const char *part)
{
    const char *got = ask(c, words);

    if (strstr(got, part) == NULL)
        fail_msg("%s\ngives \"%s\"\nwithout \"%s\"", words, got, part);
}

static void
expect_without(struct core *c, const char *words, const char *part)
{
    const char *got = ask(c, words);

    if (strstr(got, part) != NULL)
        fail_msg("%s\ngives \"%s\"\nwith \"%s\"", words, got, part);
}

/* A prostate cancer whose therapy no message names. */
static void
psa_story(struct core *c)
{
    (void)tell(c, diagnosis_on("2025-06-01", "PRAD"));
    (void)tell(c, psa_on("2025-06-02", 100));
    (void)tell(c, psa_on("2025-09-01", 10));
    (void)tell(c, psa_on("2026-04-01", 60));
    (void)tell(c, psa_on("2026-05-10", 80));
}

static void
t_an_entered_therapy_raises(void **state)
{
    struct core *c = *state;

    psa_story(c);
    expect_without(c, "alerts", "PSA progression");
    expect(c, "enter therapy H:1 drug=Xtandi start=2025-06-05", "entered by ward, journal ");
    expect(c, "alerts", "PSA progression");
    expect(c, "explain H:1", "enzalutamide");
    expect(c, "facts H:1 therapy", ", entry]");
    expect(c, "verify", "verified");
}

static void
t_said_twice_is_stored_once(void **state)
{
    struct core *c = *state;
    uint64_t head;

    psa_story(c);
    expect(c, "enter therapy H:1 drug=enzalutamide start=2025-06-05", "entered by ward");
    head = store_journal_head(core_store(c));
    expect(c, "enter therapy H:1 drug=enzalutamide start=2025-06-05", "known already");
    assert_true(head == store_journal_head(core_store(c)));
    expect(c, "enter therapy H:1 drug=enzalutamide start=2025-06-05 intent=palliative",
           "entered by ward");
}

static void
t_the_last_start_counts(void **state)
{
    struct core *c = *state;

    psa_story(c);
    expect(c, "enter therapy H:1 drug=enzalutamide start=2025-05-05", "entered by");
    expect(c, "enter therapy H:1 drug=enzalutamide start=2025-06-05",
           "replaces the start entered for 2025-05-05");
    expect_without(c, "facts H:1 therapy", "2025-05-05");
    expect(c, "enter stop H:1 drug=enzalutamide date=2025-12-01 reason=toxicity", "entered by");
    /* after a stop it is another course, and both starts stay */
    expect_without(c, "enter therapy H:1 drug=enzalutamide start=2026-01-05", "replaces");
    expect(c, "facts H:1 therapy", "2025-06-05");
    expect(c, "enter stop H:1 drug=enzalutamide date=2025-12-05",
           "replaces the stop entered for 2025-12-01");
}

static void
t_a_response_and_a_wrong_fact(void **state)
{
    struct core *c = *state;
    struct fact report = fact_on(FACT_REPORT, "2026-05-12");
    char words[160];
    char name[16] = "";
    const char *line;
    uint64_t journal;

    (void)tell(c, diagnosis_on("2025-06-01", "LUAD"));
    (void)tell(c, dose_on("2025-06-05", "osimertinib", "egfr_tki"));
    (void)tell(c, dose_on("2026-05-01", "osimertinib", "egfr_tki"));
    report.order = STR("R9");
    report.u.report = (struct report){.category = STR("radiology"), .media = STR("text/plain")};
    journal = tell(c, report);
    (void)snprintf(words, sizeof(words),
                   "enter response H:1 code=PD criteria=recist11 site=brain report=%llu",
                   (unsigned long long)journal);
    expect(c, words, "PD by recist11, site brain on 2026-05-12");
    expect(c, "alerts", "LUNG");
    line = strstr(ask(c, "facts H:1 response"), " response:");
    assert_non_null(line);
    memcpy(name, line - 10, 10);
    (void)snprintf(words, sizeof(words), "enter wrong H:1 %s reason=other_patient", name);
    expect(c, words, "no longer in force: ");
    expect_without(c, "alerts", "LUNG");
    expect(c, "alerts all", "retracted");
    expect(c, words, "!1 no fact in force has that name");
}

/* The line of an alert's id in a list. */
static const char *
first_id(struct core *c, const char *list)
{
    static char id[64];
    const char *line = ask(c, list);

    assert_true(strchr(line, ' ') != NULL);
    (void)snprintf(id, sizeof(id), "show %.*s", (int)(strchr(line, ' ') - line), line);
    return id;
}

static void
t_the_site_of_a_progression(void **state)
{
    struct core *c = *state;

    (void)tell(c, diagnosis_on("2025-06-01", "LUAD"));
    (void)tell(c, dose_on("2025-06-05", "osimertinib", "egfr_tki"));
    (void)tell(c, dose_on("2026-05-01", "osimertinib", "egfr_tki"));
    expect(c, "enter response H:1 code=PD date=2026-05-12", "PD on 2026-05-12");
    expect(c, first_id(c, "alerts"), "no site is named");
    expect(c, "enter response H:1 code=PD date=2026-05-12 site=brain", "site brain");
    expect(c, first_id(c, "alerts"), "reported in the brain alone");
    expect_without(c, first_id(c, "alerts"), "no site is named");
    expect(c, "enter response H:1 code=PD date=2026-05-12 site=liver", "site liver");
    expect_without(c, first_id(c, "alerts"), "reported in the brain alone");
}

/* ---- what time alone does */

static struct stamp
on(const char *day)
{
    return stamp_of_day(day_of(day), 0);
}

static void
tell_on(struct core *c, const char *control, struct fact f, const char *day)
{
    static uint64_t number = 900;
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++number};

    rq.message = (struct result_message){.feed = STR("lab"),
                                         .control_id = str_from_c(control),
                                         .sender = STR("LIS"),
                                         .sent = on(day),
                                         .type = STR("ORU^R01"),
                                         .raw = str_from_c(control),
                                         .fact = &f,
                                         .fact_count = 1};
    assert_int_equal(core_ingest(c, &rq, on(day)).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
}

/* An unconfirmed rise on 2026-01-10: three weeks later a second PSA counts, and four more until it
 * is missed. */
static void
unconfirmed(struct core *c)
{
    tell_on(c, "a", diagnosis_on("2025-06-01", "PRAD"), "2025-06-01");
    tell_on(c, "b", psa_on("2025-06-02", 100), "2025-06-02");
    tell_on(c, "c", dose_on("2025-06-05", "enzalutamide", "arpi"), "2025-06-05");
    tell_on(c, "d", psa_on("2025-09-01", 10), "2025-09-01");
    tell_on(c, "e", dose_on("2025-10-01", "enzalutamide", "arpi"), "2025-10-01");
    tell_on(c, "f", psa_on("2026-01-10", 60), "2026-01-10");
}

static struct outbox_row
last_event(struct core *c)
{
    struct outbox_row *row;
    size_t n;
    uint64_t head = store_outbox_head(core_store(c));

    assert_int_equal(store_outbox_fetch(core_store(c), head - 1, 1, fresh(), &row, &n), STORE_OK);
    assert_int_equal(n, 1);
    return row[0];
}

static void
t_a_confirmation_that_does_not_come(void **state)
{
    struct core *c = *state;
    uint64_t head;

    unconfirmed(c);
    expect(c, first_id(c, "alerts"), "Confirmation: due by 2026-02-28");
    head = store_outbox_head(core_store(c));
    for (day_t d = day_of("2026-01-11"); d <= day_of("2026-02-28"); d++)
        (void)core_tick(c, stamp_of_day(d, 0));
    assert_true(head == store_outbox_head(core_store(c)));
    (void)core_tick(c, on("2026-03-01"));
    assert_true(head + 1 == store_outbox_head(core_store(c)));
    assert_true(last_event(c).quiet);
    assert_int_equal(last_event(c).version, 2);
    expect(c, first_id(c, "alerts"), "Confirmation: overdue, it was due by 2026-02-28");
    expect(c, first_id(c, "alerts"), "reminder: the confirmation is overdue");
    expect(c, "alerts", " new suspected ");
    /* said once */
    (void)core_tick(c, on("2026-03-20"));
    assert_true(head + 1 == store_outbox_head(core_store(c)));
    /* and gone when the second value comes */
    tell_on(c, "g", psa_on("2026-04-01", 70), "2026-04-01");
    assert_true(last_event(c).quiet);
    expect_without(c, first_id(c, "alerts"), "Confirmation:");
    expect(c, "alerts", " new confirmed ");
    /* the rule gives the team a fortnight (act_watch) */
    expect(c, first_id(c, "alerts"), "Waiting until 2026-04-15");
    head = store_outbox_head(core_store(c));
    (void)core_tick(c, on("2026-04-14"));
    assert_true(head == store_outbox_head(core_store(c)));
    (void)core_tick(c, on("2026-04-15"));
    assert_true(head + 1 == store_outbox_head(core_store(c)));
    assert_false(last_event(c).quiet);
}

static void
t_an_overdue_rise_is_refuted(void **state)
{
    struct core *c = *state;

    unconfirmed(c);
    (void)core_tick(c, on("2026-03-01"));
    expect(c, first_id(c, "alerts"), "overdue");
    tell_on(c, "g", psa_on("2026-04-01", 9), "2026-04-01");
    expect_without(c, "alerts", "PSA");
    expect(c, "alerts all", "retracted");
}

static void
t_a_restriction_silences(void **state)
{
    struct core *c = *state;

    psa_story(c);
    expect(c, "enter therapy H:1 drug=enzalutamide start=2025-06-05", "entered by");
    expect(c, "enter restriction H:1 no_contact on", "restriction no_contact in force");
    expect_without(c, "alerts", "PSA");
    expect(c, "alerts all", "expired");
    expect(c, "enter restriction H:1 no_contact off", "lifted");
    expect(c, "alerts", "PSA progression");
}

static void
t_a_diagnosis_opens_a_case(void **state)
{
    struct core *c = *state;

    (void)tell(c, psa_on("2026-05-10", 80));
    expect(c, "explain H:1", "no mapped cancer diagnosis");
    expect(c, "enter diagnosis H:1 code=PRAD", "entered by ward");
    expect(c, "explain H:1", "prostate.psa.pcwg3");
}

static void
t_what_is_refused(void **state)
{
    static const struct {
        const char *words;
        const char *why;
    } cases[] = {
        {"enter therapy H:9 drug=enzalutamide start=2025-06-05", "!1 no patient"},
        {"enter therapy H:1 drug=enzalutamid start=2025-06-05", "did you mean \"enzalutamide\"?"},
        {"enter therapy H:1 drug=water start=2025-06-05", "is no drug of the terminology"},
        {"enter therapy H:1 start=2025-06-05", "!1 --drug is missing"},
        {"enter therapy H:1 drug=enzalutamide", "!1 --start is missing"},
        {"enter therapy H:1 drug=enzalutamide start=5.6.2025", "!1 --start: no date"},
        {"enter therapy H:1 drug=enzalutamide start=2026-05-28", "lies in the future"},
        {"enter therapy H:1 drug=enzalutamide start=2026-05-02 stop=2026-05-01",
         "the stop lies before the start"},
        {"enter therapy H:1 drug=enzalutamide start=2026-05-02 reason=x", "--stop DATE is missing"},
        {"enter therapy H:1 drug=enzalutamide start=2026-05-02 code=PD", "takes no --code"},
        {"enter therapy H:1 now", "too many words"},
        {"enter stop H:1 drug=enzalutamide", "!1 --date is missing"},
        {"enter response H:1 code=worse date=2026-05-02", "one of CR PR SD PD"},
        {"enter response H:1 code=PD", "!1 --date is missing"},
        {"enter response H:1 code=PD report=99", "no report of this patient"},
        {"enter diagnosis H:1 code=LUNGS", "no OncoTree code"},
        {"enter restriction H:1 no_calls on", "a restriction is one of"},
        {"enter restriction H:1 no_contact maybe", "on or off"},
        {"enter wrong H:1 1234", "At least 8 digits"},
        {"enter wrong H:1 123456789", "no fact in force"},
        {"enter nonsense H:1", "!2 enter what?"},
        {"facts H:1 nonsense", "!2 no kind of fact"},
        {"facts H:9", "!1 no alert and no patient"},
    };
    struct core *c = *state;
    uint64_t head;

    (void)tell(c, diagnosis_on("2025-06-01", "PRAD"));
    head = store_journal_head(core_store(c));
    for (size_t i = 0; i < RFD_COUNT(cases); i++)
        expect(c, cases[i].words, cases[i].why);
    assert_true(head == store_journal_head(core_store(c)));
}

/* A sender whose clock is ahead of ours does not outlive the entry that takes its result back. */
static void
t_wrong_outranks_a_clock_that_is_ahead(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-10", 80);
    char words[64];
    char name[16] = "";

    f.status_time = stamp_of_day(NOW_DAY + 3, 0);
    (void)tell(c, f);
    memcpy(name, ask(c, "facts H:1"), 10);
    (void)snprintf(words, sizeof(words), "enter wrong H:1 %s", name);
    expect(c, words, "no longer in force: PSA 8");
    assert_string_equal(ask(c, "facts H:1"), "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, core_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(t_an_entered_therapy_raises),
        T(t_said_twice_is_stored_once),
        T(t_the_last_start_counts),
        T(t_a_response_and_a_wrong_fact),
        T(t_the_site_of_a_progression),
        T(t_a_confirmation_that_does_not_come),
        T(t_an_overdue_rise_is_refuted),
        T(t_a_restriction_silences),
        T(t_a_diagnosis_opens_a_case),
        T(t_what_is_refused),
        T(t_wrong_outranks_a_clock_that_is_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
