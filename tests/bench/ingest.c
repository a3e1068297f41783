/* core: messages of a seeded story into a store on disk, committed one by one and 64 at a time. */
#include "../aid/shipped.h"
#include "../sim/story.h"
#include "base/limits.h"
#include "bench.h"
#include "core/core.h"
#include "sys/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENTS = 400, NOW_DAY = 20600 };

static struct core *
open_core(const char *folder, const struct knowledge_set *set)
{
    static char path[512];
    static const char *const end[] = {"", "-wal", "-shm"};
    struct core_config cfg = {.store_path = path, .boot = "bench", .knowledge = &set->knowledge};
    struct core *c;
    char error[STORE_ERROR_TEXT_MAX];

    for (size_t i = 0; i < RFD_COUNT(end); i++) {
        (void)snprintf(path, sizeof(path), "%s/bench.db%s", folder, end[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s/bench.db", folder);
    if (core_open(&cfg, &c, error) != STORE_OK)
        bench_fail(error);
    return c;
}

/* Patients' messages come interleaved, as they do: the first of each, the second of each … */
static size_t
in_turn(const struct story *st, struct arena *a, const struct result_message ***out)
{
    const struct result_message **m = ARENA_ARRAY(a, st->count, const struct result_message *);
    size_t step = st->count / PATIENTS + 1;
    size_t n = 0;

    for (size_t first = 0; first < step; first++)
        for (size_t i = first; i < st->count; i += step)
            m[n++] = &st->message[i];
    *out = m;
    return n;
}

static double
run(struct core *c, const struct result_message *const *m, size_t n, size_t batch, double seconds)
{
    double begin = bench_now();
    size_t done = 0;

    while (done < n && bench_now() - begin < seconds) {
        for (size_t i = 0; i < batch && done < n; i++, done++) {
            struct ingest_request rq = {
                .boot = STR("bench"), .number = done + 1, .message = *m[done]};

            if (core_ingest(c, &rq, stamp_of_day(NOW_DAY, 0)).outcome != OUTCOME_STORED)
                bench_fail("a message was not stored");
        }
        if (!core_commit(c))
            bench_fail("the disk is full");
    }
    return (double)done / (bench_now() - begin);
}

int
bench_ingest(int argc, char **argv)
{
    const struct result_message **m;
    struct knowledge_set *set;
    struct story st;
    struct arena a;
    struct core *c;
    size_t n;

    (void)argc;
    mem_arena_new(&a, (size_t)2 << 30);
    set = shipped_knowledge(&a);
    st = story_make(&a, 1, PATIENTS);
    n = in_turn(&st, &a, &m);
    c = open_core(argv[0], set);
    bench_row("ingest.one", run(c, m, n, 1, atof(argv[1])), "messages/s");
    core_close(&c);
    c = open_core(argv[0], set);
    bench_row("ingest.batch", run(c, m, n, LIMIT_BATCH, atof(argv[1])), "messages/s");
    core_close(&c);
    return 0;
}
