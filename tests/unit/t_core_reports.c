/* The queue of reports on a store in memory: what stands is a function of the facts, in whatever
 * order they come; taken out by a person; too large, erased, without content. */
#include "core/control.h"
#include "core/internal.h"
#include "core/reports.h"
#include "core_rig.h"

#include <time.h>

enum { DOCUMENT_MAX = 1000 };

static int
setup(void **state)
{
    return core_enter(state, (struct core_config){.document_max = DOCUMENT_MAX});
}

/* One report of patient H:1, collected on 2026-05-10. */
struct said {
    const char *order;
    const char *day; /* when it was said */
    const char *text;
    enum fact_status status;
    bool history;
};

/* What stands is worked out once for a message: 400 documents in one took core 30 s. */
static void
many_documents_of_a_message(void **state)
{
    enum { COUNT = 1500 };
    struct core *c = *state;
    struct ingest_request rq = {.boot = STR("edgea"), .number = 1};
    struct fact *f = calloc(COUNT, sizeof *f);
    struct document *d = calloc(COUNT, sizeof *d);
    char(*order)[8] = calloc(COUNT, sizeof *order);
    clock_t begin = clock();
    struct report_row *row;
    size_t n;

    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(order[i], sizeof order[i], "R%zu", i / 2); /* two of each: one is read */
        f[i] = fact_on(FACT_REPORT, "2026-05-10");
        f[i].order = str_from_c(order[i]);
        f[i].status_time = now();
        f[i].u.report = (struct report){.category = STR("radiology"), .media = STR("text/plain")};
        d[i] = (struct document){
            .fact = (uint32_t)i, .media = STR("text/plain"), .content = STR("same")};
    }
    rq.message = (struct result_message){.feed = STR("ris"),
                                         .control_id = STR("MANY"),
                                         .sender = STR("RIS"),
                                         .sent = now(),
                                         .type = STR("ORU^R01"),
                                         .raw = STR("MANY"),
                                         .fact = f,
                                         .fact_count = COUNT,
                                         .document = d,
                                         .document_count = COUNT};
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
    assert_int_equal(store_reports_of(core_store(c), 1, fresh(), &row, &n), STORE_OK);
    assert_int_equal(n, COUNT / 2);
    for (size_t i = 0; i < n; i++)
        assert_true(row[i].in_force);
    assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
    free(order);
    free(d);
    free(f);
}

