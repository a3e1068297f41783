/* The alert feed and the syslog route in one loop with a core that keeps an outbox and cursors, and
 * subscribers over real sockets. */
#include "codec/feed.h"
#include "deliver/feed.h"
#include "deliver/route.h"
#include "deliver/syslogroute.h"
#include "rig_test.h"
#include "sys/log.h"

enum { SUBS = 3, EVENTS_MAX = 64, ROUTES_MAX = 8 };

struct cursor {
    char route[ROUTE_NAME_MAX];
    uint64_t seq;
};

/* What a subscriber has heard. */
struct sub {
    struct zsock *z;
    uint64_t seq[EVENTS_MAX];
    uint64_t prev[EVENTS_MAX];
    size_t events;
    struct feed_welcome welcome;
    size_t welcomes;
    char error[32]; /* the last one's code */
    size_t errors;
    uint64_t pong;
    size_t pongs;
};

struct scene {
    struct rig rig;
    struct corelink *link;
    struct feed *feed;
    struct syslogroute *syslog;
    struct str packed; /* the alert of every event */
    uint64_t head;
    uint64_t first_kept;
    struct cursor cursor[ROUTES_MAX];
    size_t fetches; /* with events asked for */
    size_t advances;
    bool deaf; /* core hears, and answers nothing */
    struct sub sub[SUBS];
    size_t who;
    size_t want;
};

static struct scene scene;
static size_t lines;
static bool leaked;

static void
sink(enum log_level level, const char *line)
{
    (void)level;
    lines += strstr(line, "alert.raised") != NULL;
    leaked = leaked || strstr(line, "1001") != NULL;
}

/* --- core */

static struct cursor *
cursor_of(struct scene *s, struct str route)
{
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        struct cursor *c = &s->cursor[i];

        if (c->route[0] == '\0')
            (void)snprintf(c->route, sizeof(c->route), "%.*s", STR_FMT(route));
        if (str_eq_c(route, c->route))
            return c;
    }
    fail();
    return NULL;
}

static void
fetched(struct scene *s, struct str peer, const struct fetch *q)
{
    struct arena *a = fresh();
    struct feed_event e[EVENTS_MAX];
    struct fetch_reply r = {.number = q->number,
                            .route = q->route,
                            .event = e,
                            .head = s->head,
                            .first_kept = s->first_kept,
                            .cursor = cursor_of(s, q->route)->seq};
    struct zframe f[3];

    for (uint64_t seq = q->after_seq + 1; seq <= s->head && r.event_count < q->max; seq++)
        e[r.event_count++] = (struct feed_event){
            .seq = seq, .prev_seq = seq - 1, .kind = EVENT_RAISED, .alert = s->packed};
    f[0] = zframe_of(peer);
    f[1] = zframe_of(codec_name(CODEC_FETCH_REPLY));
    f[2] = zframe_of(codec_fetch_reply_pack(a, &r));
    if (!s->deaf)
        assert_int_equal(zsock_send(s->rig.core, f, 3), ZSEND_OK);
}

static void
on_core(struct loop *l, struct zsock *z, unsigned events, void *arg)
{
    static struct zmsg m;
    struct scene *s = arg;

    (void)l;
    (void)events;
    while (zsock_recv(z, &m) == ZRECV_OK) {
        struct arena *a = fresh();
        const char *why = "";
        char route[ROUTE_NAME_MAX];
        struct fetch q = {0};
        struct advance v;

        if (codec_kind_of(zmsg_str(&m, 1)) == CODEC_FETCH) {
            assert_true(codec_fetch_unpack(a, zmsg_str(&m, 2), &q, &why));
            s->fetches += q.max > 0;
        } else {
            assert_true(codec_advance_unpack(a, zmsg_str(&m, 2), &v, &why));
            s->advances++;
            q.route = v.route;
            if (!s->deaf && v.seq > cursor_of(s, v.route)->seq)
                cursor_of(s, v.route)->seq = v.seq;
        }
        (void)snprintf(route, sizeof(route), "%.*s", STR_FMT(q.route));
        q.route = str_from_c(route);
        fetched(s, zmsg_str(&m, 0), &q);
    }
    zmsg_close(&m);
}

