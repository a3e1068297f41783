/*
 * What:    a date of a spreadsheet's cell → a stamp as exact as the cell says. 03/04/2025 is never
 *          guessed at: ISO dates stand for themselves, another form holds only where it was said.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  enum csvdate_result; *out is written on CSVDATE_OK only.
 */
#ifndef RFD_NORMALIZE_CSVDATE_H
#define RFD_NORMALIZE_CSVDATE_H

#include "wire/hl7time.h"

enum csvdate_form {
    CSVDATE_ISO, /* 2025-03-04, 2025-03, 2025; 20250304; with a time behind it too */
    CSVDATE_DMY, /* 04.03.2025, 4/3/2025; 03.2025; and ISO, which cannot be mistaken */
    CSVDATE_MDY, /* 03/04/2025, 3-4-2025; 03/2025; and ISO */
    CSVDATE_FORM_COUNT,
};

enum csvdate_result {
    CSVDATE_OK,
    CSVDATE_BAD,    /* no date of that form, or no such day */
    CSVDATE_UNSAID, /* day and month could be either: nobody has said the form */
    CSVDATE_NO_ZONE,
    CSVDATE_RESULT_COUNT,
};

/* "iso", "dmy", "mdy", or spelled out: "DD.MM.YYYY", "MM/DD/YYYY", "YYYY-MM-DD"; without case. */
RFD_MUSTCHECK bool csvdate_form_parse(struct str s, enum csvdate_form *out);
const char *csvdate_form_name(enum csvdate_form f); /* "iso" … */

/* zone: of times of day without an offset; a date alone needs none. */
RFD_MUSTCHECK enum csvdate_result
csvdate_parse(struct str s, enum csvdate_form form, const struct hl7time_default *zone,
              struct stamp *out);

/* The last day of what was said: of 2025-03 the 31st. */
day_t csvdate_last_day(struct stamp s);

#endif
