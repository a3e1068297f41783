/* The single writer on a store in memory: what becomes of each message, what a batch promises, what
 * the counters add up to, and the verbs that tell of it. */
#include "base/limits.h"
#include "core/control.h"
#include "core/internal.h"
#include "core_rig.h"

static int
setup(void **state)
{
    return core_enter(state, (struct core_config){0});
}

static struct ingest_request
request(const char *control, const struct fact *f, size_t n)
{
    static uint64_t number;

    return (struct ingest_request){
        .boot = STR("edgea"), .number = ++number, .message = lab_message(control, f, n)};
}

static struct ingest_reply
tell(struct core *c, const char *control, struct fact f)
{
    struct ingest_request rq = request(control, &f, 1);
    struct ingest_reply r = core_ingest(c, &rq, now());

    assert_int_equal(r.number, rq.number);
    assert_str(r.boot, "edgea");
    assert_str(r.server_boot, "corea");
    return r;
}

/* The story that raises one alert: a fall and a confirmed rise under enzalutamide. */
static void
psa_story(struct core *c)
{
    (void)tell(c, "1", diagnosis_on("2025-06-01", "PRAD"));
    (void)tell(c, "2", psa_on("2025-06-02", 100));
    (void)tell(c, "3", dose_on("2025-06-05", "enzalutamide", "arpi"));
    (void)tell(c, "4", psa_on("2025-09-01", 10));
    (void)tell(c, "5", dose_on("2026-04-01", "enzalutamide", "arpi"));
    (void)tell(c, "6", psa_on("2026-04-01", 60));
    (void)tell(c, "7", psa_on("2026-05-10", 80));
}

/* The lines of a verb, joined by LF; "!CODE TEXT" for an error. */
static const char *
ask_as(struct core *c, enum control_right right, const char *verb, const char *arg,
       const char *arg2)
{
    struct arena *a = fresh();
    struct str args[2] = {str_from_c(arg), str_from_c(arg2)};
    struct control_request rq = {
        .verb = str_from_c(verb), .arg = args, .arg_count = (arg != NULL) + (size_t)(arg2 != NULL)};
    struct control_reply out;
    struct sb b;

    control_answer(c, &rq, right, now(), a, &out);
    sb_init_arena(&b, a, 1 << 20);
    for (size_t i = 0; i < out.line_count; i++)
        sb_addf(&b, "%.*s\n", STR_FMT(out.line[i]));
    if (out.exit_code != 0)
        sb_addf(&b, "!%d %.*s", (int)out.exit_code, STR_FMT(out.error));
    return sb_cz(&b);
}

static const char *
ask(struct core *c, const char *verb, const char *arg)
{
    return ask_as(c, CONTROL_ACT, verb, arg, NULL);
}

static void
expect_status(struct core *c, const char *want)
{
    const char *got = ask(c, "status", NULL);

    if (strncmp(got, want, strlen(want)) != 0)
        fail_msg("%s\nnot %s", got, want);
}

static void
t_stored_duplicate_ignored_quarantined_refused(void **state)
{
    struct core *c = *state;
    struct ingest_request rq = request("b", NULL, 0);
    struct ingest_reply r = tell(c, "a", psa_on("2026-05-01", 10));

    assert_int_equal(r.outcome, OUTCOME_STORED);
    assert_true(r.journal > 0);
    assert_int_equal(tell(c, "a", psa_on("2026-05-01", 10)).outcome, OUTCOME_DUPLICATE);
    assert_int_equal(tell(c, "a", psa_on("2026-05-01", 10)).journal, r.journal);
    rq.message.ignore_reason = STR("nothing_of_ours");
    r = core_ingest(c, &rq, now());
    assert_int_equal(r.outcome, OUTCOME_IGNORED);
    assert_str(r.reason, "nothing_of_ours");
    rq = request("c", NULL, 0);
    rq.message.quarantine_reason = STR("no_patient_id");
    rq.message.quarantine_place = STR("PID-3");
    r = core_ingest(c, &rq, now());
    assert_int_equal(r.outcome, OUTCOME_QUARANTINED);
    assert_str(r.reason, "no_patient_id");
    rq = request("", NULL, 0);
    rq.refused = STR("too_large");
    rq.refused_count = 5;
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c));
    expect_status(c, "received 10 stored 1 duplicate 2 ignored 1 quarantined 1 refused 5\n");
    assert_non_null(strstr(ask(c, "quarantine", NULL), "lab no_patient_id PID-3"));
    assert_non_null(strstr(ask(c, "counters", NULL), "refused lab too_large 5\n"));
}

