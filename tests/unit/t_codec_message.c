#include "base/limits.h"
#include "codec/message.h"
#include "codec_test.h"
#include "refract/v1/ingest.pb-c.h"

static void
assert_message(const struct result_message *got, const struct result_message *want)
{
    assert_same(got->feed, want->feed);
    assert_same(got->publisher.id, want->publisher.id);
    assert_int_equal(got->publisher.epoch, want->publisher.epoch);
    assert_int_equal(got->publisher.seq, want->publisher.seq);
    assert_same(got->control_id, want->control_id);
    assert_same(got->sender, want->sender);
    assert_stamp(got->sent, want->sent);
    assert_same(got->type, want->type);
    assert_same(got->raw, want->raw);
    assert_int_equal(got->history, want->history);
    assert_same(got->quarantine_reason, want->quarantine_reason);
    assert_same(got->quarantine_place, want->quarantine_place);
    assert_same(got->ignore_reason, want->ignore_reason);
    assert_int_equal(got->warning_count, want->warning_count);
    for (size_t i = 0; i < want->warning_count; i++)
        assert_true(str_eq(got->warning[i], want->warning[i])); /* an empty item stays one */
    assert_int_equal(got->fact_count, want->fact_count);
    for (size_t i = 0; i < want->fact_count; i++) {
        struct sha256 x = fact_content(&got->fact[i]);
        struct sha256 y = fact_content(&want->fact[i]);

        assert_int_equal(sha256_cmp(&x, &y), 0);
    }
    assert_same(got->identity.patient.id, want->identity.patient.id);
    assert_stamp(got->identity.stated.birth, want->identity.stated.birth);
    assert_int_equal(got->identity.stated.sex, want->identity.stated.sex);
    assert_int_equal(got->identity.corrects, want->identity.corrects);
    assert_same(got->map_hash, want->map_hash);
    assert_int_equal(got->unmapped_more, want->unmapped_more);
    assert_int_equal(got->unmapped_count, want->unmapped_count);
    for (size_t i = 0; i < want->unmapped_count; i++) {
        assert_int_equal(got->unmapped[i].kind, want->unmapped[i].kind);
        assert_int_equal(got->unmapped[i].count, want->unmapped[i].count);
        assert_same(got->unmapped[i].code.display, want->unmapped[i].code.display);
        assert_same(got->unmapped[i].unit, want->unmapped[i].unit);
    }
}

static void
a_message_comes_back(void **state)
{
    struct arena *a = fresh();
    struct result_message m = sample_message(a), got;
    struct result_message none = {.feed = STR_NONE};
    const char *why;

    (void)state;
    assert_true(codec_message_unpack(a, codec_message_pack(a, &m), &got, &why));
    assert_message(&got, &m);
    assert_true(codec_message_unpack(a, codec_message_pack(a, &none), &got, &why));
    assert_message(&got, &none);
    assert_true(codec_message_unpack(a, STR_NONE, &got, &why)); /* no bytes: all absent */
    assert_message(&got, &none);
}

static void
a_request_comes_back(void **state)
{
    struct arena *a = fresh();
    struct ingest_request r = {.boot = STR("boot1"), .number = 42, .message = sample_message(a)};
    struct ingest_request got;
    const char *why;

    (void)state;
    r.refused = STR("too_large");
    r.refused_count = 3;
    r.reparse = 17;
    assert_true(codec_request_unpack(a, codec_request_pack(a, &r), &got, &why));
    assert_same(got.boot, r.boot);
    assert_int_equal(got.number, 42);
    assert_message(&got.message, &r.message);
    assert_same(got.refused, r.refused);
    assert_int_equal(got.refused_count, 3);
    assert_int_equal(got.reparse, 17);
    assert_false(got.again);
}

static void
a_request_is_marked_as_sent_again(void **state)
{
    struct arena *a = fresh();
    struct ingest_request r = {.boot = STR("boot1"), .number = 42, .message = sample_message(a)};
    struct ingest_request got;
    struct str mark = {(const char *)codec_request_again, CODEC_AGAIN_BYTES};
    const char *why;

    (void)state;
    assert_true(codec_request_unpack(a, str_cat(a, codec_request_pack(a, &r), mark), &got, &why));
    assert_true(got.again);
    assert_message(&got.message, &r.message);
}

/* A message that breaks a rule does not hide who sent it under which number. */
static void
an_envelope_is_read_without_its_message(void **state)
{
    struct arena *a = fresh();
    struct ingest_request r = {.boot = STR("boot1"), .number = 42, .message = sample_message(a)};
    struct ingest_envelope e;
    const char *why;

    (void)state;
    assert_true(codec_envelope_unpack(a, codec_request_pack(a, &r), &e, &why));
    assert_same(e.boot, r.boot);
    assert_int_equal(e.number, 42);
    assert_same(e.message, codec_message_pack(a, &r.message));
    assert_true(codec_envelope_unpack(a, STR("\x10\x05\x1a\x02\xff\xff"), &e, &why));
    assert_int_equal(e.number, 5);
    assert_int_equal(e.message.n, 2);
    assert_true(codec_envelope_unpack(a, STR("\x10\x05"), &e, &why));
    assert_int_equal(e.message.n, 0);
}

