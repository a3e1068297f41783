/* A stored message that is read again: what it said before is unsaid, what it says now counts as if
 * it had been read so from the beginning, and the journal stays as it was. */
#include "core/control.h"
#include "core/internal.h"
#include "core/reapply.h"
#include "core/reparse.h"
#include "core_rig.h"

static struct str
map_hash(const void *arg, struct str feed)
{
    (void)arg;
    return str_eq_c(feed, "lab") ? STR("bb") : STR_NONE;
}

static bool
known(const void *arg, struct str feed, const struct unmapped *u, struct arena *a)
{
    (void)arg;
    (void)feed;
    (void)a;
    return str_eq_c(u->code.code, "KNOWN");
}

static struct likely
likely(const void *arg, struct str feed, const struct unmapped *u, struct arena *a)
{
    (void)arg;
    (void)feed;
    (void)u;
    (void)a;
    return (struct likely){.name = STR_NONE};
}

static const struct sites sites = {.map_hash = map_hash, .known = known, .likely = likely};

static int
setup(void **state)
{
    return core_enter(state, (struct core_config){.sites = &sites});
}

static struct result_message
message(const char *control, const struct fact *f, size_t n)
{
    struct result_message m = lab_message(control, f, n);

    m.map_hash = STR("aa");
    return m;
}

/* Its journal number. */
static uint64_t
read_first(struct core *c, const struct result_message *m)
{
    struct ingest_request rq = {.boot = STR("edgea"), .number = 1, .message = *m};
    struct ingest_reply r = core_ingest(c, &rq, now());

    assert_true(core_commit(c));
    return r.journal;
}

static uint64_t
tell(struct core *c, const char *control, struct fact f)
{
    struct result_message m = message(control, &f, 1);

    return read_first(c, &m);
}

static struct reapplied
again(struct core *c, uint64_t seq, const struct result_message *m)
{
    struct reapplied x = {.is = OUTCOME_COUNT};

    assert_int_equal(store_begin(c->store), STORE_OK);
    assert_int_equal(reapply_message(c, seq, m, now(), STR("test"), &x), STORE_OK);
    assert_int_equal(store_commit(c->store), STORE_OK);
    return x;
}

static void
verify(struct core *c)
{
    char error[STORE_ERROR_TEXT_MAX];

    if (!store_verify(c->store, error))
        fail_msg("%s", error);
}

/* Its last rise was another test's: the alert goes; read as before, it is there again. */
static void
test_status_follows_the_reading(void **state)
{
    struct core *c = *state;
    struct fact rise = psa_on("2026-05-10", 80);
    struct fact other = psa_on("2026-05-10", 80);
    struct result_message m = message("7", &other, 1);
    struct str *packed;
    size_t n;
    uint64_t last;

    (void)tell(c, "1", diagnosis_on("2025-06-01", "PRAD"));
    (void)tell(c, "2", psa_on("2025-06-02", 100));
    (void)tell(c, "3", dose_on("2025-06-05", "enzalutamide", "arpi"));
    (void)tell(c, "4", psa_on("2025-09-01", 10));
    (void)tell(c, "5", dose_on("2025-08-20", "enzalutamide", "arpi"));
    (void)tell(c, "6", dose_on("2025-11-20", "enzalutamide", "arpi"));
    (void)tell(c, "8", dose_on("2026-01-20", "enzalutamide", "arpi"));
    (void)tell(c, "9", dose_on("2026-04-01", "enzalutamide", "arpi"));
    last = tell(c, "7", rise);
    assert_int_equal(store_alerts_list(c->store, true, fresh(), &packed, &n), STORE_OK);
    assert_int_equal(n, 1);
    other.u.observation.analyte = STR("testosterone");
    (void)again(c, last, &m);
    assert_int_equal(store_alerts_list(c->store, true, fresh(), &packed, &n), STORE_OK);
    assert_int_equal(n, 0);
    m.fact = &rise;
    (void)again(c, last, &m);
    assert_int_equal(store_alerts_list(c->store, true, fresh(), &packed, &n), STORE_OK);
    assert_int_equal(n, 1);
    verify(c);
}

static struct fact
link_to(const char *other, const char *day)
{
    struct fact f = fact_on(FACT_LINK, day);

    f.u.link.other = (struct patient_ref){STR("H"), str_from_c(other)};
    f.u.link.live = true;
    return f;
}

static size_t
joined(struct core *c)
{
    uint64_t *numbers;
    uint64_t survivor;
    size_t n;

    assert_int_equal(store_patient_joined(c->store, 1, fresh(), &numbers, &n, &survivor), STORE_OK);
    return n;
}

/* A merge that was none is undone, unless another message says it too. */
static void
test_a_link_is_unsaid(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-10", 80);
    struct result_message plain = message("2", &f, 1);
    uint64_t first;
    uint64_t second;

    (void)tell(c, "1", f);
    first = tell(c, "2", link_to("2", "2026-05-11"));
    second = tell(c, "3", link_to("2", "2026-05-12"));
    assert_int_equal(joined(c), 2);
    (void)again(c, second, &plain);
    assert_int_equal(joined(c), 2);
    (void)again(c, first, &plain);
    assert_int_equal(joined(c), 1);
    verify(c);
}

