#include "sys/clock.h"
#include "sys/zsock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { PATIENCE_MS = 5000 };

static void
nap(void)
{
    struct timespec t = {0, 1000000};

    (void)nanosleep(&t, NULL);
}

static enum zsend
send_within(struct zsock *z, const struct zframe *f, size_t n, enum zsend not )
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;
    enum zsend got = zsock_send(z, f, n);

    while (got == not &&clock_mono_ms() < until) {
        nap();
        got = zsock_send(z, f, n);
    }
    return got;
}

static enum zrecv
recv_within(struct zsock *z, struct zmsg *m)
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;
    enum zrecv got = zsock_recv(z, m);

    while (got == ZRECV_NONE && clock_mono_ms() < until) {
        nap();
        got = zsock_recv(z, m);
    }
    return got;
}

static void
t_router_and_dealer(void **state)
{
    struct zctx *c = zctx_new();
    struct zsock *router = zsock_new(c, ZSOCK_ROUTER, 10, 10);
    struct zsock *dealer = zsock_new(c, ZSOCK_DEALER, 10, 10);
    struct zframe f[3] = {{"refract.v1.Ping", 15}, {"", 0}, {"body", 4}};
    struct zmsg m = ZMSG_INIT;

    (void)state;
    assert_int_equal(zsock_recv(router, &m), ZRECV_NONE);
    assert_true(zsock_bind(router, "tcp://127.0.0.1:*"));
    zsock_set_id(dealer, "edge", 4);
    assert_true(zsock_connect(dealer, zsock_endpoint(router)));
    assert_int_equal(send_within(dealer, f, 3, ZSEND_AGAIN), ZSEND_OK);
    assert_int_equal(recv_within(router, &m), ZRECV_OK);
    assert_int_equal(m.n, 4);
    assert_true(str_eq_c(zmsg_str(&m, 0), "edge"));
    assert_true(str_eq_c(zmsg_str(&m, 1), "refract.v1.Ping"));
    assert_false(str_is_absent(zmsg_str(&m, 2)));
    assert_int_equal(zmsg_str(&m, 2).n, 0);
    assert_true(str_eq_c(zmsg_str(&m, 3), "body"));
    assert_true(str_is_absent(zmsg_str(&m, 4)));
    zmsg_close(&m);
    zmsg_close(&m);
    zsock_free(&dealer);
    zsock_free(&router);
    zctx_free(&c);
    assert_null(c);
}

static void
t_no_peer_is_not_ok(void **state)
{
    struct zctx *c = zctx_new();
    struct zsock *router = zsock_new(c, ZSOCK_ROUTER, 10, 10);
    struct zsock *dealer = zsock_new(c, ZSOCK_DEALER, 10, 10);
    struct zframe f[2] = {{"nobody", 6}, {"x", 1}};

    (void)state;
    assert_true(zsock_bind(router, "tcp://127.0.0.1:*"));
    assert_int_equal(zsock_send(router, f, 2), ZSEND_GONE);
    assert_true(zsock_connect(dealer, "ipc:///tmp/refractd-test-nobody-listens"));
    assert_int_equal(zsock_send(dealer, f, 2), ZSEND_AGAIN);
    zsock_free(&dealer);
    zsock_free(&router);
    zctx_free(&c);
}

/* A peer that does not read fills its queue: the sender is told, nothing is dropped. */
static void
t_slow_peer_is_again(void **state)
{
    static char body[65536];
    struct zctx *c = zctx_new();
    struct zsock *router = zsock_new(c, ZSOCK_ROUTER, 2, 2);
    struct zsock *dealer = zsock_new(c, ZSOCK_DEALER, 2, 2);
    struct zframe f = {body, sizeof body};
    struct zmsg m = ZMSG_INIT;
    int sent;
    int fulls = 0;
    int got = 0;

    (void)state;
    assert_true(zsock_bind(router, "tcp://127.0.0.1:*"));
    assert_true(zsock_connect(dealer, zsock_endpoint(router)));
    assert_int_equal(send_within(dealer, &f, 1, ZSEND_AGAIN), ZSEND_OK);
    for (sent = 1; sent < 100000 && fulls < 50; nap()) {
        if (zsock_send(dealer, &f, 1) == ZSEND_OK)
            sent++;
        else
            fulls++;
    }
    assert_true(sent < 100000);
    while (got < sent && recv_within(router, &m) == ZRECV_OK)
        got++;
    assert_int_equal(got, sent);
    assert_int_equal(zsock_recv(router, &m), ZRECV_NONE);
    zmsg_close(&m);
    zsock_free(&dealer);
    zsock_free(&router);
    zctx_free(&c);
}