static bool
woken(void *arg)
{
    struct scene *s = arg;
    struct zframe f[3] = {{"out", 3},
                          zframe_of(codec_name(CODEC_WAKE)),
                          zframe_of(codec_wake_pack(fresh(), s->head, str_from_c(s->rig.boot)))};

    return zsock_send(s->rig.core, f, 3) == ZSEND_OK;
}

static void
events_come(struct scene *s, uint64_t head)
{
    s->head = head;
    RIG_UNTIL(&s->rig, woken, s);
}

/* --- out, as role/out.c puts it together */

static void
on_reply(void *arg, const struct fetch_reply *r)
{
    struct scene *s = arg;

    feed_reply(s->feed, r);
    if (s->syslog != NULL)
        syslogroute_reply(s->syslog, r);
}

static void
on_wake(void *arg, uint64_t head, bool new_boot)
{
    struct scene *s = arg;

    feed_wake(s->feed, head, new_boot);
    if (s->syslog != NULL)
        syslogroute_wake(s->syslog);
}

/* --- subscribers */

static void
heard(struct sub *u, enum codec_kind kind, struct str body)
{
    struct arena *a = fresh();
    struct feed_event e;
    struct str code;
    struct str text;
    const char *why = "";

    if (kind == CODEC_ALERT_EVENT) {
        assert_true(codec_event_unpack(a, body, &e, &why));
        assert_true(u->events < EVENTS_MAX);
        u->seq[u->events] = e.seq;
        u->prev[u->events++] = e.prev_seq;
    } else if (kind == CODEC_WELCOME) {
        assert_true(codec_welcome_unpack(a, body, &u->welcome, &why));
        u->welcomes++;
    } else if (kind == CODEC_ERROR) {
        assert_true(codec_error_unpack(a, body, &code, &text, &why));
        (void)snprintf(u->error, sizeof(u->error), "%.*s", STR_FMT(code));
        u->errors++;
    } else if (kind == CODEC_PONG) {
        assert_true(codec_pong_unpack(a, body, &u->pong, &why));
        u->pongs++;
    } else {
        fail();
    }
}

static void
on_sub(struct loop *l, struct zsock *z, unsigned events, void *arg)
{
    static struct zmsg m;

    (void)l;
    (void)events;
    while (zsock_recv(z, &m) == ZRECV_OK)
        heard(arg, codec_kind_of(zmsg_str(&m, 0)), zmsg_str(&m, 1));
    zmsg_close(&m);
}

struct said {
    struct sub *sub;
    enum codec_kind kind;
    struct str body;
};

static bool
sent(void *arg)
{
    struct said *w = arg;
    struct zframe f[2] = {zframe_of(codec_name(w->kind)), zframe_of(w->body)};

    return zsock_send(w->sub->z, f, 2) == ZSEND_OK;
}

static void
say(struct scene *s, size_t i, enum codec_kind kind, struct str body)
{
    struct said w = {&s->sub[i], kind, body};

    RIG_UNTIL(&s->rig, sent, &w);
}

static void
hello(struct scene *s, size_t i, const char *name, int64_t last_seq, uint32_t credit)
{
    static _Alignas(16) unsigned char memory[4096];
    struct feed_hello h = {.subscriber = str_from_c(name),
                           .has_last_seq = last_seq >= 0,
                           .last_seq = last_seq >= 0 ? (uint64_t)last_seq : 0,
                           .credit = credit};
    struct arena a;

    arena_init(&a, memory, sizeof(memory));
    say(s, i, CODEC_HELLO, codec_hello_pack(&a, &h));
}