static void
test_outcomes_and_counts(void **state)
{
    struct core *c = *state;
    const struct unmapped code = {.kind = UNMAPPED_RESULT,
                                  .code = {STR("L"), STR("X"), STR("X")},
                                  .unit = STR(""),
                                  .count = 2};
    struct fact f = psa_on("2026-05-10", 80);
    struct result_message m = message("1", &f, 1);
    struct result_message odd = message("1", NULL, 0);
    struct unmapped_row *row;
    struct reapplied x;
    uint64_t seq;
    size_t n;

    odd.quarantine_reason = STR("no_zone");
    odd.quarantine_place = STR("OBX[1]-14");
    m.unmapped = &code;
    m.unmapped_count = 1;
    seq = read_first(c, &odd);
    assert_int_equal(store_count_rows(c->store, OUTCOME_QUARANTINED), 1);
    for (int i = 0; i < 2; i++) {
        x = again(c, seq, &m);
        assert_int_equal(x.was, i == 0 ? OUTCOME_QUARANTINED : OUTCOME_STORED);
        assert_int_equal(x.is, OUTCOME_STORED);
        assert_int_equal(x.facts, 1);
        assert_int_equal(store_unmapped_list(c->store, STR_NONE, fresh(), &row, &n), STORE_OK);
        assert_int_equal(n, 1);
        assert_int_equal(row[0].what.count, 2); /* once, however often it is read */
        assert_int_equal(row[0].patients, 1);
    }
    assert_int_equal(store_count_rows(c->store, OUTCOME_QUARANTINED), 0);
    assert_int_equal(store_count_rows(c->store, OUTCOME_STORED), 1);
    x = again(c, seq, &odd);
    assert_int_equal(x.is, OUTCOME_QUARANTINED);
    assert_str(x.place, "OBX[1]-14");
    (void)again(c, seq, &m);
    assert_int_equal(store_unmapped_list(c->store, STR_NONE, fresh(), &row, &n), STORE_OK);
    assert_int_equal(row[0].what.count, 2);
    verify(c);
}

/* Another person's by birth date: quarantined, and what the message had said before is unsaid. */
static void
test_identity_is_looked_at_again(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-10", 80);
    struct fact known_person = fact_on(FACT_DEMOGRAPHICS, "2026-05-01");
    struct result_message m = message("2", &f, 1);
    struct stored_fact *fact;
    struct reapplied x;
    uint64_t one = 1;
    uint64_t seq;
    size_t n;

    known_person.u.demographics.birth = stamp_of_day(-10000, 0);
    (void)tell(c, "1", known_person);
    seq = tell(c, "2", f);
    m.identity.patient = f.patient;
    m.identity.stated.birth = stamp_of_day(-5000, 0);
    x = again(c, seq, &m);
    assert_int_equal(x.is, OUTCOME_QUARANTINED);
    assert_str(x.reason, "identity_conflict");
    assert_int_equal(store_facts_load(c->store, &one, 1, fresh(), &fact, &n), STORE_OK);
    assert_int_equal(n, 1);
}

/* --- the job */

static const char *
ask(struct core *c, const char *const *words, size_t count, uint64_t after, uint64_t *seq_out)
{
    struct arena *a = fresh();
    struct str *arg = ARENA_ARRAY(a, count, struct str);
    struct control_request rq = {
        .verb = STR("reparse"), .arg = arg, .arg_count = count, .after_seq = after};
    struct control_reply out;
    struct sb b;

    for (size_t i = 0; i < count; i++)
        arg[i] = str_from_c(words[i]);
    control_answer(c, &rq, CONTROL_ACT, now(), a, &out);
    sb_init_arena(&b, a, 1 << 20);
    for (size_t i = 0; i < out.line_count; i++)
        sb_addf(&b, "%.*s\n", STR_FMT(out.line[i]));
    if (out.exit_code != 0)
        sb_addf(&b, "!%d %.*s", (int)out.exit_code, STR_FMT(out.error));
    *seq_out = out.seq;
    return sb_cz(&b);
}

static void
begin(struct core *c, const char *word)
{
    uint64_t seq;
    const char *said = ask(c, &word, 1, 0, &seq);

    assert_null(strchr(said, '!'));
    assert_true(reparse_is_active(c));
}

static enum outcome
answer(struct core *c, uint64_t journal, const struct result_message *m)
{
    struct ingest_request rq = {
        .boot = STR("edgea"), .number = 9, .message = *m, .reparse = journal};
    struct ingest_reply r = core_ingest(c, &rq, now());

    assert_true(core_commit(c));
    return r.outcome;
}

