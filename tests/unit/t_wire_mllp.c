#include "wire/mllp.h"
#include "wire_test.h"

enum { OUT_SIZE = 4096, BUF_SIZE = 64 };

static bool bare_ok; /* of the decoders in play() */

/* What came out, as text: each frame in <>, a too large one in {}, with offset and size. */
struct out {
    char text[OUT_SIZE];
    size_t n;
    int pause_after; /* frames until the callback pauses; -1: never */
};

static bool
on_frame(void *arg, const struct mllp_frame *f)
{
    struct out *o = arg;
    bool large = f->kind == MLLP_TOO_LARGE;

    assert_true(o->n + f->payload.n + 40 < OUT_SIZE);
    o->n += (size_t)snprintf(o->text + o->n, OUT_SIZE - o->n, "%c%.*s|%llu,%llu%c",
                             large ? '{' : '<', STR_FMT(f->payload), (unsigned long long)f->at,
                             (unsigned long long)f->payload_size, large ? '}' : '>');
    return o->pause_after < 0 || o->pause_after-- > 0;
}

/* Feeds s in pieces that end at each cut, then ends the stream. */
static void
play(struct mllp_dec *d, uint8_t *buf, struct out *o, struct str s, const size_t cuts[2])
{
    size_t from = 0;

    *o = (struct out){.pause_after = -1};
    mllp_init(d, buf, BUF_SIZE, BUF_SIZE);
    d->bare_ok = bare_ok;
    for (int i = 0; i <= 2; i++) {
        size_t to = i < 2 ? cuts[i] : s.n;

        assert_int_equal(mllp_feed(d, (const uint8_t *)s.p + from, to - from, on_frame, o),
                         to - from);
        from = to;
    }
    mllp_end(d, on_frame, o);
}

/* One stream, at every pair of cuts: the same frames and the same counters. */
static void
expect(struct str s, const char *want, const uint64_t dev[MLLP_DEV_COUNT])
{
    uint8_t buf[BUF_SIZE];
    struct mllp_dec d;
    struct out o;

    for (size_t i = 0; i <= s.n; i++) {
        for (size_t j = i; j <= s.n; j++) {
            play(&d, buf, &o, s, (size_t[2]){i, j});
            assert_string_equal(o.text, want);
            for (int k = 0; k < MLLP_DEV_COUNT; k++)
                assert_int_equal(d.dev[k].count, dev[k]);
        }
    }
}

#define DEV(...) ((const uint64_t[MLLP_DEV_COUNT]){__VA_ARGS__})

static void
frames_come_whole(void **state)
{
    (void)state;
    expect(STR("\x0b"
               "one\x1c\r\x0b"
               "two\x1c\r"),
           "<one|0,3><two|6,3>", DEV(0));
    expect(STR("\x0b"
               "MSH|a\rPID|b\r\x1c\r\n\x0b"
               "x\x1c\r\n"),
           "<MSH|a\rPID|b\r|0,12><x|16,1>", DEV(0));
}

