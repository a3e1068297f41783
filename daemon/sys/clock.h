/*
 * What:    the only reads of a clock in refractd.
 * Owns:    nothing.
 * Threads: any.
 * Errors:  none.
 */
#ifndef RFD_SYS_CLOCK_H
#define RFD_SYS_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ms(void); /* since boot; for every timer and deadline */
int64_t clock_mono_us(void);
int64_t clock_wall_ms(void); /* since 1970-01-01 UTC; for stamps only, never for order */
int64_t clock_wall_s(void);

#endif
