/* The MLLP listener and the pipe to core in one loop, against a core that answers late, busily, out
 * of order, or dies. */
#include "base/limits.h"
#include "codec/message.h"
#include "intake/mllpd.h"
#include "rig_test.h"
#include "sys/io.h"
#include "sys/tcp.h"

#include <sys/socket.h>

enum { CLIENTS = 6, ASKED_MAX = 2000, TEXT_MAX = 128, ACKS_BYTES = 1 << 20 };

/* A request as core saw it. */
struct asked {
    unsigned char peer[256];
    size_t peer_n;
    uint64_t number;
    bool again;
    char control_id[32];
    char refused[32];
    uint32_t refused_count;
    bool answered;
};

struct client {
    int fd;
    char *got;
    size_t got_n;
    bool ended;
};

struct scene {
    struct rig rig;
    struct corepipe *pipe;
    struct mllpd *mllpd;
    struct tcp_addr at;
    bool hold;            /* core keeps its answers back */
    enum outcome outcome; /* of what it answers at once */
    struct asked asked[ASKED_MAX];
    size_t asked_n;
    struct client client[CLIENTS];
    size_t want; /* for the conditions below */
    size_t who;
};

static struct scene scene;

static void
answer(struct scene *s, struct asked *q, enum outcome o)
{
    struct arena *a = fresh();
    struct ingest_reply r = {.boot = STR("edgea"),
                             .number = q->number,
                             .server_boot = str_from_c(s->rig.boot),
                             .outcome = o,
                             .reason = STR(""),
                             .journal = q->number};
    struct zframe f[3] = {{q->peer, q->peer_n},
                          zframe_of(codec_name(CODEC_INGEST_REPLY)),
                          zframe_of(codec_reply_pack(a, &r))};

    q->answered = true;
    assert_int_equal(zsock_send(s->rig.core, f, 3), ZSEND_OK);
}

static void
note(struct scene *s, const struct zmsg *m)
{
    struct asked *q = &s->asked[s->asked_n];
    struct ingest_request rq;
    const char *why = "";

    assert_true(s->asked_n < ASKED_MAX);
    assert_int_equal(m->n, 3);
    if (!codec_request_unpack(fresh(), zmsg_str(m, 2), &rq, &why))
        fail_msg("%s", why);
    *q = (struct asked){.peer_n = m->frame[0].n,
                        .number = rq.number,
                        .again = rq.again,
                        .refused_count = rq.refused_count};
    memcpy(q->peer, m->frame[0].p, q->peer_n);
    (void)snprintf(q->control_id, sizeof(q->control_id), "%.*s", STR_FMT(rq.message.control_id));
    (void)snprintf(q->refused, sizeof(q->refused), "%.*s", STR_FMT(rq.refused));
    s->asked_n++;
}

static void
on_core(struct loop *l, struct zsock *z, unsigned events, void *arg)
{
    struct scene *s = arg;
    struct zmsg m = ZMSG_INIT;

    (void)l;
    (void)events;
    while (zsock_recv(z, &m) == ZRECV_OK) {
        note(s, &m);
        if (!s->hold || s->asked[s->asked_n - 1].refused_count > 0)
            answer(s, &s->asked[s->asked_n - 1],
                   s->asked[s->asked_n - 1].refused_count > 0 ? OUTCOME_REFUSED : s->outcome);
    }
    zmsg_close(&m);
}

static void
answer_all(struct scene *s)
{
    s->hold = false;
    for (size_t i = 0; i < s->asked_n; i++) {
        if (!s->asked[i].answered)
            answer(s, &s->asked[i], s->outcome);
    }
}

/* --- clients */

static void
client_fd(struct loop *l, int fd, unsigned events, void *arg)
{
    struct client *c = arg;
    size_t n = 0;
    enum io_result r = io_recv(fd, c->got + c->got_n, ACKS_BYTES - 1 - c->got_n, &n);

    (void)events;
    if (r == IO_OK) {
        c->got_n += n;
        c->got[c->got_n] = '\0';
    } else if (r != IO_AGAIN) {
        c->ended = true;
        loop_del_fd(l, fd);
        io_close(&c->fd);
    }
}