/* What edge sends again because it had no answer is no duplicate of the sender's making. */
static void
t_sent_again(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-01", 10);
    struct ingest_request rq = request("a", &f, 1);
    struct ingest_request count = request("", NULL, 0);

    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_STORED);
    count.refused = STR("too_large");
    count.refused_count = 3;
    assert_int_equal(core_ingest(c, &count, now()).outcome, OUTCOME_REFUSED);
    rq.again = true;
    count.again = true;
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_DUPLICATE);
    assert_int_equal(core_ingest(c, &count, now()).outcome, OUTCOME_REFUSED);
    count.number++;
    assert_int_equal(core_ingest(c, &count, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c));
    expect_status(c, "received 7 stored 1 duplicate 0 ignored 0 quarantined 0 refused 6\n");
}

/* Same control id, other bytes: control ids do wrap; both are stored. */
static void
t_control_id_reused(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-01", 10);
    struct ingest_request rq = request("a", &f, 1);

    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_STORED);
    rq.message.raw = STR("other bytes");
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
    assert_non_null(strstr(ask(c, "counters", NULL), "control_id_reused lab 1\n"));
}

static void
t_alert_and_its_verbs(void **state)
{
    struct core *c = *state;
    char id[64] = "";
    const char *line;

    psa_story(c);
    assert_true(core_commit(c));
    line = ask(c, "alerts", NULL);
    assert_non_null(strstr(line, " new confirmed PROSTATE: PSA progression (PCWG3)"));
    (void)memcpy(id, line, strcspn(line, " "));
    assert_non_null(strstr(ask(c, "show", id), "WHY  PSA progression (PCWG3): met\n"));
    assert_non_null(strstr(ask(c, "show", id), "DEMO, UNREVIEWED"));
    assert_non_null(strstr(ask(c, "explain", id), "prostate.psa.pcwg3: met"));
    assert_non_null(strstr(ask(c, "explain", "H:1"), "prostate.psa.pcwg3: met"));
    assert_non_null(strstr(ask(c, "tail", NULL), "---- event 1: raised"));
    assert_non_null(strstr(ask(c, "verify", NULL), "verified"));
    assert_non_null(strstr(ask(c, "ack", id), "acknowledged confirmed"));
    assert_string_equal(ask(c, "ack", id), "!1 the alert's state does not allow that");
    assert_non_null(
        strstr(ask_as(c, CONTROL_ACT, "override", id, "known flare"), "overridden confirmed"));
    assert_non_null(strstr(ask(c, "show", id), "Reason: known flare\n"));
    assert_non_null(strstr(ask(c, "verify", NULL), "verified"));
    /* answered: nobody need look at it, but it can be told again */
    assert_null(strstr(ask(c, "alerts", NULL), "overridden"));
    assert_non_null(strstr(ask(c, "alerts", "all"), "overridden"));
    /* Acts are no messages, but have journal numbers. */
    expect_status(c, "received 7 stored 7 duplicate 0 ignored 0 quarantined 0 refused 0\njournal "
                     "head 10,");
}

static void
t_verbs_refused(void **state)
{
    struct core *c = *state;

    assert_string_equal(ask(c, "nonsense", NULL), "!2 no such verb");
    assert_string_equal(ask(c, "show", NULL), "!2 wrong number of arguments");
    assert_string_equal(ask(c, "show", "k-1"), "!1 no alert of that id");
    assert_string_equal(ask(c, "explain", "H:77"),
                        "!1 no alert and no patient (AUTHORITY:ID) of that name");
    assert_string_equal(ask_as(c, CONTROL_READ, "ack", "k-1", NULL),
                        "!1 not permitted: this verb acts, and you may only read");
}

/* Too much to show is an answer, and what was begun is undone. */
static void
t_verb_in_a_small_arena(void **state)
{
    static unsigned char memory[336 * 1024];
    struct core *c = *state;
    struct control_reply out;
    struct control_request rq = {.verb = STR("tail")};
    struct arena a;

    psa_story(c);
    assert_true(core_commit(c));
    arena_init(&a, memory, sizeof(memory));
    control_answer(c, &rq, CONTROL_ACT, now(), &a, &out);
    assert_int_equal(out.exit_code, 1);
    assert_str(out.error, "more than can be shown at once");
    assert_int_equal(out.line_count, 0);
    assert_null(a.trap);
    assert_false(core_has_batch(c));
    assert_non_null(strstr(ask(c, "verify", NULL), "verified"));
}

