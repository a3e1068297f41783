#include "base/limits.h"
#include "model/timeline.h"
#include "model_test.h"

static struct stamp
at(const char *text)
{
    struct stamp s = STAMP_NONE;
    assert_true(stamp_parse(str_from_c(text), &s));
    return s;
}

static struct fact
psa(const char *collected, const char *status_time, enum fact_status status, int64_t value)
{
    struct fact f = {.kind = FACT_OBSERVATION, .status = status};
    f.patient = (struct patient_ref){STR("HOSP"), STR("123")};
    f.collected = at(collected);
    f.status_time = at(status_time);
    f.u.observation.analyte = STR("psa");
    f.u.observation.value = (struct quantity){CMP_EQ, dec_from_i64(value), true};
    return f;
}

/* The values in force, in order: "8 9"; in every rotation of the facts the same. */
static void
expect(const struct fact *facts, size_t count, const char *as_of, const char *values)
{
    for (size_t turn = 0; turn < count; turn++) {
        struct arena *a = fresh();
        struct fact *turned = ARENA_ARRAY(a, count, struct fact);
        char text[256] = "";
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            turned[i] = facts[(i + turn) % count];
        struct timeline t = timeline_build(a, turned, count, at(as_of));
        for (size_t i = 0; i < t.count; i++) {
            char buf[DEC_TEXT_MAX];
            struct str v = dec_format(t.item[i].fact->u.observation.value.value, buf);
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i > 0 ? " " : "",
                                  STR_FMT(v));
        }
        assert_string_equal(text, values);
    }
}

static void
t_order(void **state)
{
    (void)state;
    const struct fact facts[] = {
        psa("2026-03-03", "2026-03-03", FACT_FINAL, 3),
        psa("2026-03-01", "2026-03-09", FACT_FINAL, 1),
        psa("2026-03-02", "2026-03-02", FACT_FINAL, 2),
    };
    expect(facts, 3, "2026-04-01T00:00Z", "1 2 3");
}

static void
t_versions(void **state)
{
    (void)state;
    const struct fact facts[] = {
        psa("2026-03-01", "2026-03-01", FACT_PRELIMINARY, 1),
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
        psa("2026-03-01", "2026-03-04", FACT_CORRECTED, 3),
        psa("2026-03-01", "2026-03-03", FACT_FINAL, 4),
    };
    expect(facts, 1, "2026-04-01T00:00Z", "1");
    expect(facts, 2, "2026-04-01T00:00Z", "2");
    expect(facts, 4, "2026-04-01T00:00Z", "3");
}

/* reference/hl7.md item 32: an old P after the F, even if stamped anew on resending. */
static void
t_preliminary_never_replaces(void **state)
{
    (void)state;
    const struct fact resent[] = {
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
        psa("2026-03-01", "2026-03-01", FACT_PRELIMINARY, 1),
        psa("2026-03-01", "2026-03-09", FACT_PRELIMINARY, 1),
    };
    expect(resent, 2, "2026-04-01T00:00Z", "2");
    expect(resent, 3, "2026-04-01T00:00Z", "2");
    const struct fact same_instant[] = {
        psa("2026-03-01", "2026-03-02", FACT_PRELIMINARY, 1),
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
    };
    expect(same_instant, 2, "2026-04-01T00:00Z", "2");
    /* Withdrawn and measured again: the new preliminary value is shown until its final one. */
    const struct fact again[] = {
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
        psa("2026-03-01", "2026-03-03", FACT_WITHDRAWN, 2),
        psa("2026-03-01", "2026-03-04", FACT_PRELIMINARY, 5),
    };
    expect(again, 2, "2026-04-01T00:00Z", "");
    expect(again, 3, "2026-04-01T00:00Z", "5");
}

static void
t_withdrawn(void **state)
{
    (void)state;
    const struct fact facts[] = {
        psa("2026-03-01", "2026-03-05", FACT_WITHDRAWN, 2), /* before its original */
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
        psa("2026-03-01", "2026-03-06", FACT_FINAL, 7),
    };
    expect(facts, 1, "2026-04-01T00:00Z", "");
    expect(facts, 2, "2026-04-01T00:00Z", "");
    expect(facts, 3, "2026-04-01T00:00Z", "7"); /* reported anew */
}

static void
t_as_of(void **state)
{
    (void)state;
    struct fact facts[] = {
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
        psa("2026-03-01", "2026-03-04", FACT_CORRECTED, 3),
        psa("2026-03-10", "2026-03-02", FACT_FINAL, 9),
    };
    facts[0].received = at("2026-03-02T10:00:00Z");
    facts[1].received = at("2026-03-04T10:00:00Z");
    expect(facts, 2, "2026-03-02T09:59:59Z", "");
    expect(facts, 2, "2026-03-02T10:00:00Z", "2");
    expect(facts, 2, "2026-03-04T09:59:59Z", "2");
    expect(facts, 2, "2026-03-04T10:00:00Z", "3");
    expect(facts, 3, "2026-03-09T23:59:59Z", "3");
    expect(facts, 3, "2026-03-10T00:00:00Z", "3 9");
    expect(facts, 3, "2026-03-09T23:30:00-01:00", "3"); /* today is as_of's own day */
    expect(facts, 3, "2026-03-10T00:30:00+01:00", "3 9");
    day_t day = 0;
    assert_true(day_from_ymd(2026, 3, 10, &day));
    assert_int_equal(timeline_next_day(facts, 3, at("2026-03-05T00:00:00Z")), day);
    assert_int_equal(timeline_next_day(facts, 3, at("2026-03-10T00:00:00Z")), DAY_NONE);
    assert_int_equal(timeline_next_day(facts, 2, at("2026-03-05T00:00:00Z")), DAY_NONE);
    facts[2].flags = FACT_TEST_MESSAGE;
    assert_int_equal(timeline_next_day(facts, 3, at("2026-03-05T00:00:00Z")), DAY_NONE);
    expect(facts, 3, "2026-04-01T00:00:00Z", "3");
}

