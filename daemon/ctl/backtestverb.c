#include "ctl/backtest.h"
#include "ctl/review.h"
#include "ctl/verbs.h"

int
backtest_run(const struct call *c)
{
    struct backtest *b = ARENA_NEW(c->arena, struct backtest);
    bool sample = call_has(c, OPT_REVIEW_SAMPLE);
    int code;

    if (call_has(c, OPT_REVIEW_READ))
        return review_read(c);
    if (sample != (c->arg_count == 1) || (!sample && !call_has(c, OPT_CRITERIA))) {
        return call_fail(CALL_USAGE,
                         "backtest compares with --criteria DIR, or writes a sheet with "
                         "--review-sample N FILE");
    }
    if (!backtest_open(c, b))
        return CALL_FAILED;
    backtest_be_nice();
    code = sample ? review_sample(b) : backtest_compare(b);
    backtest_close(b);
    return code;
}
