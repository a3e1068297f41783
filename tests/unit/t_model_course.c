#include "model/course.h"
#include "model_test.h"

/* One line of a story: a day of 2025 (1 = 1 January), what happened, to which drug. */
struct step {
    int day;
    enum therapy_action action;
    enum therapy_rung rung;
    const char *drug; /* NULL: only the class is said */
    const char *class;
    int cover;
};

enum { STEPS_MAX = 40 };

static day_t
day_of(int n)
{
    day_t first;

    assert_true(day_from_ymd(2025, 1, 1, &first));
    return first + n - 1;
}

static struct fact
base_fact(int day, struct arena *a)
{
    static int serial;
    char *order = arena_alloc(a, 16);

    (void)snprintf(order, 16, "o%d", serial++);
    return (struct fact){.status = FACT_FINAL,
                         .patient = {STR("H"), STR("1")},
                         .collected = stamp_of_day(day_of(day), 0),
                         .status_time = stamp_of_day(day_of(day), 0),
                         .received = stamp_of_day(day_of(day), 0),
                         .order = str_from_c(order)};
}

static struct fact
therapy_fact(const struct step *s, struct arena *a)
{
    struct fact f = base_fact(s->day, a);
    struct str *classes = ARENA_ARRAY(a, 2, struct str);
    size_t n = 0;

    if (s->class != NULL)
        classes[n++] = str_from_c(s->class);
    if (s->drug != NULL)
        classes[n++] = str_from_c(s->drug);
    f.kind = FACT_THERAPY;
    f.u.therapy = (struct therapy){.action = s->action,
                                   .rung = s->rung,
                                   .drug = str_from_c(s->drug),
                                   .classes = classes,
                                   .class_count = n,
                                   .cover_days = s->cover,
                                   .code = {STR("L"), classes[n - 1], STR_NONE}};
    return f;
}

/* Steps until one without a class and drug; response_day 0: none. */
static struct therapies
story(const struct step *steps, int response_day, enum response_code code)
{
    struct arena *a = fresh();
    struct fact *facts = ARENA_ARRAY(a, STEPS_MAX, struct fact);
    struct timeline *t = ARENA_NEW(a, struct timeline);
    size_t n = 0;

    for (; steps[n].drug != NULL || steps[n].class != NULL; n++)
        facts[n] = therapy_fact(&steps[n], a);
    if (response_day != 0) {
        facts[n] = base_fact(response_day, a);
        facts[n].kind = FACT_RESPONSE;
        facts[n++].u.response.code = code;
    }
    *t = timeline_build(a, facts, n, stamp_of_day(day_of(2000), 0));
    return course_build(t);
}

#define STORY(...) story((const struct step[]){__VA_ARGS__, {0}}, 0, RESPONSE_NE)

static void
doses_make_one_course_and_its_cover_ends(void **state)
{
    struct therapies t = STORY({10, THERAPY_DOSE, THERAPY_GIVEN, "pembrolizumab", "anti_pd1", 42},
                               {31, THERAPY_DOSE, THERAPY_GIVEN, "pembrolizumab", "anti_pd1", 42});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.course[0].start, day_of(10));
    assert_int_equal(t.course[0].last_evidence, day_of(31));
    assert_int_equal(t.course[0].evidence_count, 2);
    assert_int_equal(course_state_on(&t.course[0], day_of(9)), COURSE_OFF);
    assert_int_equal(course_state_on(&t.course[0], day_of(10)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_of(31 + 42)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_of(31 + 43)), COURSE_UNKNOWN);
    assert_true(course_has_class(&t.course[0], STR("anti_pd1")));
    assert_true(course_has_class(&t.course[0], STR("pembrolizumab")));
    assert_true(course_has_class(&t.course[0], STR("any")));
    assert_false(course_has_class(&t.course[0], STR("platinum")));
}

static void
a_stop_ends_it_and_may_name_only_the_class(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_ENTERED, "carboplatin", "platinum", 0},
                               {100, THERAPY_STOP, THERAPY_ENTERED, NULL, "platinum", 0});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.course[0].stop, day_of(100));
    assert_int_equal(course_state_on(&t.course[0], day_of(100)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_of(101)), COURSE_OFF);
    assert_int_equal(t.line[0].end, day_of(100));
}

