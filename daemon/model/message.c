#include "model/message.h"

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_STORED] = "stored",   [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_IGNORED] = "ignored", [OUTCOME_QUARANTINED] = "quarantined",
    [OUTCOME_REFUSED] = "refused", [OUTCOME_BUSY] = "busy",
};

static const char *const unmapped_names[UNMAPPED_KIND_COUNT] = {
    [UNMAPPED_RESULT] = "result",       [UNMAPPED_DRUG] = "drug", [UNMAPPED_ANSWER] = "answer",
    [UNMAPPED_DIAGNOSIS] = "diagnosis", [UNMAPPED_UNIT] = "unit", [UNMAPPED_VARIANT] = "variant",
};

const char *
unmapped_kind_name(enum unmapped_kind k)
{
    rfd_assert((unsigned)k < UNMAPPED_KIND_COUNT);
    return unmapped_names[k];
}

const char *
outcome_name(enum outcome o)
{
    rfd_assert((unsigned)o < OUTCOME_COUNT);
    return outcome_names[o];
}
