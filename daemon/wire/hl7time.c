#include "wire/hl7time.h"

#include "base/sb.h"

/* What the digits say, before any zone. */
struct wall {
    day_t day;
    int32_t second; /* of the day */
    enum precision precision;
    bool has_offset;
    int16_t offset_min;
};

static bool
digits_all(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return true;
}

/* n digits at `at`, already known to be digits; `absent` when s ends before. */
static int
digits(struct str s, size_t at, size_t n, int absent)
{
    int v = 0;

    if (at + n > s.n)
        return absent;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (s.p[at + i] - '0');
    return v;
}

/* ZZZZ after its sign. UTC-12 to UTC+14 is all there is. */
static bool
offset_read(struct str zzzz, bool negative, int16_t *out)
{
    int hours, minutes, total;

    if (zzzz.n != 4 || !digits_all(zzzz))
        return false;
    hours = digits(zzzz, 0, 2, 0);
    minutes = digits(zzzz, 2, 2, 0);
    total = hours * 60 + minutes;
    if (minutes > 59 || total > (negative ? 12 : 14) * 60)
        return false;
    *out = (int16_t)(negative ? -total : total);
    return true;
}

/* Cuts the offset from the end, then the fraction, which may only follow full seconds. */
static bool
tail_read(struct str s, struct str *number, struct wall *w)
{
    struct str rest, fraction = STR_NONE;
    size_t sign = str_find_any(s, "+-");

    w->has_offset = sign < s.n;
    if (w->has_offset) {
        rest = str_sub(s, sign + 1, s.n - sign - 1);
        if (!offset_read(rest, s.p[sign] == '-', &w->offset_min))
            return false;
        s = str_sub(s, 0, sign);
    }
    if (str_cut(s, '.', number, &fraction))
        return number->n == 14 && fraction.n >= 1 && fraction.n <= 4 && digits_all(fraction);
    return true;
}

static bool
precision_read(size_t n, enum precision *out)
{
    switch (n) {
    case 4: *out = PRECISION_YEAR; return true;
    case 6: *out = PRECISION_MONTH; return true;
    case 8:
    case 10: *out = PRECISION_DAY; return true;
    case 12: *out = PRECISION_MINUTE; return true;
    case 14: *out = PRECISION_SECOND; return true;
    default: return false;
    }
}

static bool
wall_read(struct str s, struct wall *w)
{
    struct str t;
    int hour, minute, second;

    *w = (struct wall){0};
    s = str_trim(s);
    if (!tail_read(s, &t, w) || !digits_all(t) || !precision_read(t.n, &w->precision))
        return false;
    if (!day_from_ymd(digits(t, 0, 4, 0), digits(t, 4, 2, 1), digits(t, 6, 2, 1), &w->day))
        return false;
    hour = digits(t, 8, 2, 0);
    minute = digits(t, 10, 2, 0);
    second = digits(t, 12, 2, 0);
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    if (w->precision >= PRECISION_MINUTE)
        w->second = hour * 3600 + minute * 60 + second;
    return true;
}

/* The offset for a wall time that states none. */
static enum hl7time_result
offset_find(const struct hl7time_default *def, int64_t local_s, int16_t *out)
{
    if (def != NULL && def->has_offset) {
        *out = def->offset_min;
        return HL7TIME_OK;
    }
    if (def == NULL || def->zone == NULL)
        return HL7TIME_NO_ZONE;
    switch (def->zone(def->zone_arg, local_s, out)) {
    case HL7TIME_LOCAL_ONCE: return HL7TIME_OK;
    case HL7TIME_LOCAL_TWICE:
    case HL7TIME_LOCAL_NEVER: return HL7TIME_AMBIGUOUS;
    case HL7TIME_LOCAL_UNKNOWN:
    case HL7TIME_LOCAL_COUNT: break;
    }
    return HL7TIME_NO_ZONE;
}

enum hl7time_result
hl7time_parse(struct str s, const struct hl7time_default *def, struct stamp *out)
{
    enum hl7time_result result = HL7TIME_OK;
    struct wall w;
    int64_t local_s;

    if (str_is_empty(str_trim(s)))
        return HL7TIME_ABSENT;
    if (!wall_read(s, &w))
        return HL7TIME_BAD;
    local_s = (int64_t)w.day * 86400 + w.second;
    if (!w.has_offset)
        result = offset_find(def, local_s, &w.offset_min);
    if (result != HL7TIME_OK && result != HL7TIME_AMBIGUOUS)
        return result;
    if (w.precision <= PRECISION_DAY && result == HL7TIME_AMBIGUOUS)
        result = HL7TIME_OK; /* midnight was not said: the day is clear */
    *out = (struct stamp){.utc_s = local_s - (int64_t)w.offset_min * 60,
                          .offset_min = w.offset_min,
                          .precision = (uint8_t)w.precision};
    return result;
}

bool
hl7time_offset(struct str s, int16_t *offset_min_out)
{
    struct wall w;

    if (!wall_read(s, &w) || !w.has_offset)
        return false;
    *offset_min_out = w.offset_min;
    return true;
}

bool
hl7time_day(struct str s, day_t *out)
{
    struct wall w;

    if (!wall_read(s, &w) || w.precision < PRECISION_DAY)
        return false;
    *out = w.day;
    return true;
}

struct str
hl7time_format(struct stamp s, char buf[HL7TIME_TEXT_MAX])
{
    int64_t second = s.utc_s + (int64_t)s.offset_min * 60 - (int64_t)stamp_day(s) * 86400;
    int y, m, d, off = s.offset_min < 0 ? -s.offset_min : s.offset_min;
    struct sb b;

    sb_init(&b, buf, HL7TIME_TEXT_MAX);
    if (stamp_is_absent(s))
        return STR_NONE;
    rfd_assert(second >= 0 && second < 86400);
    day_to_ymd(stamp_day(s), &y, &m, &d);
    sb_addf(&b, "%04d", y);
    if (s.precision >= PRECISION_MONTH)
        sb_addf(&b, "%02d", m);
    if (s.precision >= PRECISION_DAY)
        sb_addf(&b, "%02d", d);
    if (s.precision >= PRECISION_MINUTE)
        sb_addf(&b, "%02d%02d", (int)(second / 3600), (int)(second / 60 % 60));
    if (s.precision >= PRECISION_SECOND)
        sb_addf(&b, "%02d", (int)(second % 60));
    if (s.precision >= PRECISION_MINUTE)
        sb_addf(&b, "%c%02d%02d", s.offset_min < 0 ? '-' : '+', off / 60, off % 60);
    return sb_str(&b);
}