static void
an_entered_start_holds_until_a_stop_is_stated(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_ENTERED, "imatinib", "bcr_abl_tki", 0});

    (void)state;
    assert_int_equal(course_state_on(&t.course[0], day_of(1500)), COURSE_ON);
    t = STORY({10, THERAPY_START, THERAPY_STATED, "imatinib", "bcr_abl_tki", 0});
    assert_int_equal(course_state_on(&t.course[0], day_of(40)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_of(41)), COURSE_UNKNOWN);
}

static void
the_stop_of_a_day_speaks_of_its_dose_too(void **state)
{
    struct therapies t = STORY({50, THERAPY_STOP, THERAPY_ENTERED, "docetaxel", "taxane", 0},
                               {50, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21},
                               {10, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.course[0].stop, day_of(50));
    assert_int_equal(t.course[0].last_evidence, day_of(50));
}

static void
what_was_not_given_is_evidence_of_nothing(void **state)
{
    struct therapies t = STORY({10, THERAPY_NOT_GIVEN, THERAPY_GIVEN, "docetaxel", "taxane", 21});

    (void)state;
    assert_int_equal(t.course_count, 0);
    assert_int_equal(t.line_count, 0);
}

static void
an_order_is_intent_and_the_first_dose_the_start(void **state)
{
    struct therapies t =
        STORY({10, THERAPY_START, THERAPY_ORDERED, "osimertinib", "egfr_tki", 35},
              {24, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.course[0].start, day_of(24));
    assert_int_equal(t.course[0].rung, THERAPY_DISPENSED);
    t = STORY({10, THERAPY_START, THERAPY_ORDERED, "osimertinib", "egfr_tki", 35});
    assert_int_equal(t.course[0].rung, THERAPY_ORDERED);
    assert_int_equal(t.course[0].start, day_of(10));
}

static void
a_refill_does_not_overrule_an_entered_stop(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_DISPENSED, "letrozole", "endocrine", 35},
                               {60, THERAPY_STOP, THERAPY_ENTERED, "letrozole", "endocrine", 0},
                               {66, THERAPY_DOSE, THERAPY_DISPENSED, "letrozole", "endocrine", 35});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(course_state_on(&t.course[0], day_of(70)), COURSE_OFF);
    t = STORY({10, THERAPY_START, THERAPY_DISPENSED, "letrozole", "endocrine", 35},
              {60, THERAPY_STOP, THERAPY_ENTERED, "letrozole", "endocrine", 0},
              {66, THERAPY_DOSE, THERAPY_GIVEN, "letrozole", "endocrine", 35});
    assert_int_equal(t.course_count, 2); /* somebody saw it taken */
    assert_int_equal(t.line_count, 1);   /* the same drug again is no new line */
}

static void
a_pause_is_a_pause_up_to_120_days(void **state)
{
    struct therapies t =
        STORY({10, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21},
              {10 + 21 + 120, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21});

    (void)state;
    assert_int_equal(t.course_count, 1);
    t = STORY({10, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21},
              {10 + 21 + 121, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21});
    assert_int_equal(t.course_count, 2);
}

static void
what_starts_within_28_days_joins_the_line(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_ENTERED, "carboplatin", "platinum", 0},
                               {38, THERAPY_START, THERAPY_ENTERED, "paclitaxel", "taxane", 0});

    (void)state;
    assert_int_equal(t.line_count, 1);
    assert_true(str_eq_c(t.line[0].label, "carboplatin + paclitaxel"));
    t = STORY({10, THERAPY_START, THERAPY_ENTERED, "carboplatin", "platinum", 0},
              {39, THERAPY_START, THERAPY_ENTERED, "paclitaxel", "taxane", 0});
    assert_int_equal(t.line_count, 2);
    assert_int_equal(t.line[0].end, t.line[1].start);
    assert_null(line_at(&t, day_of(9)));
    assert_int_equal(line_at(&t, day_of(38))->number, 1);
    assert_int_equal(line_at(&t, day_of(39))->number, 2);
}

