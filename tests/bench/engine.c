/* The engine by the length of a timeline: one prostate cancer with so many facts that rules
 * read, and
 * one with 200,000 results besides. Each step takes in one new fact. */
#include "../aid/shipped.h"
#include "base/sb.h"
#include "bench.h"
#include "core/core.h"
#include "engine/step.h"
#include "sys/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FIRST_DAY = 14000,
    LAST_DAY = 20600,
    RAW = 200000,
    RELEVANT = 400,
    RUNS_MIN = 5,
    RUNS_MAX = 60
};

static struct arena texts;

static struct str
name(const char *what, size_t n)
{
    struct sb b;

    sb_init_arena(&b, &texts, 32);
    sb_addf(&b, "%s%zu", what, n);
    return sb_str(&b);
}

static struct fact
begin_fact(enum fact_kind kind, day_t day, size_t n)
{
    return (struct fact){.kind = kind,
                         .status = FACT_FINAL,
                         .patient = {STR("BENCH"), STR("1")},
                         .collected = stamp_of_day(day, 0),
                         .status_time = stamp_of_day(day, 0),
                         .received = stamp_of_day(day, 0),
                         .order = name("o", n)};
}

static struct fact
value(struct str analyte, struct str unit, int64_t tenths, day_t day, size_t n)
{
    struct fact f = begin_fact(FACT_OBSERVATION, day, n);
    struct observation *o = &f.u.observation;

    o->analyte = analyte;
    o->value = (struct quantity){CMP_EQ, {tenths, -1}, true};
    o->unit = unit;
    o->unit_reported = unit;
    o->text = STR("x");
    return f;
}

static struct fact
dose(day_t day, size_t n)
{
    static const char *const drugs[][2] = {
        {"enzalutamide", "arpi"}, {"docetaxel", "taxane"}, {"cabazitaxel", "taxane"}};
    size_t which = (size_t)(day - FIRST_DAY) * RFD_COUNT(drugs) / (LAST_DAY - FIRST_DAY + 1);
    struct fact f = begin_fact(FACT_THERAPY, day, n);
    struct str *classes = ARENA_ARRAY(&texts, 2, struct str);

    classes[0] = str_from_c(drugs[which][1]);
    classes[1] = str_from_c(drugs[which][0]);
    f.u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                   .rung = THERAPY_GIVEN,
                                   .drug = classes[1],
                                   .classes = classes,
                                   .class_count = 2,
                                   .cover_days = 60};
    return f;
}

static struct fact
diagnosis(void)
{
    struct fact f = begin_fact(FACT_DIAGNOSIS, FIRST_DAY, 0);

    f.u.diagnosis.oncotree = STR("PRAD");
    f.u.diagnosis.code = (struct code){STR("ONCOTREE"), STR("PRAD"), STR_NONE};
    f.u.diagnosis.active = true;
    return f;
}

/* A marker that falls and rises by the year, doses, assessments and what eligibility asks for. */
static struct fact
relevant(size_t i, size_t count)
{
    day_t day = FIRST_DAY + 1 + (day_t)(i * (size_t)(LAST_DAY - FIRST_DAY - 2) / count);
    int64_t phase = day % 365;
    struct fact f;

    switch (i % 5) {
    case 0:
    case 1:
        return value(STR("psa"), STR("ng/mL"), 20 + (phase < 180 ? 180 - phase : phase - 180), day,
                     i);
    case 2: return dose(day, i);
    case 3: return value(STR("testosterone"), STR("ng/dL"), 200 + phase % 40, day, i);
    default:
        f = begin_fact(FACT_RESPONSE, day, i);
        f.u.response.code = phase > 300 ? RESPONSE_PD : RESPONSE_SD;
        return f;
    }
}

static struct fact *
patient(struct arena *a, size_t count)
{
    struct fact *f = ARENA_ARRAY(a, count + 1, struct fact);

    f[0] = diagnosis();
    for (size_t i = 0; i < count; i++)
        f[i + 1] = relevant(i, count);
    for (size_t i = 0; i <= count; i++) { /* as core hands them over */
        f[i].key = fact_key(&f[i]);
        f[i].keyed = true;
    }
    return f;
}

