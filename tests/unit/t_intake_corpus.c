/* Every public message of data/hl7, and large ones made here, the whole way without sockets:
 * stream,
 * frames, batches, index, map, core. Each ends in one of the outcomes with a reason, and they add
 * up;
 * what is sent again is a duplicate. */
#include "core/core.h"
#include "core_test.h"
#include "intake/hl7intake.h"
#include "sys/clock.h"
#include "wire/hl7_batch.h"
#include "wire/mllp.h"

enum {
    FILE_MAX = 4 * 1024 * 1024,
    REASONS_MAX = 40,
    PDF_BYTES = 1024 * 1024,
    /* Only against a runaway: sanitizers and a busy machine are slow. The goal is 50 ms. */
    MESSAGE_MS_MAX = 5000,
};

struct reason {
    char name[64];
    size_t count;
};

struct run {
    struct core *core;
    struct hl7intake read;
    struct mllp_dec dec;
    size_t messages;
    size_t by[OUTCOME_COUNT];
    struct reason reason[REASONS_MAX];
    size_t reasons;
    size_t facts;
    int64_t slowest_us;
    size_t slowest_bytes;
};

static struct arena arena;

static void
note_reason(struct run *r, struct str name)
{
    size_t i = 0;

    assert_true(name.n > 0 && name.n < sizeof(r->reason[0].name));
    while (i < r->reasons && !str_eq_c(name, r->reason[i].name))
        i++;
    assert_true(i < REASONS_MAX);
    if (i == r->reasons)
        (void)snprintf(r->reason[r->reasons++].name, sizeof(r->reason[0].name), "%.*s",
                       STR_FMT(name));
    r->reason[i].count++;
}

static void
take(struct run *r, struct str payload)
{
    struct stamp now = stamp_of_day(20780, 60); /* 2026-11-23 */
    int64_t begin = clock_mono_us(), took;
    struct hl7read read;
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++r->messages};
    struct ingest_reply reply;

    hl7intake_read(&r->read, payload, now, &arena, &read);
    rq.message = read.message;
    reply = core_ingest(r->core, &rq, now);
    assert_true((unsigned)reply.outcome < OUTCOME_COUNT);
    r->by[reply.outcome]++;
    r->facts += rq.message.fact_count;
    if (reply.outcome == OUTCOME_IGNORED || reply.outcome == OUTCOME_QUARANTINED)
        note_reason(r, reply.reason);
    else
        assert_int_equal(reply.reason.n, 0);
    assert_true(core_commit(r->core));
    took = clock_mono_us() - begin;
    if (took > r->slowest_us) {
        r->slowest_us = took;
        r->slowest_bytes = payload.n;
    }
    arena_reset(&arena);
}

static bool
on_frame(void *arg, const struct mllp_frame *f)
{
    struct run *r = arg;
    struct hl7_batch b;
    struct str one;

    assert_int_equal(f->kind, MLLP_FRAME);
    hl7_batch_init(&b, f->payload);
    while (hl7_batch_next(&b, &one))
        take(r, one);
    if (b.count == 0)
        take(r, f->payload);
    return true;
}

static void
feed(struct run *r, struct str bytes)
{
    assert_int_equal(mllp_feed(&r->dec, (const uint8_t *)bytes.p, bytes.n, on_frame, r), bytes.n);
}

/* A file that is a stream already is sent as it stands. */
static void
send_file(struct run *r, struct str file)
{
    bool framed = file.n > 0 && file.p[0] == MLLP_VT;

    if (!framed)
        feed(r, STR("\x0b"));
    feed(r, file);
    if (!framed)
        feed(r, STR("\x1c\r"));
    mllp_end(&r->dec, on_frame, r);
}

static void
begin(struct run *r, const char *map)
{
    static uint8_t buf[FILE_MAX];
    char error[STORE_ERROR_TEXT_MAX];
    struct core_config cfg = {
        .store_path = ":memory:", .boot = "corea", .knowledge = &shipped()->knowledge};

    if (arena.mem == NULL)
        mem_arena_new(&arena, (size_t)512 << 20);
    *r = (struct run){
        .read = {"lis", knowledge_map(shipped(), map), &shipped()->terms, DAY_NONE, NULL}};
    assert_non_null(r->read.map);
    mllp_init(&r->dec, buf, sizeof(buf), sizeof(buf));
    assert_int_equal(core_open(&cfg, &r->core, error), STORE_OK);
}

/* All files of the list; 0: it is not there. */
static size_t
send_all(struct run *r)
{
    const char *dir = getenv("REFRACT_SHARED");
    char path[8192], line[4096];
    char *bytes = malloc(FILE_MAX);
    size_t files = 0;
    FILE *list;

    (void)snprintf(path, sizeof(path), "%s/data/hl7/MANIFEST.tsv", dir != NULL ? dir : "../shared");
    list = fopen(path, "r");
    while (list != NULL && fgets(line, sizeof(line), list) != NULL) {
        FILE *f;

        line[strcspn(line, "\t")] = '\0';
        (void)snprintf(path, sizeof(path), "%s/data/hl7/%s", dir != NULL ? dir : "../shared", line);
        f = fopen(path, "rb");
        if (f == NULL) /* the head of the list */
            continue;
        send_file(r, (struct str){bytes, fread(bytes, 1, FILE_MAX, f)});
        (void)fclose(f);
        files++;
    }
    if (list != NULL)
        (void)fclose(list);
    free(bytes);
    return files;
}