/* The step's arena is full: the message is kept, unread, and the next one is taken as ever. */
static void
t_too_large_to_evaluate(void **state)
{
    struct core *c = *state;
    size_t size = c->step.size;
    struct ingest_reply r;

    psa_story(c);
    c->step.size = 40 * 1024;
    r = tell(c, "8", psa_on("2026-05-20", 90));
    assert_int_equal(r.outcome, OUTCOME_QUARANTINED);
    assert_str(r.reason, "too_large_to_evaluate");
    assert_null(c->step.trap);
    c->step.size = size;
    assert_int_equal(tell(c, "9", psa_on("2026-05-21", 95)).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
    expect_status(c, "received 9 stored 8 duplicate 0 ignored 0 quarantined 1 refused 0\n");
    assert_non_null(strstr(ask(c, "verify", NULL), "verified"));
}

/* Nobody who is too large stops the others' time, or comes round again each second. */
static void
t_tick_of_one_too_large(void **state)
{
    struct core *c = *state;
    size_t size = c->step.size;
    struct stamp later = stamp_of_day(NOW_DAY + 400, 0);
    size_t n;

    psa_story(c);
    assert_true(core_commit(c));
    c->step.size = 48 * 1024;
    n = core_tick(c, later);
    c->step.size = size;
    if (n > 0)
        assert_non_null(strstr(ask(c, "counters", NULL), "ticks_too_large  1\n"));
    assert_int_equal(core_tick(c, later), 0);
    assert_false(core_has_batch(c));
}

/* The disk fills up in the middle of a batch: nothing of it happened, all is "busy". */
static void
t_full_in_the_middle(void **state)
{
    struct core *c = *state;
    struct ingest_reply r;

    assert_int_equal(tell(c, "a", psa_on("2026-05-01", 10)).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
    assert_int_equal(tell(c, "b", psa_on("2026-05-02", 11)).outcome, OUTCOME_STORED);
    store_rollback(c->store); /* as the store does when SQLite says FULL */
    assert_true(core_has_batch(c));
    r = tell(c, "c", psa_on("2026-05-03", 12));
    assert_int_equal(r.outcome, OUTCOME_BUSY);
    assert_true(core_has_batch(c));
    assert_false(core_commit(c)); /* "b" was answered "stored" by nobody */
    assert_false(core_has_batch(c));
    assert_int_equal(tell(c, "b", psa_on("2026-05-02", 11)).outcome, OUTCOME_STORED);
    assert_true(core_commit(c));
    expect_status(c, "received 2 stored 2 duplicate 0 ignored 0 quarantined 0 refused 0\n");
}

/* A count that is lost with the batch is "busy" too, and counts when it comes again. */
static void
t_full_while_counting(void **state)
{
    struct core *c = *state;
    struct ingest_request rq = request("", NULL, 0);

    assert_int_equal(tell(c, "a", psa_on("2026-05-01", 10)).outcome, OUTCOME_STORED);
    store_rollback(c->store);
    rq.refused = STR("too_large");
    rq.refused_count = 3;
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_BUSY);
    assert_false(core_commit(c));
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c));
    expect_status(c, "received 3 stored 0 duplicate 0 ignored 0 quarantined 0 refused 3\n");
}

/* The disk fills up after the counts: edge sends them again, marked so, and they are counted
 * then. */
static void
t_counts_of_an_undone_batch(void **state)
{
    struct core *c = *state;
    struct ingest_request rq = request("", NULL, 0);
    struct ingest_request last = request("", NULL, 0);

    rq.refused = last.refused = STR("too_large");
    rq.refused_count = 3;
    rq.number = 901;
    last.refused_count = 4;
    last.number = 902;
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c));
    assert_int_equal(core_ingest(c, &last, now()).outcome, OUTCOME_REFUSED);
    store_rollback(c->store);
    assert_false(core_commit(c)); /* its answer was "busy" */
    expect_status(c, "received 3 stored 0 duplicate 0 ignored 0 quarantined 0 refused 3\n");
    rq.again = last.again = true;
    assert_int_equal(core_ingest(c, &rq, now()).outcome, OUTCOME_REFUSED);
    assert_int_equal(core_ingest(c, &last, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c));
    expect_status(c, "received 7 stored 0 duplicate 0 ignored 0 quarantined 0 refused 7\n");
    assert_int_equal(core_ingest(c, &last, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c)); /* that answer was lost: not counted twice */
    expect_status(c, "received 7 stored 0 duplicate 0 ignored 0 quarantined 0 refused 7\n");
}

