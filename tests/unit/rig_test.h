/*
 * What:    what the loop-level tests of intake and deliver share: one loop with a deadline, and a
 *          ROUTER that plays core.
 * Owns:    the sockets of struct rig, until rig_close().
 * Threads: one.
 * Errors:  what does not happen in time fails the test.
 */
#ifndef RFD_TESTS_RIG_TEST_H
#define RFD_TESTS_RIG_TEST_H

#include "codec/frames.h"
#include "core_test.h"
#include "sys/clock.h"
#include "sys/loop.h"
#include "sys/zsock.h"

#include <unistd.h>

enum { RIG_DEADLINE_MS = 8000, RIG_POLL_MS = 2, RIG_TEXT_MAX = 96 };

struct rig {
    struct loop *loop;
    struct zctx *zc;
    struct zsock *core; /* ROUTER; NULL: dead */
    loop_zsock_cb *on_core;
    void *arg;
    char endpoint[RIG_TEXT_MAX];
    char boot[16];
};

__attribute__((unused)) static void
rig_core_start(struct rig *r, const char *boot)
{
    (void)snprintf(r->boot, sizeof(r->boot), "%s", boot);
    r->core = zsock_new(r->zc, ZSOCK_ROUTER, 1000, 1000);
    assert_true(zsock_bind(r->core, r->endpoint));
    loop_add_zsock(r->loop, r->core, LOOP_READ, r->on_core, r->arg);
}

__attribute__((unused)) static void
rig_core_kill(struct rig *r)
{
    loop_del_zsock(r->loop, r->core);
    zsock_free(&r->core);
}

__attribute__((unused)) static void
rig_open(struct rig *r, loop_zsock_cb *on_core, void *arg)
{
    memset(r, 0, sizeof(*r));
    r->loop = loop_new();
    r->zc = zctx_new();
    r->on_core = on_core;
    r->arg = arg;
    (void)snprintf(r->endpoint, sizeof(r->endpoint), "ipc:///tmp/t_rig.%ld", (long)getpid());
    rig_core_start(r, "corea");
}

__attribute__((unused)) static void
rig_close(struct rig *r)
{
    if (r->core != NULL)
        rig_core_kill(r);
    zctx_free(&r->zc);
    loop_free(&r->loop);
    (void)unlink(r->endpoint + 6);
}

/* --- the loop, until something is so */

struct rig_wait {
    bool (*is_so)(void *arg);
    void *arg;
    int64_t until_ms;
    bool so;
};

__attribute__((unused)) static void
rig_poll(struct loop *l, void *arg)
{
    struct rig_wait *w = arg;

    w->so = w->is_so != NULL && w->is_so(w->arg);
    if (w->so || clock_mono_ms() >= w->until_ms)
        loop_stop(l);
}

__attribute__((unused)) static bool
rig_run(struct rig *r, bool (*is_so)(void *arg), void *arg, int64_t ms)
{
    struct rig_wait w = {is_so, arg, clock_mono_ms() + ms, false};
    int timer = loop_add_timer(r->loop, 0, RIG_POLL_MS, rig_poll, &w);

    loop_run(r->loop);
    loop_del_timer(r->loop, timer);
    return w.so;
}

/* Runs for so long, whatever happens. */
__attribute__((unused)) static void
rig_pass(struct rig *r, int64_t ms)
{
    (void)rig_run(r, NULL, NULL, ms);
}

#define RIG_UNTIL(rig, is_so, arg) assert_true(rig_run((rig), (is_so), (arg), RIG_DEADLINE_MS))

#endif
