/*
 * What:    how a message was read: which field became what, and why. Only when somebody asks
 *          (refractctl parse --explain): the pointer is NULL in the daemon, and nothing is noted.
 * Owns:    nothing; lives in the message's arena. It holds values of the patient.
 * Threads: plain data.
 * Errors:  past TRACE_MAX items are counted, not kept.
 */
#ifndef RFD_NORMALIZE_TRACE_H
#define RFD_NORMALIZE_TRACE_H

#include "base/arena.h"
#include "base/str.h"

enum { TRACE_MAX = 20000 };

struct trace_item {
    size_t seg;       /* the segment in hand, by place in the message */
    size_t from;      /* the segment that it was read from */
    int field;        /* of that; 0: not from a field */
    const char *what; /* value, unit, collected … */
    struct str to;    /* what it became; absent: nothing */
    struct str why;
};

struct trace {
    struct trace_item *item;
    size_t count;
    size_t dropped;
};

#endif
