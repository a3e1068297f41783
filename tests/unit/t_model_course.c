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
day_no(int n)
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
                         .collected = stamp_of_day(day_no(day), 0),
                         .status_time = stamp_of_day(day_no(day), 0),
                         .received = stamp_of_day(day_no(day), 0),
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
    *t = timeline_build(a, facts, n, stamp_of_day(day_no(2000), 0));
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
    assert_int_equal(t.course[0].start, day_no(10));
    assert_int_equal(t.course[0].last_evidence, day_no(31));
    assert_int_equal(t.course[0].evidence_count, 2);
    assert_int_equal(course_state_on(&t.course[0], day_no(9)), COURSE_OFF);
    assert_int_equal(course_state_on(&t.course[0], day_no(10)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_no(31 + 42)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_no(31 + 43)), COURSE_UNKNOWN);
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
    assert_int_equal(t.course[0].stop, day_no(100));
    assert_int_equal(course_state_on(&t.course[0], day_no(100)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_no(101)), COURSE_OFF);
    assert_int_equal(t.line[0].end, day_no(100));
}

static void
an_entered_start_holds_until_a_stop_is_stated(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_ENTERED, "imatinib", "bcr_abl_tki", 0});

    (void)state;
    assert_int_equal(course_state_on(&t.course[0], day_no(1500)), COURSE_ON);
    t = STORY({10, THERAPY_START, THERAPY_STATED, "imatinib", "bcr_abl_tki", 0});
    assert_int_equal(course_state_on(&t.course[0], day_no(40)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_no(41)), COURSE_UNKNOWN);
}

static void
the_stop_of_a_day_speaks_of_its_dose_too(void **state)
{
    struct therapies t = STORY({50, THERAPY_STOP, THERAPY_ENTERED, "docetaxel", "taxane", 0},
                               {50, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21},
                               {10, THERAPY_DOSE, THERAPY_GIVEN, "docetaxel", "taxane", 21});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.course[0].stop, day_no(50));
    assert_int_equal(t.course[0].last_evidence, day_no(50));
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
    assert_int_equal(t.course[0].start, day_no(24));
    assert_int_equal(t.course[0].rung, THERAPY_DISPENSED);
    t = STORY({10, THERAPY_START, THERAPY_ORDERED, "osimertinib", "egfr_tki", 35});
    assert_int_equal(t.course[0].rung, THERAPY_ORDERED);
    assert_int_equal(t.course[0].start, day_no(10));
}

static void
a_refill_does_not_overrule_an_entered_stop(void **state)
{
    struct therapies t = STORY({10, THERAPY_START, THERAPY_DISPENSED, "letrozole", "endocrine", 35},
                               {60, THERAPY_STOP, THERAPY_ENTERED, "letrozole", "endocrine", 0},
                               {66, THERAPY_DOSE, THERAPY_DISPENSED, "letrozole", "endocrine", 35});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(course_state_on(&t.course[0], day_no(70)), COURSE_OFF);
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
    assert_null(line_at(&t, day_no(9)));
    assert_int_equal(line_at(&t, day_no(38))->number, 1);
    assert_int_equal(line_at(&t, day_no(39))->number, 2);
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
    assert_int_equal(t.line[0].start, day_no(300));
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
    assert_int_equal(course_state_on(&t.course[0], day_no(40)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_no(41)), COURSE_UNKNOWN);
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
    assert_int_equal(t.course[0].stop, day_no(290));
    assert_int_equal(t.course[1].stop, DAY_NONE);
}

/* A story with more facts than therapies: a response or a procedure of a day, an intent. */
struct told {
    struct fact fact[STEPS_MAX];
    size_t count;
    struct arena *arena;
};

static struct told
told_begin(void)
{
    struct told t = {.arena = fresh()};

    return t;
}

static struct fact *
tell(struct told *t, struct step s)
{
    t->fact[t->count] = therapy_fact(&s, t->arena);
    return &t->fact[t->count++];
}

static void
tell_procedure(struct told *t, int day, const char *name)
{
    struct fact *f = &t->fact[t->count++];

    *f = base_fact(day, t->arena);
    f->kind = FACT_PROCEDURE;
    f->u.procedure.name = str_from_c(name);
    f->u.procedure.code = (struct code){STR("L"), f->u.procedure.name, STR_NONE};
}

static void
tell_progression(struct told *t, int day)
{
    struct fact *f = &t->fact[t->count++];

    *f = base_fact(day, t->arena);
    f->kind = FACT_RESPONSE;
    f->u.response.code = RESPONSE_PD;
}

