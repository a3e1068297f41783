/* Where an option is labelled, as a site in Europe, in America or nowhere in particular reads it.
 * */
#include "alert_test.h"
#include "match/labels.h"

static struct therapy_option
option_of(const char *jurisdiction, const struct therapy_label *label, size_t count)
{
    return (struct therapy_option){.jurisdiction = str_from_c(jurisdiction),
                                   .status = STR("approved"),
                                   .status_date = day_of("2020-05-19"),
                                   .label = label,
                                   .label_count = count};
}

static void
assert_labels(const struct therapy_option *o, const char *site, const char *text,
              enum labels_rank rank)
{
    struct str where = site == NULL ? STR_NONE : str_from_c(site);
    struct str got = labels_text(fresh(), o, where);

    assert_int_equal(labels_rank(o, where), rank);
    assert_int_equal(got.n, strlen(text));
    assert_memory_equal(got.p, text, got.n);
}

static void
t_one_label_alone_says_so(void **state)
{
    struct therapy_option us = option_of("US", NULL, 0);
    struct therapy_option eu = option_of("EU", NULL, 0);

    (void)state;
    assert_labels(&us, NULL, "US approved as of 2020-05-19; EU status not recorded", LABELS_HERE);
    assert_labels(&us, "EU", "EU status not recorded; US approved as of 2020-05-19",
                  LABELS_NOT_RECORDED);
    assert_labels(&eu, "US", "US status not recorded; EU approved as of 2020-05-19",
                  LABELS_NOT_RECORDED);
    assert_labels(&eu, "EU", "EU approved as of 2020-05-19; US status not recorded", LABELS_HERE);
}

static void
t_no_label_here_is_not_the_same_as_unrecorded(void **state)
{
    const struct therapy_label none = {STR("EU"), STR("none"), day_of("2025-01-01"),
                                       STR("an EPAR")};
    const struct therapy_label gone = {STR("EU"), STR("withdrawn"), day_of("2024-10-01"), STR_NONE};
    const struct therapy_label there = {STR("EU"), STR("conditional"), day_of("2022-01-06"),
                                        STR_NONE};
    struct therapy_option o = option_of("US", &none, 1);

    (void)state;
    assert_labels(&o, "EU",
                  "not labelled in EU as of 2025-01-01 [an EPAR]; US approved as of 2020-05-19",
                  LABELS_ELSEWHERE);
    assert_int_equal(labels_rank(&o, STR("US")), LABELS_HERE);
    o = option_of("US", &gone, 1);
    assert_labels(&o, "EU", "EU withdrawn as of 2024-10-01; US approved as of 2020-05-19",
                  LABELS_ELSEWHERE);
    o = option_of("US", &there, 1);
    assert_labels(&o, "EU", "EU conditional as of 2022-01-06; US approved as of 2020-05-19",
                  LABELS_HERE);
}

static void
t_imported_evidence_is_labelled_nowhere(void **state)
{
    struct therapy_option o = option_of("none", NULL, 0);

    (void)state;
    assert_true(str_is_absent(labels_text(fresh(), &o, STR("EU"))));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_one_label_alone_says_so),
        cmocka_unit_test(t_no_label_here_is_not_the_same_as_unrecorded),
        cmocka_unit_test(t_imported_evidence_is_labelled_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
