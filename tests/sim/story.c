#include "story.h"

#include "base/sb.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGES_MAX = 20000, FIRST_DAY = 19800 }; /* 2024-03-18 */

struct teller {
    struct arena *arena;
    uint64_t state;
    struct story story;
    struct str patient;
    unsigned controls;
};

uint64_t
prng(uint64_t *s)
{
    uint64_t z = (*s += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static int32_t
pick(struct teller *t, int32_t below)
{
    return (int32_t)(prng(&t->state) % (uint64_t)below);
}

static struct str
name(struct teller *t, const char *what, int32_t n)
{
    struct sb b;

    sb_init_arena(&b, t->arena, 64);
    sb_addf(&b, "%s%d", what, (int)n);
    return sb_str(&b);
}

/* One message of one fact. Status times are coarse on purpose: versions of a fact often tie on
 * them,
 * and then nothing but their content may decide. */
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
    struct fact f = {.kind = FACT_DIAGNOSIS, .status = FACT_FINAL};

    f.u.diagnosis.oncotree = str_from_c(oncotree);
    f.u.diagnosis.code = (struct code){STR("ONCOTREE"), str_from_c(oncotree), STR_NONE};
    f.u.diagnosis.active = true;
    tell(t, f, day, day);
}

static void
therapy(struct teller *t, const char *drug, const char *drug_class, enum therapy_action action,
        day_t day)
{
    struct str *classes = ARENA_ARRAY(t->arena, 2, struct str);
    struct fact f = {.kind = FACT_THERAPY, .status = FACT_FINAL};

    classes[0] = str_from_c(drug_class);
    classes[1] = str_from_c(drug);
    f.u.therapy = (struct therapy){.action = action,
                                   .rung = THERAPY_GIVEN,
                                   .drug = str_from_c(drug),
                                   .classes = classes,
                                   .class_count = 2,
                                   .cover_days = 30};
    tell(t, f, day, day);
}

static struct fact
value_fact(struct teller *t, const char *analyte, const char *unit, int32_t tenths,
           struct str order)
{
    struct fact f = {.kind = FACT_OBSERVATION, .status = FACT_FINAL, .order = order};
    struct observation *o = &f.u.observation;

    o->analyte = str_from_c(analyte);
    o->value = (struct quantity){CMP_EQ, {tenths, -1}, true};
    o->unit = str_from_c(unit);
    o->unit_reported = o->unit;
    o->text = name(t, "", tenths);
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
    struct fact f = {.kind = FACT_RESPONSE, .status = FACT_FINAL};

    f.order = name(t, "r", day);
    f.u.response.code = code;
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
            therapy(t, drug[2 * i], drug[2 * i + 1], THERAPY_DOSE, day);
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
    struct fact f = {.kind = FACT_LINK, .status = FACT_FINAL};
    struct str lost = t->patient;

    t->patient = survivor;
    f.u.link.other = (struct patient_ref){STR("SIM"), lost};
    f.u.link.live = true;
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
