/* console/cards: names that lead back to their alert, and which alerts are cards at all. */
#include "alert_test.h"
#include "console/cards.h"

static void
t_a_name_is_always_the_same_and_leads_back(void **state)
{
    struct arena *a = fresh();
    struct alert al = alert_with(a, FINDING_MET);
    struct alert other = alert_with(a, FINDING_MET);
    char one[CARD_UUID_MAX];
    char two[CARD_UUID_MAX];
    uint64_t number = 0;

    (void)state;
    al.id = STR("k3f9-1234567");
    other.id = STR("k3f9-1234567.2");
    al.version = other.version = 3;
    assert_string_equal(card_uuid(&al, 1, one).p, card_uuid(&al, 1, two).p);
    assert_string_not_equal(one, card_uuid(&al, 2, two).p);
    assert_true(card_number(str_from_c(one), &number));
    assert_int_equal(number, 1234567);
    assert_true(card_is_of(&al, str_from_c(one)));
    assert_false(card_is_of(&other, str_from_c(one)));
    (void)card_uuid(&al, 4, two); /* of a version that there is not */
    assert_false(card_is_of(&al, str_from_c(two)));
    assert_int_equal(one[14], '8');
    assert_non_null(strchr("89ab", one[19]));
}

static void
t_what_is_no_name_of_ours(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "0000000012d68-87-8000-8000-000000000000",
                                      "0012D687-0000-8000-8000-000000000000",
                                      "zzzzzzzz-0000-8000-8000-000000000000",
                                      "00000000-00 0-8000-8000-000000000000"};
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(card_number(str_from_c(bad[i]), &number));
}

static void
t_only_what_waits_is_a_card(void **state)
{
    struct arena *a = fresh();
    struct alert al = alert_with(a, FINDING_MET);
    int due = 0;

    (void)state;
    for (int s = 0; s < ALERT_STATE_COUNT; s++) {
        al.state = (enum alert_state)s;
        due += card_is_due(&al) ? 1 : 0;
    }
    assert_int_equal(due, 3); /* new, delivered, escalated */
    al.state = ALERT_NEW;
    al.silent = true;
    assert_false(card_is_due(&al));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_a_name_is_always_the_same_and_leads_back),
        cmocka_unit_test(t_what_is_no_name_of_ours),
        cmocka_unit_test(t_only_what_waits_is_a_card),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
