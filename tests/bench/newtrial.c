/* One new trial against many stored patients, through the store: from the start of core with the
 * new set until nobody waits; and the same without comparing sets, by a part of the sweep. */
#include "base/limits.h"
#include "base/sb.h"
#include "bench.h"
#include "core/core.h"
#include "knowledge/load.h"
#include "sys/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TODAY = 20600, OPEN_EVERY = 20, GENES = 50, SWEPT = 2048 };

static const char trial[] =
    "protocol_no: NEW-1\nnct_id: NCT99999999\nphase: II\nstatus: open to accrual\nmatch:\n- and:\n"
    "  - clinical: {oncotree_primary_diagnosis: Prostate Adenocarcinoma, age_numerical: '>=18'}\n"
    "  - genomic: {hugo_symbol: BENCH7, variant_category: Mutation}\n";

static struct arena texts;

/* config/, with one trial more when a path is given. */
static struct knowledge
set_of(const char *more, struct arena *a)
{
    static const char *const folder[] = {"criteria", "therapies", "trials", "maps", "terminology"};
    struct bundle *b = bundle_new(a);
    struct settings s = {.mode = RUN_DEMO};
    struct knowledge_set *set = NULL;
    struct diags d;

    diags_init(&d, a);
    for (size_t i = 0; i < RFD_COUNT(folder); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "config/%s", folder[i]);
        if (!bundle_add_folder(b, folder[i], path, &d))
            bench_fail(path);
    }
    if (more != NULL && !bundle_add_file(b, "trials/zz-new.yaml", more, &d))
        bench_fail(more);
    bundle_seal(b);
    if (!knowledge_load(b, &s, a, &d, &set))
        bench_fail("config/");
    return set->knowledge;
}

static struct str
name(const char *what, size_t n)
{
    struct sb b;

    sb_init_arena(&b, &texts, 32);
    sb_addf(&b, "%s%zu", what, n);
    return sb_str(&b);
}

static struct fact
fact_of(enum fact_kind kind, day_t day, size_t patient, size_t n)
{
    return (struct fact){.kind = kind,
                         .status = FACT_FINAL,
                         .patient = {STR("BENCH"), name("p", patient)},
                         .collected = stamp_of_day(day, 0),
                         .status_time = stamp_of_day(day, 0),
                         .received = stamp_of_day(day, 0),
                         .order = name("o", n)};
}

static void
psa(struct fact *f, day_t day, int64_t tenths, size_t patient)
{
    *f = fact_of(FACT_OBSERVATION, day, patient, (size_t)day);
    f->u.observation = (struct observation){.analyte = STR("psa"),
                                            .value = {CMP_EQ, {tenths, -1}, true},
                                            .unit = STR("ng/mL"),
                                            .unit_reported = STR("ng/mL"),
                                            .text = STR("x")};
}

static void
dose(struct fact *f, day_t day, size_t patient)
{
    static const struct str classes[] = {{"arpi", 4}, {"enzalutamide", 12}};

    *f = fact_of(FACT_THERAPY, day, patient, (size_t)day);
    f->u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                    .rung = THERAPY_GIVEN,
                                    .drug = classes[1],
                                    .classes = classes,
                                    .class_count = 2,
                                    .cover_days = 60};
}

/* Everybody has a diagnosis and a variant; of each twenty one a rise of PSA under therapy. */
static size_t
facts_of(struct fact *f, size_t patient)
{
    bool open = patient % OPEN_EVERY == 0;
    size_t n = 0;

    f[n] = fact_of(FACT_DIAGNOSIS, TODAY - 360, patient, 0);
    f[n].u.diagnosis.oncotree = open || patient % 3 == 0 ? STR("PRAD") : STR("LUAD");
    f[n].u.diagnosis.code = (struct code){STR("ONCOTREE"), f[n].u.diagnosis.oncotree, STR_NONE};
    f[n++].u.diagnosis.active = true;
    f[n] = fact_of(FACT_VARIANT, TODAY - 350, patient, 1);
    f[n++].u.variant = (struct variant){.gene = name("BENCH", patient / OPEN_EVERY % GENES),
                                        .name = STR("R175H"),
                                        .present = true,
                                        .source = STR("tissue")};
    psa(&f[n++], TODAY - 355, 100, patient);
    if (!open)
        return n;
    for (day_t day = TODAY - 350; day < TODAY; day += 49)
        dose(&f[n++], day, patient);
    psa(&f[n++], TODAY - 260, 10, patient);
    psa(&f[n++], TODAY - 60, 60, patient);
    psa(&f[n++], TODAY - 17, 80, patient);
    return n;
}