static void
confirm(struct scene *s, size_t i, uint64_t seq)
{
    static _Alignas(16) unsigned char memory[1024];
    struct arena a;

    arena_init(&a, memory, sizeof(memory));
    say(s, i, CODEC_CONFIRM, codec_confirm_pack(&a, seq));
}

/* --- conditions */

static bool
has_events(void *arg)
{
    struct scene *s = arg;

    return s->sub[s->who].events >= s->want;
}

static bool
has_errors(void *arg)
{
    struct scene *s = arg;

    return s->sub[s->who].errors >= s->want;
}

static bool
has_welcomes(void *arg)
{
    struct scene *s = arg;

    return s->sub[s->who].welcomes >= s->want;
}

static bool
has_pongs(void *arg)
{
    struct scene *s = arg;

    return s->sub[s->who].pongs >= s->want;
}

static bool
has_lines(void *arg)
{
    struct scene *s = arg;

    return lines >= s->want;
}

static bool
cursor_is(void *arg)
{
    struct scene *s = arg;

    return cursor_of(s, STR("feed:a"))->seq == s->want;
}

static void
until(struct scene *s, bool (*is_so)(void *), size_t who, size_t want)
{
    s->who = who;
    s->want = want;
    RIG_UNTIL(&s->rig, is_so, s);
}

static void
expect_error(struct scene *s, size_t who, const char *code)
{
    until(s, has_errors, who, 1);
    assert_string_equal(s->sub[who].error, code);
    s->sub[who].errors = 0;
}

/* Events from first, each naming the one before. */
static void
expect_chain(const struct sub *u, uint64_t first, size_t n)
{
    assert_int_equal(u->events, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(u->seq[i], first + i);
        assert_int_equal(u->prev[i], first + i - 1);
    }
}

static struct str
packed_alert(void)
{
    static _Alignas(16) unsigned char memory[64 * 1024];
    struct alert al = {.id = STR("k3f9-17"),
                       .version = 1,
                       .patient = {STR("H"), STR("1001")},
                       .headline = STR("PSA progression"),
                       .snoozed_until = DAY_NONE,
                       .waiting_until = DAY_NONE};
    struct arena a;

    arena_init(&a, memory, sizeof(memory));
    return codec_alert_pack(&a, &al, STR("text"));
}

static int
setup(void **state)
{
    struct scene *s = &scene;
    char router[RIG_TEXT_MAX];
    char pub[RIG_TEXT_MAX];
    struct feed_config cfg = {.router_endpoint = router, .pub_endpoint = pub, .credit_max = 10};

    memset(s, 0, sizeof(*s));
    lines = 0;
    leaked = false;
    log_set_sink(sink);
    rig_open(&s->rig, on_core, s);
    s->first_kept = 1;
    s->head = 5;
    s->packed = packed_alert();
    (void)snprintf(router, sizeof(router), "ipc:///tmp/t_feed.%ld", (long)getpid());
    (void)snprintf(pub, sizeof(pub), "ipc:///tmp/t_feedpub.%ld", (long)getpid());
    s->link = corelink_new(s->rig.loop, s->rig.zc, s->rig.endpoint, on_reply, on_wake, s);
    s->feed = feed_new(s->rig.loop, s->rig.zc, &cfg, s->link);
    for (size_t i = 0; i < SUBS; i++) {
        s->sub[i].z = zsock_new(s->rig.zc, ZSOCK_DEALER, 100, 100);
        if (!zsock_connect(s->sub[i].z, router))
            return -1;
        loop_add_zsock(s->rig.loop, s->sub[i].z, LOOP_READ, on_sub, &s->sub[i]);
    }
    RIG_UNTIL(&s->rig, woken, s);
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct scene *s = *state;

    for (size_t i = 0; i < SUBS; i++) {
        loop_del_zsock(s->rig.loop, s->sub[i].z);
        zsock_free(&s->sub[i].z);
    }
    syslogroute_free(&s->syslog);
    feed_free(&s->feed);
    corelink_free(&s->link);
    rig_close(&s->rig);
    log_set_sink(NULL);
    return 0;
}

