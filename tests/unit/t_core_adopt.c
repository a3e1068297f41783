/* A trial that opens, changes or closes: only those whom it concerns are evaluated again, and what
 * everybody has afterwards is what evaluating all of them gives. */
#include "alert/content.h"
#include "core/person.h"
#include "core_rig.h"

#include <unistd.h>

enum { PATIENTS = 5 };

static struct arena knowledge_arena;

/* config/ with one trial more, or without (NULL). full: nothing may be compared, all are swept. */
static struct knowledge
set_with(const char *trial, bool full)
{
    static const char *const folder[] = {"criteria", "therapies", "trials", "maps", "terminology"};
    struct settings s = {.mode = (int)RUN_DEMO};
    struct bundle *b;
    struct knowledge_set *set;
    struct knowledge k;
    struct diags d;
    char path[64] = "/tmp/refract-adopt-XXXXXX";

    if (knowledge_arena.mem == NULL)
        mem_arena_new(&knowledge_arena, (size_t)4 << 30);
    b = bundle_new(&knowledge_arena);
    diags_init(&d, &knowledge_arena);
    for (size_t i = 0; i < RFD_COUNT(folder); i++) {
        char from[64];

        (void)snprintf(from, sizeof(from), "config/%s", folder[i]);
        assert_true(bundle_add_folder(b, folder[i], from, &d));
    }
    if (trial != NULL) {
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, trial, strlen(trial)), strlen(trial));
        (void)close(fd);
        assert_true(bundle_add_file(b, "trials/zz-added.yaml", path, &d));
        (void)unlink(path);
    }
    bundle_seal(b);
    assert_true(knowledge_load(b, &s, &knowledge_arena, &d, &set));
    k = set->knowledge;
    assert_int_equal(k.base.n, 64);
    if (full)
        k.base = STR_NONE;
    return k;
}

static struct core *
open_with(const char *path, const struct knowledge *k)
{
    struct core_config cfg = {.store_path = path, .boot = "corea", .knowledge = k};
    char error[STORE_ERROR_TEXT_MAX];
    struct core *c;

    assert_int_equal(core_open(&cfg, &c, error), STORE_OK);
    return c;
}

static void
tell(struct core *core, struct fact f, const char *patient)
{
    f.patient.id = str_from_c(patient);
    (void)take(core, f);
}

/* A confirmed rise of PSA under enzalutamide, which is dispensed every seven weeks. */
static void
tell_rise(struct core *core, const char *patient)
{
    static const char *const dose[] = {"2025-06-05", "2025-07-24", "2025-09-11", "2025-10-30",
                                       "2025-12-18", "2026-02-05", "2026-03-26", "2026-05-14"};
    const struct fact story[] = {
        diagnosis_on("2025-06-01", "PRAD"), psa_on("2025-06-02", 100), psa_on("2025-09-01", 10),
        psa_on("2026-04-01", 60),           psa_on("2026-05-10", 80),
    };

    for (size_t i = 0; i < RFD_COUNT(dose); i++)
        tell(core, dose_on(dose[i], "enzalutamide", "arpi"), patient);
    for (size_t i = 0; i < RFD_COUNT(story); i++)
        tell(core, story[i], patient);
}

static void
tell_variant(struct core *core, const char *patient, const char *gene)
{
    struct fact f = fact_on(FACT_VARIANT, "2026-04-20");

    f.u.variant = (struct variant){
        .gene = str_from_c(gene), .name = STR("S1982fs"), .present = true, .source = STR("tissue")};
    tell(core, f, patient);
}

/* 1 and 2 have a rise under therapy, 2 and 4 a BRCA2 variant, 3 only a diagnosis, 5 lung cancer. */
static void
tell_all(struct core *c)
{
    tell_rise(c, "1");
    tell_rise(c, "2");
    tell_variant(c, "2", "BRCA2");
    tell(c, diagnosis_on("2025-06-01", "PRAD"), "3");
    tell(c, diagnosis_on("2025-06-01", "PRAD"), "4");
    tell_variant(c, "4", "BRCA2");
    tell(c, diagnosis_on("2025-06-01", "LUAD"), "5");
    assert_true(core_commit(c));
}

static size_t
waiting(struct core *c, const struct knowledge *k)
{
    uint64_t *number;
    size_t n = 0;

    assert_int_equal(
        store_patients_waiting(core_store(c), NOW_DAY, k->sha, 64, fresh(), &number, &n), STORE_OK);
    return n;
}