static void
fill(struct core *c, size_t patients)
{
    struct fact f[24];

    for (size_t i = 0; i < patients; i++) {
        struct ingest_request rq = {.boot = STR("b"), .number = i + 1};

        rq.message = (struct result_message){.feed = STR("bench"),
                                             .control_id = name("c", i),
                                             .sender = STR("b"),
                                             .type = STR("native"),
                                             .fact = f,
                                             .fact_count = facts_of(f, i)};
        rq.message.raw = rq.message.control_id;
        if (core_ingest(c, &rq, stamp_of_day(TODAY, 0)).outcome != OUTCOME_STORED ||
            (i % LIMIT_BATCH == 0 && !core_commit(c)))
            bench_fail("a message was not stored");
        if (i % LIMIT_BATCH == 0)
            mem_arena_trim(&texts, 0);
    }
    if (!core_commit(c))
        bench_fail("the last batch was not stored");
}

static struct core *
core_with(const char *path, const struct knowledge *k)
{
    struct core_config cfg = {.store_path = path, .boot = "b", .knowledge = k};
    char error[STORE_ERROR_TEXT_MAX];
    struct core *c;

    if (core_open(&cfg, &c, error) != STORE_OK)
        bench_fail(error);
    return c;
}

/* Seconds from the start of core until nobody waits; how many were evaluated. */
static double
adopt(const char *path, const struct knowledge *k, size_t *evaluated)
{
    double begin = bench_now();
    clock_t cpu = clock();
    struct core *c = core_with(path, k);
    double opened = bench_now();
    double took;
    size_t n;

    *evaluated = 0;
    while ((n = core_tick(c, stamp_of_day(TODAY, 0))) > 0)
        *evaluated += n;
    took = bench_now() - begin;
    fprintf(stderr,
            "new trial: open and adopt %.3f s, %zu evaluated in %.3f s, %.3f s of processor\n",
            opened - begin, *evaluated, took - (opened - begin),
            (double)(clock() - cpu) / CLOCKS_PER_SEC);
    core_close(&c);
    return took;
}

/* Seconds that evaluating all of them would take, by the first so many. */
static double
sweep(const char *path, struct knowledge k, size_t patients)
{
    double begin;
    struct core *c;
    size_t done = 0;

    k.base = STR_NONE;
    k.sha = STR("another");
    c = core_with(path, &k);
    begin = bench_now();
    while (done < SWEPT && done < patients)
        done += core_tick(c, stamp_of_day(TODAY, 0));
    begin = (bench_now() - begin) * (double)patients / (double)done;
    core_close(&c);
    return begin;
}

int
bench_newtrial(int argc, char **argv)
{
    size_t patients = (size_t)atol(argv[1]);
    char store[512];
    char file[512];
    struct knowledge before;
    struct knowledge after;
    struct arena a;
    struct core *c;
    size_t evaluated;
    FILE *out;

    (void)argc;
    (void)snprintf(store, sizeof(store), "%s/newtrial.db", argv[0]);
    (void)snprintf(file, sizeof(file), "%s/new.yaml", argv[0]);
    mem_arena_new(&a, (size_t)4 << 30);
    mem_arena_new(&texts, (size_t)1 << 30);
    out = fopen(file, "w");
    if (out == NULL || fputs(trial, out) < 0 || fclose(out) != 0)
        bench_fail(file);
    before = set_of(NULL, &a);
    after = set_of(file, &a);
    c = core_with(store, &before);
    fill(c, patients);
    core_close(&c);
    bench_row("newtrial.adopt", adopt(store, &after, &evaluated), "s");
    bench_row("newtrial.evaluated", (double)evaluated, "patients");
    bench_row("newtrial.sweep", sweep(store, after, patients), "s");
    return 0;
}