static bool
is_connected(void *arg)
{
    struct client *c = arg;

    return tcp_connected(c->fd);
}

static struct client *
connect_client(struct scene *s, size_t i)
{
    struct client *c = &s->client[i];

    c->fd = tcp_connect(&s->at);
    assert_true(c->fd >= 0);
    c->got = xcalloc(1, ACKS_BYTES);
    c->got_n = 0;
    c->ended = false;
    RIG_UNTIL(&s->rig, is_connected, c);
    loop_add_fd(s->rig.loop, c->fd, LOOP_READ, client_fd, c);
    return c;
}

static void
client_drop(struct scene *s, struct client *c)
{
    if (c->fd >= 0 && c->got != NULL) {
        loop_del_fd(s->rig.loop, c->fd);
        io_close(&c->fd);
    }
    xfree(c->got);
    c->got = NULL;
    c->fd = -1;
}

static bool
flushed(void *arg)
{
    (void)arg;
    return false;
}

/* Writes all, however slowly it is read. */
static void
put(struct scene *s, struct client *c, const char *p, size_t n)
{
    while (n > 0) {
        size_t done = 0;
        enum io_result r = io_send(c->fd, p, n, &done);

        assert_true(r == IO_OK || r == IO_AGAIN);
        p += done;
        n -= done;
        if (r == IO_AGAIN)
            (void)rig_run(&s->rig, flushed, NULL, 2);
    }
}

#define MSH_OF "MSH|^~\\&|LIS|LAB|REFRACTD|H|20260501120000+0100||ORU^R01|%s|P|2.5.1\r"

static void
send_message(struct scene *s, struct client *c, const char *control)
{
    char text[TEXT_MAX * 2];
    int n = snprintf(text, sizeof(text), "\x0b" MSH_OF "PID|1||1^^^H^MR\r\x1c\r", control);

    put(s, c, text, (size_t)n);
}

static void
send_many(struct scene *s, struct client *c, const char *prefix, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char control[24];

        (void)snprintf(control, sizeof(control), "%s%zu", prefix, i);
        send_message(s, c, control);
    }
}

static size_t
count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *p = text; (p = strstr(p, part)) != NULL; p++)
        n++;
    return n;
}

/* --- conditions */

static bool
core_has(void *arg)
{
    struct scene *s = arg;

    return s->asked_n >= s->want;
}

static bool
client_has(void *arg)
{
    struct scene *s = arg;

    return count(s->client[s->who].got, "MSA|") >= s->want;
}

static bool
client_ended(void *arg)
{
    struct scene *s = arg;

    return s->client[s->who].ended;
}

static void
until_core(struct scene *s, size_t n)
{
    s->want = n;
    RIG_UNTIL(&s->rig, core_has, s);
}

static void
until_client(struct scene *s, size_t who, size_t acks)
{
    s->who = who;
    s->want = acks;
    RIG_UNTIL(&s->rig, client_has, s);
}

static size_t
refused(const struct scene *s, const char *reason)
{
    size_t n = 0;

    for (size_t i = 0; i < s->asked_n; i++) {
        if (strcmp(s->asked[i].refused, reason) == 0)
            n += s->asked[i].refused_count;
    }
    return n;
}

/* "MSA|AA|x0" … in that order, and no other. */
static void
expect_acks(const struct client *c, const char *code, const char *prefix, size_t n)
{
    const char *at = c->got;

    for (size_t i = 0; i < n; i++) {
        char want[64];

        (void)snprintf(want, sizeof(want), "MSA|%s|%s%zu", code, prefix, i);
        at = strstr(at, "MSA|");
        if (at == NULL || strncmp(at, want, strlen(want)) != 0)
            fail_msg("%s: %.40s", want, at == NULL ? "nothing" : at);
        at++;
    }
    assert_null(strstr(at, "MSA|"));
}

/* --- set up */

