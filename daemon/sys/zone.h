/*
 * What:    a time zone by its IANA name: what its clocks were ahead of UTC at a local time.
 * Owns:    nothing; the table lives in the arena given.
 * Threads: read-only once loaded.
 * Errors:  zone_load() is false for a name that is none, or a file that is no TZif of version 2 or
 *          later (RFC 8536). Summer times that change after loading need a restart.
 */
#ifndef RFD_SYS_ZONE_H
#define RFD_SYS_ZONE_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct zone;

enum zone_local {
    ZONE_ONCE,
    ZONE_TWICE, /* clocks went back: the earlier instant's offset is given */
    ZONE_NEVER, /* clocks went forward: the offset before that is given */
    ZONE_LOCAL_COUNT,
};

/* From /usr/share/zoneinfo, or another folder of that shape (NULL: that one). */
RFD_MUSTCHECK bool
zone_load(const char *folder, struct str name, struct arena *a, const struct zone **out);

/* The same from a file's bytes, which need not outlive the call. */
RFD_MUSTCHECK bool zone_read(struct str bytes, struct arena *a, const struct zone **out);

/* Seconds ahead of UTC at an instant. */
int32_t zone_offset(const struct zone *z, int64_t utc_s);

/* local_s: seconds since 1970-01-01T00:00 on the wall. Minutes: an offset of old times with seconds
 * is rounded. */
enum zone_local zone_at_local(const struct zone *z, int64_t local_s, int16_t *offset_min_out);

#endif
