/* The life of an alert on a store in memory: who is interrupted, what waits for the digest, what a
 * person's word does, and what time alone brings. The clock is what each call is given. */
#include "core/control.h"
#include "core/core.h"
#include "core/internal.h"
#include "core_test.h"

enum { MONDAY = 20598 }; /* 2026-05-25 */

static struct str pools[] = {{"desk", 4}, {"thoracic", 8}, {"board", 5}};
static const struct str of_a = {"HOSP:7001", 9};
static const struct directory_person person = {
    .id = {"dr-a", 4}, .name = {"Dr. A", 5}, .number = &of_a, .number_count = 1};
static struct directory directory = {
    .pool = pools, .pool_count = 3, .person = &person, .person_count = 1};
static struct duty duty;

static int
setup(void **state)
{
    static const struct oncotree_node *prostate;
    static struct directory_service service;
    char error[STORE_ERROR_TEXT_MAX];
    struct core *c = NULL;
    struct core_config cfg = {.store_path = ":memory:",
                              .boot = "corea",
                              .knowledge = &shipped()->knowledge,
                              .duty = &duty};

    prostate = oncotree_code(shipped()->knowledge.oncotree, STR("PROSTATE"));
    service = (struct directory_service){&prostate, 1, &pools[1], 1};
    directory.service = &service;
    directory.service_count = 1;
    directory.fallback = STR("desk");
    directory.germline = STR("desk");
    directory.mtb = STR("board");
    duty = (struct duty){.directory = &directory,
                         .budget_day = 1,
                         .budget_week = 2,
                         .digest_min = 7 * 60,
                         .open_min = 8 * 60,
                         .close_min = 17 * 60,
                         .days = 0x1f,
                         .escalate_days = 3,
                         .escalate_to = STR("desk")};
    if (core_open(&cfg, &c, error) != STORE_OK)
        return -1;
    (void)fresh();
    *state = c;
    return 0;
}

static int
teardown(void **state)
{
    struct core *c = *state;

    core_close(&c);
    return 0;
}

/* That day after MONDAY, at that hour. */
static struct stamp
at(int day, int hour)
{
    return stamp_of_utc(((int64_t)(MONDAY + day) * 24 + hour) * 3600);
}

static void
tell(struct core *c, struct fact f, const char *patient, struct stamp now)
{
    static uint64_t number;
    static char control[32];
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++number};

    f.patient.id = str_from_c(patient);
    (void)snprintf(control, sizeof(control), "m%llu", (unsigned long long)number);
    rq.message = (struct result_message){.feed = STR("lab"),
                                         .control_id = str_from_c(control),
                                         .sender = STR("LIS"),
                                         .sent = now,
                                         .type = STR("ORU^R01"),
                                         .raw = str_from_c(control),
                                         .fact = &f,
                                         .fact_count = 1};
    assert_int_equal(core_ingest(c, &rq, now).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
}

/* A rise of PSA on enzalutamide that is not confirmed. */
static void
suspected(struct core *c, const char *patient, struct stamp now)
{
    tell(c, diagnosis_on("2025-06-01", "PRAD"), patient, now);
    tell(c, psa_on("2025-06-02", 100), patient, now);
    tell(c, dose_on("2025-06-05", "enzalutamide", "arpi"), patient, now);
    tell(c, psa_on("2025-09-01", 10), patient, now);
    tell(c, dose_on("2026-04-01", "enzalutamide", "arpi"), patient, now);
    tell(c, psa_on("2026-04-02", 60), patient, now);
}

static void
confirmed(struct core *c, const char *patient, struct stamp now)
{
    suspected(c, patient, now);
    tell(c, psa_on("2026-05-10", 80), patient, now);
}