static int
setup(void **state)
{
    struct scene *s = &scene;
    struct mllpd_config cfg = {.read = {.feed = "lab",
                                        .map = knowledge_map(shipped(), "default.yaml"),
                                        .terms = &shipped()->terms,
                                        .history_until = DAY_NONE},
                               .ack = HL7ACK_AUTO,
                               .boot = "edgea",
                               .connections_max = CLIENTS};
    char text[TCP_TEXT_MAX];
    int fd;

    memset(s, 0, sizeof(*s));
    for (size_t i = 0; i < CLIENTS; i++)
        s->client[i].fd = -1;
    rig_open(&s->rig, on_core, s);
    assert_true(tcp_addr_parse("127.0.0.1:0", &s->at));
    fd = tcp_listen(&s->at, 1); /* a port that is free */
    assert_true(tcp_local(fd, &s->at));
    io_close(&fd);
    cfg.listen = tcp_addr_format(&s->at, text);
    s->pipe = corepipe_new(s->rig.loop, s->rig.zc, s->rig.endpoint, "edgea");
    s->mllpd = mllpd_new(s->rig.loop, s->pipe, &cfg);
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct scene *s = *state;

    for (size_t i = 0; i < CLIENTS; i++)
        client_drop(s, &s->client[i]);
    mllpd_free(&s->mllpd);
    corepipe_free(&s->pipe);
    rig_close(&s->rig);
    return 0;
}

/* --- tests */

/* Promise 1: no answer before core's, and in the order of the messages whatever core's order. */
static void
t_answers_in_order(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    send_many(s, c, "x", 3);
    until_core(s, 3);
    assert_string_equal(s->asked[0].control_id, "x0");
    assert_false(s->asked[0].again);
    answer(s, &s->asked[2], OUTCOME_STORED);
    answer(s, &s->asked[1], OUTCOME_QUARANTINED);
    rig_pass(&s->rig, 50);
    assert_int_equal(c->got_n, 0);
    answer(s, &s->asked[0], OUTCOME_DUPLICATE);
    until_client(s, 0, 3);
    expect_acks(c, "AA", "x", 3);
    assert_int_equal(corepipe_waiting(s->pipe), 0);
    assert_int_equal(mllpd_unanswered(s->mllpd), 0);
}

static void
t_busy_is_reject(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->outcome = OUTCOME_BUSY;
    send_many(s, c, "x", 2);
    until_client(s, 0, 2);
    expect_acks(c, "AR", "x", 2);
}

/* Enhanced mode, no accept acknowledgement wanted: the closed connection is all that says so. */
static void
t_busy_without_an_answer_closes(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);
    static const char text[] =
        "\x0bMSH|^~\\&|LIS|LAB|R|H|20260501120000+0100||ORU^R01|x0|P|2.5.1|||"
        "NE|NE\rPID|1||1^^^H^MR\r\x1c\r";

    s->outcome = OUTCOME_BUSY;
    put(s, c, text, sizeof(text) - 1);
    RIG_UNTIL(&s->rig, client_ended, s);
    assert_int_equal(c->got_n, 0);
    until_core(s, 2);
    assert_int_equal(refused(s, "busy_unanswered"), 1);
}

/* Core dies with answers owing; the next one names itself, and gets all that was not answered. */
static void
t_new_boot_gets_all_again(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    send_many(s, c, "x", 3);
    until_core(s, 3);
    answer(s, &s->asked[0], OUTCOME_STORED);
    until_client(s, 0, 1);
    rig_core_kill(&s->rig);
    rig_pass(&s->rig, 20);
    rig_core_start(&s->rig, "coreb");
    s->asked_n = 0;
    s->hold = false;
    send_message(s, c, "x3");
    until_client(s, 0, 4);
    expect_acks(c, "AA", "x", 4);
    for (size_t i = 0; i < s->asked_n; i++)
        assert_true(s->asked[i].again == (strcmp(s->asked[i].control_id, "x3") != 0));
    assert_int_equal(corepipe_waiting(s->pipe), 0);
}

/* Nothing more comes in, and the core that had it is gone: after a while it goes to the next
 * one. */
