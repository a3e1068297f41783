/* A row of a file that was corrected stands for all that it said before, whatever came first. */
#include "model/finding.h"
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
row(enum therapy_action action, const char *day, const char *stated, const char *order)
{
    struct fact f = {.kind = FACT_THERAPY, .status = FACT_FINAL, .flags = FACT_IMPORTED};

    f.patient = (struct patient_ref){STR("HOSP"), STR("1")};
    f.collected = at(day);
    f.status_time = at(stated);
    f.order = str_from_c(order);
    f.u.therapy.action = action;
    f.u.therapy.rung = THERAPY_STATED;
    f.u.therapy.drug = STR("osimertinib");
    f.u.therapy.order = f.order;
    return f;
}

/* "start 2024-01-10, stop …": what is in force, whichever fact came first. */
static void
expect(const struct fact *facts, size_t count, const char *want)
{
    for (size_t turn = 0; turn < count; turn++) {
        struct arena *a = fresh();
        struct fact *turned = ARENA_ARRAY(a, count, struct fact);
        char text[512] = "";
        char day[DAY_TEXT_MAX];
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
            turned[i] = facts[(i + turn) % count];
        struct timeline t = timeline_build(a, turned, count, at("2026-01-01T00:00Z"));
        for (size_t i = 0; i < t.count; i++) {
            const struct fact *f = t.item[i].fact;

            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %.*s", i > 0 ? ", " : "",
                                  therapy_action_name(f->u.therapy.action),
                                  STR_FMT(day_format(fact_day(f), day)));
        }
        assert_string_equal(text, want);
    }
}

static void
t_its_end_moves_with_it(void **state)
{
    const struct fact facts[] = {
        row(THERAPY_START, "2024-01-10", "2025-01-01", "import:a"),
        row(THERAPY_STOP, "2024-06-01", "2025-01-01", "import:a"),
        row(THERAPY_START, "2024-01-10", "2025-02-01", "import:a"),
        row(THERAPY_STOP, "2024-07-02", "2025-02-01", "import:a"),
    };

    (void)state;
    expect(facts, 2, "start 2024-01-10, stop 2024-06-01");
    expect(facts, 4, "start 2024-01-10, stop 2024-07-02");
    expect(facts, 3, "start 2024-01-10"); /* the end was taken out */
}

static void
t_withdrawn(void **state)
{
    struct fact facts[] = {
        row(THERAPY_START, "2024-01-10", "2025-01-01", "import:a"),
        row(THERAPY_STOP, "2024-06-01", "2025-01-01", "import:a"),
        row(THERAPY_START, "2024-01-10", "2025-02-01", "import:a"),
    };

    (void)state;
    facts[2].status = FACT_WITHDRAWN;
    expect(facts, 3, "");
}

static void
t_other_rows_and_feeds_stay(void **state)
{
    struct fact facts[] = {
        row(THERAPY_START, "2024-01-10", "2025-01-01", "import:a"),
        row(THERAPY_START, "2024-03-01", "2025-02-01", "import:b"),
        row(THERAPY_DOSE, "2024-05-01", "2024-05-01", "import:a"),
        row(THERAPY_DOSE, "2024-06-01", "2024-06-01", ""),
    };

    (void)state;
    facts[2].flags = 0; /* a live feed's order of that name */
    expect(facts, 4, "start 2024-01-10, start 2024-03-01, dose 2024-05-01, dose 2024-06-01");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_its_end_moves_with_it),
        cmocka_unit_test(t_withdrawn),
        cmocka_unit_test(t_other_rows_and_feeds_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