static const char *
ask(struct core *c, const char *words, struct stamp now)
{
    struct arena *a = fresh();
    struct str args[16];
    struct control_request rq = {.arg = args, .actor = STR("ward")};
    struct control_reply out;
    struct str rest = str_from_c(str_cz(a, str_from_c(words)));
    struct sb b;

    (void)str_cut(rest, ' ', &rq.verb, &rest);
    while (rest.n > 0)
        (void)str_cut(rest, ' ', &args[rq.arg_count++], &rest);
    control_answer(c, &rq, CONTROL_ACT, now, a, &out);
    sb_init_arena(&b, a, 1 << 20);
    for (size_t i = 0; i < out.line_count; i++)
        sb_addf(&b, "%.*s\n", STR_FMT(out.line[i]));
    if (out.exit_code != 0)
        sb_addf(&b, "!%d %.*s", (int)out.exit_code, STR_FMT(out.error));
    return sb_cz(&b);
}

static void
expect(struct core *c, const char *words, struct stamp now, const char *part)
{
    const char *got = ask(c, words, now);

    if (strstr(got, part) == NULL)
        fail_msg("%s\ngives \"%s\"\nwithout \"%s\"", words, got, part);
}

static void
expect_without(struct core *c, const char *words, struct stamp now, const char *part)
{
    const char *got = ask(c, words, now);

    if (strstr(got, part) != NULL)
        fail_msg("%s\ngives \"%s\"\nwith \"%s\"", words, got, part);
}

/* The verb, the id of the only alert, and the rest of the words. */
static const char *
of_it(struct core *c, const char *verb, const char *rest)
{
    static char words[200];
    const char *all = ask(c, "alerts all", at(0, 0));

    (void)snprintf(words, sizeof(words), "%s %.*s%s%s", verb, (int)strcspn(all, " "), all,
                   rest[0] == '\0' ? "" : " ", rest);
    return words;
}

/* Lives until the next one is asked for. */
static struct outbox_row
last_event(struct core *c)
{
    static struct arena own;
    struct outbox_row *row;
    size_t n;
    uint64_t head = store_outbox_head(core_store(c));

    if (own.mem == NULL)
        mem_arena_new(&own, (size_t)1 << 24);
    mem_arena_trim(&own, 0);
    assert_int_equal(store_outbox_fetch(core_store(c), head - 1, 1, &own, &row, &n), STORE_OK);
    assert_int_equal(n, 1);
    return row[0];
}

static void
ticks(struct core *c, struct stamp now)
{
    while (core_tick(c, now) > 0)
        ;
}

static uint64_t
head(struct core *c)
{
    return store_outbox_head(core_store(c));
}

static void
t_suspected_waits_for_the_digest(void **state)
{
    struct core *c = *state;
    struct digest d;
    struct outbox_row row;
    const char *why = "";
    uint64_t before;

    ticks(c, at(0, 8));
    suspected(c, "1", at(0, 9));
    assert_int_equal(last_event(c).kind, EVENT_RAISED);
    assert_true(last_event(c).quiet);
    expect(c, of_it(c, "show", ""), at(0, 9), "For: thoracic (has this disease) in the digest");
    before = head(c);
    ticks(c, at(0, 23)); /* that of today was made at 08:00, and was empty */
    ticks(c, at(1, 6));
    assert_true(head(c) == before);
    ticks(c, at(1, 7));
    assert_true(head(c) > before);
    row = last_event(c);
    assert_int_equal(row.kind, EVENT_DIGEST);
    assert_true(codec_digest_unpack(fresh(), row.packed, &d, &why));
    assert_int_equal(d.day, MONDAY + 1);
    assert_int_equal(d.of_count, 1);
    assert_str(d.of[0].recipient, "thoracic");
    assert_int_equal(d.of[0].item_count, 1);
    assert_int_equal(d.of[0].item[0].certainty, ALERT_SUSPECTED);
    before = head(c);
    ticks(c, at(1, 12)); /* once */
    ticks(c, at(2, 12)); /* and nothing is said twice */
    assert_true(head(c) == before);
    expect(c, "verify", at(2, 12), "verified");
}

