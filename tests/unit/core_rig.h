/*
 * What:    what the tests of core/ share: a core on a store in memory, its day, messages to it.
 * Owns:    core_enter() opens the core, core_leave() closes it.
 * Threads: one.
 * Errors:  what is not stored fails the test where it is asked.
 */
#ifndef RFD_TESTS_CORE_RIG_H
#define RFD_TESTS_CORE_RIG_H

#include "core/core.h"
#include "core_test.h"

enum { NOW_DAY = 20600 }; /* 2026-05-27 */

/* With config/ as it is shipped, and what else is given. */
__attribute__((unused)) static int
core_enter(void **state, struct core_config cfg)
{
    char error[STORE_ERROR_TEXT_MAX];
    struct core *c = NULL;

    cfg.store_path = ":memory:";
    cfg.boot = "corea";
    cfg.knowledge = &shipped()->knowledge;
    if (core_open(&cfg, &c, error) != STORE_OK)
        return -1;
    (void)fresh();
    *state = c;
    return 0;
}

__attribute__((unused)) static int
core_leave(void **state)
{
    struct core *c = *state;

    core_close(&c);
    return 0;
}

__attribute__((unused)) static struct stamp
now(void)
{
    return stamp_of_day(NOW_DAY, 0);
}

/* A message of feed "lab" with these facts; its bytes are its control id. */
__attribute__((unused)) static struct result_message
lab_message(const char *control, const struct fact *f, size_t n)
{
    return (struct result_message){.feed = STR("lab"),
                                   .control_id = str_from_c(control),
                                   .sender = STR("LIS"),
                                   .sent = now(),
                                   .type = STR("ORU^R01"),
                                   .raw = str_from_c(control),
                                   .fact = f,
                                   .fact_count = n};
}

/* That fact in a message of its own. */
__attribute__((unused)) static struct ingest_reply
take(struct core *c, struct fact f)
{
    static uint64_t number;
    static char control[32];
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++number};
    struct ingest_reply r;

    (void)snprintf(control, sizeof(control), "m%llu", (unsigned long long)number);
    rq.message = lab_message(control, &f, 1);
    r = core_ingest(c, &rq, now());
    assert_int_equal(r.outcome, OUTCOME_STORED);
    return r;
}

#endif