/* --- tests */

static void
t_from_the_beginning(void **state)
{
    struct scene *s = *state;
    struct sub *u = &s->sub[0];

    hello(s, 0, "a", -1, 10);
    until(s, has_events, 0, 5);
    expect_chain(u, 1, 5);
    assert_int_equal(u->welcomes, 1);
    assert_int_equal(u->welcome.cursor, 0);
    assert_int_equal(u->welcome.head, 5);
    events_come(s, 7);
    until(s, has_events, 0, 7);
    expect_chain(u, 1, 7);
}

/* Never more than credit unconfirmed; a confirm is cumulative, and moves the cursor. */
static void
t_credit(void **state)
{
    struct scene *s = *state;
    struct sub *u = &s->sub[0];

    hello(s, 0, "a", -1, 2);
    until(s, has_events, 0, 2);
    rig_pass(&s->rig, 50);
    assert_int_equal(u->events, 2);
    confirm(s, 0, 1);
    until(s, has_events, 0, 3);
    rig_pass(&s->rig, 50);
    assert_int_equal(u->events, 3);
    confirm(s, 0, 3);
    until(s, has_events, 0, 5);
    expect_chain(u, 1, 5);
    until(s, cursor_is, 0, 3);
    confirm(s, 0, 2); /* older: nothing moves */
    confirm(s, 0, 5);
    until(s, cursor_is, 0, 5);
    assert_int_equal(u->errors, 0);
}

/* The feed's own limit stands above what is asked for. */
static void
t_credit_has_a_limit(void **state)
{
    struct scene *s = *state;

    s->head = 30;
    hello(s, 0, "a", -1, 1000);
    until(s, has_events, 0, 10);
    rig_pass(&s->rig, 50);
    assert_int_equal(s->sub[0].events, 10);
}

static void
t_confirm_of_what_was_never_sent(void **state)
{
    struct scene *s = *state;

    hello(s, 0, "a", -1, 2);
    until(s, has_events, 0, 2);
    confirm(s, 0, 3);
    expect_error(s, 0, "bad_message");
    confirm(s, 1, 1);
    expect_error(s, 1, "not_greeted");
    assert_int_equal(cursor_of(s, STR("feed:a"))->seq, 0);
}

/* Absent last_seq: the durable cursor, also for a new connection after a break. */
static void
t_goes_on_at_the_cursor(void **state)
{
    struct scene *s = *state;

    cursor_of(s, STR("feed:a"))->seq = 3;
    hello(s, 0, "a", -1, 10);
    until(s, has_events, 0, 2);
    expect_chain(&s->sub[0], 4, 2);
}

/* Below the cursor: replayed, and the cursor stays where it is until new ground is confirmed. */
static void
t_replay_leaves_the_cursor(void **state)
{
    struct scene *s = *state;

    cursor_of(s, STR("feed:a"))->seq = 4;
    hello(s, 0, "a", 1, 10);
    until(s, has_events, 0, 4);
    expect_chain(&s->sub[0], 2, 4);
    assert_int_equal(s->sub[0].welcome.cursor, 4);
    confirm(s, 0, 3);
    rig_pass(&s->rig, 50);
    assert_int_equal(s->advances, 0);
    assert_int_equal(cursor_of(s, STR("feed:a"))->seq, 4);
    confirm(s, 0, 5);
    until(s, cursor_is, 0, 5);
}

static void
t_places_that_cannot_be_served(void **state)
{
    struct scene *s = *state;

    hello(s, 0, "a", 6, 10);
    expect_error(s, 0, "seq_above_head");
    s->first_kept = 4;
    hello(s, 0, "a", 2, 10);
    expect_error(s, 0, "seq_too_old");
    hello(s, 0, "a", 3, 10); /* the last one that can */
    until(s, has_events, 0, 2);
    expect_chain(&s->sub[0], 4, 2);
}

