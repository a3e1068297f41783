#include "story.h"

#include "../aid/byhand.h"

enum { MESSAGES_MAX = 20000, FIRST_DAY = 19800 }; /* 2024-03-18 */

struct teller {
    struct arena *arena;
    uint64_t state;
    struct story story;
    struct str patient;
    unsigned controls;
};

static int32_t
pick(struct teller *t, int32_t below)
{
    return byhand_pick(&t->state, below);
}

static struct str
name(struct teller *t, const char *what, int32_t n)
{
    return byhand_name(t->arena, what, n);
}

/* One message of one fact. Status times are coarse on purpose: versions of a fact often tie on
 * them, and then nothing but their content may decide. */
static void
tell(struct teller *t, struct fact f, day_t day, day_t said)
{
    struct fact *one = ARENA_NEW(t->arena, struct fact);
    struct result_message *m = &t->story.message[t->story.count++];

    rfd_assert(t->story.count < MESSAGES_MAX);
    f.patient = (struct patient_ref){STR("SIM"), t->patient};
    f.collected = stamp_of_day(day, 0);
    f.status_time = stamp_of_day(said, 0);
    *one = f;
    *m = (struct result_message){.feed = STR("sim"),
                                 .control_id = name(t, "c", (int32_t)++t->controls),
                                 .sender = STR("sim"),
                                 .sent = stamp_of_day(said, 0),
                                 .type = STR("native"),
                                 .fact = one,
                                 .fact_count = 1};
    m->raw = m->control_id;
}

static void
diagnosis(struct teller *t, const char *oncotree, day_t day)
{
    tell(t, byhand_diagnosis(oncotree), day, day);
}

static void
dose(struct teller *t, const char *drug, const char *drug_class, day_t day)
{
    struct str *classes = ARENA_ARRAY(t->arena, 2, struct str);

    classes[0] = str_from_c(drug_class);
    classes[1] = str_from_c(drug);
    tell(t, byhand_therapy(THERAPY_GIVEN, classes[1], classes, 2), day, day);
}

static struct fact
value_fact(struct teller *t, const char *analyte, const char *unit, int32_t tenths,
           struct str order)
{
    struct fact f = byhand_value(t->arena, analyte, unit, (struct dec){tenths, -1});

    f.order = order;
    return f;
}

/* A value, and now and then what happens to values: sent twice, preliminary first, corrected, twice
 * corrected on one day, withdrawn. */
static void
value(struct teller *t, const char *analyte, const char *unit, int32_t tenths, day_t day)
{
    struct str order = name(t, "o", pick(t, 1000000));
    struct fact f = value_fact(t, analyte, unit, tenths, order);
    int32_t fate = pick(t, 10);

    if (fate == 0) {
        f.status = FACT_PRELIMINARY;
        tell(t, f, day, day);
        f.status = FACT_FINAL;
    }
    tell(t, f, day, day);
    if (fate == 1 || fate == 2) {
        f = value_fact(t, analyte, unit, 1 + pick(t, 400), order);
        f.status = FACT_CORRECTED;
        tell(t, f, day, day + 2);
        if (fate == 2) { /* same status time, another value: a tie that content must break */
            f = value_fact(t, analyte, unit, 1 + pick(t, 400), order);
            f.status = FACT_CORRECTED;
            tell(t, f, day, day + 2);
        }
    } else if (fate == 3) {
        f.status = FACT_WITHDRAWN;
        tell(t, f, day, day + 3);
    }
}

static void
response(struct teller *t, enum response_code code, day_t day)
{
    struct fact f = byhand_response(code);

    f.order = name(t, "r", day);
    tell(t, f, day, day + 1);
}

/* A marker that falls and rises under one to three lines, with assessments between. */
static void
course(struct teller *t, const char *analyte, const char *unit, const char *const *drug,
       size_t drugs)
{
    static const enum response_code codes[] = {RESPONSE_PR, RESPONSE_SD, RESPONSE_PD,
                                               RESPONSE_IUPD};
    day_t day = FIRST_DAY + pick(t, 60);
    int32_t level = 100 + pick(t, 300);

    value(t, analyte, unit, level, day - 5);
    for (size_t i = 0; i < drugs; i++) {
        int32_t visits = 3 + pick(t, 5);

        for (int32_t v = 0; v < visits; v++) {
            dose(t, drug[2 * i], drug[2 * i + 1], day);
            day += 25;
            level = v < visits / 2 ? level / 2 + 1 : level + level / 3 + pick(t, 40);
            value(t, analyte, unit, level, day);
        }
        if (pick(t, 2) == 0)
            response(t, codes[pick(t, 4)], day + 1);
        day += 5;
    }
}

static void
merge_into(struct teller *t, struct str survivor)
{
    struct fact f = byhand_link((struct patient_ref){STR("SIM"), t->patient}, true);

    t->patient = survivor;
    tell(t, f, FIRST_DAY + 400, FIRST_DAY + 400);
}

static void
patient(struct teller *t, int32_t n)
{
    static const char *const prostate[] = {"enzalutamide", "arpi",        "docetaxel",
                                           "taxane",       "cabazitaxel", "taxane"};
    static const char *const ovary[] = {"carboplatin", "platinum", "paclitaxel", "taxane"};
    static const char *const lung[] = {"erlotinib", "egfr_tki", "pembrolizumab", "anti_pd1"};

    t->patient = name(t, "P", n);
    switch (n % 3) {
    case 0:
        diagnosis(t, "PRAD", FIRST_DAY);
        course(t, "psa", "ng/mL", prostate, 1 + (size_t)pick(t, 3));
        break;
    case 1:
        diagnosis(t, "HGSOC", FIRST_DAY);
        course(t, "ca125", "U/mL", ovary, 1 + (size_t)pick(t, 2));
        break;
    default:
        diagnosis(t, pick(t, 2) == 0 ? "LUAD" : "NSCLC", FIRST_DAY);
        course(t, "cea", "ng/mL", lung, 1 + (size_t)pick(t, 2));
        break;
    }
    if (n > 3 && pick(t, 8) == 0)
        merge_into(t, name(t, "P", n - 3));
}

struct story
story_make(struct arena *a, uint64_t seed, size_t patients)
{
    struct teller t = {.arena = a, .state = seed * 7919 + 1};

    t.story.message = ARENA_ARRAY(a, MESSAGES_MAX, struct result_message);
    for (size_t i = 0; i < patients; i++)
        patient(&t, (int32_t)i);
    return t.story;
}