static void
print(const struct run *r)
{
    print_message("%zu messages:", r->messages);
    for (unsigned o = 0; o < OUTCOME_COUNT; o++)
        print_message(" %s %zu", outcome_name((enum outcome)o), r->by[o]);
    print_message("; %zu facts; slowest %lld us (%zu bytes)\n", r->facts, (long long)r->slowest_us,
                  r->slowest_bytes);
    for (size_t i = 0; i < r->reasons; i++)
        print_message("  %s %zu\n", r->reason[i].name, r->reason[i].count);
}

/* What was answered is what the store holds. */
static void
adds_up(const struct run *r)
{
    struct store *s = core_store(r->core);
    size_t reasons = 0, all = 0;

    for (unsigned o = 0; o < OUTCOME_COUNT; o++)
        all += r->by[o];
    for (size_t i = 0; i < r->reasons; i++)
        reasons += r->reason[i].count;
    assert_int_equal(all, r->messages);
    assert_int_equal(reasons, r->by[OUTCOME_IGNORED] + r->by[OUTCOME_QUARANTINED]);
    assert_int_equal(r->by[OUTCOME_BUSY] + r->by[OUTCOME_REFUSED], 0);
    assert_int_equal(store_count_rows(s, OUTCOME_STORED), r->by[OUTCOME_STORED]);
    assert_int_equal(store_count_rows(s, OUTCOME_IGNORED), r->by[OUTCOME_IGNORED]);
    assert_int_equal(store_count_rows(s, OUTCOME_QUARANTINED), r->by[OUTCOME_QUARANTINED]);
    assert_true(r->slowest_us < (int64_t)MESSAGE_MS_MAX * 1000);
}

static void
public_messages(const char *map, size_t stored_min)
{
    static struct run r;
    size_t files, first;

    begin(&r, map);
    files = send_all(&r);
    if (files == 0) {
        core_close(&r.core);
        print_message("SKIP shared (1)\n");
        skip();
    }
    print(&r);
    assert_int_equal(files, 1308);
    assert_true(r.messages >= files - r.dec.dev[MLLP_DEV_EMPTY].count - 20);
    assert_true(r.by[OUTCOME_STORED] >= stored_min);
    adds_up(&r);
    first = r.messages;
    r.by[OUTCOME_DUPLICATE] = 0;
    (void)send_all(&r);
    assert_int_equal(r.messages, 2 * first);
    assert_int_equal(r.by[OUTCOME_DUPLICATE], first);
    core_close(&r.core);
}

static void
with_the_default_map(void **state)
{
    (void)state;
    public_messages("default.yaml", 90);
}

static void
with_the_demo_map(void **state)
{
    (void)state;
    public_messages("demo.yaml", 190);
}

#define HEAD                                                            \
    "MSH|^~\\&|LIS|HOSP|R|R|20260310120000+0100||ORU^R01|BIG|P|2.5.1\r" \
    "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"                       \
    "OBR|1||F1^LIS|LAB^Laboratory^L|||20260301080000\r"

/* A report with 1 MB of base64, then one of 5,000 results. */
static void
large_messages(void **state)
{
    static struct run r;
    char *text = malloc(PDF_BYTES + 4096);
    size_t n =
        (size_t)sprintf(text, "\x0b%sOBX|1|ED|PDF^report^L||LAB^AP^PDF^Base64^JVBERi0x", HEAD);

    (void)state;
    begin(&r, "demo.yaml");
    for (size_t i = 0; i < PDF_BYTES; i++)
        text[n++] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i * 7 % 64];
    n += (size_t)sprintf(text + n, "||||||F\r\x1c\r");
    feed(&r, (struct str){text, n});
    assert_int_equal(r.by[OUTCOME_STORED], 1);
    assert_int_equal(r.facts, 1);
    print(&r);
    n = (size_t)sprintf(text, "\x0b%s", HEAD);
    for (int i = 1; i <= 5000; i++)
        n += (size_t)sprintf(text + n, "OBX|%d|NM|2857-1^PSA^LN|%d|4.%d|ng/mL|0-4||||F\r", i, i, i);
    n += (size_t)sprintf(text + n, "\x1c\r");
    r.slowest_us = 0;
    feed(&r, (struct str){text, n});
    free(text);
    print(&r);
    assert_int_equal(r.by[OUTCOME_STORED], 2);
    assert_int_equal(r.facts, 5001);
    adds_up(&r);
    core_close(&r.core);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_the_default_map),
        cmocka_unit_test(with_the_demo_map),
        cmocka_unit_test(large_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
