#include "normalize/outcome.h"

static const char *const reason_names[NORMALIZE_REASON_COUNT] = {
    "none",          "nothing_of_ours", "other_type",       "own_message", "no_result_yet",
    "no_patient_id", "no_authority",    "several_patients", "bad_time",    "no_zone",
    "unknown_type",  "bad_merge",       "moved_part",       "fragment",    "too_many_facts",
};

const char *
normalize_reason_name(enum normalize_reason r)
{
    rfd_assert(r < NORMALIZE_REASON_COUNT);
    return reason_names[r];
}