static struct therapies
told_end(struct told *t, const struct oncotree *tree)
{
    struct timeline *line = ARENA_NEW(t->arena, struct timeline);

    *line = timeline_build(t->arena, t->fact, t->count, stamp_of_day(day_no(2000), 0));
    line->oncotree = tree;
    return course_build(line);
}

#define GIVEN(day, drug, class)                                 \
    (struct step)                                               \
    {                                                           \
        (day), THERAPY_DOSE, THERAPY_GIVEN, (drug), (class), 21 \
    }
#define START(day, drug, class)                                   \
    (struct step)                                                 \
    {                                                             \
        (day), THERAPY_START, THERAPY_ENTERED, (drug), (class), 0 \
    }
#define STOP(day, drug)                                       \
    (struct step)                                             \
    {                                                         \
        (day), THERAPY_STOP, THERAPY_ENTERED, (drug), NULL, 0 \
    }

/* Issue 4, item 2, exception by exception; what is cited stands in lines.c. */
static void
not_a_new_line_paclitaxel_to_nab_paclitaxel(void **state)
{
    struct therapies t = STORY(START(10, "paclitaxel", "taxane"), STOP(60, "paclitaxel"),
                               START(67, "nab-paclitaxel", "taxane"));

    (void)state;
    assert_int_equal(t.line_count, 1);
    assert_true(str_eq_c(t.line[0].label, "paclitaxel + nab-paclitaxel") ||
                str_eq_c(t.line[0].label, "paclitaxel"));
    t = STORY(START(10, "paclitaxel", "taxane"), STOP(60, "paclitaxel"),
              START(67, "docetaxel", "taxane")); /* another taxane is another drug */
    assert_int_equal(t.line_count, 2);
}

static void
not_a_new_line_cisplatin_to_carboplatin_in_a_pair(void **state)
{
    struct therapies t =
        STORY(GIVEN(10, "cisplatin", "platinum"), GIVEN(10, "gemcitabine", "chemo"),
              GIVEN(31, "cisplatin", "platinum"), GIVEN(31, "gemcitabine", "chemo"),
              GIVEN(52, "carboplatin", "platinum"), GIVEN(52, "gemcitabine", "chemo"));

    (void)state;
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.line[0].start, day_no(10));
    assert_int_equal(t.line[0].course_count, 3);
}

static void
not_a_new_line_a_dose_reduction(void **state)
{
    struct therapies t =
        STORY(START(10, "sunitinib", "vegfr_tki"),
              {100, THERAPY_CHANGE, THERAPY_ORDERED, "sunitinib", "vegfr_tki", 35},
              {130, THERAPY_DOSE, THERAPY_DISPENSED, "sunitinib", "vegfr_tki", 35});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.course[0].start, day_no(10));
}

static void
not_a_new_line_planned_maintenance(void **state)
{
    struct told d = told_begin();
    struct therapies t;

    (void)state;
    /* the rest of the regimen goes on */
    t = STORY(START(10, "carboplatin", "platinum"), START(10, "pemetrexed", "chemo"),
              STOP(90, "carboplatin"), GIVEN(111, "pemetrexed", "chemo"));
    assert_int_equal(t.line_count, 1);
    /* a PARP inhibitor within 12 weeks of the last platinum */
    t = STORY(START(10, "carboplatin", "platinum"), STOP(120, "carboplatin"),
              START(120 + 84, "niraparib", "parp"));
    assert_int_equal(t.line_count, 1);
    t = STORY(START(10, "carboplatin", "platinum"), STOP(120, "carboplatin"),
              START(120 + 85, "niraparib", "parp"));
    assert_int_equal(t.line_count, 2);
    t = STORY(START(10, "carboplatin", "platinum"), STOP(120, "carboplatin"),
              START(190, "avelumab", "anti_pdl1"));
    assert_int_equal(t.line_count, 1);
    t = STORY(START(10, "carboplatin", "platinum"), STOP(120, "carboplatin"),
              START(162, "durvalumab", "anti_pdl1"));
    assert_int_equal(t.line_count, 1);
    t = STORY(START(10, "carboplatin", "platinum"), STOP(120, "carboplatin"),
              START(163, "durvalumab", "anti_pdl1"));
    assert_int_equal(t.line_count, 2);
    /* whatever the order itself calls maintenance */
    (void)tell(&d, START(10, "vinorelbine", "chemo"));
    (void)tell(&d, STOP(100, "vinorelbine"));
    tell(&d, START(150, "trastuzumab", "anti_her2"))->u.therapy.intent = STR("Maintenance");
    t = told_end(&d, NULL);
    assert_int_equal(t.line_count, 1);
}

