#include "alert/duty.h"

enum {
    DAY_MINUTES = 24 * 60,
    WEEK_DAYS = 7,
    THURSDAY = 3, /* 1970-01-01, counted from Monday */
};

/* 0: Monday. Days before 1970 count back. */
static int32_t
weekday(day_t day)
{
    return ((day % WEEK_DAYS + THURSDAY) % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS;
}

static int32_t
minute_of(struct stamp at)
{
    int64_t minutes = at.utc_s / 60 + at.offset_min;
    int64_t m = minutes % DAY_MINUTES;

    return (int32_t)(m < 0 ? m + DAY_MINUTES : m);
}

static bool
is_working_day(const struct duty *d, struct stamp at)
{
    return (d->days >> weekday(stamp_day(at)) & 1) != 0;
}

day_t
duty_week(day_t day)
{
    return day - weekday(day);
}

bool
duty_is_open(const struct duty *d, struct stamp at)
{
    int32_t m = minute_of(at);

    return is_working_day(d, at) && m >= d->open_min && m < d->close_min;
}

bool
duty_digest_is_due(const struct duty *d, struct stamp at, day_t last)
{
    return is_working_day(d, at) && minute_of(at) >= d->digest_min &&
           (last == DAY_NONE || last < stamp_day(at));
}

bool
duty_has_budget(const struct duty *d, struct duty_used used)
{
    return used.today < d->budget_day && used.week < d->budget_week;
}
