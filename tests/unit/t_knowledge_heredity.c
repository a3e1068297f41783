/* What may be inherited: which variants count, the timeline as the others see it, and the keys of
 * the alerts that are for one role alone. */
#include "core_test.h"
#include "engine/heredity.h"

static const struct str gene = {"BRCA2", 5};
static const struct directory dir = {.germline = {"genetics", 8},
                                     .germline_gene = &gene,
                                     .germline_gene_count = 1,
                                     .fallback = {"desk", 4}};

static struct fact
variant(const char *name, enum origin origin, const char *said)
{
    struct fact f = fact_on(FACT_VARIANT, "2026-03-01");

    f.u.variant = (struct variant){
        .gene = str_from_c(name), .name = STR("V1"), .present = true, .origin = origin};
    RFD_IGNORE(stamp_parse(str_from_c(said), &f.status_time));
    return f;
}

static size_t
seen(const struct timeline *t)
{
    size_t n;

    RFD_IGNORE(timeline_kind(t, FACT_VARIANT, &n));
    return n;
}

static void
t_what_is_kept_apart(void **state)
{
    struct arena *a = fresh();
    struct fact f[] = {
        variant("EGFR", ORIGIN_SOMATIC, "2026-03-02"),
        variant("BRCA2", ORIGIN_SOMATIC, "2026-03-02"),
        variant("BRCA2", ORIGIN_GERMLINE, "2026-03-09"), /* the same one, corrected */
    };
    struct timeline t = timeline_build(a, f, RFD_COUNT(f), stamp_of_day(day_of("2026-05-11"), 0));
    struct heredity h = heredity_of(&dir, &t, f, RFD_COUNT(f), a);

    (void)state;
    assert_int_equal(seen(&t), 2);
    assert_int_equal(h.count, 1);
    assert_int_equal(seen(&h.without), 1);         /* and the older word on it does not come back */
    h = heredity_of(NULL, &t, f, RFD_COUNT(f), a); /* nobody is named: nothing is kept apart */
    assert_int_equal(h.count, 0);
    t = timeline_build(a, f, 2, stamp_of_day(day_of("2026-05-11"), 0));
    assert_int_equal(heredity_of(&dir, &t, f, 2, a).count, 0); /* of the tumour */
    f[1].u.variant.origin = ORIGIN_UNKNOWN;
    t = timeline_build(a, f, 2, stamp_of_day(day_of("2026-05-11"), 0));
    assert_int_equal(heredity_of(&dir, &t, f, 2, a).count, 1);
    f[1].u.variant.present = false; /* tested for, and not there */
    t = timeline_build(a, f, 2, stamp_of_day(day_of("2026-05-11"), 0));
    assert_int_equal(heredity_of(&dir, &t, f, 2, a).count, 0);
}

static void
t_what_it_brings(void **state)
{
    static const struct option both[] = {{.id = {"a", 1}, .title = {"olaparib", 8}},
                                         {.id = {"b", 1}, .title = {"docetaxel", 9}},
                                         {.id = {"c", 1}, .title = {"cabazitaxel", 11}}};
    static const struct str behind = {"c", 1};
    struct alert_parts with = {.option = both, .option_count = 3};
    struct alert_parts without = {
        .option = &both[1], .option_count = 1, .behind = &behind, .behind_count = 1};
    struct arena *a = fresh();

    (void)state;
    assert_str(heredity_brings(&with, &without, a), "olaparib");
    without.option = both;
    without.option_count = 3;
    assert_true(str_is_absent(heredity_brings(&with, &without, a)));
}

static void
t_a_test_that_is_there_is_not_asked_for(void **state)
{
    static const struct str known[] = {{"ECOG", 4}};
    static const struct str unknown[] = {{"BRCA2", 5}, {"ECOG", 4}};
    struct alert_parts with = {.missing = known, .missing_count = 1};
    struct alert_parts without = {.missing = unknown, .missing_count = 2};

    (void)state;
    heredity_missing(&with, &without, fresh());
    assert_int_equal(without.missing_count, 1);
    assert_str(without.missing[0], "ECOG");
}

static void
t_for_one_role(void **state)
{
    struct alert al = {.episode = STR("line:2026-01-10"), .headline = STR("BRCA2 …")};

    (void)state;
    heredity_restrict(&dir, &al, "/inherited", fresh());
    assert_str(al.only_for, "genetics");
    assert_str(al.episode, "line:2026-01-10/inherited");
    assert_false(str_has(al.headline, STR("BRCA2"))); /* lists and digests show it */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_what_is_kept_apart),
        cmocka_unit_test(t_what_it_brings),
        cmocka_unit_test(t_a_test_that_is_there_is_not_asked_for),
        cmocka_unit_test(t_for_one_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