/* All alerts, one after the other; not their ids, which have the store's own tag. */
static struct sha256
alerts_of(struct core *c, size_t *count)
{
    struct str *packed;
    struct sha256_ctx h;

    sha256_init(&h);
    assert_int_equal(store_alerts_list(core_store(c), false, fresh(), &packed, count), STORE_OK);
    for (size_t i = 0; i < *count; i++) {
        struct alert al = person_alert(&knowledge_arena, packed[i]);
        struct sha256 content = alert_content(&al);

        sha256_add(&h, content.b, sizeof(content.b));
        sha256_add_u64(&h, al.version);
        sha256_add_u64(&h, (uint64_t)al.state);
    }
    return sha256_end(&h);
}

#define TRIAL(status, gene)                                                                 \
    "protocol_no: ADDED-1\nnct_id: NCT99999999\nphase: II\nstatus: " status "\n"            \
    "match:\n- and:\n  - clinical: {oncotree_primary_diagnosis: Prostate Adenocarcinoma}\n" \
    "  - genomic: {hugo_symbol: " gene ", variant_category: Mutation}\n"

#define EVERY_SOLID                                                                  \
    "protocol_no: ADDED-2\nnct_id: NCT99999998\nphase: I\nstatus: open to accrual\n" \
    "match:\n- clinical: {oncotree_primary_diagnosis: _SOLID_}\n"

static void
remove_store(const char *path)
{
    static const char *const end[] = {"", "-wal", "-shm", ".lock"};

    for (size_t i = 0; i < RFD_COUNT(end); i++) {
        char file[80];

        (void)snprintf(file, sizeof(file), "%s%s", path, end[i]);
        (void)unlink(file);
    }
}

/* From one set to the next; how many are evaluated, when trials are compared and when not. */
static void
check(const char *from, const char *to, size_t concerned, const char *what)
{
    struct sha256 content[2];
    size_t alerts[2];
    uint64_t told[2];

    for (int full = 0; full < 2; full++) {
        struct knowledge before = set_with(from, full == 1);
        struct knowledge after = set_with(to, full == 1);
        char path[64];
        struct core *c;

        (void)snprintf(path, sizeof(path), "/tmp/refract-adopt-%d-%d", (int)getpid(), full);
        c = open_with(path, &before);
        tell_all(c);
        core_close(&c);
        c = open_with(path, &after);
        if (waiting(c, &after) != (full == 1 ? PATIENTS : concerned))
            fail_msg("%s: %zu wait", what, waiting(c, &after));
        (void)core_tick(c, stamp_of_day(NOW_DAY, 0));
        assert_int_equal(waiting(c, &after), 0);
        content[full] = alerts_of(c, &alerts[full]);
        told[full] = store_outbox_head(core_store(c));
        core_close(&c);
        remove_store(path);
        mem_arena_trim(&knowledge_arena, 0);
    }
    assert_int_equal(alerts[0], alerts[1]);
    assert_int_equal(told[0], told[1]);
    if (sha256_cmp(&content[0], &content[1]) != 0)
        fail_msg("%s: other alerts than a full sweep gives", what);
}

static void
a_trial_opens(void **state)
{
    (void)state;
    check(NULL, TRIAL("open to accrual", "BRCA2"), 1, "opens");
    check(NULL, EVERY_SOLID, 2, "opens for all");
    check(NULL, TRIAL("open to accrual", "RET"), 0, "opens for nobody");
    check(NULL, TRIAL("closed to accrual", "BRCA2"), 0, "comes closed");
}

static void
a_trial_closes_or_changes(void **state)
{
    (void)state;
    check(TRIAL("open to accrual", "BRCA2"), NULL, 1, "goes");
    check(TRIAL("open to accrual", "BRCA2"), TRIAL("closed to accrual", "BRCA2"), 1, "closes");
    check(TRIAL("open to accrual", "RET"), TRIAL("open to accrual", "BRCA2"), 1, "is edited");
    check(TRIAL("open to accrual", "BRCA2"), TRIAL("open to accrual", "RET"), 1, "is edited away");
}

/* Another rule, therapy or word may concern anybody. */
static void
another_base_is_a_full_sweep(void **state)
{
    struct knowledge before = set_with(NULL, false);
    struct knowledge after = set_with(EVERY_SOLID, false);
    char path[64];
    struct core *c;

    (void)state;
    after.base = STR("0000000000000000000000000000000000000000000000000000000000000000");
    (void)snprintf(path, sizeof(path), "/tmp/refract-adopt-%d-b", (int)getpid());
    c = open_with(path, &before);
    tell_all(c);
    core_close(&c);
    c = open_with(path, &after);
    assert_int_equal(waiting(c, &after), PATIENTS);
    core_close(&c);
    remove_store(path);
    mem_arena_trim(&knowledge_arena, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_opens),
        cmocka_unit_test(a_trial_closes_or_changes),
        cmocka_unit_test(another_base_is_a_full_sweep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