static void
t_bad_hello(void **state)
{
    static const char too_long[] =
        "x2345678901234567890123456789012345678901234567890123456789012345"; /* 65 */
    static const char *const names[] = {"", "a b", "a:b", "\xc3\xa4", too_long};
    struct scene *s = *state;

    for (size_t i = 0; i < RFD_COUNT(names); i++) {
        hello(s, 0, names[i], -1, 10);
        expect_error(s, 0, "bad_hello");
    }
    hello(s, 0, "a", -1, 0);
    expect_error(s, 0, "bad_hello");
    say(s, 0, CODEC_HELLO, STR("\xff\xff"));
    expect_error(s, 0, "bad_hello");
    say(s, 0, CODEC_WELCOME, STR(""));
    expect_error(s, 0, "bad_message");
}

/* The newest connection of a subscriber wins; what was not confirmed goes to it again. */
static void
t_newest_connection_wins(void **state)
{
    struct scene *s = *state;

    hello(s, 0, "a", -1, 10);
    until(s, has_events, 0, 5);
    confirm(s, 0, 2);
    until(s, cursor_is, 0, 2);
    hello(s, 1, "a", -1, 10);
    expect_error(s, 0, "replaced");
    until(s, has_events, 1, 3);
    expect_chain(&s->sub[1], 3, 3);
    confirm(s, 0, 5);
    expect_error(s, 0, "not_greeted");
    assert_int_equal(cursor_of(s, STR("feed:a"))->seq, 2);
}

/* A connection that takes over another name leaves its own: one confirm moves one cursor. */
static void
t_greets_by_another_name(void **state)
{
    struct scene *s = *state;

    hello(s, 0, "b", -1, 10);
    until(s, has_events, 0, 5);
    hello(s, 1, "a", -1, 10);
    until(s, has_events, 1, 5);
    s->sub[0].events = 0;
    hello(s, 0, "a", -1, 10);
    expect_error(s, 1, "replaced");
    until(s, has_events, 0, 5);
    confirm(s, 0, 5);
    until(s, cursor_is, 0, 5);
    assert_int_equal(cursor_of(s, STR("feed:b"))->seq, 0);
}

/* Two of different names do not see each other. */
static void
t_two_subscribers(void **state)
{
    struct scene *s = *state;

    hello(s, 0, "a", -1, 10);
    hello(s, 1, "b", 4, 10);
    until(s, has_events, 0, 5);
    until(s, has_events, 1, 1);
    expect_chain(&s->sub[1], 5, 1);
    confirm(s, 0, 5);
    until(s, cursor_is, 0, 5);
    assert_int_equal(cursor_of(s, STR("feed:b"))->seq, 0);
}

static void
t_ping(void **state)
{
    struct scene *s = *state;
    static _Alignas(16) unsigned char memory[256];
    struct arena a;

    arena_init(&a, memory, sizeof(memory));
    say(s, 2, CODEC_PING, codec_ping_pack(&a, 76));
    expect_error(s, 2, "not_greeted"); /* so that who was dropped learns of it */
    hello(s, 2, "a", -1, 10);
    say(s, 2, CODEC_PING, codec_ping_pack(&a, 77));
    until(s, has_pongs, 2, 1);
    assert_int_equal(s->sub[2].pong, 77);
}

/* Core dies with a confirm and a fetch under way: both are said again to the next one. */
static void
t_core_dies(void **state)
{
    struct scene *s = *state;

    hello(s, 0, "a", -1, 10);
    until(s, has_events, 0, 5);
    s->deaf = true;
    confirm(s, 0, 5);
    s->head = 8;
    (void)woken(s);
    rig_pass(&s->rig, 50);
    assert_int_equal(s->sub[0].events, 5);
    rig_core_kill(&s->rig);
    rig_pass(&s->rig, 20);
    s->deaf = false;
    rig_core_start(&s->rig, "coreb");
    RIG_UNTIL(&s->rig, woken, s);
    until(s, has_events, 0, 8);
    expect_chain(&s->sub[0], 1, 8);
    until(s, cursor_is, 0, 5);
}