static void
t_too_many_frames_are_thrown_away_whole(void **state)
{
    struct zctx *c = zctx_new();
    struct zsock *router = zsock_new(c, ZSOCK_ROUTER, 10, 10);
    struct zsock *dealer = zsock_new(c, ZSOCK_DEALER, 10, 10);
    struct zframe f[ZMSG_FRAMES_MAX + 4];
    struct zmsg m = ZMSG_INIT;

    (void)state;
    for (size_t i = 0; i < ZMSG_FRAMES_MAX + 4; i++)
        f[i] = (struct zframe){"x", 1};
    assert_true(zsock_bind(router, "tcp://127.0.0.1:*"));
    assert_true(zsock_connect(dealer, zsock_endpoint(router)));
    assert_int_equal(send_within(dealer, f, ZMSG_FRAMES_MAX + 4, ZSEND_AGAIN), ZSEND_OK);
    assert_int_equal(zsock_send(dealer, f, 2), ZSEND_OK);
    assert_int_equal(recv_within(router, &m), ZRECV_TOO_MANY);
    assert_int_equal(m.n, 0);
    assert_int_equal(recv_within(router, &m), ZRECV_OK);
    assert_int_equal(m.n, 3);
    zmsg_close(&m);
    zsock_free(&dealer);
    zsock_free(&router);
    zctx_free(&c);
}

static void
t_pub_and_sub(void **state)
{
    struct zctx *c = zctx_new();
    struct zsock *pub = zsock_new(c, ZSOCK_PUB, 10, 10);
    struct zsock *sub = zsock_new(c, ZSOCK_SUB, 10, 10);
    struct zframe other[2] = {{"other", 5}, {"1", 1}};
    struct zframe mine[2] = {{"alert.v1.head", 13}, {"2", 1}};
    struct zmsg m = ZMSG_INIT;
    enum zrecv got = ZRECV_NONE;

    (void)state;
    assert_true(zsock_bind(pub, "tcp://127.0.0.1:*"));
    zsock_subscribe(sub, "alert.v1");
    assert_true(zsock_connect(sub, zsock_endpoint(pub)));
    for (int i = 0; i < 2000 && got == ZRECV_NONE; i++) {
        assert_int_equal(zsock_send(pub, other, 2), ZSEND_OK);
        assert_int_equal(zsock_send(pub, mine, 2), ZSEND_OK);
        nap();
        got = zsock_recv(sub, &m);
    }
    assert_int_equal(got, ZRECV_OK);
    assert_true(str_eq_c(zmsg_str(&m, 0), "alert.v1.head"));
    zmsg_close(&m);
    zsock_free(&sub);
    zsock_free(&pub);
    zctx_free(&c);
}

static void
t_endpoints(void **state)
{
    struct zctx *c = zctx_new();
    struct zsock *z = zsock_new(c, ZSOCK_ROUTER, 10, 10);

    (void)state;
    assert_true(zsock_endpoint_ok("tcp://127.0.0.1:5570"));
    assert_true(zsock_endpoint_ok("tcp://[::1]:5570"));
    assert_true(zsock_endpoint_ok("ipc:///run/refractd/core.sock"));
    assert_false(zsock_endpoint_ok("tcp://127.0.0.1"));
    assert_false(zsock_endpoint_ok("tcp://127.0.0.1:70000"));
    assert_false(zsock_endpoint_ok("tcp://:5570"));
    assert_false(zsock_endpoint_ok("ipc://"));
    assert_false(zsock_endpoint_ok("pgm://x"));
    assert_false(zsock_bind(z, "tcp://192.0.2.1:1"));
    zsock_free(&z);
    zctx_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_router_and_dealer),
        cmocka_unit_test(t_no_peer_is_not_ok),
        cmocka_unit_test(t_slow_peer_is_again),
        cmocka_unit_test(t_too_many_frames_are_thrown_away_whole),
        cmocka_unit_test(t_pub_and_sub),
        cmocka_unit_test(t_endpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