static void
t_silence_sends_again(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    send_message(s, c, "x0");
    until_core(s, 1);
    rig_core_kill(&s->rig);
    rig_core_start(&s->rig, "coreb");
    s->asked_n = 0;
    s->hold = false;
    until_client(s, 0, 1);
    expect_acks(c, "AA", "x", 1);
    assert_true(s->asked[0].again);
}

/* No core at all: nothing is lost, nothing answered, all goes out when it comes. */
static void
t_core_comes_late(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    rig_core_kill(&s->rig);
    rig_pass(&s->rig, 20);
    send_many(s, c, "x", 10);
    rig_pass(&s->rig, 60);
    assert_int_equal(c->got_n, 0);
    rig_core_start(&s->rig, "coreb");
    until_client(s, 0, 10);
    expect_acks(c, "AA", "x", 10);
    for (size_t i = 1; i < s->asked_n; i++)
        assert_true(s->asked[i - 1].number < s->asked[i].number || s->asked[i].again);
}

/* The window is full: nothing more is read, and everybody gets a turn when it is not any more. */
static void
t_window_full_pauses(void **state)
{
    struct scene *s = *state;

    s->hold = true;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *c = connect_client(s, i);
        char prefix[4] = {(char)('a' + i), '\0'};

        send_many(s, c, prefix, 70);
    }
    until_core(s, LIMIT_INTAKE_WINDOW);
    rig_pass(&s->rig, 50);
    assert_int_equal(s->asked_n, LIMIT_INTAKE_WINDOW);
    assert_true(corepipe_is_full(s->pipe));
    answer_all(s);
    for (size_t i = 0; i < CLIENTS; i++) {
        char prefix[4] = {(char)('a' + i), '\0'};

        until_client(s, i, 70);
        expect_acks(&s->client[i], "AA", prefix, 70);
    }
    assert_int_equal(s->asked_n, 70 * CLIENTS);
    assert_int_equal(corepipe_waiting(s->pipe), 0);
}

/* The oldest request alone is unanswered: the window does not move past it. */
static void
t_one_unanswered_holds_the_window(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);
    struct client *d = connect_client(s, 1);

    send_message(s, connect_client(s, 2), "first");
    until_client(s, 2, 1); /* core's boot is known from now on */
    s->asked_n = 0;
    s->hold = true;
    send_message(s, c, "held0");
    until_core(s, 1);
    s->hold = false;
    send_many(s, d, "x", 300);
    until_client(s, 1, LIMIT_INTAKE_WINDOW - 1);
    rig_pass(&s->rig, 50);
    assert_int_equal(s->asked_n, LIMIT_INTAKE_WINDOW);
    assert_true(corepipe_is_full(s->pipe));
    answer(s, &s->asked[0], OUTCOME_STORED);
    until_client(s, 1, 300);
    expect_acks(d, "AA", "x", 300);
    expect_acks(c, "AA", "held", 1);
}

/* One frame with more messages than a connection may have open. */
static void
t_batch_in_one_frame(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    put(s, c,
        "\x0b"
        "BHS|^~\\&\r",
        10);
    for (size_t i = 0; i < 200; i++) {
        char text[TEXT_MAX];
        char control[16];
        int n;

        (void)snprintf(control, sizeof(control), "x%zu", i);
        n = snprintf(text, sizeof(text), MSH_OF "PID|1\r", control);
        put(s, c, text, (size_t)n);
    }
    put(s, c, "BTS|200\r\x1c\r", 10);
    until_core(s, 64);
    rig_pass(&s->rig, 30);
    assert_int_equal(s->asked_n, 64);
    answer_all(s);
    until_client(s, 0, 200);
    expect_acks(c, "AA", "x", 200);
    send_message(s, c, "x200"); /* and the connection goes on */
    until_client(s, 0, 201);
}

/* Wrappers around nothing are kept and answered too. */
static void
t_empty_batch_is_answered(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    put(s, c,
        "\x0b"
        "FHS|^~\\&\rFTS|0\r\x1c\r",
        19);
    until_client(s, 0, 1);
    assert_int_equal(s->asked_n, 1);
}