/* Milliseconds of a step, the alerts of the one before in hand: the state of a patient in care. */
static double
step_ms(const struct knowledge *k, const struct fact *f, size_t count, double seconds)
{
    struct engine_event ev = {.journal = 7, .at = stamp_of_day(LAST_DAY, 0), .store_tag = STR("b")};
    struct engine_patient p = {.ref = f->patient, .fact = f, .fact_count = count};
    struct effects fx;
    struct arena first;
    struct arena a;
    struct alert *al;
    double begin;
    double best = 1e9;

    mem_arena_new(&first, (size_t)1 << 30);
    mem_arena_new(&a, (size_t)1 << 30);
    engine_step(k, &p, &ev, &first, &fx);
    al = ARENA_ARRAY(&first, fx.count, struct alert);
    for (size_t i = 0; i < fx.count; i++)
        al[i] = fx.item[i].alert;
    p.alert = al;
    p.alert_count = fx.count;
    begin = bench_now();
    for (int run = 0; run < RUNS_MIN || bench_now() - begin < seconds; run++) {
        double t = bench_now();

        engine_step(k, &p, &ev, &a, &fx);
        t = (bench_now() - t) * 1000;
        best = t < best ? t : best;
        arena_reset(&a);
    }
    fprintf(stderr, "%zu facts: %zu views, %zu alerts, too long: %d\n", count, fx.view_count,
            p.alert_count, fx.too_long);
    mem_arena_free(&first);
    mem_arena_free(&a);
    return best;
}

/* Only the rules for the patient's own disease. */
static struct knowledge
own_rules(const struct knowledge_set *set, struct arena *a)
{
    struct knowledge k = set->knowledge;
    const struct oncotree_node *node = oncotree_code(k.oncotree, STR("PRAD"));
    struct rule *r = ARENA_ARRAY(a, k.rules.count, struct rule);
    size_t n = 0;

    for (size_t i = 0; i < k.rules.count; i++) {
        const struct rule *x = &k.rules.rule[i];

        for (size_t at = 0; at < x->applies_count; at++) {
            if (oncotree_is_below(node, x->applies[at])) {
                r[n++] = *x;
                break;
            }
        }
    }
    k.rules = (struct ruleset){r, n};
    return k;
}

/* The catalogue so many times over, the rules of the patient's own disease once: what a site
 * adds for others. */
static struct knowledge
more_rules(const struct knowledge_set *set, const struct knowledge *own, size_t times,
           struct arena *a)
{
    struct knowledge k = set->knowledge;
    size_t n = 0;
    struct rule *r = ARENA_ARRAY(a, k.rules.count * times, struct rule);

    for (size_t i = 0; i < k.rules.count * times; i++) {
        const struct rule *x = &k.rules.rule[i % k.rules.count];
        bool is_own = x->applies_any;

        for (size_t o = 0; o < own->rules.count; o++)
            is_own = is_own || str_eq(own->rules.rule[o].head.id, x->head.id);
        if (i < k.rules.count || !is_own)
            r[n++] = *x;
    }
    k.rules = (struct ruleset){r, n};
    return k;
}

/* 1, 2 and 4 times the rules, the same patient. */
static void
bench_rules(const struct knowledge_set *set, const struct knowledge *own, struct arena *a,
            double seconds)
{
    const struct fact *f = patient(a, RELEVANT);

    for (size_t times = 1; times <= 4; times *= 2) {
        struct knowledge k = more_rules(set, own, times, a);
        char row[64];

        (void)snprintf(row, sizeof(row), "step.rules.x%zu", times);
        bench_row(row, step_ms(&k, f, RELEVANT + 1, seconds), "ms");
    }
}

int
bench_engine(int argc, char **argv)
{
    static const size_t sizes[] = {400, 4000};
    double seconds = atof(argv[0]);
    struct knowledge_set *set;
    struct knowledge own;
    struct arena a;

    (void)argc;
    mem_arena_new(&a, (size_t)2 << 30);
    mem_arena_new(&texts, (size_t)1 << 30);
    set = shipped_knowledge(&a);
    own = own_rules(set, &a);
    for (size_t i = 0; i < RFD_COUNT(sizes); i++) {
        const struct fact *f = patient(&a, sizes[i]);
        char row[64];

        (void)snprintf(row, sizeof(row), "step.all.%zu", sizes[i]);
        bench_row(row, step_ms(&set->knowledge, f, sizes[i] + 1, seconds), "ms");
        (void)snprintf(row, sizeof(row), "step.own.%zu", sizes[i]);
        bench_row(row, step_ms(&own, f, sizes[i] + 1, seconds), "ms");
    }
    bench_rules(set, &own, &a, seconds);
    return 0;
}