static void
deviations_are_taken_and_counted(void **state)
{
    (void)state;
    expect(STR("ab\x0b"
               "x\x1c\r\0\0\x0b"
               "y\x1c\r"),
           "<x|2,1><y|8,1>", DEV([MLLP_DEV_JUNK] = 2));
    expect(STR("MSH|^~\\&|\r"), "", DEV([MLLP_DEV_JUNK] = 1, [MLLP_DEV_BARE_MSH] = 1));
    expect(STR("\x0b"
               "x\x1c\rMSH|"),
           "<x|0,1>", DEV([MLLP_DEV_JUNK] = 1, [MLLP_DEV_BARE_MSH] = 1));
    expect(STR("MS\x0b"
               "x\x1c\r"),
           "<x|2,1>", DEV([MLLP_DEV_JUNK] = 1));
    expect(STR("\x0b"
               "x\x1c\x0b"
               "y\x1c\r"),
           "<x|0,1><y|3,1>", DEV([MLLP_DEV_FS_WITHOUT_CR] = 1));
    expect(STR("\x0b"
               "x\x1c\n\x0b"
               "y\x1c"),
           "<x|0,1><y|4,1>", DEV([MLLP_DEV_FS_WITHOUT_CR] = 2));
    expect(STR("\x0b"
               "x\x1c\0\x0b"
               "y\x1c\r"),
           "<x|0,1><y|4,1>", DEV([MLLP_DEV_JUNK] = 1, [MLLP_DEV_FS_WITHOUT_CR] = 1));
    expect(STR("\x0b"
               "x\x1cy\x1c\tz\x1c\r"),
           "<x\x1cy\x1c\tz|0,6>", DEV([MLLP_DEV_FS_IN_PAYLOAD] = 2));
    expect(STR("\x0b"
               "half\x0b"
               "whole\x1c\r"),
           "<whole|5,5>", DEV([MLLP_DEV_RESTART] = 1));
    expect(STR("\x0b\x1c\r\x0b"
               "x\x1c\r"),
           "<x|3,1>", DEV([MLLP_DEV_EMPTY] = 1));
    expect(STR("\x0b"
               "never ends"),
           "", DEV([MLLP_DEV_CUT] = 1));
}

/* By setting only: what begins with MSH outside of a frame is one, up to FS, VT or the end. */
static void
senders_without_frames(void **state)
{
    (void)state;
    bare_ok = true;
    expect(STR("MSH|a\r"), "<MSH|a\r|0,6>", DEV([MLLP_DEV_JUNK] = 1, [MLLP_DEV_BARE_MSH] = 1));
    expect(STR("MSH|a\x1c\rMSH|b"), "<MSH|a|0,5><MSH|b|7,5>",
           DEV([MLLP_DEV_JUNK] = 2, [MLLP_DEV_BARE_MSH] = 2));
    expect(STR("MSH|a\x0bMSH|b\x1c\r"), "<MSH|a|0,5><MSH|b|5,5>",
           DEV([MLLP_DEV_JUNK] = 1, [MLLP_DEV_BARE_MSH] = 1, [MLLP_DEV_FS_WITHOUT_CR] = 1));
    expect(STR("MSX|\x0bx\x1c\r"), "<x|4,1>", DEV([MLLP_DEV_JUNK] = 1));
    bare_ok = false;
}

/* The limit is exact, and the stream goes on after a frame that is over it. */
static void
large_payloads_are_skipped(void **state)
{
    char s[3 * BUF_SIZE] = "\x0b";
    char want[3 * BUF_SIZE];
    uint8_t buf[BUF_SIZE];
    struct mllp_dec d;
    struct out o;

    (void)state;
    memset(s + 1, 'a', BUF_SIZE + 1);
    memcpy(s + BUF_SIZE + 1, "\x1c\r", 2);
    play(&d, buf, &o, (struct str){s, BUF_SIZE + 3}, (size_t[2]){7, 60});
    assert_int_equal(d.frames, 1);
    assert_int_equal(d.dev[MLLP_DEV_TOO_LARGE].count, 0);

    memcpy(s + BUF_SIZE + 1, "b\x1c\r\x0by\x1c\r", 7);
    (void)snprintf(want, sizeof(want), "{%.64s|0,65}<y|68,1>", s + 1);
    expect((struct str){s, BUF_SIZE + 8}, want, DEV([MLLP_DEV_TOO_LARGE] = 1));

    /* A restart takes the flag away. */
    memcpy(s + BUF_SIZE + 1, "b\x0by\x1c\r", 5);
    expect((struct str){s, BUF_SIZE + 6}, "<y|66,1>", DEV([MLLP_DEV_RESTART] = 1));
}

static bool
grow_once(struct mllp_dec *d, size_t need)
{
    uint8_t *large = d->owner;

    if (need > 32 || d->size == 32)
        return false;
    memcpy(large, d->buf, d->n);
    mllp_buf_set(d, large, 32);
    return true;
}