static void
t_two_feeds(void **state)
{
    (void)state;
    struct fact facts[] = {
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
        psa("2026-03-01", "2026-03-02", FACT_FINAL, 2),
    };
    facts[0].source = (struct fact_source){7, STR("lis"), STR("M1"), STR("OBX[1]")};
    facts[1].source = (struct fact_source){3, STR("engine"), STR("M9"), STR("OBX[1]")};
    expect(facts, 2, "2026-04-01T00:00Z", "2");
    for (int turn = 0; turn < 2; turn++) { /* and the copy shown does not hang on arrival */
        struct timeline t = timeline_build(fresh(), facts, 2, at("2026-04-01T00:00Z"));
        assert_str(t.item[0].fact->source.feed, "engine");
        struct fact first = facts[0];
        facts[0] = facts[1];
        facts[1] = first;
    }
}

/* A standing fact: the version of a later day waits, the one before holds until then. */
static void
t_standing(void **state)
{
    (void)state;
    struct fact facts[2] = {
        {.kind = FACT_RESTRICTION, .status = FACT_FINAL, .u.restriction.active = true},
        {.kind = FACT_RESTRICTION, .status = FACT_FINAL},
    };
    facts[0].collected = facts[0].status_time = at("2026-03-01");
    facts[1].collected = facts[1].status_time = at("2026-05-01");
    struct timeline t = timeline_build(fresh(), facts, 2, at("2026-04-01T00:00Z"));
    assert_int_equal(t.count, 1);
    assert_true(t.item[0].fact->u.restriction.active);
    t = timeline_build(fresh(), facts, 2, at("2026-05-01T00:00Z"));
    assert_int_equal(t.count, 1);
    assert_false(t.item[0].fact->u.restriction.active);
}

static void
t_kinds(void **state)
{
    (void)state;
    struct fact facts[4] = {
        psa("2026-03-03", "2026-03-03", FACT_FINAL, 3),
        {.kind = FACT_RESPONSE, .status = FACT_FINAL},
        psa("2026-03-01", "2026-03-03", FACT_FINAL, 1),
        {.kind = FACT_RESPONSE, .status = FACT_FINAL},
    };
    facts[1].collected = at("2026-03-02");
    struct timeline t = timeline_build(fresh(), facts, 4, at("2026-04-01T00:00Z"));
    size_t n = 0;
    const struct fact *const *list = timeline_kind(&t, FACT_OBSERVATION, &n);
    assert_int_equal(n, 2);
    assert_ptr_equal(list[0], &facts[2]);
    assert_ptr_equal(list[1], &facts[0]);
    list = timeline_kind(&t, FACT_RESPONSE, &n);
    assert_int_equal(n, 2);
    assert_ptr_equal(list[0], &facts[3]); /* no time at all comes first */
    (void)timeline_kind(&t, FACT_LINK, &n);
    assert_int_equal(n, 0);
    assert_ptr_equal(t.item[0].fact, &facts[3]);
    t = timeline_build(fresh(), NULL, 0, at("2026-04-01T00:00Z"));
    assert_int_equal(t.count, 0);
}

static void
t_limit(void **state)
{
    (void)state;
    enum { MANY = LIMIT_FACTS_PER_PATIENT + 1 };
    static struct fact facts[MANY];
    for (size_t i = 0; i < MANY; i++) {
        facts[i] = psa("2026-03-01T00:00:00Z", "2026-03-01", FACT_FINAL, 1);
        facts[i].collected.utc_s += (int64_t)(MANY - i);
    }
    struct timeline t = timeline_build(fresh(), facts, MANY - 1, at("2026-04-01T00:00Z"));
    assert_false(t.too_long);
    assert_int_equal(t.count, LIMIT_FACTS_PER_PATIENT);
    t = timeline_build(fresh(), facts, MANY, at("2026-04-01T00:00Z"));
    assert_true(t.too_long);
    assert_int_equal(t.count, LIMIT_FACTS_PER_PATIENT);
    assert_ptr_equal(t.item[0].fact, &facts[MANY - 1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_order),
        cmocka_unit_test(t_versions),
        cmocka_unit_test(t_preliminary_never_replaces),
        cmocka_unit_test(t_withdrawn),
        cmocka_unit_test(t_as_of),
        cmocka_unit_test(t_two_feeds),
        cmocka_unit_test(t_standing),
        cmocka_unit_test(t_kinds),
        cmocka_unit_test(t_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
