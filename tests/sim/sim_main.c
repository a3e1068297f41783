/*
 * Simulation of promise 2: status is a pure function of the facts. A seeded story is told to a real
 * core on a store in memory, in order; then the same messages are told shuffled, with duplicates,
 * to
 * other cores. The open alerts (patient, case, episode, certainty, sections, evidence, options)
 * must be
 * equal each time, and the two stores must verify. Usage: sim SEED [PATIENTS] [ORDERS] [verbose]
 *
 * Built a second time with a broken tie-break (arrival decides, model/fact.c), it must fail: the
 * negative control of `make sim`.
 */
#include "../aid/byhand.h"
#include "../aid/shipped.h"
#include "alert/compose.h"
#include "alert/content.h"
#include "base/sort.h"
#include "codec/feed.h"
#include "core/core.h"
#include "story.h"
#include "sys/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_DAY = 20600 }; /* 2026-05-27: every event of every story lies before it */

static void
shuffle(const struct result_message **m, size_t n, uint64_t *state)
{
    for (size_t i = n; i-- > 1;) {
        size_t k = (size_t)(prng(state) % (i + 1));
        const struct result_message *x = m[i];

        m[i] = m[k];
        m[k] = x;
    }
}

static int
sha_cmp(const void *a, const void *b)
{
    return sha256_cmp(a, b);
}

static bool verbose; /* prints what differs, for the person who looks for the fault */

static void
show(const struct alert *al, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, ALERT_TEXT_MAX);
    compose_alert(&b, al);
    printf("%s\n", sb_cz(&b));
}

/* What the open alerts say, as one hash; order, ids, versions and stamps do not count. */
static struct sha256
open_alerts(struct core *c, struct arena *a, size_t *count_out)
{
    struct str *packed;
    struct sha256 *each;
    struct sha256_ctx all;
    size_t n;
    size_t open = 0;

    if (store_alerts_list(core_store(c), true, a, &packed, &n) != STORE_OK)
        exit(2);
    each = ARENA_ARRAY(a, n, struct sha256);
    for (size_t i = 0; i < n; i++) {
        struct alert al;
        struct sha256_ctx one;
        struct sha256 content;
        const char *why = "";

        if (!codec_alert_unpack(a, packed[i], &al, &why))
            exit(2);
        content = alert_content(&al);
        if (verbose)
            show(&al, a);
        sha256_init(&one);
        sha256_add_str(&one, al.patient.id);
        sha256_add(&one, content.b, sizeof(content.b));
        each[open++] = sha256_end(&one);
    }
    sort_stable(a, each, open, sizeof(*each), sha_cmp);
    sha256_init(&all);
    sha256_add(&all, each, open * sizeof(*each));
    *count_out = open;
    return sha256_end(&all);
}

/* keep: every timeline is kept decoded from its first fact on, and none otherwise. */
static struct sha256
run(const struct knowledge_set *set, const struct result_message *const *m, size_t n, bool keep,
    struct arena *a, size_t *open_out)
{
    struct core *c;
    char error[STORE_ERROR_TEXT_MAX];
    struct core_config cfg = {
        .store_path = ":memory:", .boot = "sim", .knowledge = &set->knowledge};
    struct sha256 sha;

    if (core_open(&cfg, &c, error) != STORE_OK) {
        fprintf(stderr, "%s\n", error);
        exit(2);
    }
    store_facts_keep_from(core_store(c), keep ? 1 : SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        struct ingest_request rq = {.boot = STR("sim"), .number = i + 1, .message = *m[i]};
        struct ingest_reply r = core_ingest(c, &rq, stamp_of_day(NOW_DAY, 0));

        if (r.outcome != OUTCOME_STORED && r.outcome != OUTCOME_DUPLICATE) {
            fprintf(stderr, "message %zu: %s\n", i, outcome_name(r.outcome));
            exit(2);
        }
        if (i % 50 == 49 && !core_commit(c))
            exit(2);
    }
    if (!core_commit(c) || !store_verify(core_store(c), error)) {
        fprintf(stderr, "store: %s\n", error);
        exit(2);
    }
    sha = open_alerts(c, a, open_out);
    core_close(&c);
    return sha;
}

int
main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    size_t patients = argc > 2 ? strtoul(argv[2], NULL, 10) : 24;
    size_t orders = argc > 3 ? strtoul(argv[3], NULL, 10) : 4;
    uint64_t state = seed;
    struct arena a;
    struct story st;
    const struct result_message **m;
    struct sha256 first;
    struct knowledge_set *set;
    size_t open;
    size_t n;

    verbose = argc > 4;
    mem_arena_new(&a, (size_t)2 << 30);
    set = shipped_knowledge(&a);
    st = story_make(&a, seed, patients);
    m = ARENA_ARRAY(&a, 2 * st.count, const struct result_message *);
    for (size_t i = 0; i < st.count; i++)
        m[i] = &st.message[i];
    first = run(set, m, st.count, false, &a, &open);
    n = st.count;
    for (size_t i = 0; i < st.count / 4; i++) /* a quarter of them twice */
        m[n++] = &st.message[prng(&state) % st.count];
    for (size_t k = 0; k < orders; k++) {
        struct sha256 again;
        size_t open_again;

        shuffle(m, n, &state);
        if (verbose)
            printf("==== order %zu\n", k);
        again = run(set, m, n, k % 4 != 3, &a, &open_again);
        if (sha256_cmp(&first, &again) != 0 || open != open_again) {
            printf("seed %llu order %zu: DIFFERENT: %zu open alerts, in order %zu\n",
                   (unsigned long long)seed, k, open_again, open);
            return 1;
        }
    }
    printf("seed %llu: %zu messages, %zu open alerts, %zu orders: same\n", (unsigned long long)seed,
           st.count, open, orders);
    return open == 0; /* a story without an alert shows nothing */
}
