#include "codec/feed.h"
#include "codec/json.h"
#include "codec/message.h"
#include "codec_test.h"

enum { MUTATIONS = 20000, SAMPLES = 3 };

static struct arena scratch; /* of the unpacking only; the samples live in fresh() */

/* splitmix64: the same numbers in every run. */
static uint64_t
random_next(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* What was let in can be written as JSON and packed again. */
static void
use_fact(const struct fact *f)
{
    struct sb b;
    struct fact again;
    const char *why;

    sb_init_arena(&b, &scratch, 1 << 16);
    codec_fact_json(&b, f);
    assert_true(sb_ok(&b));
    if (!codec_fact_unpack(&scratch, codec_fact_pack(&scratch, f), &again, &why))
        fail_msg("packed, but not unpacked: %s", why);
}

static void
use_alert(const struct alert *al)
{
    struct sb b;
    struct alert again;
    const char *why;

    sb_init_arena(&b, &scratch, 1 << 18);
    codec_alert_json(&b, al);
    assert_true(sb_ok(&b));
    if (!codec_alert_unpack(&scratch, codec_alert_pack(&scratch, al, STR_NONE), &again, &why))
        fail_msg("packed, but not unpacked: %s", why);
}

/* The bytes are in a block of just their size, so that ASan sees a byte read too far. */
static bool
feed_to(unsigned which, struct str bytes)
{
    struct ingest_request rq;
    struct fact f;
    struct alert al;
    const char *why = NULL;
    bool ok;

    arena_reset(&scratch);
    if (which == 0)
        ok = codec_request_unpack(&scratch, bytes, &rq, &why);
    else if (which == 1)
        ok = codec_fact_unpack(&scratch, bytes, &f, &why);
    else
        ok = codec_alert_unpack(&scratch, bytes, &al, &why);
    assert_true(ok == (why == NULL));
    if (ok && which == 0)
        for (size_t i = 0; i < rq.message.fact_count; i++)
            use_fact(&rq.message.fact[i]);
    if (ok && which == 1)
        use_fact(&f);
    if (ok && which == 2)
        use_alert(&al);
    return ok;
}

static bool
feed_copy(unsigned which, const char *p, size_t n)
{
    char *exact = malloc(n + (n == 0));
    bool ok;

    assert_non_null(exact);
    memcpy(exact, p, n);
    ok = feed_to(which, (struct str){exact, n});
    free(exact);
    return ok;
}

static void
samples(struct str out[SAMPLES])
{
    struct arena *a = fresh();
    struct ingest_request rq = {.boot = STR("boot"), .number = 1, .message = sample_message(a)};
    struct fact f = sample_fact(FACT_VARIANT);
    struct alert al = sample_alert(a);

    out[0] = codec_request_pack(a, &rq);
    out[1] = codec_fact_pack(a, &f);
    out[2] = codec_alert_pack(a, &al, STR("text"));
}

static void
every_prefix(void **state)
{
    struct str s[SAMPLES];
    size_t refused = 0;

    (void)state;
    samples(s);
    for (unsigned w = 0; w < SAMPLES; w++) {
        assert_true(feed_copy(w, s[w].p, s[w].n));
        for (size_t n = 0; n < s[w].n; n++)
            refused += feed_copy(w, s[w].p, n) ? 0 : 1;
    }
    assert_true(refused > s[0].n / 2);
}

static void
mutations(void **state)
{
    struct str s[SAMPLES];
    uint64_t seed = 1;
    size_t let_in = 0;

    (void)state;
    samples(s);
    for (unsigned i = 0; i < MUTATIONS; i++) {
        unsigned w = i % SAMPLES;
        char *p = malloc(s[w].n);

        assert_non_null(p);
        memcpy(p, s[w].p, s[w].n);
        for (uint64_t k = random_next(&seed) % 4 + 1; k > 0; k--) {
            uint64_t r = random_next(&seed);

            if ((r & 1) != 0)
                p[(r >> 8) % s[w].n] = (char)(r >> 1);
            else
                p[(r >> 8) % s[w].n] = (char)(p[(r >> 8) % s[w].n] ^ (1 << ((r >> 1) & 7)));
        }
        let_in += feed_to(w, (struct str){p, s[w].n}) ? 1 : 0;
        free(p);
    }
    assert_true(let_in > 0 && let_in < MUTATIONS); /* some are harmless, most are not */
}

static void
garbage(void **state)
{
    uint64_t seed = 2;
    char bytes[64];

    (void)state;
    for (unsigned i = 0; i < MUTATIONS; i++) {
        size_t n = (size_t)(random_next(&seed) % sizeof(bytes));

        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)random_next(&seed);
        (void)feed_copy(i % SAMPLES, bytes, n);
    }
    assert_int_not_equal(seed, 2);
}

int
main(void)
{
    static _Alignas(16) unsigned char memory[4 * 1024 * 1024];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(mutations),
        cmocka_unit_test(garbage),
    };

    arena_init(&scratch, memory, sizeof(memory));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
