#include "conf/dutyhours.h"

enum { HOUR_MINUTES = 60, DAY_HOURS = 24, WEEK_DAYS = 7, CLOCK_BYTES = 5 };

static bool
two_digits(struct str s, int max, int *out)
{
    if (s.n != 2 || s.p[0] < '0' || s.p[0] > '9' || s.p[1] < '0' || s.p[1] > '9')
        return false;
    *out = (s.p[0] - '0') * 10 + (s.p[1] - '0');
    return *out <= max;
}

bool
dutyhours_clock(struct str s, int16_t *minute_out)
{
    int hour;
    int minute;

    if (s.n != CLOCK_BYTES || s.p[2] != ':' || !two_digits(str_sub(s, 0, 2), DAY_HOURS, &hour) ||
        !two_digits(str_sub(s, 3, 2), HOUR_MINUTES - 1, &minute) ||
        hour * HOUR_MINUTES + minute > DAY_HOURS * HOUR_MINUTES)
        return false;
    *minute_out = (int16_t)(hour * HOUR_MINUTES + minute);
    return true;
}

bool
dutyhours_range(struct str s, int16_t *open_out, int16_t *close_out)
{
    struct str from;
    struct str to;
    int16_t open;
    int16_t close;

    if (!str_cut(s, '-', &from, &to) || !dutyhours_clock(str_trim(from), &open) ||
        !dutyhours_clock(str_trim(to), &close) || open >= close)
        return false;
    *open_out = open;
    *close_out = close;
    return true;
}

static bool
day_parse_word(struct str s, int *out)
{
    static const char *const names[WEEK_DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

    for (int i = 0; i < WEEK_DAYS; i++) {
        if (str_eq_nocase(s, str_from_c(names[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool
days_part(struct str s, uint8_t *days)
{
    struct str from;
    struct str to;
    int first;
    int last;

    if (str_cut(s, '-', &from, &to)) {
        from = str_trim(from);
        to = str_trim(to);
    } else {
        to = from;
    }
    if (!day_parse_word(from, &first) || !day_parse_word(to, &last) || first > last)
        return false;
    for (int i = first; i <= last; i++)
        *days = (uint8_t)(*days | 1U << i);
    return true;
}

bool
dutyhours_days(struct str s, uint8_t *days_out)
{
    uint8_t days = 0;
    struct str part;
    struct str rest = s;

    do {
        part = rest;
        rest = STR_NONE;
        (void)str_cut(part, ',', &part, &rest);
        if (!days_part(str_trim(part), &days))
            return false;
    } while (!str_is_absent(rest));
    *days_out = days;
    return true;
}