static void
maintenance_after_progression_is_a_new_line(void **state)
{
    static const struct step steps[] = {
        {10, THERAPY_START, THERAPY_ENTERED, "carboplatin", "platinum", 0},
        {120, THERAPY_STOP, THERAPY_ENTERED, "carboplatin", NULL, 0},
        {150, THERAPY_START, THERAPY_ENTERED, "olaparib", "parp", 0},
        {0},
    };
    struct therapies t = story(steps, 140, RESPONSE_PD);

    (void)state;
    assert_int_equal(t.line_count, 2);
    t = story(steps, 140, RESPONSE_PR);
    assert_int_equal(t.line_count, 1);
}

static void
not_a_new_line_a_new_order_number(void **state)
{
    struct told d = told_begin();
    struct therapies t;

    (void)state;
    for (int i = 0; i < 6; i++) {
        struct fact *f = tell(&d, (struct step){10 + 28 * i, THERAPY_START, THERAPY_ORDERED,
                                                "osimertinib", "egfr_tki", 35});

        f->u.therapy.order = str_from_c(i % 2 == 0 ? "A-17" : "B-99");
    }
    t = told_end(&d, NULL);
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.course[0].evidence_count, 6);
}

static void
not_a_new_line_dexamethasone(void **state)
{
    struct therapies t =
        STORY(START(10, "lenalidomide", "imid"), GIVEN(100, "dexamethasone", "steroid"),
              GIVEN(200, "prednisone", "steroid"));

    (void)state;
    assert_int_equal(t.course_count, 3);
    assert_int_equal(t.line_count, 1);
    t = STORY(GIVEN(100, "dexamethasone", "steroid"));
    assert_int_equal(t.line_count, 0); /* nor is it a first one */
}

static struct oncotree
small_tree(struct arena *a)
{
    static const struct oncotree_row rows[] = {
        {{"TISSUE", 6}, {"Tissue", 6}, {"", 0}, 1},
        {{"LYMPH", 5}, {"Lymphoid", 8}, {"TISSUE", 6}, 2},
        {{"FL", 2}, {"Follicular Lymphoma", 19}, {"LYMPH", 5}, 3},
        {{"PROSTATE", 8}, {"Prostate", 8}, {"TISSUE", 6}, 4},
        {{"PRAD", 4}, {"Prostate Adenocarcinoma", 23}, {"PROSTATE", 8}, 5},
        {{"BREAST", 6}, {"Breast", 6}, {"TISSUE", 6}, 6},
    };
    struct oncotree t;
    size_t bad;

    assert_true(oncotree_build(a, rows, RFD_COUNT(rows), &t, &bad));
    return t;
}

/* How many lines a patient with these cancers has after docetaxel and the drug. */
static size_t
lines_beside(const char *drug, const char *class, const char *first, const char *second)
{
    const char *const codes[] = {first, second};
    struct told d = told_begin();
    struct oncotree tree = small_tree(d.arena);

    for (size_t i = 0; i < RFD_COUNT(codes); i++) {
        struct fact *f = &d.fact[d.count];

        if (codes[i] == NULL)
            continue;
        *f = base_fact(1, d.arena);
        f->kind = FACT_DIAGNOSIS;
        f->u.diagnosis = (struct diagnosis){.oncotree = str_from_c(codes[i]), .active = true};
        f->u.diagnosis.code = (struct code){STR("ONCOTREE"), str_from_c(codes[i]), STR_NONE};
        d.count++;
    }
    (void)tell(&d, START(10, "docetaxel", "taxane"));
    (void)tell(&d, GIVEN(100, drug, class));
    return told_end(&d, &tree).line_count;
}

static void
not_a_new_line_methotrexate_or_rituximab_for_another_disease(void **state)
{
    struct told d = told_begin();

    (void)state;
    assert_int_equal(lines_beside("methotrexate", "chemo", "PRAD", NULL), 1);
    assert_int_equal(lines_beside("rituximab", "anti_cd20", "PRAD", NULL), 1);
    assert_int_equal(lines_beside("rituximab", "anti_cd20", "FL", NULL), 2);
    assert_int_equal(lines_beside("rituximab", "anti_cd20", "PRAD", "FL"), 2);
    assert_int_equal(lines_beside("rituximab", "anti_cd20", NULL, NULL), 2); /* nobody knows */
    assert_int_equal(lines_beside("rituximab", "anti_cd20", "TISSUE", NULL), 2);
    assert_int_equal(lines_beside("methotrexate", "chemo", "BREAST", NULL), 2);
    assert_int_equal(lines_beside("cabazitaxel", "taxane", "PRAD", NULL), 2);
    /* or as the order says */
    (void)tell(&d, START(10, "docetaxel", "taxane"));
    tell(&d, GIVEN(100, "methotrexate", "chemo"))->u.therapy.intent = STR("other_disease");
    assert_int_equal(told_end(&d, NULL).line_count, 1);
}