static void
test_a_job_from_end_to_end(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-10", 80);
    struct result_message m = message("1", &f, 1);
    struct result_message elsewhere = message("e", &f, 1);
    struct reparse_request rq;
    uint64_t one;
    uint64_t seq;

    one = read_first(c, &m);
    elsewhere.feed = STR("gone");
    (void)read_first(c, &elsewhere);
    begin(c, "changed"); /* aa is not the feed's map any more; of "gone" nothing is known */
    assert_true(reparse_next(c, 1000, fresh(), &rq));
    assert_int_equal(rq.journal, one);
    assert_str(rq.raw, "1");
    assert_str(rq.feed, "lab");
    assert_false(reparse_next(c, 1001, fresh(), &rq));
    assert_true(reparse_next(c, 20000, fresh(), &rq)); /* no answer came */
    assert_int_equal(rq.journal, one);
    m.map_hash = STR("bb");
    assert_int_equal(answer(c, one, &m), OUTCOME_STORED);
    assert_int_equal(answer(c, one, &m), OUTCOME_DUPLICATE); /* the first one's answer, late */
    assert_false(reparse_is_active(c));
    assert_non_null(strstr(ask(c, NULL, 0, 0, &seq), "journal 2 lab: stored -> stored, 1 fact\n"));
    assert_true(seq == UINT64_MAX);
    begin(c, "changed");
    while (reparse_next(c, 1000, fresh(), &rq))
        fail_msg("journal %llu", (unsigned long long)rq.journal);
    assert_false(reparse_is_active(c));
}

static void
test_what_cannot_be_read_says_why(void **state)
{
    static const char *const numbers[] = {"2", "3", "77", "1"}; /* 1: the knowledge */
    static const char *const mixed[] = {"1", "changed"};
    static const char *const wrong[] = {"0"};
    struct core *c = *state;
    struct fact f = psa_on("2026-05-10", 80);
    struct result_message m = message("1", &f, 1);
    struct result_message gone = message("2", &f, 1);
    struct reparse_request rq;
    struct ingest_request refused = {
        .boot = STR("edgea"), .number = 9, .refused = STR("no_such_feed")};
    uint64_t seq;
    uint64_t one = read_first(c, &m);
    const char *text;

    gone.feed = STR("gone");
    (void)read_first(c, &gone);
    (void)ask(c, mixed, 2, 0, &seq);
    assert_false(reparse_is_active(c));
    assert_non_null(strstr(ask(c, wrong, 1, 0, &seq), "!2 reparse takes"));
    (void)ask(c, numbers, 4, 0, &seq);
    assert_non_null(strstr(ask(c, numbers, 4, 0, &seq), "!1 a reparse is running"));
    for (int i = 0; i < 8; i++)
        (void)!reparse_next(c, 1000, fresh(), &rq);
    refused.reparse = one;
    refused.message.feed = STR("lab");
    assert_int_equal(core_ingest(c, &refused, now()).outcome, OUTCOME_REFUSED);
    assert_true(core_commit(c));
    text = ask(c, NULL, 0, 0, &seq);
    assert_non_null(strstr(text, "journal 2 lab: not read again: no_such_feed\n"));
    assert_non_null(strstr(text, "journal 3 gone: not read again: feed_not_configured\n"));
    assert_non_null(strstr(text, "journal 77 : not read again: no_such_message\n"));
    assert_non_null(strstr(text, "journal 1 knowledge: not read again: not_a_message\n"));
    assert_non_null(strstr(text, "4 not read again"));
    assert_true(seq == UINT64_MAX);
}

/* A batch that the full disk undoes: the answer counts for nothing, and is asked for again. */
static void
test_an_undone_batch_is_asked_again(void **state)
{
    struct core *c = *state;
    struct fact f = psa_on("2026-05-10", 80);
    struct result_message m = message("1", &f, 1);
    struct ingest_request ans = {.boot = STR("edgea"), .number = 9};
    struct reparse_request rq;
    uint64_t seq;
    uint64_t one = read_first(c, &m);

    begin(c, "changed");
    assert_true(reparse_next(c, 1000, fresh(), &rq));
    ans.reparse = one;
    ans.message = m;
    assert_int_equal(core_ingest(c, &ans, now()).outcome, OUTCOME_STORED);
    store_rollback(c->store);
    assert_false(core_commit(c));
    assert_true(reparse_is_active(c));
    assert_string_equal(ask(c, NULL, 0, 0, &seq), "");
    assert_int_equal(seq, 0);
    assert_true(reparse_next(c, 20000, fresh(), &rq));
    assert_int_equal(answer(c, one, &m), OUTCOME_STORED);
    assert_false(reparse_is_active(c));
    verify(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_status_follows_the_reading, setup, core_leave),
        cmocka_unit_test_setup_teardown(test_a_link_is_unsaid, setup, core_leave),
        cmocka_unit_test_setup_teardown(test_outcomes_and_counts, setup, core_leave),
        cmocka_unit_test_setup_teardown(test_identity_is_looked_at_again, setup, core_leave),
        cmocka_unit_test_setup_teardown(test_a_job_from_end_to_end, setup, core_leave),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read_says_why, setup, core_leave),
        cmocka_unit_test_setup_teardown(test_an_undone_batch_is_asked_again, setup, core_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
