/* HL7 times: read under several zones, printed and read again; days, offsets and our own
 * notation. */
#include "wire/hl7time.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A zone with every answer, by the local second. */
static enum hl7time_local
any_zone(void *arg, int64_t local_s, int16_t *offset_min_out)
{
    (void)arg;
    *offset_min_out = (int16_t)(local_s % 720); /* within the offsets that there are */
    return (enum hl7time_local)((uint64_t)local_s % HL7TIME_LOCAL_COUNT);
}

static void
stamp_goes_back(struct stamp s)
{
    char buf[STAMP_TEXT_MAX];
    struct stamp again;

    rfd_assert(s.precision > PRECISION_NONE && s.precision < PRECISION_COUNT);
    rfd_assert(stamp_parse(stamp_format(s, buf), &again));
    rfd_assert(s.precision == again.precision);
    rfd_assert(s.precision < PRECISION_MINUTE || stamp_cmp(s, again) == 0);
    rfd_assert(stamp_day(s) == stamp_day(again));
}

static void
read_with(struct str text, const struct hl7time_default *def)
{
    struct stamp s;
    struct stamp again;
    char buf[HL7TIME_TEXT_MAX];
    enum hl7time_result r = hl7time_parse(text, def, &s);

    rfd_assert((unsigned)r < HL7TIME_RESULT_COUNT);
    if (r != HL7TIME_OK && r != HL7TIME_AMBIGUOUS)
        return;
    stamp_goes_back(s);
    r = hl7time_parse(hl7time_format(s, buf), def, &again);
    if (s.precision >= PRECISION_MINUTE)
        rfd_assert(r == HL7TIME_OK && stamp_cmp(s, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct hl7time_default fixed = {.has_offset = true, .offset_min = -210};
    const struct hl7time_default zone = {.zone = any_zone};
    struct str text = {(const char *)bytes, n};
    struct stamp s;
    struct span span;
    int16_t offset;
    day_t day;
    char buf[DAY_TEXT_MAX];

    read_with(text, NULL);
    read_with(text, &fixed);
    read_with(text, &zone);
    if (hl7time_offset(text, &offset))
        rfd_assert(offset > -24 * 60 && offset < 24 * 60);
    if (hl7time_day(text, &day) || day_parse(text, &day)) {
        day_t again;

        rfd_assert(day_parse(day_format(day, buf), &again) && again == day);
    }
    if (stamp_parse(text, &s))
        stamp_goes_back(s);
    if (span_parse(text, &span))
        rfd_assert(day_add(0, span) >= 0 && span_format(span, buf).n > 0);
    return 0;
}