/* A batch is one transaction: seen before it is committed, and gone when the process ends first. */
static void
t_batch(void **state)
{
    struct core *c = *state;

    assert_false(core_has_batch(c));
    assert_true(core_commit(c)); /* of nothing */
    for (int i = 0; i < LIMIT_BATCH; i++) {
        char control[16];

        (void)snprintf(control, sizeof(control), "m%d", i);
        assert_int_equal(tell(c, control, psa_on("2026-05-01", 10 + i)).outcome, OUTCOME_STORED);
    }
    assert_true(core_has_batch(c));
    assert_int_equal(tell(c, "m7", psa_on("2026-05-01", 17)).outcome, OUTCOME_DUPLICATE);
    assert_true(core_commit(c));
    assert_false(core_has_batch(c));
    expect_status(c, "received 65 stored 64 duplicate 1 ignored 0 quarantined 0 refused 0\n");
}

/* The clock may run back; the journal does not. */
static void
t_time_never_runs_back(void **state)
{
    struct core *c = *state;
    struct journal_row row;
    struct fact f = psa_on("2026-05-01", 10);
    struct ingest_request rq = request("a", &f, 1);
    struct ingest_reply r;

    (void)core_ingest(c, &rq, stamp_of_day(NOW_DAY, 0));
    rq = request("b", &f, 1);
    r = core_ingest(c, &rq, stamp_of_day(NOW_DAY - 5, 0));
    assert_true(core_commit(c));
    assert_int_equal(store_journal_get(core_store(c), r.journal, fresh(), &row), STORE_OK);
    assert_int_equal(row.received.utc_s, stamp_of_day(NOW_DAY, 0).utc_s);
}

/* A corrected value takes the alert back, for everyone who got it. */
static void
t_correction_retracts(void **state)
{
    struct core *c = *state;
    struct fact fixed = psa_on("2026-04-01", 11);

    psa_story(c);
    fixed.status = FACT_CORRECTED;
    fixed.status_time = stamp_of_day(NOW_DAY - 1, 0);
    (void)tell(c, "8", fixed);
    fixed = psa_on("2026-05-10", 10);
    fixed.status = FACT_CORRECTED;
    fixed.status_time = stamp_of_day(NOW_DAY - 1, 0);
    (void)tell(c, "9", fixed);
    assert_true(core_commit(c));
    assert_string_equal(ask(c, "alerts", NULL), "");
    assert_non_null(strstr(ask(c, "tail", NULL), ": retracted\n"));
}

/* A history load raises nothing: the same story opens a baseline that nobody is told of. */
static void
t_history_is_silent(void **state)
{
    struct core *c = *state;
    struct fact f[4] = {diagnosis_on("2025-06-01", "PRAD"), psa_on("2025-06-02", 100),
                        dose_on("2025-06-05", "enzalutamide", "arpi"), psa_on("2025-09-01", 10)};
    struct fact g[3] = {dose_on("2026-04-01", "enzalutamide", "arpi"), psa_on("2026-04-01", 60),
                        psa_on("2026-05-10", 80)};
    struct ingest_request rq = request("a", f, 4);

    (void)core_ingest(c, &rq, now());
    rq = request("b", g, 3);
    rq.message.history = true;
    (void)core_ingest(c, &rq, now());
    assert_true(core_commit(c));
    assert_string_equal(ask(c, "tail", NULL), "");
    assert_non_null(strstr(ask(c, "alerts", NULL), "(baseline, never sent)"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, core_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(t_stored_duplicate_ignored_quarantined_refused),
        T(t_sent_again),
        T(t_control_id_reused),
        T(t_alert_and_its_verbs),
        T(t_verbs_refused),
        T(t_verb_in_a_small_arena),
        T(t_too_large_to_evaluate),
        T(t_tick_of_one_too_large),
        T(t_full_in_the_middle),
        T(t_full_while_counting),
        T(t_counts_of_an_undone_batch),
        T(t_batch),
        T(t_time_never_runs_back),
        T(t_correction_retracts),
        T(t_history_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
