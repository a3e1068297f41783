/*
 * What:    how feeds and routes are, as edge and out tell core every second.
 * Owns:    texts of what is unpacked live in the bytes or the arena.
 * Threads: any.
 * Errors:  false and a reason when the bytes are not a report.
 */
#ifndef RFD_CODEC_STATUS_H
#define RFD_CODEC_STATUS_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>

/* Members as in proto/refract/v1/status.proto. */
struct feed_status {
    struct str name;
    struct str kind;
    struct str address;
    struct str state;
    struct str problem;
    uint32_t connections;
    uint64_t connected;
    uint64_t turned_away;
    uint64_t messages;
    uint64_t last_s;
    bool tls;
    int32_t tls_days;
};

struct route_status {
    struct str name;
    struct str kind;
    struct str address;
    struct str state;
    struct str problem;
    uint64_t confirmed;
    uint64_t sent;
    uint64_t retries;
    uint64_t dead;
    uint64_t last_s;
    uint64_t next_s;
    bool tls;
    int32_t tls_days;
};

struct status_report {
    struct str role;
    struct str boot;
    const struct feed_status *feed;
    size_t feed_count;
    const struct route_status *route;
    size_t route_count;
};

struct str codec_status_pack(struct arena *a, const struct status_report *r);
RFD_MUSTCHECK bool codec_status_unpack(struct arena *a, struct str bytes, struct status_report *out,
                                       const char **reason_out);

#endif