static void
drug_holidays_are_pauses(void **state)
{
    struct therapies t =
        STORY({10, THERAPY_DOSE, THERAPY_DISPENSED, "imatinib", "bcr_abl_tki", 35},
              {40, THERAPY_HOLD, THERAPY_ENTERED, "imatinib", NULL, 0},
              {40 + 120, THERAPY_START, THERAPY_DISPENSED, "imatinib", "bcr_abl_tki", 35});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.line_count, 1);
    /* stopped and taken up again */
    t = STORY(START(10, "pembrolizumab", "anti_pd1"), STOP(100, "pembrolizumab"),
              START(100 + 120, "pembrolizumab", "anti_pd1"));
    assert_int_equal(t.line_count, 1);
}

static void
a_rechallenge_after_a_long_gap_is_a_new_line(void **state)
{
    struct therapies t = STORY(START(10, "carboplatin", "platinum"), STOP(100, "carboplatin"),
                               START(100 + 121, "carboplatin", "platinum"));

    (void)state;
    assert_int_equal(t.line_count, 2);
    assert_int_equal(t.line[1].start, day_no(221));
    t = STORY(START(10, "carboplatin", "platinum"), START(10, "olaparib", "parp"),
              STOP(100, "carboplatin"), START(400, "carboplatin", "platinum"));
    assert_int_equal(t.line_count, 1); /* something of the line was taken all the time */
    /* no word of it is not the same as a stated end */
    t = STORY({10, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35},
              {45 + 365, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35});
    assert_int_equal(t.course_count, 2);
    assert_int_equal(t.line_count, 1);
    t = STORY({10, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35},
              {45 + 366, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35});
    assert_int_equal(t.line_count, 2);
}

static void
a_drug_added_later_is_a_new_line(void **state)
{
    struct therapies t =
        STORY(START(10, "letrozole", "endocrine"), START(80, "palbociclib", "cdk46_inhibitor"));

    (void)state;
    assert_int_equal(t.line_count, 2);
    t = STORY(START(10, "letrozole", "endocrine"), START(38, "palbociclib", "cdk46_inhibitor"));
    assert_int_equal(t.line_count, 1);
}

static void
what_was_to_cure_is_no_line_of_advanced_disease(void **state)
{
    struct told d = told_begin();
    struct therapies t;

    (void)state;
    tell(&d, START(10, "letrozole", "endocrine"))->u.therapy.intent = STR("adjuvant");
    (void)tell(&d, STOP(400, "letrozole"));
    tell(&d, START(410, "letrozole", "endocrine"))->u.therapy.intent = STR("palliative");
    t = told_end(&d, NULL);
    assert_int_equal(t.line_count, 2);
    assert_true(str_eq_c(t.line[0].courses[0]->intent, "adjuvant"));
    d = told_begin();
    tell(&d, START(10, "letrozole", "endocrine"))->u.therapy.intent = STR("adjuvant");
    (void)tell(&d, STOP(400, "letrozole"));
    (void)tell(&d, START(410, "letrozole", "endocrine")); /* nothing said: it goes on */
    assert_int_equal(told_end(&d, NULL).line_count, 1);
}

/* Induction, conditioning, transplant, consolidation and maintenance: one line (Rajkumar 2015). */
static struct therapies
myeloma(int maintenance_day, int progression_day)
{
    struct told d = told_begin();

    (void)tell(&d, START(10, "bortezomib", "proteasome_inhibitor"));
    (void)tell(&d, START(10, "thalidomide", "imid"));
    (void)tell(&d, STOP(100, "bortezomib"));
    (void)tell(&d, STOP(100, "thalidomide"));
    (void)tell(&d, GIVEN(148, "melphalan", "chemo"));
    tell_procedure(&d, 150, "asct");
    if (progression_day != 0)
        tell_progression(&d, progression_day);
    (void)tell(&d, START(maintenance_day, "lenalidomide", "imid"));
    return told_end(&d, NULL);
}

