/* A peer's packed ResultMessage → one of our feeds: what it may not say, what is wrong in it. */
#include "base/limits.h"
#include "codec/message.h"
#include "core_test.h"
#include "intake/native.h"

static struct native_feed
feed(void)
{
    return (struct native_feed){.feed = "lab",
                                .map = knowledge_map(shipped(), "default.yaml"),
                                .terms = &shipped()->terms,
                                .history_until = DAY_NONE};
}

static struct result_message
message(const struct fact *f, size_t n)
{
    return (struct result_message){.feed = STR("another feed"),
                                   .publisher = {STR("pub"), 7, 42},
                                   .sent = stamp_of_day(day_of("2026-05-01"), 0),
                                   .type = STR("ORU^R01"),
                                   .fact = f,
                                   .fact_count = n,
                                   .quarantine_reason = STR("because I say so"),
                                   .ignore_reason = STR("because I say so")};
}

static void
t_only_edge_says(void **state)
{
    struct arena *a = fresh();
    struct native_feed f = feed();
    struct fact fact = psa_on("2026-04-30", 42);
    struct result_message m = message(&fact, 1);
    struct result_message out;
    struct str bytes = codec_message_pack(a, &m);

    (void)state;
    native_read(&f, bytes, a, &out);
    assert_str(out.feed, "lab");
    assert_str(out.type, "native");
    assert_str(out.control_id, "pub:7:42");
    assert_str(out.sender, "pub");
    assert_true(str_is_absent(out.quarantine_reason));
    assert_true(str_is_absent(out.ignore_reason));
    assert_ptr_equal(out.raw.p, bytes.p);
    assert_int_equal(out.raw.n, bytes.n);
    assert_int_equal(out.fact_count, 1);
    assert_false(out.history);
    f.history_until = day_of("2026-05-02");
    native_read(&f, bytes, a, &out);
    assert_true(out.history);
}

static void
t_control_ids(void **state)
{
    struct arena *a = fresh();
    struct native_feed f = feed();
    struct fact fact = psa_on("2026-04-30", 42);
    struct result_message m = message(&fact, 1);
    struct result_message out;
    struct result_message again;

    (void)state;
    m.control_id = STR("own");
    native_read(&f, codec_message_pack(a, &m), a, &out);
    assert_str(out.control_id, "own");
    m.control_id = STR_NONE;
    m.publisher = (struct publisher){0};
    native_read(&f, codec_message_pack(a, &m), a, &out);
    native_read(&f, codec_message_pack(a, &m), a, &again);
    assert_int_equal(out.control_id.n, 16);
    assert_true(str_eq(out.control_id, again.control_id));
}

static void
t_nothing_in_it(void **state)
{
    struct arena *a = fresh();
    struct native_feed f = feed();
    struct result_message m = message(NULL, 0);
    struct result_message out;

    (void)state;
    native_read(&f, codec_message_pack(a, &m), a, &out);
    assert_str(out.ignore_reason, "nothing_of_ours");
    assert_str(out.control_id, "pub:7:42");
}

static void
t_no_message(void **state)
{
    static const char *const bytes[] = {"\xff\xff\xff", "\x0a\x7f", "\x08"};
    struct native_feed f = feed();
    struct result_message out;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bytes); i++) {
        native_read(&f, str_from_c(bytes[i]), fresh(), &out);
        assert_str(out.quarantine_reason, "bad_protobuf");
        assert_str(out.feed, "lab");
        assert_int_equal(out.raw.n, strlen(bytes[i]));
        assert_int_equal(out.control_id.n, 16);
        assert_int_equal(out.fact_count, 0);
    }
}

/* Few bytes can ask for much: refused by count before the arena has to. */
static void
t_too_many_facts(void **state)
{
    struct arena *a = fresh();
    struct native_feed f = feed();
    struct fact *many = ARENA_ARRAY(a, LIMIT_FACTS_PER_MESSAGE + 1, struct fact);
    struct result_message m = message(many, LIMIT_FACTS_PER_MESSAGE + 1);
    struct result_message out;

    (void)state;
    for (size_t i = 0; i < m.fact_count; i++)
        many[i] = psa_on("2026-04-30", 1);
    native_read(&f, codec_message_pack(a, &m), a, &out);
    assert_true(out.quarantine_reason.n > 0);
    m.fact_count--;
    native_read(&f, codec_message_pack(a, &m), a, &out);
    assert_true(str_is_absent(out.quarantine_reason));
    assert_int_equal(out.fact_count, LIMIT_FACTS_PER_MESSAGE);
}

static void
t_small_arenas(void **state)
{
    static unsigned char memory[2 * 1024 * 1024];
    struct arena *a = fresh();
    struct native_feed f = feed();
    struct fact many[300];
    struct result_message m = message(many, RFD_COUNT(many));
    struct str bytes;
    size_t understood = 0;
    size_t too_large = 0;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(many); i++)
        many[i] = psa_on("2026-04-30", (int32_t)i);
    bytes = codec_message_pack(a, &m);
    for (size_t size = 1024; size <= sizeof(memory); size += 16 * 1024) {
        struct result_message out;
        struct arena small;

        arena_init(&small, memory, size);
        native_read(&f, bytes, &small, &out);
        assert_null(small.trap);
        understood += str_is_absent(out.quarantine_reason);
        too_large += !str_is_absent(out.quarantine_reason);
        assert_true(str_is_absent(out.quarantine_reason) ? out.fact_count == RFD_COUNT(many)
                                                         : out.fact_count == 0);
    }
    assert_true(understood > 0 && too_large > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_only_edge_says), cmocka_unit_test(t_control_ids),
        cmocka_unit_test(t_nothing_in_it),  cmocka_unit_test(t_no_message),
        cmocka_unit_test(t_too_many_facts), cmocka_unit_test(t_small_arenas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
