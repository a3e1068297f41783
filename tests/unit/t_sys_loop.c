#include "sys/clock.h"
#include "sys/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
    int a[2];
    int b[2];
    int calls_a;
    int calls_b;
    int ticks;
    int idles;
    int calls_at_idle;
    int timer;
};

static void
pair(int fd[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
}

static void
close_pair(const int fd[2])
{
    (void)close(fd[0]);
    (void)close(fd[1]);
}

static void
poke(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

static void
stop_cb(struct loop *l, void *arg)
{
    (void)arg;
    loop_stop(l);
}

static void
take_a(struct loop *l, int fd, unsigned events, void *arg)
{
    struct scene *s = arg;
    char c;

    (void)l;
    assert_true((events & LOOP_READ) != 0);
    assert_int_equal(read(fd, &c, 1), 1);
    s->calls_a++;
}

static void
idle_cb(struct loop *l, void *arg)
{
    struct scene *s = arg;

    (void)l;
    s->idles++;
    s->calls_at_idle = s->calls_a;
}

/* Ten bytes are there: all ten are taken before idle is called, and idle is called once. */
static void
t_idle_comes_after_the_work(void **state)
{
    struct loop *l = loop_new();
    struct scene s = {.calls_a = 0};

    (void)state;
    pair(s.a);
    for (int i = 0; i < 10; i++)
        poke(s.a[1]);
    loop_add_fd(l, s.a[0], LOOP_READ, take_a, &s);
    loop_idle(l, idle_cb, &s);
    loop_add_timer(l, 30, 0, stop_cb, NULL);
    loop_run(l);
    assert_int_equal(s.calls_a, 10);
    assert_int_equal(s.calls_at_idle, 10);
    assert_int_equal(s.idles, 1);
    loop_free(&l);
    assert_null(l);
    close_pair(s.a);
}

static void
take_b_never(struct loop *l, int fd, unsigned events, void *arg)
{
    (void)l;
    (void)fd;
    (void)events;
    ((struct scene *)arg)->calls_b++;
}

/* Removes the other entry, though that is ready in the same round, and itself; reuses the number.
 * */
static void
remove_both(struct loop *l, int fd, unsigned events, void *arg)
{
    struct scene *s = arg;
    int was = s->b[0];
    int again[2];

    (void)events;
    s->calls_a++;
    loop_del_fd(l, fd);
    loop_del_fd(l, s->b[0]);
    close_pair(s->b);
    pair(again);
    assert_true(again[0] == was || again[1] == was);
    s->b[0] = again[0];
    s->b[1] = again[1];
    loop_add_fd(l, s->b[0], LOOP_READ, take_b_never, s);
}

static void
t_callback_removes_ready_entries(void **state)
{
    struct loop *l = loop_new();
    struct scene s = {.calls_a = 0};

    (void)state;
    pair(s.a);
    pair(s.b);
    poke(s.a[1]);
    poke(s.b[1]);
    loop_add_fd(l, s.a[0], LOOP_READ, remove_both, &s);
    loop_add_fd(l, s.b[0], LOOP_READ, take_b_never, &s);
    loop_add_timer(l, 20, 0, stop_cb, NULL);
    loop_run(l);
    assert_int_equal(s.calls_a, 1);
    assert_int_equal(s.calls_b, 0);
    loop_free(&l);
    close_pair(s.a);
    close_pair(s.b);
}

static void
tick(struct loop *l, void *arg)
{
    struct scene *s = arg;

    s->ticks++;
    if (s->ticks == 5) {
        loop_del_timer(l, s->timer);
        loop_add_timer(l, 15, 0, stop_cb, NULL);
    }
}

static void
t_timers_repeat_until_removed(void **state)
{
    struct loop *l = loop_new();
    struct scene s = {.ticks = 0};
    int64_t from = clock_mono_ms();

    (void)state;
    s.timer = loop_add_timer(l, 5, 3, tick, &s);
    loop_run(l);
    assert_int_equal(s.ticks, 5);
    assert_true(clock_mono_ms() - from >= 5 + 4 * 3 + 15);
    loop_free(&l);
}

static void
hung_up(struct loop *l, int fd, unsigned events, void *arg)
{
    (void)fd;
    assert_true((events & LOOP_ERROR) != 0);
    ((struct scene *)arg)->calls_a++;
    loop_stop(l);
}

static void
t_hang_up_is_seen_when_asleep(void **state)
{
    struct loop *l = loop_new();
    struct scene s = {.calls_a = 0};

    (void)state;
    pair(s.a);
    loop_add_fd(l, s.a[0], LOOP_READ, hung_up, &s);
    loop_mod_fd(l, s.a[0], 0);
    (void)close(s.a[1]);
    loop_run(l);
    assert_int_equal(s.calls_a, 1);
    loop_free(&l);
    (void)close(s.a[0]);
}

struct echo {
    struct zsock *router;
    struct zsock *dealer;
    int sent;
    int echoed;
    int idles;
};

static void
router_ready(struct loop *l, struct zsock *z, unsigned events, void *arg)
{
    struct zmsg m = ZMSG_INIT;

    (void)l;
    (void)events;
    (void)arg;
    assert_int_equal(zsock_recv(z, &m), ZRECV_OK);
    assert_int_equal(zsock_send(z, m.frame, m.n), ZSEND_OK);
    zmsg_close(&m);
}

static void
dealer_ready(struct loop *l, struct zsock *z, unsigned events, void *arg)
{
    struct echo *e = arg;
    struct zmsg m = ZMSG_INIT;

    (void)events;
    assert_int_equal(zsock_recv(z, &m), ZRECV_OK);
    zmsg_close(&m);
    if (++e->echoed == 200)
        loop_stop(l);
}

static void
feed_dealer(struct loop *l, void *arg)
{
    struct echo *e = arg;
    struct zframe f = {"ping", 4};

    (void)l;
    while (e->sent < 200 && zsock_send(e->dealer, &f, 1) == ZSEND_OK)
        e->sent++;
}

static void
count_idle(struct loop *l, void *arg)
{
    (void)l;
    ((struct echo *)arg)->idles++;
}

/* One message per callback, though ZeroMQ's own descriptor signals only once per burst. */
static void
t_no_message_is_left_lying(void **state)
{
    struct zctx *c = zctx_new();
    struct loop *l = loop_new();
    struct echo e = {zsock_new(c, ZSOCK_ROUTER, 1000, 1000), zsock_new(c, ZSOCK_DEALER, 1000, 1000),
                     0, 0, 0};

    (void)state;
    assert_true(zsock_bind(e.router, "tcp://127.0.0.1:*"));
    assert_true(zsock_connect(e.dealer, zsock_endpoint(e.router)));
    loop_add_zsock(l, e.router, LOOP_READ, router_ready, &e);
    loop_add_zsock(l, e.dealer, LOOP_READ, dealer_ready, &e);
    loop_add_timer(l, 1, 2, feed_dealer, &e);
    loop_add_timer(l, 5000, 0, stop_cb, NULL);
    loop_idle(l, count_idle, &e);
    loop_run(l);
    assert_int_equal(e.echoed, 200);
    assert_true(e.idles > 0);
    loop_del_zsock(l, e.router);
    loop_free(&l);
    zsock_free(&e.router);
    zsock_free(&e.dealer);
    zctx_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_idle_comes_after_the_work),
        cmocka_unit_test(t_callback_removes_ready_entries),
        cmocka_unit_test(t_timers_repeat_until_removed),
        cmocka_unit_test(t_hang_up_is_seen_when_asleep),
        cmocka_unit_test(t_no_message_is_left_lying),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
