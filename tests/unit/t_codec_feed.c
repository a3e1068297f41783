#include "codec/feed.h"
#include "codec_test.h"

static const char *why;

static void
hello(void **state)
{
    static const struct feed_hello rows[] = {
        {{"tumour-board", 12}, true, 0, 100}, /* from the start is not "from the cursor" */
        {{"tumour-board", 12}, true, UINT64_MAX, 1},
        {{"tumour-board", 12}, false, 0, 1000},
        {{NULL, 0}, false, 0, 0},
    };
    struct arena *a = fresh();

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct feed_hello got;

        assert_true(codec_hello_unpack(a, codec_hello_pack(a, &rows[i]), &got, &why));
        assert_same(got.subscriber, rows[i].subscriber);
        assert_int_equal(got.has_last_seq, rows[i].has_last_seq);
        assert_int_equal(got.last_seq, rows[i].last_seq);
        assert_int_equal(got.credit, rows[i].credit);
    }
    assert_false(
        codec_hello_unpack(a, STR("\x0a\x01\xff"), &(struct feed_hello){.credit = 0}, &why));
    assert_string_equal(why, "bad_text");
}

static void
welcome(void **state)
{
    struct arena *a = fresh();
    struct feed_welcome w = {STR("board"), 1, 2, 3, STR("boot")}, got;

    (void)state;
    assert_true(codec_welcome_unpack(a, codec_welcome_pack(a, &w), &got, &why));
    assert_same(got.subscriber, w.subscriber);
    assert_int_equal(got.cursor, 1);
    assert_int_equal(got.head, 2);
    assert_int_equal(got.first_kept, 3);
    assert_same(got.server_boot, w.server_boot);
}

static void
small_ones(void **state)
{
    struct arena *a = fresh();
    struct str code, text, boot;
    uint64_t n = 0;

    (void)state;
    assert_true(codec_confirm_unpack(a, codec_confirm_pack(a, 5), &n, &why));
    assert_int_equal(n, 5);
    assert_true(codec_ping_unpack(a, codec_ping_pack(a, 6), &n, &why));
    assert_int_equal(n, 6);
    assert_true(codec_pong_unpack(a, codec_pong_pack(a, 7, 8), &n, &why));
    assert_int_equal(n, 7);
    assert_same(codec_pong_pack(a, 7, 8), STR("\x08\x07\x10\x08"));
    assert_same(codec_head_pack(a, 9, STR("b")), STR("\x08\x09\x12\x01"
                                                     "b"));
    assert_true(
        codec_error_unpack(a, codec_error_pack(a, "bad_hello", "no name"), &code, &text, &why));
    assert_same(code, STR("bad_hello"));
    assert_same(text, STR("no name"));
    assert_true(codec_wake_unpack(a, codec_wake_pack(a, 10, STR("boot")), &n, &boot, &why));
    assert_int_equal(n, 10);
    assert_same(boot, STR("boot"));
    assert_false(codec_confirm_unpack(a, STR("\x08"), &n, &why));
    assert_int_equal(n, 10);
    assert_string_equal(why, "bad_protobuf");
}

static void
events(void **state)
{
    struct arena *a = fresh();
    struct feed_event got;

    (void)state;
    for (unsigned k = EVENT_NONE + 1; k < EVENT_KIND_COUNT; k++) {
        struct feed_event e = {
            .seq = 2, .prev_seq = 1, .kind = (enum event_kind)k, .alert = STR("x")};

        assert_true(codec_event_unpack(a, codec_event_pack(a, &e), &got, &why));
        assert_int_equal(got.kind, k);
        assert_false(got.quiet);
    }
    assert_string_equal(event_kind_name(EVENT_SNAPSHOT), "snapshot");
    assert_false(codec_event_unpack(a, STR("\x08\x02"), &got, &why)); /* of no kind */
    assert_string_equal(why, "bad_enum");
}

static void
fetching(void **state)
{
    struct arena *a = fresh();
    struct fetch f = {.route = STR("syslog"), .after_seq = 11, .max = 12, .number = 13}, f2;
    struct feed_event e[2] = {
        {.seq = 2, .prev_seq = 1, .kind = EVENT_RAISED, .quiet = true, .alert = {"\0\xff", 2}},
        {.seq = 3, .prev_seq = 2, .kind = EVENT_CLOSED, .alert = {"b", 1}}};
    struct fetch_reply r = {.number = 13,
                            .route = STR("syslog"),
                            .event = e,
                            .event_count = 2,
                            .head = 20,
                            .first_kept = 1,
                            .cursor = 10},
                       r2;
    struct advance v = {.route = STR("syslog"), .seq = 3}, v2;

    (void)state;
    assert_true(codec_fetch_unpack(a, codec_fetch_pack(a, &f), &f2, &why));
    assert_same(f2.route, f.route);
    assert_int_equal(f2.after_seq, 11);
    assert_int_equal(f2.max, 12);
    assert_int_equal(f2.number, 13);
    assert_true(codec_fetch_reply_unpack(a, codec_fetch_reply_pack(a, &r), &r2, &why));
    assert_int_equal(r2.number, 13);
    assert_same(r2.route, r.route);
    assert_int_equal(r2.head, 20);
    assert_int_equal(r2.first_kept, 1);
    assert_int_equal(r2.cursor, 10);
    assert_int_equal(r2.event_count, 2);
    assert_int_equal(r2.event[0].seq, 2);
    assert_true(r2.event[0].quiet);
    assert_same(r2.event[0].alert, e[0].alert);
    assert_int_equal(r2.event[1].prev_seq, 2);
    assert_int_equal(r2.event[1].kind, EVENT_CLOSED);
    assert_true(codec_advance_unpack(a, codec_advance_pack(a, &v), &v2, &why));
    assert_same(v2.route, v.route);
    assert_int_equal(v2.seq, 3);
}

static void
control(void **state)
{
    static const struct str args[] = {{"A-1", 3}, {"", 0}, {"--all", 5}};
    struct arena *a = fresh();
    struct control_request q = {.verb = STR("show"),
                                .arg = args,
                                .arg_count = 3,
                                .json = true,
                                .after_seq = 4,
                                .actor = STR("nurse")};
    struct control_request q2;
    struct control_reply r = {args, 3, true, -2, STR("gone"), 5}, r2;

    (void)state;
    assert_true(codec_control_request_unpack(a, codec_control_request_pack(a, &q), &q2, &why));
    assert_same(q2.verb, q.verb);
    assert_int_equal(q2.arg_count, 3);
    assert_true(q2.json);
    assert_int_equal(q2.after_seq, 4);
    assert_same(q2.actor, q.actor);
    assert_true(codec_control_reply_unpack(a, codec_control_reply_pack(a, &r), &r2, &why));
    assert_int_equal(r2.line_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(str_eq(q2.arg[i], args[i]));
        assert_true(str_eq(r2.line[i], args[i]));
    }
    assert_true(r2.last);
    assert_int_equal(r2.exit_code, -2);
    assert_same(r2.error, r.error);
    assert_int_equal(r2.seq, 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello),  cmocka_unit_test(welcome),  cmocka_unit_test(small_ones),
        cmocka_unit_test(events), cmocka_unit_test(fetching), cmocka_unit_test(control),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