static void
a_swap_of_sisters_goes_on_unless_the_disease_progressed(void **state)
{
    static const struct step swap[] = {
        {10, THERAPY_START, THERAPY_ENTERED, "cisplatin", "platinum", 0},
        {80, THERAPY_STOP, THERAPY_ENTERED, "cisplatin", NULL, 0},
        {81, THERAPY_START, THERAPY_ENTERED, "carboplatin", "platinum", 0},
        {0},
    };
    struct therapies t = story(swap, 0, RESPONSE_NE);

    (void)state;
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.course_count, 2);
    assert_int_equal(t.line[0].end, DAY_NONE);
    t = story(swap, 79, RESPONSE_PD);
    assert_int_equal(t.line_count, 2);
    t = story(swap, 79, RESPONSE_SD);
    assert_int_equal(t.line_count, 1);
}

static void
another_inhibitor_of_the_same_class_is_a_new_line(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_ENTERED, "erlotinib", "egfr_tki", 0},
                               {300, THERAPY_START, THERAPY_ENTERED, "osimertinib", "egfr_tki", 0});

    (void)state;
    assert_int_equal(t.line_count, 2);
    assert_true(str_eq_c(t.line[1].label, "osimertinib"));
}

static void
background_therapy_makes_no_line(void **state)
{
    struct therapies t = STORY({10, THERAPY_DOSE, THERAPY_GIVEN, "leuprolide", "adt", 93},
                               {300, THERAPY_START, THERAPY_ENTERED, "enzalutamide", "arpi", 0},
                               {310, THERAPY_START, THERAPY_ENTERED, "denosumab", "bone_agent", 0});

    (void)state;
    assert_int_equal(t.course_count, 3);
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.line[0].start, day_of(300));
    assert_int_equal(t.line[0].course_count, 1);
    assert_int_equal(t.course[0].line, 0);
}

static void
a_hold_makes_it_unknown(void **state)
{
    struct therapies t =
        STORY({10, THERAPY_START, THERAPY_DISPENSED, "imatinib", "bcr_abl_tki", 97},
              {40, THERAPY_HOLD, THERAPY_ENTERED, "imatinib", NULL, 0});

    (void)state;
    assert_int_equal(course_state_on(&t.course[0], day_of(40)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_of(41)), COURSE_UNKNOWN);
}

static void
the_order_of_arrival_does_not_matter(void **state)
{
    struct therapies t = STORY({300, THERAPY_START, THERAPY_ENTERED, "osimertinib", "egfr_tki", 0},
                               {290, THERAPY_STOP, THERAPY_ENTERED, "erlotinib", NULL, 0},
                               {10, THERAPY_START, THERAPY_ENTERED, "erlotinib", "egfr_tki", 0});

    (void)state;
    assert_int_equal(t.line_count, 2);
    assert_true(str_eq_c(t.line[0].label, "erlotinib"));
    assert_int_equal(t.course[0].stop, day_of(290));
    assert_int_equal(t.course[1].stop, DAY_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doses_make_one_course_and_its_cover_ends),
        cmocka_unit_test(a_stop_ends_it_and_may_name_only_the_class),
        cmocka_unit_test(an_entered_start_holds_until_a_stop_is_stated),
        cmocka_unit_test(the_stop_of_a_day_speaks_of_its_dose_too),
        cmocka_unit_test(what_was_not_given_is_evidence_of_nothing),
        cmocka_unit_test(an_order_is_intent_and_the_first_dose_the_start),
        cmocka_unit_test(a_refill_does_not_overrule_an_entered_stop),
        cmocka_unit_test(a_pause_is_a_pause_up_to_120_days),
        cmocka_unit_test(what_starts_within_28_days_joins_the_line),
        cmocka_unit_test(a_swap_of_sisters_goes_on_unless_the_disease_progressed),
        cmocka_unit_test(another_inhibitor_of_the_same_class_is_a_new_line),
        cmocka_unit_test(background_therapy_makes_no_line),
        cmocka_unit_test(a_hold_makes_it_unknown),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
