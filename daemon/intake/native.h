/*
 * What:    a packed refract.v1.ResultMessage from a peer → a result message of one of our feeds.
 * Owns:    nothing; everything lives in the arena given.
 * Threads: the edge role, and refractctl offline.
 * Errors:  none: bytes that are no such message become one to be quarantined, with the reason.
 */
#ifndef RFD_INTAKE_NATIVE_H
#define RFD_INTAKE_NATIVE_H

#include "model/message.h"
#include "normalize/map.h"
#include "normalize/terms.h"
#include "sys/sharedpage.h"

struct native_feed {
    const char *feed;
    const struct map *map;
    const struct terms *terms;
    day_t history_until;        /* DAY_NONE: none */
    struct poison_page *poison; /* NULL offline */
};

/* The feed is the socket's, whatever the message says. raw is kept as it came. */
void native_read(const struct native_feed *f, struct str bytes, struct arena *a,
                 struct result_message *out);

#endif
