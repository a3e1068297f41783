#include "model/alert.h"

/* Open: it still stands for its case and episode, so that no second one is raised beside it. An
 * overridden alert does: a person has answered it, and the next result must not raise it anew. */
static const struct {
    const char *name;
    bool open;
} states[ALERT_STATE_COUNT] = {
    [ALERT_NEW] = {"new", true},
    [ALERT_DELIVERED] = {"delivered", true},
    [ALERT_ACKNOWLEDGED] = {"acknowledged", true},
    [ALERT_SNOOZED] = {"snoozed", true},
    [ALERT_OVERRIDDEN] = {"overridden", true},
    [ALERT_RESOLVED] = {"resolved", false},
    [ALERT_RETRACTED] = {"retracted", false},
    [ALERT_EXPIRED] = {"expired", false},
    [ALERT_SUPERSEDED] = {"superseded", false},
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

bool
alert_is_open(const struct alert *a)
{
    rfd_assert((unsigned)a->state < ALERT_STATE_COUNT);
    return states[a->state].open;
}
