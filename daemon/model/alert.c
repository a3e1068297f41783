#include "model/alert.h"

static const struct {
    const char *name;
    bool live; /* holds its case and episode */
    bool open; /* stands in the worklist */
} states[ALERT_STATE_COUNT] = {
    [ALERT_NEW] = {"new", true, true},
    [ALERT_DELIVERED] = {"delivered", true, true},
    [ALERT_ACKNOWLEDGED] = {"acknowledged", true, true},
    [ALERT_SNOOZED] = {"snoozed", true, true},
    [ALERT_ESCALATED] = {"escalated", true, true},
    [ALERT_OVERRIDDEN] = {"overridden", true, false},
    [ALERT_RESOLVED] = {"resolved", false, false},
    [ALERT_RETRACTED] = {"retracted", false, false},
    [ALERT_EXPIRED] = {"expired", false, false},
    [ALERT_SUPERSEDED] = {"superseded", false, false},
};

static const char *const certainty_names[ALERT_CERTAINTY_COUNT] = {
    [ALERT_SUSPECTED] = "suspected",
    [ALERT_CONFIRMED] = "confirmed",
};

const char *
alert_state_name(enum alert_state s)
{
    rfd_assert((unsigned)s < ALERT_STATE_COUNT);
    return states[s].name;
}

bool
alert_state_parse(struct str s, enum alert_state *out)
{
    for (unsigned i = 0; i < ALERT_STATE_COUNT; i++) {
        if (str_eq_c(s, states[i].name)) {
            *out = (enum alert_state)i;
            return true;
        }
    }
    return false;
}

const char *
alert_certainty_name(enum alert_certainty c)
{
    rfd_assert((unsigned)c < ALERT_CERTAINTY_COUNT);
    return certainty_names[c];
}

const char *
alert_gate_name(enum alert_gate g)
{
    static const char *const names[ALERT_GATE_COUNT] = {
        [ALERT_OUT] = "out",
        [ALERT_HELD] = "held",
        [ALERT_SHADOW] = "shadow",
    };

    rfd_assert((unsigned)g < ALERT_GATE_COUNT);
    return names[g];
}

bool
alert_is_live(const struct alert *a)
{
    rfd_assert((unsigned)a->state < ALERT_STATE_COUNT);
    return states[a->state].live;
}

bool
alert_is_open(const struct alert *a)
{
    rfd_assert((unsigned)a->state < ALERT_STATE_COUNT);
    return a->gate == ALERT_OUT && states[a->state].open;
}