/* Core is away as the subscriber greets: the question is asked again until it is answered. */
static void
t_hello_while_core_is_away(void **state)
{
    struct scene *s = *state;

    rig_core_kill(&s->rig);
    hello(s, 0, "a", -1, 10);
    rig_pass(&s->rig, 50);
    assert_int_equal(s->sub[0].welcomes, 0);
    rig_core_start(&s->rig, "coreb");
    until(s, has_welcomes, 0, 1);
    until(s, has_events, 0, 5);
    expect_chain(&s->sub[0], 1, 5);
}

/* Each event is one line, once, without the patient, from the cursor on. */
static void
t_syslog(void **state)
{
    struct scene *s = *state;

    cursor_of(s, STR("syslog"))->seq = 2;
    s->syslog = syslogroute_new(s->rig.loop, s->link);
    until(s, has_lines, 0, 3);
    events_come(s, 6);
    until(s, has_lines, 0, 4);
    rig_pass(&s->rig, 50);
    assert_int_equal(lines, 4);
    assert_int_equal(cursor_of(s, STR("syslog"))->seq, 6);
    assert_int_equal(s->advances, 2); /* one step of the cursor for what came together */
    assert_false(leaked);
}

/* --- the route by itself */

static void
t_route_window(void **state)
{
    struct scene *s = *state;
    struct route r;

    route_init(&r, STR("feed:"), STR("z"), 3);
    assert_str(route_name(&r), "feed:z");
    for (uint64_t seq = 10; seq <= 30; seq += 10)
        route_sent(&r, seq);
    assert_int_equal(route_room(&r), 0);
    route_ask(&r, s->link, 0);
    assert_int_equal(r.asked, 0); /* no room: nothing is asked for */
    assert_false(route_confirm(&r, s->link, 31));
    assert_true(route_confirm(&r, s->link, 5)); /* before the window */
    assert_int_equal(route_room(&r), 0);
    assert_true(route_confirm(&r, s->link, 25)); /* between two: up to the one before */
    assert_int_equal(route_room(&r), 2);
    assert_int_equal(r.confirmed, 25);
    assert_true(route_confirm(&r, s->link, 10));
    assert_int_equal(r.confirmed, 25);
    route_ask(&r, s->link, 100);
    assert_true(r.asked != 0);
    route_init(&r, STR(""), STR("w"), 5000);
    assert_int_equal(route_room(&r), ROUTE_WINDOW_MAX);
}

static void
t_route_asks_again(void **state)
{
    struct scene *s = *state;
    struct route r;
    uint64_t first;

    s->deaf = true;
    route_init(&r, STR(""), STR("w"), 5);
    route_ask(&r, s->link, 1000);
    first = r.asked;
    route_ask(&r, s->link, 1500);
    assert_int_equal(r.asked, first);
    route_tick(&r, s->link, 1000 + ROUTE_ASK_AGAIN_MS - 1);
    assert_int_equal(r.asked, first);
    route_tick(&r, s->link, 1000 + ROUTE_ASK_AGAIN_MS);
    assert_true(r.asked > first); /* a new number: the old answer is no answer to it */
    rig_pass(&s->rig, 30);
    assert_int_equal(s->fetches, 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(t_from_the_beginning),
        T(t_credit),
        T(t_credit_has_a_limit),
        T(t_confirm_of_what_was_never_sent),
        T(t_goes_on_at_the_cursor),
        T(t_replay_leaves_the_cursor),
        T(t_places_that_cannot_be_served),
        T(t_bad_hello),
        T(t_newest_connection_wins),
        T(t_greets_by_another_name),
        T(t_two_subscribers),
        T(t_ping),
        T(t_core_dies),
        T(t_hello_while_core_is_away),
        T(t_syslog),
        T(t_route_window),
        T(t_route_asks_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