static uint64_t
tell(struct core *c, struct said s)
{
    static uint64_t number;
    static char control[64];
    char hex[SHA256_HEX_MAX];
    struct ingest_request rq = {.boot = STR("edgea"), .number = ++number};
    struct fact f = fact_on(FACT_REPORT, "2026-05-10");
    struct document d = {.media = STR("text/plain"), .content = str_from_c(s.text)};
    struct sha256 sha = sha256_of(s.text, s.text == NULL ? 0 : strlen(s.text));
    struct ingest_reply r;

    (void)snprintf(control, sizeof control, "%s%s%llu", s.order, s.day, (unsigned long long)number);
    f.status = s.status;
    f.status_time = stamp_of_day(day_of(s.day), 0);
    f.order = str_from_c(s.order);
    f.u.report = (struct report){.category = STR("radiology"), .media = STR("text/plain")};
    if (s.text != NULL) {
        f.u.report.bytes = d.content.n;
        f.u.report.sha = sha256_hex(&sha, hex);
    }
    rq.message = (struct result_message){.feed = STR("ris"),
                                         .control_id = str_from_c(control),
                                         .sender = STR("RIS"),
                                         .sent = now(),
                                         .type = STR("ORU^R01"),
                                         .raw = str_from_c(control),
                                         .fact = &f,
                                         .fact_count = 1,
                                         .history = s.history,
                                         .document = &d,
                                         .document_count = s.text == NULL ? 0 : 1};
    r = core_ingest(c, &rq, now());
    assert_int_equal(r.outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
    return r.journal;
}

/* The orders and texts that stand in the queue, "R1=text R2=text". */
static const char *
queue(struct core *c)
{
    static const struct report_query waiting = {.max = 100};
    struct arena *a = fresh();
    struct report_row *row;
    struct sb b;
    size_t n;

    sb_init_arena(&b, a, 4000);
    assert_int_equal(store_reports_list(core_store(c), &waiting, a, &row, &n), STORE_OK);
    for (size_t i = 0; i < n; i++) {
        struct report_row one;

        assert_int_equal(store_report_get(core_store(c), row[i].number, a, &one), STORE_OK);
        sb_addf(&b, "%s%.*s=%.*s", i == 0 ? "" : " ", STR_FMT(one.filler), STR_FMT(one.content));
    }
    return sb_cz(&b);
}

static uint64_t
number_of(struct core *c, const char *order)
{
    static const struct report_query waiting = {.max = 100};
    struct report_row *row;
    size_t n;

    assert_int_equal(store_reports_list(core_store(c), &waiting, fresh(), &row, &n), STORE_OK);
    for (size_t i = 0; i < n; i++) {
        if (str_eq_c(row[i].filler, order))
            return row[i].number;
    }
    return 0;
}

static void
arrival_decides_nothing(void **state)
{
    static const struct said all[] = {
        {"R1", "2026-05-10", "draft", FACT_PRELIMINARY, false},
        {"R1", "2026-05-11", "final", FACT_FINAL, false},
        {"R1", "2026-05-12", "corrected", FACT_CORRECTED, false},
        {"R2", "2026-05-10", "text", FACT_FINAL, false},
        {"R2", "2026-05-13", NULL, FACT_WITHDRAWN, false},
    };

    for (size_t start = 0; start < RFD_COUNT(all); start++) {
        (void)core_leave(state);
        assert_int_equal(setup(state), 0);
        for (size_t i = 0; i < RFD_COUNT(all); i++)
            (void)tell(*state, all[(start + i * 3) % RFD_COUNT(all)]); /* 3 and 5: all of them */
        assert_string_equal(queue(*state), "R1=corrected");
    }
}

static void
a_person_takes_it_out(void **state)
{
    struct core *c = *state;

    (void)tell(c, (struct said){"R1", "2026-05-11", "text", FACT_FINAL, false});
    (void)tell(c, (struct said){"R2", "2026-05-11", "other", FACT_FINAL, false});
    assert_int_equal(report_done(c, number_of(c, "R1"), STR("ward"), false, now()), REPORT_MARKED);
    assert_string_equal(queue(c), "R2=other");
    assert_int_equal(report_done(c, 1, STR("ward"), false, now()), REPORT_ALREADY);
    assert_int_equal(report_done(c, 99, STR("ward"), false, now()), REPORT_UNKNOWN);
    /* the same words again are read already, others are not */
    (void)tell(c, (struct said){"R1", "2026-05-12", "text", FACT_CORRECTED, false});
    assert_string_equal(queue(c), "R2=other");
    (void)tell(c, (struct said){"R1", "2026-05-13", "new words", FACT_CORRECTED, false});
    assert_string_equal(queue(c), "R2=other R1=new words");
    assert_int_equal(report_done(c, 1, STR("ward"), true, now()), REPORT_MARKED); /* then coded */
}

static void
coded_by_its_message(void **state)
{
    struct core *c = *state;
    uint64_t journal = tell(c, (struct said){"R1", "2026-05-11", "text", FACT_FINAL, false});
    uint64_t patient;

    assert_int_equal(
        store_patient_find(core_store(c), (struct patient_ref){STR("H"), STR("1")}, &patient),
        STORE_OK);
    assert_int_equal(report_coded(c, patient, journal + 7, STR("ward"), now()), REPORT_UNKNOWN);
    assert_int_equal(report_coded(c, patient, journal, STR("ward"), now()), REPORT_MARKED);
    assert_string_equal(queue(c), "");
    assert_int_equal(report_coded(c, patient, journal, STR("ward"), now()), REPORT_ALREADY);
}

static void
what_cannot_be_kept_is_flagged(void **state)
{
    static char large[DOCUMENT_MAX + 2];
    struct core *c = *state;
    struct report_row row;

    memset(large, 'x', DOCUMENT_MAX + 1);
    (void)tell(c, (struct said){"R1", "2026-05-11", large, FACT_FINAL, false});
    (void)tell(c, (struct said){"R2", "2026-05-11", NULL, FACT_FINAL, false});
    large[DOCUMENT_MAX] = '\0';
    (void)tell(c, (struct said){"R3", "2026-05-11", large, FACT_FINAL, false});
    assert_int_equal(store_report_get(core_store(c), number_of(c, "R1"), fresh(), &row), STORE_OK);
    assert_str(row.problem, "too_large");
    assert_true(str_is_absent(row.content) && !row.erased);
    assert_int_equal(row.bytes, DOCUMENT_MAX + 1);
    assert_int_equal(store_report_get(core_store(c), number_of(c, "R2"), fresh(), &row), STORE_OK);
    assert_str(row.problem, "no_content");
    assert_int_equal(store_report_get(core_store(c), number_of(c, "R3"), fresh(), &row), STORE_OK);
    assert_int_equal(row.content.n, DOCUMENT_MAX);
}

static void
text_is_stored_once_and_can_be_erased(void **state)
{
    struct core *c = *state;
    struct report_row row;
    char error[STORE_ERROR_TEXT_MAX];

    (void)tell(c, (struct said){"R1", "2026-05-11", "text", FACT_PRELIMINARY, false});
    (void)tell(c, (struct said){"R1", "2026-05-12", "text", FACT_FINAL, false});
    assert_string_equal(queue(c), "R1=text");
    assert_int_equal(store_report_erase(core_store(c), 1), STORE_OK);
    for (uint64_t n = 1; n <= 2; n++) {
        assert_int_equal(store_report_get(core_store(c), n, fresh(), &row), STORE_OK);
        assert_true(row.erased && str_is_absent(row.content) && row.has_sha);
    }
    assert_true(store_verify(core_store(c), error));
}

static void
history_is_not_queued(void **state)
{
    struct core *c = *state;

    (void)tell(c, (struct said){"R1", "2026-05-11", "old", FACT_FINAL, true});
    assert_string_equal(queue(c), "");
    (void)tell(c, (struct said){"R1", "2026-05-12", "new", FACT_CORRECTED, false});
    assert_string_equal(queue(c), "R1=new");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, core_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(arrival_decides_nothing),
        T(a_person_takes_it_out),
        T(coded_by_its_message),
        T(what_cannot_be_kept_is_flagged),
        T(text_is_stored_once_and_can_be_erased),
        T(many_documents_of_a_message),
        T(history_is_not_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
