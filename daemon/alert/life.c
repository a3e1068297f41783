#include "alert/life.h"

/* DESIGN.md section 9. Retraction is always possible: whoever got an alert gets its retraction,
 * even when it was acknowledged, overridden or resolved meanwhile. */
static const bool move_ok[ALERT_STATE_COUNT][ALERT_STATE_COUNT] = {
    [ALERT_NEW] = {[ALERT_DELIVERED] = true,
                   [ALERT_ACKNOWLEDGED] = true,
                   [ALERT_SNOOZED] = true,
                   [ALERT_OVERRIDDEN] = true,
                   [ALERT_RESOLVED] = true,
                   [ALERT_RETRACTED] = true,
                   [ALERT_EXPIRED] = true,
                   [ALERT_SUPERSEDED] = true},
    [ALERT_DELIVERED] = {[ALERT_NEW] = true, /* a worse class: told again */
                         [ALERT_ACKNOWLEDGED] = true,
                         [ALERT_SNOOZED] = true,
                         [ALERT_OVERRIDDEN] = true,
                         [ALERT_RESOLVED] = true,
                         [ALERT_RETRACTED] = true,
                         [ALERT_EXPIRED] = true,
                         [ALERT_SUPERSEDED] = true},
    [ALERT_ACKNOWLEDGED] = {[ALERT_NEW] = true,
                            [ALERT_SNOOZED] = true,
                            [ALERT_OVERRIDDEN] = true,
                            [ALERT_RESOLVED] = true,
                            [ALERT_RETRACTED] = true,
                            [ALERT_EXPIRED] = true,
                            [ALERT_SUPERSEDED] = true},
    [ALERT_SNOOZED] = {[ALERT_NEW] = true,
                       [ALERT_ACKNOWLEDGED] = true,
                       [ALERT_OVERRIDDEN] = true,
                       [ALERT_RESOLVED] = true,
                       [ALERT_RETRACTED] = true,
                       [ALERT_EXPIRED] = true,
                       [ALERT_SUPERSEDED] = true},
    [ALERT_OVERRIDDEN] = {[ALERT_NEW] = true,
                          [ALERT_RESOLVED] = true,
                          [ALERT_RETRACTED] = true,
                          [ALERT_EXPIRED] = true,
                          [ALERT_SUPERSEDED] = true},
    [ALERT_RESOLVED] = {[ALERT_RETRACTED] = true},
    [ALERT_EXPIRED] = {[ALERT_RETRACTED] = true},
};

bool
alert_can_move(enum alert_state from, enum alert_state to)
{
    rfd_assert((unsigned)from < ALERT_STATE_COUNT);
    rfd_assert((unsigned)to < ALERT_STATE_COUNT);
    return move_ok[from][to];
}

bool
alert_move(struct alert *a, enum alert_state to, struct stamp at, struct str reason)
{
    if (!alert_can_move(a->state, to))
        return false;
    a->state = to;
    a->changed = at;
    if (!str_is_absent(reason))
        a->reason = reason;
    return true;
}