static void
one_line_induction_transplant_and_maintenance(void **state)
{
    struct therapies t = myeloma(250, 0);

    (void)state;
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.line[0].course_count, 4);
    assert_int_equal(myeloma(150 + 180, 0).line_count, 1);
    assert_int_equal(myeloma(150 + 181, 0).line_count, 2);
    assert_int_equal(myeloma(250, 240).line_count, 2);
}

static void
radiotherapy_and_surgery_are_no_line(void **state)
{
    struct told d = told_begin();
    struct therapies t;

    (void)state;
    tell_procedure(&d, 5, "prostatectomy");
    (void)tell(&d, START(10, "docetaxel", "taxane"));
    tell_procedure(&d, 60, "radiotherapy");
    t = told_end(&d, NULL);
    assert_int_equal(t.line_count, 1);
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.line[0].start, day_no(10));
}

static void
a_blinded_study_drug_is_a_line_of_its_own(void **state)
{
    struct therapies t = STORY(START(10, "docetaxel", "taxane"), STOP(100, "docetaxel"),
                               START(130, NULL, "blinded_study_drug"));

    (void)state;
    assert_int_equal(t.line_count, 2);
    assert_true(str_eq_c(t.line[1].label, "blinded_study_drug"));
    assert_false(course_has_class(&t.course[1], STR("taxane")));
    assert_true(course_has_class(&t.course[1], STR("any")));
}

static void
the_surest_evidence_says_how_it_is_known(void **state)
{
    static const enum therapy_rung rungs[] = {THERAPY_GIVEN, THERAPY_DISPENSED, THERAPY_BILLED,
                                              THERAPY_ORDERED, THERAPY_STATED};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rungs); i++) {
        struct therapies t =
            STORY({10, THERAPY_START, THERAPY_STATED, "osimertinib", "egfr_tki", 35},
                  {12, THERAPY_DOSE, rungs[i], "osimertinib", "egfr_tki", 35});

        assert_int_equal(t.course_count, 1);
        assert_int_equal(t.course[0].rung, rungs[i]);
    }
}

static void
oral_drugs_without_an_administration_are_known_by_their_packs(void **state)
{
    struct therapies t =
        STORY({10, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35},
              {44, THERAPY_DOSE, THERAPY_DISPENSED, "osimertinib", "egfr_tki", 35});

    (void)state;
    assert_int_equal(t.course_count, 1);
    assert_int_equal(t.course[0].rung, THERAPY_DISPENSED);
    assert_int_equal(course_state_on(&t.course[0], day_no(44 + 35)), COURSE_ON);
    assert_int_equal(course_state_on(&t.course[0], day_no(44 + 36)), COURSE_UNKNOWN); /* not off */
}

static void
before_the_first_message_no_line_is_known(void **state)
{
    struct therapies t = STORY(START(300, "osimertinib", "egfr_tki"));

    (void)state;
    assert_null(line_at(&t, day_no(299)));
    assert_int_equal(t.line[0].number, 1); /* of those seen: eval_line_number() says "at least" */
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
        cmocka_unit_test(not_a_new_line_paclitaxel_to_nab_paclitaxel),
        cmocka_unit_test(not_a_new_line_cisplatin_to_carboplatin_in_a_pair),
        cmocka_unit_test(not_a_new_line_a_dose_reduction),
        cmocka_unit_test(not_a_new_line_planned_maintenance),
        cmocka_unit_test(maintenance_after_progression_is_a_new_line),
        cmocka_unit_test(not_a_new_line_a_new_order_number),
        cmocka_unit_test(not_a_new_line_dexamethasone),
        cmocka_unit_test(not_a_new_line_methotrexate_or_rituximab_for_another_disease),
        cmocka_unit_test(drug_holidays_are_pauses),
        cmocka_unit_test(a_rechallenge_after_a_long_gap_is_a_new_line),
        cmocka_unit_test(a_drug_added_later_is_a_new_line),
        cmocka_unit_test(what_was_to_cure_is_no_line_of_advanced_disease),
        cmocka_unit_test(one_line_induction_transplant_and_maintenance),
        cmocka_unit_test(radiotherapy_and_surgery_are_no_line),
        cmocka_unit_test(a_blinded_study_drug_is_a_line_of_its_own),
        cmocka_unit_test(the_surest_evidence_says_how_it_is_known),
        cmocka_unit_test(oral_drugs_without_an_administration_are_known_by_their_packs),
        cmocka_unit_test(before_the_first_message_no_line_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
