#include "model/message.h"

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_STORED] = "stored",   [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_IGNORED] = "ignored", [OUTCOME_QUARANTINED] = "quarantined",
    [OUTCOME_REFUSED] = "refused", [OUTCOME_BUSY] = "busy",
};

const char *
outcome_name(enum outcome o)
{
    rfd_assert((unsigned)o < OUTCOME_COUNT);
    return outcome_names[o];
}
