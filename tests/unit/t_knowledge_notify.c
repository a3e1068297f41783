/* A rule's act_watch: so long the team may act by itself before anyone is interrupted; and which
 * facts name the people that an alert is for. */
#include "core_test.h"
#include "engine/notify.h"

static struct fact event;
static struct fact confirmation;

struct story {
    struct finding finding[2];
    struct rule_head rule[2];
    struct evidence evidence[2][2];
    struct fact fact[8];
    size_t fact_count;
};

/* A finding that is confirmed on 2026-05-10, of a rule with that wait. */
static void
met(struct story *s, size_t i, int32_t wait)
{
    event = psa_on("2026-04-02", 60);
    confirmation = psa_on("2026-05-10", 80);
    s->rule[i] = (struct rule_head){.consequence = CONSEQUENCE_RESTAGE, .act_watch_days = wait};
    s->evidence[i][0] = (struct evidence){.part = EVIDENCE_CANDIDATE, .fact = &event};
    s->evidence[i][1] = (struct evidence){.part = EVIDENCE_CONFIRMATION, .fact = &confirmation};
    s->finding[i] = (struct finding){.rule = &s->rule[i],
                                     .status = FINDING_MET,
                                     .first_event = day_of("2026-04-02"),
                                     .evidence = s->evidence[i],
                                     .evidence_count = 2};
}

static void
ordered(struct story *s, const char *name, const char *day)
{
    struct fact *f = &s->fact[s->fact_count++];

    *f = fact_on(FACT_PROCEDURE, day);
    f->u.procedure.name = str_from_c(name);
}

static struct alert
waits(struct story *s, size_t findings, const char *today)
{
    struct arena *a = fresh();
    const struct finding *list[] = {&s->finding[0], &s->finding[1]};
    struct timeline t = timeline_build(a, s->fact, s->fact_count, stamp_of_day(day_of(today), 0));
    struct notify_in in = {.timeline = &t, .finding = list, .finding_count = findings};
    struct alert al = {.waiting_until = DAY_NONE};

    notify_wait(&in, a, &al);
    return al;
}

static void
t_waits_from_the_confirmation(void **state)
{
    struct story s = {0};

    (void)state;
    met(&s, 0, 14);
    assert_int_equal(waits(&s, 1, "2026-05-10").waiting_until, day_of("2026-05-24"));
    assert_int_equal(waits(&s, 1, "2026-05-23").waiting_until, day_of("2026-05-24"));
    assert_int_equal(waits(&s, 1, "2026-05-24").waiting_until, DAY_NONE);
    assert_true(str_is_empty(waits(&s, 1, "2026-05-24").acted));
    met(&s, 0, 0);
    assert_int_equal(waits(&s, 1, "2026-05-10").waiting_until, DAY_NONE);
}

static void
t_the_team_acts(void **state)
{
    struct story s = {0};
    struct alert al;

    (void)state;
    met(&s, 0, 14);
    ordered(&s, PROCEDURE_STAGING, "2026-05-09"); /* for the rise before: no answer to this */
    ordered(&s, "paracentesis", "2026-05-12");    /* no sign of it */
    assert_int_equal(waits(&s, 1, "2026-05-13").waiting_until, day_of("2026-05-24"));
    ordered(&s, PROCEDURE_BOARD, "2026-05-12");
    al = waits(&s, 1, "2026-05-13");
    assert_int_equal(al.waiting_until, DAY_NONE);
    assert_str(al.acted, "referred to the tumour board on 2026-05-12");
    assert_str(waits(&s, 1, "2026-06-30").acted, "referred to the tumour board on 2026-05-12");
}

static void
t_the_first_that_need_not_wait_decides(void **state)
{
    struct story s = {0};

    (void)state;
    met(&s, 0, 14);
    met(&s, 1, 7);
    assert_int_equal(waits(&s, 2, "2026-05-11").waiting_until, day_of("2026-05-17"));
    assert_int_equal(waits(&s, 2, "2026-05-17").waiting_until, DAY_NONE);
    met(&s, 1, 0);
    assert_int_equal(waits(&s, 2, "2026-05-11").waiting_until, DAY_NONE);
    s.rule[1].consequence =
        CONSEQUENCE_WATCH; /* which is never told, and so lets nothing through */
    assert_int_equal(waits(&s, 2, "2026-05-11").waiting_until, day_of("2026-05-24"));
    s.rule[1].consequence = CONSEQUENCE_RESTAGE;
    s.finding[1].status = FINDING_UNCONFIRMED;
    assert_int_equal(waits(&s, 2, "2026-05-11").waiting_until, day_of("2026-05-24"));
}

static void
t_who_ordered_the_newest(void **state)
{
    static struct str number = {"7002", 4};
    static struct directory_person person = {
        .id = {"dr-weiss", 8}, .number = &number, .number_count = 1};
    static const struct str role = {"ordering", 8};
    static struct directory dir = {.person = &person,
                                   .person_count = 1,
                                   .fallback = {"desk", 4},
                                   .role = &role,
                                   .role_count = 1};
    static const struct duty duty = {.directory = &dir};
    struct story s = {0};
    const struct finding *list[] = {&s.finding[0]};
    struct timeline t;
    struct notify_in in = {.timeline = &t, .finding = list, .finding_count = 1, .duty = &duty};
    struct alert al = {.gate = ALERT_OUT};
    struct arena *a = fresh();

    (void)state;
    met(&s, 0, 0);
    t = timeline_build(a, s.fact, 0, stamp_of_day(day_of("2026-05-11"), 0));
    event.orderer = STR("9999");
    confirmation.orderer = STR("7002");
    (void)notify_recipients(&in, a, &al);
    assert_int_equal(al.recipient_count, 1);
    assert_str(al.recipient[0].id, "dr-weiss");
    assert_str(al.recipient[0].role, "ordering");
    al = (struct alert){.gate = ALERT_SHADOW}; /* nobody hears of it */
    (void)notify_recipients(&in, a, &al);
    assert_int_equal(al.recipient_count, 0);
    in.duty = NULL; /* no directory */
    al.gate = ALERT_OUT;
    (void)notify_recipients(&in, a, &al);
    assert_int_equal(al.recipient_count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_waits_from_the_confirmation),
        cmocka_unit_test(t_the_team_acts),
        cmocka_unit_test(t_the_first_that_need_not_wait_decides),
        cmocka_unit_test(t_who_ordered_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
