#include "alert/veil.h"

struct alert
alert_veiled(const struct alert *al)
{
    struct alert v = *al;

    if (str_is_empty(al->only_for))
        return v;
    v.section_count = 0;
    v.option_count = v.trial_count = v.aside_count = 0;
    v.options_more = v.trials_more = v.behind_count = 0;
    v.missing_count = v.consider_count = v.unchecked_count = 0;
    v.acted = STR_NONE;
    v.change = STR_NONE;
    v.reason = STR_NONE;
    return v;
}