static void
t_confirmed_interrupts_within_the_budget(void **state)
{
    struct core *c = *state;

    confirmed(c, "1", at(0, 9));
    assert_false(last_event(c).quiet);
    confirmed(c, "2", at(0, 10)); /* one on a day */
    assert_true(last_event(c).quiet);
    confirmed(c, "3", at(1, 10));
    assert_false(last_event(c).quiet);
    confirmed(c, "4", at(2, 10)); /* two in a week */
    assert_true(last_event(c).quiet);
    confirmed(c, "5", at(6, 10)); /* Sunday is of the same week */
    assert_true(last_event(c).quiet);
    confirmed(c, "6", at(7, 10));
    assert_false(last_event(c).quiet);
    expect(c, "counters", at(7, 10), "interruptions_held PROSTATE 3");
}

static void
t_whoever_got_it_hears_of_its_end(void **state)
{
    static const char *const done[][2] = {
        {"snooze", "14d"}, {"override", "known"}, {"ack", ""}, {"escalate", "mtb"}};
    struct core *c = *state;

    for (size_t i = 0; i < RFD_COUNT(done); i++) {
        struct fact f = psa_on("2026-04-02", 60);

        confirmed(c, "1", at(0, 9));
        expect_without(c, of_it(c, done[i][0], done[i][1]), at(0, 10), "!");
        f.status = FACT_WITHDRAWN;
        f.status_time = at(0, 11);
        tell(c, f, "1", at(0, 11));
        f = psa_on("2026-05-10", 80);
        f.status = FACT_WITHDRAWN;
        f.status_time = at(0, 11);
        tell(c, f, "1", at(0, 11));
        assert_int_equal(last_event(c).kind, EVENT_RETRACTED);
        assert_false(last_event(c).quiet);
        expect(c, "alerts all", at(0, 11), " retracted ");
        core_close(&c);
        assert_int_equal(setup(state), 0);
        c = *state;
    }
}

static void
t_a_snooze_ends_by_itself(void **state)
{
    struct core *c = *state;
    uint64_t before;

    confirmed(c, "1", at(0, 9));
    expect(c, of_it(c, "snooze", "yesterday"), at(0, 10), "!2 until when?");
    expect(c, of_it(c, "snooze", "2026-05-25"), at(0, 10), "!2 until when?");
    expect(c, of_it(c, "snooze", "14d"), at(0, 10), " snoozed ");
    expect(c, of_it(c, "show", ""), at(0, 10), "Snoozed: until 2026-06-08");
    before = head(c);
    tell(c, psa_on("2026-05-24", 85), "1", at(1, 9)); /* more of the same */
    expect(c, "alerts", at(1, 9), " snoozed ");
    before = head(c);
    ticks(c, at(13, 23));
    assert_true(last_event(c).quiet || head(c) == before);
    ticks(c, at(14, 0));
    assert_false(last_event(c).quiet);
    assert_int_equal(last_event(c).kind, EVENT_UPDATED);
    expect(c, "alerts", at(14, 0), " new confirmed ");
    expect(c, of_it(c, "show", ""), at(14, 0), "Changed: the snooze has ended");
}

static void
t_what_gets_worse_ends_a_snooze(void **state)
{
    struct core *c = *state;

    suspected(c, "1", at(0, 9));
    expect(c, of_it(c, "snooze", "90d"), at(0, 10), " snoozed suspected ");
    tell(c, psa_on("2026-05-10", 80), "1", at(2, 9));
    assert_false(last_event(c).quiet);
    expect(c, "alerts", at(2, 9), " new confirmed ");
}

static void
t_an_overridden_alert_stays_quiet(void **state)
{
    struct core *c = *state;

    confirmed(c, "1", at(0, 9));
    expect(c, of_it(c, "override", "flare,known"), at(0, 10), " overridden ");
    expect_without(c, "alerts", at(0, 10), "PSA");
    tell(c, psa_on("2026-05-24", 120), "1", at(1, 9));
    assert_true(last_event(c).quiet);
    expect_without(c, "alerts", at(1, 9), "PSA"); /* and no second one stands beside it */
    expect(c, "status", at(1, 9), "open alerts 0");
    expect(c, "rules", at(1, 9), "overridden 1 (already_known 1)");
}

