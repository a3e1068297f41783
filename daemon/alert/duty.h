/*
 * What:    when people are to be reached: budgets of interruptions, the digest's hour, business
 *          hours, escalation. Hours are the site's: a stamp carries the site's offset.
 * Owns:    nothing.
 * Threads: plain data, read-only once made.
 * Errors:  none.
 */
#ifndef RFD_ALERT_DUTY_H
#define RFD_ALERT_DUTY_H

#include "alert/directory.h"

struct duty {
    const struct directory *directory; /* NULL: the site has none, and alerts have no recipients */
    int32_t budget_day;                /* interruptions of one recipient, at most */
    int32_t budget_week;               /* from Monday on */
    int16_t digest_min;                /* minutes after midnight */
    int16_t open_min;                  /* business hours */
    int16_t close_min;
    uint8_t days;           /* on which there are any: bit 0 is Monday */
    int32_t escalate_days;  /* without an acknowledgement; 0: never */
    struct str escalate_to; /* a pool of the directory */
};

/* How often a recipient was interrupted. */
struct duty_used {
    int64_t today;
    int64_t week;
};

day_t duty_week(day_t day); /* its Monday */
RFD_MUSTCHECK bool duty_is_open(const struct duty *d, struct stamp at);
/* Is it time for the digest of that day, when the last one was of day last? Only on days with
 * business hours: what came over a weekend is read on Monday. */
RFD_MUSTCHECK bool duty_digest_is_due(const struct duty *d, struct stamp at, day_t last);
RFD_MUSTCHECK bool duty_has_budget(const struct duty *d, struct duty_used used);

#endif