static void
t_too_large(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);
    size_t n = LIMIT_MESSAGE_BYTES;
    char *filler = xmalloc(n);

    memset(filler, 'x', n);
    put(s, c, "\x0b", 1);
    put(s, c, "MSH|^~\\&|LIS|LAB|R|H|2026||ORU^R01|x0|P|2.5.1\rNTE|1||", 54);
    put(s, c, filler, n);
    put(s, c, "\x1c\r", 2);
    send_message(s, c, "x1");
    until_client(s, 0, 2);
    xfree(filler);
    assert_non_null(strstr(c->got, "MSA|AR|x0"));
    assert_non_null(strstr(c->got, "MSA|AA|x1"));
    until_core(s, 2);
    assert_int_equal(refused(s, "too_large"), 1);
}

/* The peer ends its side: what is open is answered, then the connection closes. */
static void
t_half_closed(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    send_many(s, c, "x", 80);
    until_core(s, 64);
    assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
    rig_pass(&s->rig, 20);
    assert_false(c->ended);
    answer_all(s);
    s->who = 0;
    RIG_UNTIL(&s->rig, client_ended, s);
    expect_acks(c, "AA", "x", 80);
}

/* The peer goes away before its answers: they are nobody's, and its slot serves the next one. */
static void
t_peer_gone(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    send_many(s, c, "x", 5);
    until_core(s, 5);
    client_drop(s, c);
    rig_pass(&s->rig, 30);
    c = connect_client(s, 0);
    send_many(s, c, "y", 2);
    until_core(s, 7);
    answer_all(s);
    until_client(s, 0, 2);
    expect_acks(c, "AA", "y", 2);
    assert_int_equal(corepipe_waiting(s->pipe), 0);
}

/* What never becomes a message is counted at core. */
static void
t_refusals_are_counted(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    put(s, c, "MSH|^~\\&|bare\r", 14);
    send_message(s, c, "x0");
    put(s, c, "\x0bMSH|half", 9);
    until_client(s, 0, 1);
    assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
    until_core(s, 3);
    assert_int_equal(refused(s, "bare_msh"), 1);
    assert_int_equal(refused(s, "cut"), 1);
}

/* A count that core is too busy to take is kept and sent again. */
static void
t_refused_counts_are_not_lost(void **state)
{
    struct scene *s = *state;

    corepipe_refuse(s->pipe, "lab", "x");
    corepipe_refuse_many(s->pipe, "lab", "x", 4);
    corepipe_refuse(s->pipe, "lab", "y");
    rig_core_kill(&s->rig);
    rig_pass(&s->rig, 700);
    assert_int_equal(corepipe_waiting(s->pipe), 2);
    rig_core_start(&s->rig, "coreb");
    until_core(s, 2);
    assert_int_equal(refused(s, "x"), 5);
    assert_int_equal(refused(s, "y"), 1);
}

static void
t_drain_reads_no_more(void **state)
{
    struct scene *s = *state;
    struct client *c = connect_client(s, 0);

    s->hold = true;
    send_many(s, c, "x", 2);
    until_core(s, 2);
    mllpd_stop_accepting(s->mllpd);
    send_message(s, c, "late");
    rig_pass(&s->rig, 50);
    assert_int_equal(s->asked_n, 2);
    assert_int_equal(mllpd_unanswered(s->mllpd), 2);
    answer_all(s);
    until_client(s, 0, 2);
    rig_pass(&s->rig, 50);
    expect_acks(c, "AA", "x", 2);
    assert_int_equal(s->asked_n, 2);
    assert_int_equal(mllpd_unanswered(s->mllpd), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(t_answers_in_order),
        T(t_busy_is_reject),
        T(t_busy_without_an_answer_closes),
        T(t_new_boot_gets_all_again),
        T(t_silence_sends_again),
        T(t_core_comes_late),
        T(t_window_full_pauses),
        T(t_one_unanswered_holds_the_window),
        T(t_batch_in_one_frame),
        T(t_empty_batch_is_answered),
        T(t_too_large),
        T(t_half_closed),
        T(t_peer_gone),
        T(t_refusals_are_counted),
        T(t_refused_counts_are_not_lost),
        T(t_drain_reads_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