static void
the_owner_grows_the_buffer(void **state)
{
    const struct str s = STR("\x0b"
                             "0123456789\x1c\r\x0b"
                             "0123456789012345678901234567890123\x1c\r");
    uint8_t little[4], large[32];
    struct mllp_dec d;
    struct out o = {.pause_after = -1};

    (void)state;
    mllp_init(&d, little, sizeof(little), 1000);
    d.grow = grow_once;
    d.owner = large;
    assert_int_equal(mllp_feed(&d, (const uint8_t *)s.p, s.n, on_frame, &o), s.n);
    assert_string_equal(o.text, "<0123456789|0,10>{01234567890123456789012345678901|13,34}");
}

static void
a_paused_decoder_goes_on_where_it_stopped(void **state)
{
    const struct str s = STR("\x0b"
                             "one\x1c\r\n\x0b"
                             "two\x1c\x0b"
                             "three\x1c\r");
    uint8_t buf[BUF_SIZE];
    struct mllp_dec d;
    struct out o = {.pause_after = 0};
    size_t used = 0;

    (void)state;
    mllp_init(&d, buf, sizeof(buf), sizeof(buf));
    for (int rounds = 0; used < s.n; rounds++) {
        assert_true(rounds < 5);
        o.pause_after = 0;
        used += mllp_feed(&d, (const uint8_t *)s.p + used, s.n - used, on_frame, &o);
    }
    assert_string_equal(o.text, "<one|0,3><two|7,3><three|12,5>");
}

static void
silence_ends_a_frame_without_cr(void **state)
{
    uint8_t buf[BUF_SIZE];
    struct mllp_dec d;
    struct out o = {.pause_after = -1};

    (void)state;
    mllp_init(&d, buf, sizeof(buf), sizeof(buf));
    assert_int_equal(mllp_feed(&d,
                               (const uint8_t *)"\x0b"
                                                "abc",
                               4, on_frame, &o),
                     4);
    mllp_idle(&d, on_frame, &o);
    assert_int_equal(o.n, 0);
    assert_true(mllp_in_frame(&d));
    assert_int_equal(mllp_feed(&d, (const uint8_t *)"\x1c", 1, on_frame, &o), 1);
    mllp_idle(&d, on_frame, &o);
    assert_string_equal(o.text, "<abc|0,3>");
    assert_false(mllp_in_frame(&d));
    /* The CR that comes late is one byte of junk, no frame. */
    assert_int_equal(mllp_feed(&d, (const uint8_t *)"\r", 1, on_frame, &o), 1);
    assert_int_equal(d.frames, 1);
}

/* Payloads longer than the decoder's window, and a stream of restarts only. */
static void
long_payloads_and_many_restarts(void **state)
{
    static uint8_t s[5000], buf[5000];
    struct mllp_dec d;
    struct out o = {.pause_after = -1};

    (void)state;
    mllp_init(&d, buf, sizeof(buf), sizeof(buf));
    memset(s, MLLP_VT, sizeof(s));
    assert_int_equal(mllp_feed(&d, s, sizeof(s), on_frame, &o), sizeof(s));
    assert_int_equal(d.dev[MLLP_DEV_RESTART].count, sizeof(s) - 1);
    memset(s, 'a', sizeof(s));
    s[3000] = MLLP_FS;
    s[3001] = MLLP_CR;
    assert_int_equal(mllp_feed(&d, s, 3002, on_frame, &o), 3002);
    assert_int_equal(o.n, strlen("<|4999,3000>") + 3000);
}

static void
every_deviation_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < MLLP_DEV_COUNT; i++)
        assert_true(strlen(mllp_deviation_name((enum mllp_deviation)i)) >= 3);
    assert_string_equal(mllp_deviation_name(MLLP_DEV_CUT), "cut");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_whole),
        cmocka_unit_test(deviations_are_taken_and_counted),
        cmocka_unit_test(senders_without_frames),
        cmocka_unit_test(large_payloads_are_skipped),
        cmocka_unit_test(the_owner_grows_the_buffer),
        cmocka_unit_test(a_paused_decoder_goes_on_where_it_stopped),
        cmocka_unit_test(silence_ends_a_frame_without_cr),
        cmocka_unit_test(long_payloads_and_many_restarts),
        cmocka_unit_test(every_deviation_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
