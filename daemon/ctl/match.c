#include "ctl/verbs.h"

int
match_run(const struct call *c)
{
    if (call_has(c, OPT_COMPAT))
        return compat_run(c);
    return call_fail(CALL_USAGE, "match takes --compat");
}
