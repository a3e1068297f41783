/*
 * What:    HL7 v2 times, YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ], as stamps with precision.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  enum hl7time_result; *out is written on OK and AMBIGUOUS only. UTC is never assumed.
 */
#ifndef RFD_WIRE_HL7TIME_H
#define RFD_WIRE_HL7TIME_H

#include "base/date.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { HL7TIME_TEXT_MAX = 32 };

enum hl7time_result {
    HL7TIME_OK,
    HL7TIME_AMBIGUOUS, /* read, but the local time exists twice or never (change of summer time) */
    HL7TIME_ABSENT,    /* empty */
    HL7TIME_BAD,       /* no time, or no such day */
    HL7TIME_NO_ZONE,   /* neither the value nor the caller says an offset */
    HL7TIME_RESULT_COUNT,
};

/* What a zone says of a local time (seconds since 1970-01-01T00:00 on the wall). */
enum hl7time_local {
    HL7TIME_LOCAL_ONCE,
    HL7TIME_LOCAL_TWICE, /* gives the earlier instant's offset */
    HL7TIME_LOCAL_NEVER, /* gives the offset before the gap */
    HL7TIME_LOCAL_UNKNOWN,
    HL7TIME_LOCAL_COUNT,
};
typedef enum hl7time_local hl7time_zone(void *arg, int64_t local_s, int16_t *offset_min_out);

/* Where an offset comes from when the value has none: a fixed one (MSH-7's) before a zone. */
struct hl7time_default {
    bool has_offset;
    int16_t offset_min;
    hl7time_zone *zone; /* NULL: none */
    void *zone_arg;
};

/* def may be NULL. A time to the hour counts as a day (PRECISION_DAY): base has no precision
 * between. Fractions of a second are read and dropped. */
RFD_MUSTCHECK enum hl7time_result
hl7time_parse(struct str s, const struct hl7time_default *def, struct stamp *out);

/* The offset that a value itself states: "20261123101500+0100" gives 60. For MSH-7. */
RFD_MUSTCHECK bool hl7time_offset(struct str s, int16_t *offset_min_out);

/* The civil day of a value with at least a day: for birth dates and DT, where no zone is needed. */
RFD_MUSTCHECK bool hl7time_day(struct str s, day_t *out);

/* As said, with offset: 2026, 202611, 20261123, 202611231015+0100, 20261123101530+0100. */
struct str hl7time_format(struct stamp s, char buf[HL7TIME_TEXT_MAX]);

#endif