static void
t_escalated_in_business_hours(void **state)
{
    struct core *c = *state;
    uint64_t before;

    confirmed(c, "1", at(0, 20)); /* Monday night */
    before = head(c);
    ticks(c, at(3, 19)); /* not yet */
    ticks(c, at(3, 22)); /* by night nobody is asked */
    ticks(c, at(4, 7));
    assert_true(head(c) == before);
    ticks(c, at(4, 8));
    assert_true(head(c) == before + 1);
    assert_false(last_event(c).quiet);
    expect(c, "alerts", at(4, 8), " escalated confirmed ");
    expect(c, of_it(c, "show", ""), at(4, 8), "desk (nobody has acknowledged it in 3 days)");
    ticks(c, at(4, 9));
    assert_true(head(c) == before + 1);
    expect(c, of_it(c, "ack", ""), at(4, 10), " acknowledged ");
    expect(c, "rules", at(4, 10), "acknowledged 1 (half of them within 86 h 0 min)");
}

static void
t_what_is_acknowledged_is_not_escalated(void **state)
{
    struct core *c = *state;
    uint64_t before;

    confirmed(c, "1", at(0, 9));
    expect(c, of_it(c, "ack", ""), at(1, 9), " acknowledged ");
    before = head(c);
    ticks(c, at(7, 10));
    assert_true(head(c) == before);
}

static void
t_a_person_escalates(void **state)
{
    struct core *c = *state;

    confirmed(c, "1", at(0, 9));
    expect(c, of_it(c, "escalate", "nobody"), at(0, 10), "!1 the directory has no pool");
    expect(c, of_it(c, "escalate", "mtb"), at(0, 10), " escalated ");
    assert_false(last_event(c).quiet);
    expect(c, of_it(c, "show", ""), at(0, 10), "board (a person asked for it)");
    tell(c, psa_on("2026-05-24", 85), "1", at(1, 9)); /* the board goes on hearing of it */
    expect(c, of_it(c, "show", ""), at(1, 9), "board (a person asked for it)");
    expect(c, of_it(c, "resolve", "discussed"), at(2, 9), " resolved ");
    assert_int_equal(last_event(c).kind, EVENT_CLOSED);
    expect_without(c, "alerts", at(2, 9), "PSA");
}

/* Nobody is known for it: it is counted, and somebody hears of it all the same. */
static void
t_unresolved_recipients_are_counted(void **state)
{
    struct core *c = *state;

    directory.service_count = 0;
    confirmed(c, "1", at(0, 9));
    expect(c, of_it(c, "show", ""), at(0, 9), "For: desk (no physician and no service");
    expect(c, "counters", at(0, 9), "recipients_unresolved PROSTATE 1");
}

static struct fact
attending(const char *day, const char *id, bool active)
{
    static struct provider p[16];
    static size_t n;
    struct fact f = fact_on(FACT_ROLE, day);

    n = (n + 1) % RFD_COUNT(p);
    p[n] = (struct provider){STR("HOSP"), str_from_c(id)};
    f.u.role = (struct care_role){
        .role = STR("attending"), .person = &p[n], .person_count = 1, .active = active};
    return f;
}

static void
for_them(struct core *c, const char *who)
{
    expect(c, of_it(c, "show", ""), at(2, 12), who);
}

/* The admission may come before the results or after them, twice, and its end before it: it ends
 * with the same people. */
