/*
 * What:    hours and days as the main config has them: "07:00", "08:00-17:00", "mon-fri".
 * Owns:    nothing.
 * Threads: any.
 * Errors:  false: not of that form; *out is then as it was.
 */
#ifndef RFD_CONF_DUTYHOURS_H
#define RFD_CONF_DUTYHOURS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

RFD_MUSTCHECK bool dutyhours_clock(struct str s, int16_t *minute_out);
/* The end is later than the begin: no hours over midnight. */
RFD_MUSTCHECK bool dutyhours_range(struct str s, int16_t *open_out, int16_t *close_out);
/* Days and ranges of them with commas between; bit 0 is Monday. */
RFD_MUSTCHECK bool dutyhours_days(struct str s, uint8_t *days_out);

#endif