static void
each_outcome_comes_back(void **state)
{
    static const int number[OUTCOME_COUNT] = {1, 2, 3, 4, 5, 6}; /* as ingest.proto has them */

    (void)state;
    for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
        struct arena *a = fresh();
        struct ingest_reply r = {STR("boot1"), 7, STR("boot2"), (enum outcome)o, STR("why"), 9};
        struct ingest_reply got;
        struct str bytes = codec_reply_pack(a, &r);
        Refract__V1__IngestReply *pb =
            refract__v1__ingest_reply__unpack(NULL, bytes.n, (const uint8_t *)bytes.p);
        const char *why;

        assert_non_null(pb);
        assert_int_equal(pb->outcome, number[o]);
        refract__v1__ingest_reply__free_unpacked(pb, NULL);
        assert_true(codec_reply_unpack(a, bytes, &got, &why));
        assert_same(got.boot, r.boot);
        assert_int_equal(got.number, 7);
        assert_same(got.server_boot, r.server_boot);
        assert_int_equal(got.outcome, o);
        assert_same(got.reason, r.reason);
        assert_int_equal(got.journal, 9);
    }
}

static void
an_answer_has_an_outcome(void **state)
{
    struct arena *a = fresh();
    struct ingest_reply got = {.number = 99};
    const char *why;

    (void)state;
    assert_false(codec_reply_unpack(a, STR_NONE, &got, &why));
    assert_string_equal(why, "bad_enum");
    assert_int_equal(got.number, 99); /* written only on success */
}

static void
replays(void **state)
{
    struct arena *a = fresh();
    struct replay_request r = {STR("lis"), 3, 10, 12};
    struct str bytes = codec_replay_request_pack(a, &r);
    Refract__V1__ReplayRequest *pb =
        refract__v1__replay_request__unpack(NULL, bytes.n, (const uint8_t *)bytes.p);
    struct replay_end e;
    const char *why;

    (void)state;
    assert_non_null(pb);
    assert_string_equal(pb->publisher, "lis");
    assert_int_equal(pb->epoch, 3);
    assert_int_equal(pb->from_seq, 10);
    assert_int_equal(pb->to_seq, 12);
    refract__v1__replay_request__free_unpacked(pb, NULL);
    assert_true(codec_replay_end_unpack(a, STR("\x08\x03\x10\x0a\x18\xac\x02"), &e, &why));
    assert_int_equal(e.epoch, 3);
    assert_int_equal(e.first_kept, 10);
    assert_int_equal(e.head, 300);
}

/* n times the tag of facts with nothing in it: two bytes that become a struct of a fact. */
static struct str
empty_facts(size_t n)
{
    char *p = malloc(2 * n);

    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        memcpy(p + 2 * i, "\x42\x00", 2);
    return (struct str){p, 2 * n};
}

enum { ROOM_BYTES = 32 * 1024 * 1024 }; /* where a million facts find no room */

static const char *
reason_of(struct str bytes)
{
    struct arena room;
    struct arena *a = &room;
    size_t used;
    struct result_message m;
    const char *why = NULL;

    arena_init(a, arena_alloc(fresh(), ROOM_BYTES), ROOM_BYTES);
    used = arena_mark(a);
    if (codec_message_unpack(a, bytes, &m, &why))
        return "none";
    if (strcmp(why, "too_large") == 0)
        assert_int_equal(arena_mark(a), used);
    assert_null(a->trap); /* as the caller had it */
    return why;
}

static void
sizes_have_limits(void **state)
{
    static const struct {
        size_t facts;
        const char *reason;
    } rows[] = {
        {1, "no_kind"},
        {LIMIT_FACTS_PER_MESSAGE, "no_kind"},
        {LIMIT_FACTS_PER_MESSAGE + 1, "too_many_facts"},
        {1000000, "too_large"}, /* 2 MB, but more facts than the arena holds */
        {LIMIT_ZMQ_BYTES / 2 + 1, "too_large"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct str s = empty_facts(rows[i].facts);

        assert_string_equal(reason_of(s), rows[i].reason);
        free((void *)(uintptr_t)s.p);
    }
}

static void
what_is_newer_is_passed_over(void **state)
{
    struct arena *a = fresh();
    struct result_message m;
    const char *why;

    (void)state; /* field 100, then feed */
    assert_true(codec_message_unpack(a, STR("\xa2\x06\x03new\x0a\x03lab"), &m, &why));
    assert_same(m.feed, STR("lab"));
    assert_false(codec_message_unpack(a, STR("\x0a\x09lab"), &m, &why));
    assert_string_equal(why, "bad_protobuf");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_back),
        cmocka_unit_test(a_request_comes_back),
        cmocka_unit_test(a_request_is_marked_as_sent_again),
        cmocka_unit_test(an_envelope_is_read_without_its_message),
        cmocka_unit_test(each_outcome_comes_back),
        cmocka_unit_test(an_answer_has_an_outcome),
        cmocka_unit_test(replays),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(what_is_newer_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
