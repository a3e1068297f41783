/* The life of an alert: the whole table of moves, and what the mover leaves alone. */
#include "alert/life.h"
#include "alert_test.h"

/* Rows: from; columns: to, in the enum's order. N D A S C O R T E P (new, delivered, acknowledged,
 * snoozed, escalated, overridden, resolved, retracted, expired, superseded). */
static const char *const moves[ALERT_STATE_COUNT] = {
    [ALERT_NEW] = ".DASCORTEP",          [ALERT_DELIVERED] = "N.ASCORTEP",
    [ALERT_ACKNOWLEDGED] = "N..SCORTEP", [ALERT_SNOOZED] = "N.ASCORTEP",
    [ALERT_ESCALATED] = "N.ASCORTEP",    [ALERT_OVERRIDDEN] = "N.....RTEP",
    [ALERT_RESOLVED] = ".......T..",     [ALERT_RETRACTED] = "..........",
    [ALERT_EXPIRED] = ".......T..",      [ALERT_SUPERSEDED] = "..........",
};

static void
t_table(void **state)
{
    (void)state;
    for (unsigned from = 0; from < ALERT_STATE_COUNT; from++) {
        for (unsigned to = 0; to < ALERT_STATE_COUNT; to++) {
            bool want = moves[from][to] != '.';

            if (alert_can_move((enum alert_state)from, (enum alert_state)to) != want)
                fail_msg("%s -> %s", alert_state_name((enum alert_state)from),
                         alert_state_name((enum alert_state)to));
        }
    }
}

/* Whoever got an alert can get its retraction, unless another alert has taken its place. */
static void
t_retraction_is_always_possible(void **state)
{
    (void)state;
    for (unsigned from = 0; from < ALERT_STATE_COUNT; from++) {
        bool gone = from == ALERT_RETRACTED || from == ALERT_SUPERSEDED;

        assert_int_equal(alert_can_move((enum alert_state)from, ALERT_RETRACTED), !gone);
    }
}

static void
t_move_stamps_and_keeps_the_reason(void **state)
{
    struct alert al = alert_with(fresh(), FINDING_MET);
    struct stamp at = {2000, 60, PRECISION_SECOND};

    (void)state;
    assert_true(alert_move(&al, ALERT_OVERRIDDEN, at, STR("known flare")));
    assert_int_equal(al.state, ALERT_OVERRIDDEN);
    assert_int_equal(stamp_cmp(al.changed, at), 0);
    assert_str(al.reason, "known flare");
    assert_true(alert_move(&al, ALERT_NEW, (struct stamp){3000, 0, PRECISION_SECOND}, STR_NONE));
    assert_str(al.reason, "known flare"); /* an absent reason does not wipe one */
}

static void
t_refused_move_changes_nothing(void **state)
{
    struct alert al = alert_with(fresh(), FINDING_MET);
    struct alert before;

    (void)state;
    al.state = ALERT_RETRACTED;
    before = al;
    assert_false(alert_move(&al, ALERT_NEW, (struct stamp){9, 0, PRECISION_SECOND}, STR("x")));
    assert_int_equal(al.state, before.state);
    assert_int_equal(al.changed.utc_s, before.changed.utc_s);
    assert_true(str_is_absent(al.reason));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_table),
        cmocka_unit_test(t_retraction_is_always_possible),
        cmocka_unit_test(t_move_stamps_and_keeps_the_reason),
        cmocka_unit_test(t_refused_move_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
