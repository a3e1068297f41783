#include "model/option.h"

#include "base/assert.h"

static const char *const standing_names[OPTION_STANDING_COUNT] = {
    [OPTION_FITS] = "fits",
    [OPTION_OPEN] = "open",
    [OPTION_SET_ASIDE] = "set_aside",
};

const char *
option_standing_name(enum option_standing s)
{
    rfd_assert((unsigned)s < OPTION_STANDING_COUNT);
    return standing_names[s];
}