static struct ingest_reply
send(struct core *c, const struct fact *f, size_t count, size_t number)
{
    struct ingest_request rq = {.boot = STR("b"), .number = number};

    rq.message = (struct result_message){.feed = STR("bench"),
                                         .control_id = name("c", number),
                                         .sender = STR("b"),
                                         .type = STR("native"),
                                         .fact = f,
                                         .fact_count = count};
    rq.message.raw = rq.message.control_id;
    return core_ingest(c, &rq, stamp_of_day(LAST_DAY, 0));
}

/* Milliseconds for one more PSA of a patient with so many facts, through core, store in memory;
 * a few times only, for each makes the timeline longer. */
static double
one_more(struct core *c, size_t number, double seconds)
{
    double begin = bench_now();
    double best = 1e9;
    size_t run = 0;

    for (; run < RUNS_MIN || (run < RUNS_MAX && bench_now() - begin < seconds); run++) {
        struct fact f = value(STR("psa"), STR("ng/mL"), 30, LAST_DAY - 1, number + run);
        double t = bench_now();

        if (send(c, &f, 1, number + run).outcome != OUTCOME_STORED || !core_commit(c))
            bench_fail("a message was not stored");
        t = (bench_now() - t) * 1000;
        best = t < best ? t : best;
    }
    return best;
}

static void
send_all(struct core *c, const struct fact *f, size_t count, size_t number)
{
    enum { PART = 5000 };

    for (size_t i = 0; i < count; i += PART)
        if (send(c, f + i, count - i < PART ? count - i : PART, number + i).outcome !=
                OUTCOME_STORED ||
            !core_commit(c))
            bench_fail("a message was not stored");
}

/* A ward's routine: results that no rule and no trial reads. */
static struct fact *
routine(struct arena *a, size_t count)
{
    struct fact *f = ARENA_ARRAY(a, count, struct fact);

    for (size_t i = 0; i < count; i++) {
        f[i] = value(STR_NONE, STR("mmol/L"), 1400 + (int64_t)(i % 90),
                     FIRST_DAY + 1 + (day_t)(i / 32), i);
        f[i].flags = FACT_CODE_UNMAPPED;
        f[i].u.observation.code = (struct code){STR("L"), name("R", i % 40), STR_NONE};
    }
    return f;
}

/* A core of its own, its store in memory. */
static struct core *
core_new(const struct knowledge *k)
{
    struct core_config cfg = {.store_path = ":memory:", .boot = "b", .knowledge = k};
    char error[STORE_ERROR_TEXT_MAX];
    struct core *c;

    if (core_open(&cfg, &c, error) != STORE_OK)
        bench_fail(error);
    return c;
}

int
bench_raw(int argc, char **argv)
{
    enum { RELEVANT_MANY = 4000 };
    double seconds = atof(argv[0]);
    struct knowledge_set *set;
    struct arena a;
    struct core *c;

    (void)argc;
    mem_arena_new(&a, (size_t)2 << 30);
    mem_arena_new(&texts, (size_t)1 << 30);
    set = shipped_knowledge(&a);
    c = core_new(&set->knowledge);
    send_all(c, patient(&a, RELEVANT), RELEVANT + 1, 1);
    bench_row("raw.none", one_more(c, 10000, seconds), "ms");
    core_close(&c);
    c = core_new(&set->knowledge);
    send_all(c, patient(&a, RELEVANT), RELEVANT + 1, 1);
    send_all(c, routine(&a, RAW), RAW, 1000000);
    bench_row("raw.many", one_more(c, 2000000, seconds), "ms");
    core_close(&c);
    c = core_new(&set->knowledge);
    send_all(c, patient(&a, RELEVANT_MANY), RELEVANT_MANY + 1, 1);
    bench_row("core.4000", one_more(c, 10000, seconds), "ms");
    core_close(&c);
    c = core_new(&set->knowledge);
    store_facts_keep_from(core_store(c), SIZE_MAX); /* as the first time after a start */
    send_all(c, patient(&a, RELEVANT_MANY), RELEVANT_MANY + 1, 1);
    bench_row("core.4000.unkept", one_more(c, 10000, seconds), "ms");
    core_close(&c);
    return 0;
}
