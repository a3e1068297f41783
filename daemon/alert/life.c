#include "alert/life.h"

/* DESIGN.md section 9. Retraction is always possible: whoever got an alert gets its retraction,
 * even when it was acknowledged, overridden or resolved meanwhile. Back to new: it is told again.
 * Columns: N D A S C O R T E P (new, delivered, acknowledged, snoozed, escalated, overridden,
 * resolved, retracted, expired, superseded), as in enum alert_state. */
static const char moves[ALERT_STATE_COUNT][ALERT_STATE_COUNT + 1] = {
    [ALERT_NEW] = ".DASCORTEP",          [ALERT_DELIVERED] = "N.ASCORTEP",
    [ALERT_ACKNOWLEDGED] = "N..SCORTEP", [ALERT_SNOOZED] = "N.ASCORTEP",
    [ALERT_ESCALATED] = "N.ASCORTEP",    [ALERT_OVERRIDDEN] = "N.....RTEP",
    [ALERT_RESOLVED] = ".......T..",     [ALERT_RETRACTED] = "..........",
    [ALERT_EXPIRED] = ".......T..",      [ALERT_SUPERSEDED] = "..........",
};

bool
alert_can_move(enum alert_state from, enum alert_state to)
{
    rfd_assert((unsigned)from < ALERT_STATE_COUNT);
    rfd_assert((unsigned)to < ALERT_STATE_COUNT);
    return moves[from][to] != '.';
}

bool
alert_move(struct alert *a, enum alert_state to, struct stamp at, struct str reason)
{
    if (!alert_can_move(a->state, to))
        return false;
    a->state = to;
    a->changed = at;
    if (to != ALERT_SNOOZED)
        a->snoozed_until = DAY_NONE;
    if (!str_is_absent(reason))
        a->reason = reason;
    return true;
}