static void
t_however_it_came_the_same_people(void **state)
{
    struct core *c = *state;
    size_t before;

    confirmed(c, "1", at(0, 9));
    for_them(c, "For: thoracic (has this disease)");
    tell(c, attending("2026-05-20", "7001", true), "1", at(1, 9));
    for_them(c, "For: dr-a (attending physician)");
    assert_false(last_event(c).quiet); /* nobody has answered, and he has not heard of it */
    before = head(c);
    tell(c, attending("2026-05-20", "7001", true), "1", at(1, 10));
    assert_int_equal(head(c), before);
    tell(c, attending("2026-05-22", "7001", false), "1", at(1, 11)); /* he attends no more */
    for_them(c, "For: thoracic (has this disease)");
    tell(c, attending("2026-05-21", "7001", true), "1", at(1, 12)); /* an older word, late */
    for_them(c, "For: thoracic (has this disease)");
}

static void
t_an_admission_in_time(void **state)
{
    struct core *c = *state;

    tell(c, attending("2026-05-20", "7001", true), "1", at(0, 8));
    confirmed(c, "1", at(0, 9));
    for_them(c, "For: dr-a (attending physician)");
}

static void
t_a_role_ends_by_time(void **state)
{
    struct core *c = *state;
    struct fact f = attending("2026-05-20", "7001", true);

    f.u.role.end = stamp_of_day(day_of("2026-05-25"), 0);
    confirmed(c, "1", at(0, 9));
    tell(c, f, "1", at(0, 10));
    for_them(c, "For: dr-a (attending physician)");
    tell(c, psa_on("2026-05-24", 85), "1", at(1, 9)); /* on the day after */
    for_them(c, "For: thoracic (has this disease)");
}

static void
t_the_dead_and_those_who_said_no_raise_nothing(void **state)
{
    struct core *c = *state;
    struct fact f = fact_on(FACT_DEMOGRAPHICS, "2026-05-01");

    f.u.demographics.dead = true;
    tell(c, f, "1", at(0, 8));
    confirmed(c, "1", at(0, 9));
    f = fact_on(FACT_RESTRICTION, "2026-05-01");
    f.u.restriction = (struct restriction){STR("opted_out"), true};
    tell(c, f, "2", at(0, 8));
    confirmed(c, "2", at(0, 9));
    assert_int_equal(head(c), 0);
    f.u.restriction.name = STR("no_contact");
    tell(c, f, "3", at(0, 8));
    confirmed(c, "3", at(0, 9));
    assert_int_equal(head(c), 0);
}

static void
t_delivered_is_what_a_route_confirmed(void **state)
{
    struct core *c = *state;
    struct store *s = core_store(c);

    confirmed(c, "1", at(0, 9));
    expect(c, "alerts", at(0, 9), " new confirmed ");
    assert_int_equal(store_begin(s), STORE_OK);
    assert_int_equal(store_delivered_put(s, 0, head(c) - 1), STORE_OK);
    assert_int_equal(store_commit(s), STORE_OK);
    expect(c, "alerts", at(0, 9), " new confirmed "); /* of an older version */
    assert_int_equal(store_begin(s), STORE_OK);
    assert_int_equal(store_delivered_put(s, head(c) - 1, head(c)), STORE_OK);
    assert_int_equal(store_commit(s), STORE_OK);
    expect(c, "alerts", at(0, 9), " delivered confirmed ");
    expect(c, of_it(c, "ack", ""), at(0, 10), " acknowledged ");
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE(t_suspected_waits_for_the_digest),
        LIFE(t_confirmed_interrupts_within_the_budget),
        LIFE(t_whoever_got_it_hears_of_its_end),
        LIFE(t_a_snooze_ends_by_itself),
        LIFE(t_what_gets_worse_ends_a_snooze),
        LIFE(t_an_overridden_alert_stays_quiet),
        LIFE(t_escalated_in_business_hours),
        LIFE(t_what_is_acknowledged_is_not_escalated),
        LIFE(t_a_person_escalates),
        LIFE(t_unresolved_recipients_are_counted),
        LIFE(t_however_it_came_the_same_people),
        LIFE(t_an_admission_in_time),
        LIFE(t_a_role_ends_by_time),
        LIFE(t_the_dead_and_those_who_said_no_raise_nothing),
        LIFE(t_delivered_is_what_a_route_confirmed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
